//! Slots for uploads: one for each blob and uploader, few for each account and organisation.
//!
//! Nobody waits in line. Who finds no slot is told so, unless a slower upload gives way to it: one that has less than half of what the
//! others have on the average, or is of an organisation that has two slots more than the newcomer's, and in any case is slower than
//! `Limits::fair`. Without a newcomer only `Limits::slowest` counts.

use crate::{pace::Meter, Limits};
use quorate_gateway_api::Root;
use quorate_primitives::{AccountId, OrganisationId};
use std::{
    sync::{Arc, Mutex},
    time::Instant,
};
use tokio::sync::watch;

/// Who uploads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Uploader {
    pub account: AccountId,
    pub organisation: OrganisationId,
}

/// Why an upload ends early.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stop {
    /// Another one brought the whole blob.
    Held,
    /// It was slow, and another one wanted its slot.
    GaveWay,
}

/// Why there is no slot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Busy {
    /// This account uploads this blob just now.
    Same,
    Account,
    Organisation,
    All,
}

/// All slots.
#[derive(Debug)]
pub(crate) struct Slots {
    limits: Limits,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    next: u64,
    taken: Vec<Taken>,
}

#[derive(Debug)]
struct Taken {
    number: u64,
    root: Root,
    uploader: Uploader,
    meter: Meter,
    /// When it was looked at last; `None` is too early to judge.
    rate: Option<u64>,
    stop: watch::Sender<Option<Stop>>,
}

/// An upload's slot, until it is dropped.
#[derive(Debug)]
pub(crate) struct Slot {
    slots: Arc<Slots>,
    number: u64,
    root: Root,
    stop: watch::Receiver<Option<Stop>>,
}

impl Slots {
    pub fn new(limits: Limits) -> Self {
        Self {
            limits,
            state: Mutex::default(),
        }
    }

    pub fn free(&self) -> usize {
        let taken = self.state.lock().map_or(usize::MAX, |state| state.taken.len());
        self.limits.uploads.saturating_sub(taken)
    }

    /// Whether this uploader is bringing this blob.
    pub fn has(&self, root: &Root, who: &Uploader) -> bool {
        let has = |taken: &Taken| taken.root == *root && taken.uploader == *who;
        self.state.lock().is_ok_and(|state| state.taken.iter().any(has))
    }

    /// A slot for this blob and uploader.
    pub fn enter(self: &Arc<Self>, root: Root, uploader: &Uploader) -> Result<Slot, Busy> {
        let now = Instant::now();
        let mut state = self.state.lock().map_err(|_| Busy::All)?;
        state.make_room(&self.limits, root, uploader, now)?;
        let (sender, stop) = watch::channel(None);
        let number = state.next;
        state.next += 1;
        state.taken.push(Taken {
            number,
            root,
            uploader: uploader.clone(),
            meter: Meter::new(self.limits.idle, now),
            rate: None,
            stop: sender,
        });
        Ok(Slot {
            slots: self.clone(),
            number,
            root,
            stop,
        })
    }
}

impl State {
    fn make_room(&mut self, limits: &Limits, root: Root, who: &Uploader, now: Instant) -> Result<(), Busy> {
        for taken in &mut self.taken {
            taken.rate = taken.meter.rate(now);
        }
        let same = |taken: &&Taken| taken.root == root && taken.uploader.account == who.account;
        if let Some(same) = self.taken.iter().find(same) {
            // Its own broken connection must not keep an account out for long.
            match same.rate.is_some_and(|rate| rate < limits.fair) {
                true => self.give_way(same.number),
                false => return Err(Busy::Same),
            }
        }
        let fair = limits.fair;
        let of_account = |taken: &Taken| taken.uploader.account == who.account;
        self.room_among(of_account, limits.uploads_of_account, fair)
            .ok_or(Busy::Account)?;
        let of_organisation = |taken: &Taken| taken.uploader.organisation == who.organisation;
        self.room_among(of_organisation, limits.uploads_of_organisation, fair)
            .ok_or(Busy::Organisation)?;
        if self.room_among(|_| true, limits.uploads, fair).is_some() {
            return Ok(());
        }
        let greedy = self.slowest_of_the_greedy(who.organisation, fair);
        self.give_way(greedy.ok_or(Busy::All)?);
        Ok(())
    }

