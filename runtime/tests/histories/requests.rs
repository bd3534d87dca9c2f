//! Requests for answers.

use crate::{common::model::POSSESSION, history::History, MEMORY, PROGRAM};
use quorate_primitives::{
    availability::Named,
    job::infer::{Choice, Generation, Task},
    payload, RequestId,
};
use quorate_runtime::{constants::UNIT, Runtime, RuntimeCall};

impl History {
    /// Mostly what can be answered; sometimes a request is taken back, whoever's it is.
    pub fn inference_call(&mut self) -> RuntimeCall {
        let asked: Vec<RequestId> = pallet_inference::Requests::<Runtime>::iter_keys().collect();
        if self.random.one_in(8) {
            if let Some(request) = self.random.pick(&asked) {
                return pallet_inference::Call::cancel { request }.into();
            }
        }
        let root = payload::tagged(b"input", &self.random.next());
        let possession = POSSESSION;
        let task = match self.random.below(3) {
            0 => Task::Run,
            _ => Task::Generate(Generation {
                max_tokens: self.random.below(20) as u32,
                choice: Choice::Largest,
                stop: None,
            }),
        };
        let mut near = |usual: u32| usual + u32::from(self.random.one_in(20));
        let (model, program, len) = (near(0), near(PROGRAM), u64::from(near(100)));
        let version = (near(0) == 0).then(|| near(0));
        let call = pallet_inference::Call::request {
            model,
            version,
            program,
            input: Named { root, possession },
            len,
            task,
            operations: self.random.below(2_000),
            memory: self.random.below(u64::from(MEMORY) + 5) as u32,
            max_fee: UNIT,
        };
        call.into()
    }
}
