//! What this validator declares that its machine can answer, and when.

use super::{
    action::{Action, Authority, Statement},
    pace::RETRY_BLOCKS,
};
use crate::LOG;
use quorate_primitives::{
    capability::{Capability, Declaration},
    crypto::AttestationId,
    job::infer::KIND,
    views::CapabilityView,
    BlockNumber,
};
use quorate_protocol::Status;
use std::collections::BTreeMap;

/// A difference that is worth a declaration: one part in so many.
const DIFFERENCE: u64 = 10;

/// When each key's last declaration was sent.
#[derive(Debug, Default)]
pub(super) struct Declarations(BTreeMap<AttestationId, BlockNumber>);

impl Declarations {
    /// Declares `own` where the chain's entry is missing, another or an era old, and the chain would take it.
    pub fn plan(&mut self, known: &[(Authority, CapabilityView)], own: Capability, number: BlockNumber) -> Vec<Action> {
        self.0.retain(|key, _| known.iter().any(|(by, _)| by.key == *key));
        let due = known.iter().filter(|(by, view)| {
            let sent = self.0.get(&by.key);
            is_due(view, own, number) && sent.is_none_or(|at| number.saturating_sub(*at) >= RETRY_BLOCKS)
        });
        let due: Vec<&Authority> = due.map(|(by, _)| by).collect();
        due.into_iter()
            .map(|by| {
                log::info!(
                    target: LOG,
                    "Declaring for validator {}: {} MiB, {} million operations a block, version {} of inference",
                    by.validator,
                    own.memory,
                    own.speed,
                    own.exact_version
                );
                self.0.insert(by.key.clone(), number);
                let declaration = Declaration {
                    validator: by.validator.clone(),
                    capability: own,
                    at: number,
                };
                let by = by.clone();
                Statement::Declaration { by, declaration }.into()
            })
            .collect()
    }

    /// The pool did not take it.
    pub fn not_sent(&mut self, by: &Authority) {
        self.0.remove(&by.key);
    }
}

/// What the worker's status says, for blocks of so many milliseconds. None of one that answers nothing.
pub(super) fn own(status: &Status, slot_ms: u64) -> Option<Capability> {
    let capacity = status.capacity?;
    let versions = status.exact_versions.iter().filter(|(kind, _)| *kind == KIND);
    let speed = u128::from(capacity.speed) * u128::from(slot_ms) / 1_000;
    Some(Capability {
        memory: capacity.memory,
        speed: u64::try_from(speed).unwrap_or(u64::MAX),
        exact_version: versions.map(|(_, version)| *version).max()?,
    })
}

fn is_due(view: &CapabilityView, own: Capability, number: BlockNumber) -> bool {
    let declared = view.declared_at.is_none_or(|at| number > at);
    let from = match view.capability {
        Some(last) if !differs(last, own) => view.again_from,
        _ => view.next_from,
    };
    declared && number >= from
}

fn differs(last: Capability, own: Capability) -> bool {
    let apart = |last: u64, own: u64| last.abs_diff(own).saturating_mul(DIFFERENCE) > last;
    last.exact_version != own.exact_version
        || apart(last.memory.into(), own.memory.into())
        || apart(last.speed, own.speed)
}

#[cfg(test)]
mod tests {
    use super::*;
    use quorate_primitives::{crypto::AttestationPair, job::infer::EXACT_VERSION, AccountId};
    use quorate_protocol::Capacity;
    use sp_core::Pair;

    const OWN: Capability = Capability {
        memory: 1_000,
        speed: 60_000,
        exact_version: EXACT_VERSION,
    };

    fn by(n: u8) -> Authority {
        Authority {
            key: AttestationPair::from_seed(&[n; 32]).public(),
            validator: AccountId::new([n; 32]),
        }
    }

    /// What the chain says of a validator that declared this at block 100.
    fn view(capability: Option<Capability>) -> CapabilityView {
        CapabilityView {
            validator: by(1).validator,
            organisation: 1,
            capability,
            declared_at: capability.map(|_| 100),
            next_from: if capability.is_some() { 400 } else { 0 },
            again_from: if capability.is_some() { 7_300 } else { 0 },
            barred_until: None,
            asked: true,
        }
    }

