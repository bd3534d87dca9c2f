use super::*;
use std::net::IpAddr;

fn places(idle_go: bool) -> Places {
    let most = Most {
        each: 3,
        strangers: 4,
        all: 6,
    };
    Places::new(most, idle_go)
}

fn take(places: &Places, last: u8, from: From) -> Option<(Arc<Place>, CancellationToken)> {
    let close = CancellationToken::new();
    let place = places.take(Site::from(IpAddr::from([10, 0, 0, last])), from, close.clone())?;
    Some((place, close))
}

fn closed<const N: usize>(held: [&(Arc<Place>, CancellationToken); N]) -> [bool; N] {
    held.map(|(_, close)| close.is_cancelled())
}

#[test]
fn address_should_hold_no_more_than_its_share_and_leave_nothing_behind() {
    for idle_go in [false, true] {
        let places = places(idle_go);
        let held: Vec<_> = (0..3).map(|_| take(&places, 1, From::Elsewhere).unwrap()).collect();
        assert!(take(&places, 1, From::Elsewhere).is_none());
        assert!(take(&places, 2, From::Elsewhere).is_some());
        drop(held);
        assert!(places.state.lock().taken.is_empty());
        assert!(take(&places, 1, From::Elsewhere).is_some());
    }
}

#[test]
fn some_should_be_left_for_this_machine_however_many_come_from_elsewhere() {
    let places = places(false);
    let _strangers: Vec<_> = (1..=4)
        .map(|last| take(&places, last, From::Elsewhere).unwrap())
        .collect();
    assert!(take(&places, 5, From::Elsewhere).is_none());
    let _own: Vec<_> = (0..2).map(|_| take(&places, 200, From::Here).unwrap()).collect();
    assert!(take(&places, 201, From::Here).is_some());
}

#[test]
fn idle_sockets_of_strangers_should_be_bounded_in_all_and_keep_nobody_out() {
    let places = places(true);
    let busy = take(&places, 9, From::Elsewhere).unwrap();
    let running = busy.0.run();
    // Each from an address of its own, for ever.
    let idle: Vec<_> = (10..=200)
        .map(|last| take(&places, last, From::Elsewhere).unwrap())
        .collect();
    assert_eq!(places.state.lock().taken.len(), 4);
    assert!(!busy.1.is_cancelled());
    assert_eq!(idle.iter().filter(|(_, close)| close.is_cancelled()).count(), 188);
    assert!(!idle[190].1.is_cancelled());
    drop((running, idle, busy));
    assert!(places.state.lock().taken.is_empty());
}

#[test]
fn address_with_most_idle_ones_should_lose_the_one_that_was_asked_longest_ago() {
    let places = places(true);
    let [first, second, other, third] = [1, 1, 2, 1].map(|last| take(&places, last, From::Elsewhere).unwrap());
    assert!(take(&places, 1, From::Elsewhere).is_none());
    drop(first.0.run());
    let _new = take(&places, 3, From::Elsewhere).unwrap();
    assert_eq!(closed([&first, &second, &third, &other]), [false, true, false, false]);
}

#[test]
fn two_addresses_that_never_end_what_they_ask_should_not_hold_all_places() {
    for idle_go in [false, true] {
        let places = places(idle_go);
        let held = [1, 1, 2, 2].map(|last| take(&places, last, From::Elsewhere).unwrap());
        let running: Vec<_> = held.iter().map(|(place, _)| place.run()).collect();
        // Neither gains by coming again, nor does one who would hold as many as they.
        assert!(take(&places, 1, From::Elsewhere).is_none());
        let third = take(&places, 3, From::Elsewhere).unwrap();
        let third_runs = third.0.run();
        let fourth = take(&places, 4, From::Elsewhere).unwrap();
        let fourth_runs = fourth.0.run();
        assert_eq!(held.iter().filter(|(_, close)| close.is_cancelled()).count(), 2);
        assert_eq!(closed([&third, &fourth]), [false, false]);
        assert!(take(&places, 5, From::Elsewhere).is_none());
        assert!(take(&places, 200, From::Here).is_some());
        drop((running, third_runs, fourth_runs));
        // A WebSocket may be quiet; a socket that is asked nothing is of no use.
        assert_eq!(take(&places, 5, From::Elsewhere).is_some(), idle_go);
    }
}
