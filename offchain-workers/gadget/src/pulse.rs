//! Whether the worker's process is alive: the link hears it, the supervisor acts on it.
//!
//! A process that runs may hang: its threads wait for each other, or for a device that never answers. It then says nothing, or it says that
//! a task's thread never came back. Both are seen on the link; a process of this node's own is killed for it and started again.

use parking_lot::Mutex;
use quorate_protocol::{Overdue, HUNG, SILENCE};
use std::{
    sync::Arc,
    time::{Duration, Instant},
};

/// How long a worker may take from its start to its first word: it opens its store and tests its engine.
const TO_FIRST_WORD: Duration = Duration::from_secs(300);
/// How long a worker may then be silent. The link ends at [`SILENCE`] already and tries again: a new connection may be answered.
pub const TO_NEXT_WORD: Duration = SILENCE.saturating_add(Duration::from_secs(30));

/// Shared between the link and the supervisor.
#[derive(Clone, Debug, Default)]
pub struct Pulse(Arc<Mutex<State>>);

#[derive(Debug, Default)]
struct State {
    /// Since when somebody listens: without a link, silence means nothing.
    listening: Option<Instant>,
    started: Option<Instant>,
    last: Option<Instant>,
    hung: Option<String>,
}

/// Listens for as long as it lives.
#[derive(Debug)]
pub struct Listening(Pulse);

impl Pulse {
    /// The link is there from now on.
    pub fn listen(&self) -> Listening {
        self.0.lock().listening = Some(Instant::now());
        Listening(self.clone())
    }

    /// The worker said something.
    pub fn beat(&self) {
        self.0.lock().last = Some(Instant::now());
    }

    /// The worker's own word on a thread that does not come back.
    pub fn overdue(&self, overdue: &Overdue) {
        if overdue.by() >= HUNG {
            self.hung(format!(
                "{} should have ended {} s ago and still runs",
                overdue.what,
                overdue.by().as_secs()
            ));
        }
    }

    /// The worker does not do what it should, although it speaks.
    pub fn hung(&self, why: String) {
        self.0.lock().hung.get_or_insert(why);
    }

    /// A new process: what was known is of an earlier one.
    pub fn started(&self) {
        let mut state = self.0.lock();
        (state.started, state.last, state.hung) = (Some(Instant::now()), None, None);
    }

    /// Why the process is to be killed at `now`, if it is.
    pub fn verdict(&self, now: Instant) -> Option<String> {
        let state = self.0.lock();
        if let Some(why) = &state.hung {
            return Some(format!("it hangs: {why}"));
        }
        let (listening, started) = (state.listening?, state.started?);
        let (since, limit) = match state.last {
            Some(last) => (last.max(listening), TO_NEXT_WORD),
            None => (started.max(listening), TO_FIRST_WORD),
        };
        let silent = now.saturating_duration_since(since);
        (silent > limit).then(|| format!("it hangs: it has said nothing for {} s", silent.as_secs()))
    }
}

impl Drop for Listening {
    fn drop(&mut self) {
        self.0 .0.lock().listening = None;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MOMENT: Duration = Duration::from_secs(1);

    #[test]
    fn silence_should_be_held_against_a_worker_only_while_somebody_listens() {
        let pulse = Pulse::default();
        pulse.started();
        let late = Instant::now() + 10 * TO_FIRST_WORD;
        assert_eq!(pulse.verdict(late), None);
        let listening = pulse.listen();
        assert!(pulse.verdict(late).is_some());
        drop(listening);
        assert_eq!(pulse.verdict(late), None);
    }

    #[test]
    fn worker_should_have_longer_to_its_first_word_than_to_the_next() {
        let pulse = Pulse::default();
        pulse.started();
        let _listening = pulse.listen();
        let after = |silence: Duration| pulse.verdict(Instant::now() + silence);
        assert_eq!(after(TO_NEXT_WORD + MOMENT), None);
        assert!(after(TO_FIRST_WORD + MOMENT).unwrap().contains("said nothing"));
        pulse.beat();
        assert_eq!(after(TO_NEXT_WORD - MOMENT), None);
        assert!(after(TO_NEXT_WORD + MOMENT).is_some());
        // The next process begins anew.
        pulse.started();
        assert_eq!(after(TO_NEXT_WORD + MOMENT), None);
    }

    #[test]
    fn thread_that_does_not_come_back_should_count_when_the_worker_has_not_ended_itself() {
        let pulse = Pulse::default();
        let overdue = |by: Duration| Overdue {
            request: 3,
            what: "Job 0x77".to_owned(),
            by_ms: by.as_millis() as u64,
        };
        pulse.overdue(&overdue(HUNG - MOMENT));
        assert_eq!(pulse.verdict(Instant::now()), None);
        pulse.overdue(&overdue(HUNG));
        assert!(pulse.verdict(Instant::now()).unwrap().contains("Job 0x77"));
    }
}