    /// Fewer than `max` of these uploads, if need be by ending one that is much slower than the others.
    fn room_among(&mut self, these: impl Fn(&Taken) -> bool, max: usize, fair: u64) -> Option<()> {
        let these: Vec<&Taken> = self.taken.iter().filter(|taken| these(taken)).collect();
        if these.len() < max {
            return Some(());
        }
        let judged: Vec<(u64, u64)> = these
            .iter()
            .filter_map(|taken| Some((taken.rate?, taken.number)))
            .collect();
        let sum: u128 = judged.iter().map(|(rate, _)| u128::from(*rate)).sum();
        let (slowest, number) = judged.iter().copied().min()?;
        // Less than half the mean.
        let behind = u128::from(slowest) * 2 * (judged.len() as u128) < sum;
        if slowest >= fair || !behind {
            return None;
        }
        self.give_way(number);
        Some(())
    }

    /// The slowest upload of an organisation that would still have as many slots as this one, with one less.
    fn slowest_of_the_greedy(&self, newcomer: OrganisationId, fair: u64) -> Option<u64> {
        let count = |organisation| {
            let of = |taken: &&Taken| taken.uploader.organisation == organisation;
            self.taken.iter().filter(of).count()
        };
        let enough = count(newcomer) + 2;
        let greedy = self
            .taken
            .iter()
            .filter(|taken| count(taken.uploader.organisation) >= enough);
        let judged = greedy.filter_map(|taken| Some((taken.rate?, taken.number)));
        let (rate, number) = judged.min()?;
        (rate < fair).then_some(number)
    }

    fn give_way(&mut self, number: u64) {
        self.end(|taken| taken.number == number, Stop::GaveWay);
    }

    /// Ends these uploads; their slots are free at once.
    fn end(&mut self, these: impl Fn(&Taken) -> bool, stop: Stop) {
        self.taken.retain(|taken| {
            let ends = these(taken);
            if ends {
                taken.stop.send_replace(Some(stop));
            }
            !ends
        });
    }
}

impl Slot {
    /// So many bytes have come.
    pub fn add(&self, bytes: usize) {
        let Ok(mut state) = self.slots.state.lock() else { return };
        let mine = state.taken.iter_mut().find(|taken| taken.number == self.number);
        if let Some(mine) = mine {
            mine.meter.add(bytes, Instant::now());
        }
    }

    /// Resolves when the upload has to end early.
    pub async fn stopped(&self) -> Stop {
        let mut stop = self.stop.clone();
        let stopped = stop.wait_for(Option::is_some).await.map(|stop| *stop);
        // The sender goes with its reason; without one the slot is gone.
        stopped.ok().flatten().unwrap_or(Stop::GaveWay)
    }

    /// The blob is held: all others that bring it may stop.
    pub fn won(self) {
        if let Ok(mut state) = self.slots.state.lock() {
            let others = |taken: &Taken| taken.root == self.root && taken.number != self.number;
            state.end(others, Stop::Held);
        }
    }
}

