//! What organisations do.

use crate::{
    common::{model::*, *},
    history::History,
    state::{contributor, models, rounds},
    CONTRIBUTOR_ACCOUNTS, DATA, ORGANISATIONS, PROGRAM,
};
use quorate_primitives::{availability::ArtifactKind, payload, policy::Access, purpose::Purpose};
use quorate_runtime::{constants::UNIT, Runtime, RuntimeCall};

impl History {
    pub fn organisation_call(&mut self, number: u64) -> Option<RuntimeCall> {
        if let Some(call) = self.shard_call(number) {
            return Some(call);
        }
        let model = self.random.pick(&models());
        Some(match self.random.below(12) {
            0 => register(&format!("model {}", self.random.next()), self.policy()).into(),
            1..=3 => pallet_rounds::Call::open_round { model: model? }.into(),
            4 => {
                let purpose = Purpose::Model(model?);
                let amount = u128::from(self.random.below(300)) * UNIT;
                pallet_incentives::Call::fund { purpose, amount }.into()
            }
            5 => {
                let purpose = Purpose::Model(model?);
                let amount = u128::from(self.random.below(50)) * UNIT;
                pallet_incentives::Call::withdraw_fund { purpose, amount }.into()
            }
            6 | 7 => {
                let path = contributor(self.random.below(CONTRIBUTOR_ACCOUNTS));
                sponsor(&path, number as u32).into()
            }
            8 if self.random.one_in(4) => {
                let contributor = account(&contributor(self.random.below(CONTRIBUTOR_ACCOUNTS)));
                pallet_consortium::Call::unsponsor { contributor }.into()
            }
            9 => pallet_rounds::Call::abort {
                round: self.random.pick(&rounds())?,
            }
            .into(),
            10 => {
                let policy = self.policy();
                pallet_models::Call::set_policy { model: model?, policy }.into()
            }
            11 => {
                let contributor = account(&contributor(self.random.below(CONTRIBUTOR_ACCOUNTS)));
                pallet_incentives::Call::claim_for { account: contributor }.into()
            }
            _ => match self.random.below(9) {
                0 => pallet_models::Call::freeze { model: model? }.into(),
                1 => pallet_models::Call::unfreeze { model: model? }.into(),
                2 => self.artifact_call(),
                3 | 4 => self.request(),
                5 => self.fund_call(number),
                6 | 7 => self.inference_call(),
                _ => {
                    let root = payload::tagged(b"again", &self.random.next());
                    let call = pallet_models::Call::retry_genesis {
                        model: model?,
                        root,
                        possession: root,
                    };
                    call.into()
                }
            },
        })
    }

    /// Mostly what can be evaluated.
    pub fn request(&mut self) -> RuntimeCall {
        let mut near = |usual: u32| usual + u32::from(self.random.one_in(20));
        let call = pallet_evaluation::Call::request {
            model: near(0),
            version: near(0),
            program: near(PROGRAM),
            data: near(DATA),
            operations: 100 * u64::from(near(0)),
            max_fee: UNIT,
        };
        call.into()
    }

    /// What an organisation does with its own fund, and others for it.
    fn fund_call(&mut self, number: u64) -> RuntimeCall {
        let of = if self.random.one_in(5) { 0 } else { number };
        let purpose = Purpose::Organisation(of as u32);
        let amount = u128::from(self.random.below(10)) * UNIT / 10;
        match self.random.below(3) {
            0 => pallet_incentives::Call::withdraw_fund { purpose, amount }.into(),
            _ => pallet_incentives::Call::fund { purpose, amount }.into(),
        }
    }

    /// Anything about artifacts, whoever's they are.
    fn artifact_call(&mut self) -> RuntimeCall {
        let artifacts: Vec<_> = pallet_artifacts::Artifacts::<Runtime>::iter_keys().collect();
        let root = payload::tagged(b"artifact", &self.random.next());
        let len = self.random.below(8 << 20);
        let Some(artifact) = self.random.pick(&artifacts).filter(|_| !self.random.one_in(3)) else {
            let register = pallet_artifacts::Call::register {
                kind: ArtifactKind::DataSet,
                root,
                possession: root,
                len,
                licence: b"CC0-1.0".to_vec().try_into().expect("a short one"),
                access: Access::Public,
            };
            return register.into();
        };
        match self.random.below(4) {
            0 => pallet_artifacts::Call::retry {
                artifact,
                root,
                possession: root,
                len,
            }
            .into(),
            1 => pallet_artifacts::Call::set_access {
                artifact,
                access: Access::Organisations,
                readers: vec![self.random.below(ORGANISATIONS) as u32].try_into().expect("one"),
            }
            .into(),
            2 => pallet_artifacts::Call::retire { artifact }.into(),
            _ => pallet_artifacts::Call::prune { artifact }.into(),
        }
    }
}