    fn declared(actions: &[Action]) -> Vec<BlockNumber> {
        let at = |action: &Action| match action {
            Action::Submit(Statement::Declaration { by, declaration }) => {
                assert_eq!(by.validator, declaration.validator);
                assert_eq!(declaration.capability, OWN);
                declaration.at
            }
            other => panic!("{other:?}"),
        };
        actions.iter().map(at).collect()
    }

    /// The blocks of those at which something is declared.
    fn blocks(last: Option<Capability>, numbers: impl IntoIterator<Item = BlockNumber>) -> Vec<BlockNumber> {
        let known = [(by(1), view(last))];
        let due = |number: &BlockNumber| !Declarations::default().plan(&known, OWN, *number).is_empty();
        numbers.into_iter().filter(due).collect()
    }

    #[test]
    fn nothing_on_chain_should_be_declared_at_once_and_again_when_it_got_lost() {
        let mut declarations = Declarations::default();
        let known = [(by(1), view(None)), (by(2), view(None))];
        assert_eq!(declared(&declarations.plan(&known, OWN, 7)), [7, 7]);
        for number in 8..7 + RETRY_BLOCKS {
            assert!(declarations.plan(&known, OWN, number).is_empty());
        }
        let again = 7 + RETRY_BLOCKS;
        assert_eq!(declared(&declarations.plan(&known, OWN, again)), [again, again]);
        // The pool did not take one of them.
        declarations.not_sent(&by(2));
        assert_eq!(declared(&declarations.plan(&known, OWN, again + 1)), [again + 1]);
    }

    #[test]
    fn the_same_should_be_declared_again_when_the_last_is_an_era_old() {
        assert_eq!(blocks(Some(OWN), [101, 400, 7_299, 7_300, 8_000]), [7_300, 8_000]);
    }

    #[test]
    fn a_difference_above_a_tenth_should_be_declared_when_the_chain_takes_it() {
        let near = Capability {
            memory: 910,
            speed: 66_000,
            ..OWN
        };
        assert!(blocks(Some(near), [400, 7_299]).is_empty());
        for other in [
            Capability { memory: 900, ..OWN },
            Capability { memory: 1_200, ..OWN },
            Capability { speed: 50_000, ..OWN },
            Capability { speed: 70_000, ..OWN },
            Capability {
                exact_version: 0,
                ..OWN
            },
            Capability { memory: 0, ..OWN },
        ] {
            assert_eq!(blocks(Some(other), [399, 400, 401]), [400, 401], "{other:?}");
        }
    }

    /// At the block that the last one names, on a fork for instance, nothing is accepted.
    #[test]
    fn no_block_should_be_named_that_is_not_above_the_last_one() {
        let known = CapabilityView {
            next_from: 0,
            ..view(Some(Capability { memory: 1, ..OWN }))
        };
        let plan = |number| {
            Declarations::default()
                .plan(&[(by(1), known.clone())], OWN, number)
                .len()
        };
        assert_eq!([99, 100, 101].map(plan), [0, 0, 1]);
    }

    #[test]
    fn a_workers_speed_should_be_that_of_a_block() {
        let capacity = Capacity {
            memory: 3,
            speed: 10_000,
        };
        let status = |exact_versions| Status {
            exact_versions,
            capacity: Some(capacity),
            ..Status::default()
        };
        let known = status(vec![(KIND, EXACT_VERSION), (0, 9)]);
        let expected = Capability {
            memory: 3,
            speed: 60_000,
            exact_version: EXACT_VERSION,
        };
        assert_eq!(own(&known, 6_000), Some(expected));
        // It computes no inference, or does not know how fast.
        assert_eq!(own(&status(vec![(0, 9)]), 6_000), None);
        assert_eq!(
            own(
                &Status {
                    capacity: None,
                    ..known
                },
                6_000
            ),
            None
        );
    }
}
