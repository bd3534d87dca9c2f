use super::*;
use std::net::IpAddr;

const LIMITS: Limits = Limits {
    connection: 10,
    address: 20,
    strangers: 60,
    all: 80,
};

fn account(memory: &Memory, last: u8, from: From) -> (Arc<Account>, CancellationToken) {
    let close = CancellationToken::new();
    let site = Site::from(IpAddr::from([10, 0, 0, last]));
    (memory.account(site, from, close.clone()), close)
}

#[test]
fn connection_that_holds_more_than_its_share_should_be_closed_and_leave_nothing_behind() {
    let memory = Memory::new(LIMITS);
    let (one, close) = account(&memory, 1, From::Elsewhere);
    let (other, others_close) = account(&memory, 1, From::Elsewhere);
    let kept = other.hold(2).unwrap();
    let mut held = one.hold(8).unwrap();
    assert!(held.grow(2) && memory.held() == 12);
    let half = held.split(5);
    drop(half);
    assert!(held.grow(5));
    assert!(one.hold(1).is_none());
    assert!(close.is_cancelled() && !others_close.is_cancelled());
    assert_eq!(memory.held(), 2);
    // What is dropped later is not given back a second time, and it gets nothing any more.
    assert!(!held.grow(0));
    drop(held);
    assert_eq!(memory.held(), 2);
    drop((kept, one, other));
    let state = memory.state.lock();
    assert_eq!((state.all, state.strangers), (0, 0));
    assert!(state.sites.is_empty() && state.holders.is_empty());
}

#[test]
fn whoever_holds_most_should_go_and_one_that_holds_little_should_stay() {
    let memory = Memory::new(LIMITS);
    let (honest, honest_close) = account(&memory, 100, From::Elsewhere);
    let _read_slowly = honest.hold(2).unwrap();
    // Strangers for ever: each address with two connections, each of those with all that it may.
    let mut greedy = Vec::new();
    for number in 0..1_000 {
        let (one, _) = account(&memory, (number / 2 % 50) as u8, From::Elsewhere);
        let held = one.hold(1 + number % 10);
        assert!(memory.held() <= LIMITS.strangers);
        greedy.push((one, held));
    }
    assert!(!honest_close.is_cancelled());
    // This machine's own have what strangers may not take.
    let (here, _) = account(&memory, 200, From::Here);
    let (too, _) = account(&memory, 200, From::Here);
    let held = [here.hold(10).unwrap(), too.hold(10).unwrap()];
    assert!(memory.held() > LIMITS.strangers && memory.held() <= LIMITS.all);
    drop(held);
}

#[test]
fn address_that_holds_more_than_its_share_should_lose_its_own() {
    let memory = Memory::new(LIMITS);
    let accounts: Vec<_> = (0..3).map(|_| account(&memory, 1, From::Elsewhere)).collect();
    let (_, other_close) = account(&memory, 2, From::Elsewhere);
    let held: Vec<_> = [9, 8, 7]
        .iter()
        .zip(&accounts)
        .map(|(bytes, (one, _))| one.hold(*bytes))
        .collect();
    let closed: Vec<_> = accounts.iter().map(|(_, close)| close.is_cancelled()).collect();
    assert_eq!(closed, [true, false, false]);
    assert!(held.iter().all(Option::is_some) && memory.held() == 15);
    assert!(!other_close.is_cancelled());
}

#[test]
fn all_that_is_held_should_be_bounded_by_a_figure_that_can_be_told() {
    assert_eq!(Limits::of(30 << 20).all, 256 << 20);
    let limits = Limits::of(64 << 20);
    assert_eq!((limits.connection, limits.all), (64 << 20, 512 << 20));
}