impl Drop for Slot {
    fn drop(&mut self) {
        if let Ok(mut state) = self.slots.state.lock() {
            state.taken.retain(|taken| taken.number != self.number);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    const WINDOW: Duration = Duration::from_secs(20);

    fn who(account: u8, organisation: OrganisationId) -> Uploader {
        Uploader {
            account: AccountId::new([account; 32]),
            organisation,
        }
    }

    fn slots(uploads: usize) -> Arc<Slots> {
        Arc::new(Slots::new(Limits {
            uploads,
            ..Limits::default()
        }))
    }

    /// Lets a slot look as if it had been there for a window, with so many bytes a second.
    fn age(slot: &Slot, rate: u64) {
        let start = Instant::now() - WINDOW;
        let mut meter = Meter::new(WINDOW, start);
        meter.add((rate * WINDOW.as_secs()) as usize, start);
        let mut state = slot.slots.state.lock().unwrap();
        let mine = state.taken.iter_mut().find(|taken| taken.number == slot.number);
        mine.unwrap().meter = meter;
    }

    fn stop(slot: &Slot) -> Option<Stop> {
        *slot.stop.borrow()
    }

    #[test]
    fn slots_should_be_few_for_an_account_and_an_organisation() {
        let slots = slots(16);
        let first = slots.enter([1; 32], &who(1, 0)).unwrap();
        assert_eq!(slots.enter([1; 32], &who(1, 0)).unwrap_err(), Busy::Same);
        let _second = slots.enter([2; 32], &who(1, 0)).unwrap();
        assert_eq!(slots.enter([3; 32], &who(1, 0)).unwrap_err(), Busy::Account);
        let _others: Vec<Slot> = [2, 3]
            .map(|account| slots.enter([1; 32], &who(account, 0)).unwrap())
            .into();
        assert_eq!(slots.enter([1; 32], &who(4, 0)).unwrap_err(), Busy::Organisation);
        let _other = slots.enter([1; 32], &who(5, 1)).unwrap();
        assert_eq!(slots.free(), 11);
        drop(first);
        slots.enter([3; 32], &who(1, 0)).unwrap();
    }

    #[test]
    fn the_first_whole_blob_should_end_the_other_uploads_of_it() {
        let slots = slots(16);
        let [first, second, third] = [1, 2, 3].map(|n| slots.enter([n / 3; 32], &who(n, 0)).unwrap());
        first.won();
        assert_eq!((stop(&second), stop(&third)), (Some(Stop::Held), None));
        assert_eq!(slots.free(), 15);
    }

    #[test]
    fn an_upload_should_give_way_only_to_others_and_only_if_it_is_slower() {
        let slots = slots(4);
        let taken: Vec<Slot> = (0..4)
            .map(|n| slots.enter([n; 32], &who(n, n.into())).unwrap())
            .collect();
        let newcomer = who(9, 9);
        assert_eq!(
            slots.enter([9; 32], &newcomer).unwrap_err(),
            Busy::All,
            "too early to judge"
        );
        for slot in &taken {
            age(slot, 40_000);
        }
        assert_eq!(slots.enter([9; 32], &newcomer).unwrap_err(), Busy::All, "all equal");
        taken[1..].iter().for_each(|slot| age(slot, 1_000_000));
        assert_eq!(stop(&taken[0]), None);
        let _newcomer = slots.enter([9; 32], &newcomer).unwrap();
        assert_eq!(stop(&taken[0]), Some(Stop::GaveWay));
        assert!(taken[1..].iter().all(|slot| stop(slot).is_none()));
        age(&taken[1], 200_000);
        assert_eq!(
            slots.enter([8; 32], &who(8, 8)).unwrap_err(),
            Busy::All,
            "slower, yet fast enough"
        );
    }

    #[test]
    fn organisation_with_many_slots_should_give_way_to_one_without() {
        let slots = slots(4);
        let taken: Vec<Slot> = (0..4)
            .map(|n| slots.enter([n; 32], &who(n, u32::from(n / 2))).unwrap())
            .collect();
        taken.iter().for_each(|slot| age(slot, 40_000));
        assert_eq!(
            slots.enter([9; 32], &who(8, 0)).unwrap_err(),
            Busy::All,
            "has its share"
        );
        age(&taken[3], 30_000);
        let _newcomer = slots.enter([9; 32], &who(9, 9)).unwrap();
        assert_eq!(stop(&taken[3]), Some(Stop::GaveWay));
        assert_eq!(slots.enter([8; 32], &who(8, 9)).unwrap_err(), Busy::All);
    }

    #[test]
    fn a_stalled_upload_should_give_way_to_the_same_account() {
        let slots = slots(4);
        let first = slots.enter([1; 32], &who(1, 0)).unwrap();
        age(&first, 1_000_000);
        assert_eq!(slots.enter([1; 32], &who(1, 0)).unwrap_err(), Busy::Same);
        age(&first, 0);
        let second = slots.enter([1; 32], &who(1, 0)).unwrap();
        assert_eq!((stop(&first), stop(&second)), (Some(Stop::GaveWay), None));
        drop(first);
        assert_eq!(slots.free(), 3, "the second one's slot is its own");
    }
}
