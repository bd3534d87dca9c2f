use crate::{mock::*, Error, Event, OpenTotals};
use frame_support::{assert_noop, assert_ok};
use quorate_primitives::{
    availability::{Finding, Subject},
    job::infer::{Choice, Generation, Task},
    policy::Access,
    purpose::Purpose,
    traits::Escrow,
    views::inference::RequestState,
    Balance, Hash,
};
use sp_runtime::traits::Dispatchable;

fn ask_with(task: Task, len: u64, operations: u64) -> frame_support::dispatch::DispatchResult {
    let input = named(99 + crate::NextRequest::<Test>::get());
    Inference::request(
        signed(ASKER),
        0,
        None,
        PROGRAM,
        input,
        len,
        task,
        operations,
        MEMORY,
        RICH,
    )
}

#[test]
fn request_should_set_the_fee_aside_and_let_validators_vote_on_the_input() {
    run(|| {
        assert_ok!(request(ASKER));
        assert_eq!(fund(ASKER), RICH - FEE);
        assert_eq!(quorate_mocks::MockEscrow::escrowed(Purpose::Request(0)), FEE);
        let ballot = availability::Ballots::get().remove(&Subject::Request(0)).unwrap();
        assert_eq!(ballot.until, 1 + VOTING);
        // Nobody else has a file with this possession: the claim is the organisation's.
        let claim = ballot.items.get(&0).unwrap();
        assert_eq!(*claim, named(0).by(ASKER, Hash::repeat_byte(69)));
        assert_eq!(state(0), RequestState::Pending { until: 1 + VOTING });
        assert_eq!(
            last_event(),
            Event::Requested {
                request: 0,
                organisation: ASKER,
                by: account(ASKER),
                model: 0,
                version: 0,
                program: PROGRAM,
                fee: FEE,
                until: 1 + VOTING,
            }
        );
    });
}

#[test]
fn strangers_and_members_that_are_suspended_should_ask_for_nothing() {
    run(|| {
        assert_noop!(request(OUTSIDER), Error::<Test>::NotAMember);
        Suspended::put(vec![ASKER]);
        assert_noop!(request(ASKER), Error::<Test>::NotAMember);
        assert_noop!(request(CONTRIBUTOR), Error::<Test>::NotAMember);
    });
}

#[test]
fn nobody_should_spend_more_than_its_organisation_put_into_its_fund() {
    run(|| {
        set_fund(ASKER, FEE - 1);
        assert_noop!(request(CONTRIBUTOR), Error::<Test>::FundTooSmall);
        set_fund(ASKER, FEE);
        assert_ok!(request(CONTRIBUTOR));
        assert_noop!(request(ASKER), Error::<Test>::FundTooSmall);
        assert_eq!(fund(OWNER), RICH, "another's fund is not touched");
        set_fund(ASKER, RICH - FEE);
    });
}

#[test]
fn request_should_not_cost_more_than_its_signer_allows() {
    run(|| {
        let asked = |max_fee: Balance| {
            Inference::request(
                signed(ASKER),
                0,
                None,
                PROGRAM,
                named(0),
                LEN,
                GENERATE,
                OPERATIONS,
                MEMORY,
                max_fee,
            )
        };
        assert_noop!(asked(FEE - 1), Error::<Test>::FeeExceeded);
        assert_ok!(asked(FEE));
    });
}

#[test]
fn head_should_be_asked_unless_a_version_is_named() {
    run(|| {
        models::change(0, |model| {
            let version = model.versions[0];
            model.versions.push(version);
            model.versions.push(version);
            model.revoked.insert(2);
        });
        assert_ok!(request(ASKER));
        assert_eq!(entry(0).group.version, 1);
        assert_ok!(request_of(ASKER, Some(0), OPERATIONS));
        assert_eq!(entry(1).group.version, 0);
    });
}

#[test]
fn only_clean_versions_and_held_programs_should_be_asked() {
    run(|| {
        let ask = |model, version, program| {
            Inference::request(
                signed(ASKER),
                model,
                version,
                program,
                named(0),
                LEN,
                GENERATE,
                OPERATIONS,
                MEMORY,
                RICH,
            )
        };
        assert_noop!(ask(0, Some(1), PROGRAM), Error::<Test>::VersionNotServed);
        assert_noop!(ask(9, None, PROGRAM), Error::<Test>::VersionNotServed);
        assert_noop!(ask(0, None, 9), Error::<Test>::ProgramNotHeld);
        let data = quorate_primitives::traits::HeldArtifact {
            kind: quorate_primitives::availability::ArtifactKind::DataSet,
            ..program(Access::Public)
        };
        artifacts::hold(9, data);
        assert_noop!(ask(0, None, 9), Error::<Test>::ProgramNotHeld);
        models::change(0, |model| model.revoked.insert(0));
        assert_noop!(ask(0, None, PROGRAM), Error::<Test>::VersionNotServed);
        assert_noop!(ask(0, Some(0), PROGRAM), Error::<Test>::VersionNotClean);
        retire(PROGRAM);
        assert_noop!(ask(0, Some(0), PROGRAM), Error::<Test>::ProgramNotHeld);
    });
}

#[test]
fn an_organisation_should_ask_only_what_it_may_read() {
    run(|| {
        for access in [Access::Validators, Access::Contributors, Access::Organisations] {
            artifacts::hold(PROGRAM, program(access));
            assert_noop!(request(ASKER), Error::<Test>::ProgramNotReadable);
            models::change(0, |model| model.policy.access = access);
            assert_noop!(request(ASKER), Error::<Test>::VersionNotReadable);
            // Their owner may.
            assert_ok!(request(OWNER));
            models::change(0, |model| model.policy.access = Access::Public);
        }
    });
}

