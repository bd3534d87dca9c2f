//! What the council and the technical committee do, as if their motions were carried.

use crate::{
    common::*,
    history::History,
    state::{contributor, models, rounds},
    CONTRIBUTOR_ACCOUNTS, ORGANISATIONS,
};
use frame_support::instances::{Instance1, Instance2};
use pallet_consortium::types::{Change, Target};
use quorate_primitives::AccountId;
use quorate_runtime::{RuntimeCall, RuntimeOrigin};

impl History {
    /// What the two bodies do, as if their motions were carried in this block.
    pub fn levers(&mut self) -> Vec<(RuntimeOrigin, RuntimeCall)> {
        if !self.random.one_in(15) {
            return Vec::new();
        }
        let model = self.random.pick(&models());
        let call: Option<RuntimeCall> = match self.random.below(12) {
            0 => model.map(|model| pallet_models::Call::freeze { model }.into()),
            1 => model.map(|model| pallet_models::Call::unfreeze { model }.into()),
            2 => model.map(|model| {
                let version = self.random.below(3) as u32;
                pallet_models::Call::revoke { model, version }.into()
            }),
            3 => model.map(|model| {
                let version = self.random.below(3) as u32;
                pallet_models::Call::unrevoke { model, version }.into()
            }),
            4 => model.map(|model| {
                let version = self.random.below(3) as u32;
                pallet_models::Call::promote { model, version }.into()
            }),
            5 => self
                .random
                .pick(&rounds())
                .map(|round| pallet_rounds::Call::abort { round }.into()),
            6 | 7 => {
                let target = self.target();
                Some(pallet_consortium::Call::suspend { target }.into())
            }
            8 | 9 => {
                let target = self.target();
                Some(pallet_consortium::Call::reinstate { target }.into())
            }
            10 => {
                let change = match self.random.below(3) {
                    0 => Change::SetQuota {
                        organisation: self.random.below(ORGANISATIONS) as u32,
                        quota: self.random.below(5) as u32,
                    },
                    1 => Change::AllowFastSuspension { target: self.target() },
                    _ => Change::SetTechnicalSeats {
                        seats: vec![self.random.below(ORGANISATIONS) as u32]
                            .try_into()
                            .expect("one seat"),
                    },
                };
                Some(pallet_consortium::Call::propose_change { change }.into())
            }
            _ => {
                let enter = self.random.one_in(2);
                let call: RuntimeCall = match enter {
                    true => pallet_safe_mode::Call::force_enter {}.into(),
                    false => pallet_safe_mode::Call::force_exit {}.into(),
                };
                return vec![(technical(), call)];
            }
        };
        call.map(|call| (council(), call)).into_iter().collect()
    }

    fn target(&mut self) -> Target {
        match self.random.below(3) {
            0 => Target::Organisation(self.random.below(ORGANISATIONS) as u32),
            1 => Target::Validator(VALIDATORS[self.random.below(4) as usize].to_account_id()),
            _ => Target::Contributor(account(&contributor(self.random.below(CONTRIBUTOR_ACCOUNTS)))),
        }
    }
}

fn council() -> RuntimeOrigin {
    pallet_collective::RawOrigin::<AccountId, Instance1>::Members(4, 5).into()
}

fn technical() -> RuntimeOrigin {
    pallet_collective::RawOrigin::<AccountId, Instance2>::Members(3, 3).into()
}

pub fn leave_safe_mode() -> (RuntimeOrigin, RuntimeCall) {
    (technical(), pallet_safe_mode::Call::force_exit {}.into())
}
