//! Declarations of what the machine can answer.

use super::*;
use quorate_primitives::{
    capability::{Capability, Declaration},
    job::infer,
    views::CapabilityView,
};
use quorate_protocol::Capacity;

/// With the key that the chain knows alone, again where the pool did not take it, and for what the worker says since.
#[tokio::test]
async fn what_the_worker_can_answer_should_be_declared() {
    let prepare = |made: &mut Made, keys: &[AttestationId]| {
        let mut state = State::default();
        let nothing = CapabilityView {
            validator: account(1),
            organisation: 0,
            capability: None,
            declared_at: None,
            next_from: 0,
            again_from: 0,
            barred_until: None,
            asked: false,
        };
        state.capabilities.insert(keys[1].clone(), nothing);
        for number in 10..13 {
            made.states.insert(block(number, 1).hash, state.clone());
            made.parents.insert(block(number + 1, 1).hash, block(number, 1));
        }
    };
    let mut world = World::start(prepare, None).await;
    *world.refusals.lock() = 1;
    let status = Status {
        exact_versions: vec![(infer::KIND, infer::EXACT_VERSION)],
        capacity: Some(Capacity {
            memory: 700,
            speed: 30_000,
        }),
        ..status()
    };
    world.events.send(Event::Up(status)).await.unwrap();
    world.silent().await;
    for number in [11, 12] {
        world.change(|made| made.heads.best = block(number, 1));
        world.imports.unbounded_send(()).unwrap();
        if number == 11 {
            let expected = Statement::Declaration {
                by: Authority {
                    key: world.keys[1].clone(),
                    validator: account(1),
                },
                declaration: Declaration {
                    validator: account(1),
                    capability: Capability {
                        memory: 700,
                        // Blocks of two seconds.
                        speed: 60_000,
                        exact_version: infer::EXACT_VERSION,
                    },
                    at: 11,
                },
            };
            assert_eq!(world.statement().await, expected);
        }
    }
    world.silent().await;
}