#[test]
fn what_has_no_bounds_or_no_meaning_should_be_refused() {
    run(|| {
        assert_noop!(ask_with(GENERATE, LEN, u64::MAX), Error::<Test>::TooMuchWork);
        assert_noop!(ask_with(GENERATE, LEN, 1_001), Error::<Test>::TooMuchWork);
        assert_ok!(ask_with(GENERATE, LEN, 1_000));
        assert_noop!(ask_with(GENERATE, 0, 1), Error::<Test>::InputLengthInvalid);
        assert_noop!(ask_with(GENERATE, (16 << 20) + 1, 1), Error::<Test>::InputLengthInvalid);
        assert_ok!(ask_with(GENERATE, 16 << 20, 0));
        let generate = |max_tokens, choice| {
            let task = Task::Generate(Generation {
                max_tokens,
                choice,
                stop: Some(7),
            });
            ask_with(task, LEN, 1)
        };
        assert_noop!(generate(0, Choice::Largest), Error::<Test>::TaskInvalid);
        assert_noop!(generate(65_537, Choice::Largest), Error::<Test>::TaskInvalid);
        assert_ok!(generate(65_536, Choice::Largest));
        let drawn = |temperature: f32, top| Choice::Drawn {
            temperature: temperature.to_bits(),
            top,
        };
        for temperature in [0.0, -0.0, -1.0, f32::INFINITY, f32::NAN] {
            assert_noop!(generate(1, drawn(temperature, 5)), Error::<Test>::TaskInvalid);
        }
        assert_noop!(generate(1, drawn(1.0, 0)), Error::<Test>::TaskInvalid);
        assert_ok!(generate(1, drawn(f32::from_bits(1), 1)));
        assert_ok!(ask_with(Task::Run, LEN, 1));
    });
}

#[test]
fn one_organisation_should_not_take_the_room_of_others() {
    run(|| {
        // Inputs that are never brought.
        for _ in 0..80 {
            assert_ok!(request(ASKER));
        }
        for by in [ASKER, CONTRIBUTOR] {
            assert_noop!(request(by), Error::<Test>::TooManyPendingOfOrganisation);
        }
        for _ in 0..80 {
            assert_ok!(request(OWNER));
        }
        for _ in 0..40 {
            assert_ok!(request(3));
        }
        assert_noop!(request(3), Error::<Test>::TooManyPending);
        find(0, Finding::Held);
        assert_ok!(request(3));
    });
}

#[test]
fn queue_should_have_a_bound_for_each_organisation_and_for_all() {
    run(|| {
        for _ in 0..100 {
            ask(ASKER);
        }
        assert_noop!(request(ASKER), Error::<Test>::TooManyOpenOfOrganisation);
        for by in [2, 3] {
            for _ in 0..100 {
                ask(by);
            }
        }
        assert_noop!(request(4), Error::<Test>::TooManyOpen);
        assert_eq!(OpenTotals::<Test>::get().open, 300);
        // Who waits for nothing makes room.
        assert_ok!(Inference::cancel(signed(ASKER), 0));
        assert_ok!(request(4));
    });
}

#[test]
fn request_should_be_undone_where_there_is_nobody_to_vote() {
    run(|| {
        RefuseVotes::put(true);
        // As a transaction: what was set aside before the refusal is back.
        let call = RuntimeCall::from(crate::Call::<Test>::request {
            model: 0,
            version: None,
            program: PROGRAM,
            input: named(0),
            len: LEN,
            task: GENERATE,
            operations: OPERATIONS,
            memory: MEMORY,
            max_fee: FEE,
        });
        assert!(call.dispatch(signed(ASKER)).is_err());
        assert_eq!((fund(ASKER), crate::Requests::<Test>::iter().count()), (RICH, 0));
    });
}

#[test]
fn frozen_base_should_be_held_and_readable_and_is_what_the_batch_names() {
    run(|| {
        let base = quorate_primitives::views::BlobRef {
            root: quorate_primitives::Root::repeat_byte(44),
            len: 4 << 20,
        };
        models::change(0, |model| model.frozen_base = Some(base.clone()));
        assert_noop!(request(ASKER), Error::<Test>::FrozenBaseNotHeld);
        let weights = |access| quorate_primitives::traits::HeldArtifact {
            kind: quorate_primitives::availability::ArtifactKind::Weights,
            root: base.root,
            len: base.len,
            organisation: OWNER,
            access,
        };
        artifacts::hold(9, weights(Access::Organisations));
        assert_noop!(request(ASKER), Error::<Test>::FrozenBaseNotHeld);
        artifacts::hold(9, weights(Access::Public));
        assert_ok!(request(ASKER));
        retire(9);
        assert_noop!(request(ASKER), Error::<Test>::FrozenBaseNotHeld);
    });
}

#[test]
fn input_should_be_asked_about_once_at_a_time() {
    run(|| {
        let again = |by: u32| {
            let (input, version) = (named(0), None);
            Inference::request(
                signed(by),
                0,
                version,
                PROGRAM,
                input,
                LEN,
                GENERATE,
                OPERATIONS,
                MEMORY,
                Balance::MAX,
            )
        };
        assert_ok!(again(ASKER));
        assert_noop!(again(ASKER), Error::<Test>::InputAskedAlready);
        assert_ok!(again(OWNER));
        assert_ok!(Inference::cancel(signed(ASKER), 0));
        assert_ok!(again(ASKER));
    });
}
