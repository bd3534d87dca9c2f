use super::{queue::MOST_WAITING, *};
use futures::{future::join_all, FutureExt};

fn gate(most: u32, patience: Duration) -> Gate {
    Gate::with_patience(Of::Queries, NonZeroU32::new(most).unwrap(), patience)
}

fn caller(address: u8, connection: u64) -> Caller {
    let address = IpAddr::from([10, 0, 0, address]);
    Caller {
        address: Some(address.into()),
        connection,
    }
}

const LONG: Duration = Duration::from_secs(600);

#[tokio::test]
async fn no_more_than_the_limit_should_be_in_and_the_others_should_follow() {
    let gate = gate(2, LONG);
    let seen = Mutex::new((0u32, 0u32));
    let ask = |number: u64| {
        let (gate, seen) = (gate.clone(), &seen);
        async move {
            let _pass = gate.enter(caller(1, number)).await.unwrap();
            {
                let mut seen = seen.lock();
                seen.0 += 1;
                seen.1 = seen.1.max(seen.0);
            }
            tokio::task::yield_now().await;
            seen.lock().0 -= 1;
        }
    };
    join_all((0..20).map(ask)).await;
    assert_eq!(*seen.lock(), (0, 2));
}

#[tokio::test]
async fn one_that_waits_too_long_should_be_sent_away_with_words() {
    let full = gate(1, Duration::ZERO);
    let pass = full.enter(caller(1, 1)).await.unwrap();
    let error = full.enter(caller(2, 2)).await.unwrap_err();
    assert_eq!(error.code(), BUSY);
    assert!(error.message().contains("--rpc-max-queries"), "{error}");
    drop(pass);
    full.enter(caller(2, 2)).await.unwrap();
}

#[tokio::test]
async fn one_that_went_away_while_it_waited_should_hold_no_place() {
    let gate = gate(1, LONG);
    let pass = gate.enter(caller(1, 1)).await.unwrap();
    for _ in 0..2 * MOST_WAITING {
        assert!(gate.enter(caller(1, 2)).now_or_never().is_none());
    }
    let mut last = Box::pin(gate.enter(caller(1, 3)));
    assert!(last.as_mut().now_or_never().is_none());
    drop(pass);
    assert!(last.await.is_ok());
    assert_eq!(gate.0.state.lock().running, 0);
}

/// One who floods, over so many connections, and another who asks once.
async fn flood(connections: u64, one: Caller) {
    let gate = gate(1, LONG);
    let pass = gate.enter(caller(1, 0)).await.unwrap();
    let mut flood: Vec<_> = (0..3 * MOST_WAITING as u64)
        .map(|number| Box::pin(gate.enter(caller(1, number % connections))))
        .collect();
    let mut refused = 0;
    for asked in &mut flood {
        refused += u32::from(
            asked
                .as_mut()
                .now_or_never()
                .is_some_and(|answer| answer.unwrap_err().code() == BUSY),
        );
    }
    assert_eq!(refused as usize, 2 * MOST_WAITING);
    let mut one = Box::pin(gate.enter(one));
    assert!(one.as_mut().now_or_never().is_none(), "it waits");
    drop(pass);
    assert!(
        one.now_or_never().unwrap().is_ok(),
        "its turn comes before the next of the flood"
    );
}

#[tokio::test]
async fn client_that_floods_should_leave_room_for_another_ones_query() {
    flood(1, caller(1, 7)).await;
    flood(1, caller(2, 7)).await;
}

#[tokio::test]
async fn address_that_floods_over_many_connections_should_leave_room_for_another_address() {
    flood(1_000_000, caller(2, 1_000_001)).await;
    let here = Caller {
        address: None,
        connection: 0,
    };
    flood(1_000_000, here).await;
}

#[test]
fn places_should_be_shared_equally_by_those_who_want_many() {
    let mut queue = Queue::default();
    let mut held = [0usize; 2];
    for (many, address) in [(4 * MOST_WAITING, 0u8), (4 * MOST_WAITING, 1)] {
        for _ in 0..many {
            if let Ok(out) = queue.push(caller(address, address.into()), address) {
                held[usize::from(address)] += 1;
                out.into_iter().for_each(|out: u8| held[usize::from(out)] -= 1);
            }
        }
    }
    assert_eq!(held, [MOST_WAITING / 2; 2]);
    let turns: Vec<u8> = std::iter::from_fn(|| queue.next()).collect();
    assert!(
        turns.chunks(2).all(|pair| pair[0] != pair[1]),
        "turns go round: {turns:?}"
    );
}

#[test]
fn one_who_waits_should_not_starve_behind_others_who_ask_again_at_once() {
    let mut queue = Queue::default();
    queue.served(caller(3, 3));
    queue.push(caller(3, 3), 3).unwrap();
    queue.push(caller(1, 1), 1).unwrap();
    let mut turns = Vec::new();
    for _ in 0..6 {
        let next = queue.next().unwrap();
        turns.push(next);
        let again = if next == 2 { 1 } else { 2 };
        queue.push(caller(again, again.into()), again).unwrap();
    }
    assert!(turns.contains(&3), "{turns:?}");
}

#[test]
fn flood_under_new_names_should_not_go_before_one_that_was_served_already() {
    let old = caller(250, u64::MAX);
    let of_an_address_each: fn(u64) -> Caller = |name| Caller {
        address: Some(IpAddr::from((name as u32).to_be_bytes()).into()),
        connection: name,
    };
    // One address has its turn between any two of others'; among many, or among an address's connections, turns go round.
    for (newcomer, rounds) in [
        (of_an_address_each, 1),
        (|name| caller(1, name), 20),
        (|name| caller(250, name), 1),
    ] {
        let mut queue = Queue::default();
        queue.served(old);
        queue.served(caller(251, 0));
        let mut names = 1..;
        let mut come = |queue: &mut Queue<bool>, many: usize| {
            for name in names.by_ref().take(many) {
                queue.push(newcomer(name), false).unwrap();
            }
        };
        come(&mut queue, MOST_WAITING / 2);
        // Again and again, while two come for each that is served.
        for _ in 0..rounds {
            queue.push(old, true).unwrap();
            let turns = (1..10).find(|_| {
                come(&mut queue, 2);
                queue.next().unwrap()
            });
            assert!(turns.is_some_and(|turns| turns <= 3), "{turns:?}");
        }
    }
}

#[test]
fn what_is_remembered_of_callers_should_be_bounded() {
    let mut queue: Queue<()> = Queue::default();
    (0..5_000).for_each(|number| queue.served(caller((number % 200) as u8, number)));
    let text = format!("{queue:?}");
    assert!(text.len() < 100_000, "{}", text.len());
}

#[test]
fn addresses_of_one_network_should_be_one_site() {
    let site = |text: &str| Site::from(text.parse::<IpAddr>().unwrap());
    assert_eq!(site("2001:db8::1"), site("2001:db8::ffff:1"));
    assert_ne!(site("2001:db8::1"), site("2001:db8:0:1::1"));
    assert_eq!(site("::ffff:10.0.0.1"), site("10.0.0.1"));
    assert_ne!(site("10.0.0.2"), site("10.0.0.1"));
    assert_ne!(site("::1"), site("::2"));
}
