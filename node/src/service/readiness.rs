//! Whether this node does what it is there for, and if not, why. Pure, but for the probe that asks.

use super::ignored;
use quorate_primitives::BlockNumber;
use std::{fmt, sync::Arc};

/// So many blocks that are not final are nothing unusual.
const USUAL_LAG: BlockNumber = 32;

/// What readiness depends on.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct State {
    pub syncing: bool,
    pub peers: usize,
    /// It needs no peers: a chain of one.
    pub alone: bool,
    pub finality_lag: BlockNumber,
    /// `None`: it only follows.
    pub validator: Option<Validator>,
}

/// What a validator's readiness depends on beyond.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Validator {
    /// Its keys may sign.
    pub released: bool,
    /// Own blocks in a row that did not become final.
    pub lost: u32,
    /// `None`: it runs without a worker, as asked. Otherwise whether the worker is there, or why not.
    pub worker: Option<Result<(), String>>,
}

impl State {
    /// What is not as it should be; nothing: it is ready.
    pub fn problems(&self) -> Vec<String> {
        let mut problems = Vec::new();
        if self.syncing {
            problems.push("it has not caught up with the chain".to_owned());
        }
        if self.peers == 0 && !self.alone {
            problems.push("no peer is connected".to_owned());
        }
        if self.finality_lag > USUAL_LAG {
            problems.push(format!("the last {} blocks are not final", self.finality_lag));
        }
        if let Some(Validator { released, lost, worker }) = &self.validator {
            if !released {
                problems.push("its keys are held: it watches for another node with the same keys".to_owned());
            }
            if *lost >= ignored::MANY {
                problems.push(ignored::in_words(*lost));
            }
            if let Some(Err(why)) = worker {
                problems.push(format!("its worker is not there: {why}"));
            }
        }
        problems
    }
}

/// Asks for the state at this moment.
#[derive(Clone)]
pub struct Probe(Arc<dyn Fn() -> State + Send + Sync>);

impl Probe {
    pub fn new(ask: impl Fn() -> State + Send + Sync + 'static) -> Self {
        Self(Arc::new(ask))
    }

    pub fn state(&self) -> State {
        (self.0)()
    }
}

impl fmt::Debug for Probe {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Probe")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ready() -> State {
        State {
            syncing: false,
            peers: 3,
            alone: false,
            finality_lag: 2,
            validator: Some(Validator {
                released: true,
                lost: ignored::MANY - 1,
                worker: Some(Ok(())),
            }),
        }
    }

    #[test]
    fn node_should_be_ready_when_nothing_is_in_the_way_and_name_each_thing_that_is() {
        assert!(ready().problems().is_empty());
        let held = Validator {
            released: false,
            lost: 0,
            worker: None,
        };
        let lost = Validator {
            released: true,
            lost: 0,
            worker: Some(Err("it ended".to_owned())),
        };
        let ignored = Validator {
            released: true,
            lost: ignored::MANY,
            worker: None,
        };
        let cases = [
            (
                State {
                    syncing: true,
                    ..ready()
                },
                "caught up",
            ),
            (State { peers: 0, ..ready() }, "no peer"),
            (
                State {
                    finality_lag: 33,
                    ..ready()
                },
                "33 blocks",
            ),
            (
                State {
                    validator: Some(held),
                    ..ready()
                },
                "keys are held",
            ),
            (
                State {
                    validator: Some(lost),
                    ..ready()
                },
                "it ended",
            ),
            (
                State {
                    validator: Some(ignored),
                    ..ready()
                },
                "did not become final",
            ),
        ];
        for (state, what) in cases {
            let problems = state.problems();
            assert!(problems.len() == 1 && problems[0].contains(what), "{problems:?}");
        }
        let alone = State {
            peers: 0,
            alone: true,
            validator: None,
            ..ready()
        };
        assert!(alone.problems().is_empty());
    }
}
