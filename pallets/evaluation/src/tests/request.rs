use crate::{mock::*, Error, Event};
use frame_support::{assert_noop, assert_ok};
use quorate_primitives::{
    availability::ArtifactKind,
    job::{evaluate::EXACT_VERSION, CommitteeRule, Requester},
    policy::Access,
    traits::HeldArtifact,
    views::BlobRef,
    Root,
};
use sp_runtime::{traits::Dispatchable, DispatchError};

#[test]
fn request_should_set_the_fee_aside_and_give_a_job_to_the_committee() {
    run(|| {
        assert_ok!(request(ASKER));
        let (job, spec) = job(0);
        assert_eq!(
            (spec.requester, spec.attempt, spec.exact_version, spec.committee),
            (Requester::Evaluation(0), 0, EXACT_VERSION, CommitteeRule::All)
        );
        // Ten blocks, three for five thousand million operations, three for what is fetched.
        assert_eq!((spec.commit, spec.reveal), (16, 7));
        let work = spec.work;
        assert_eq!(
            (work.version_root, work.version_len),
            (Root::repeat_byte(1), models::FILE_LEN)
        );
        assert_eq!((work.program_root, work.program_len), (Root::repeat_byte(3), 100));
        assert_eq!((work.data_root, work.data_len), (Root::repeat_byte(4), 2 << 20));
        assert_eq!(work.operations, OPERATIONS);
        assert_eq!(fund(ASKER), RICH - FEE);
        assert_eq!(
            last_event(),
            Event::Requested {
                evaluation: 0,
                organisation: ASKER,
                by: account(ASKER),
                model: 0,
                version: 0,
                program: PROGRAM,
                data: DATA,
                fee: FEE,
                job,
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
        assert_noop!(
            Evaluation::request(signed(ASKER), 0, 0, PROGRAM, DATA, OPERATIONS, FEE - 1),
            Error::<Test>::FeeExceeded
        );
    });
}

#[test]
fn only_clean_versions_and_held_artifacts_of_their_kind_should_be_evaluated() {
    run(|| {
        let ask =
            |version, program, data| Evaluation::request(signed(ASKER), 0, version, program, data, OPERATIONS, FEE);
        assert_noop!(ask(1, PROGRAM, DATA), Error::<Test>::VersionNotServed);
        assert_noop!(
            Evaluation::request(signed(ASKER), 9, 0, PROGRAM, DATA, OPERATIONS, FEE),
            Error::<Test>::VersionNotServed
        );
        assert_noop!(ask(0, DATA, DATA), Error::<Test>::ProgramNotHeld);
        assert_noop!(ask(0, 9, DATA), Error::<Test>::ProgramNotHeld);
        assert_noop!(ask(0, PROGRAM, PROGRAM), Error::<Test>::DataSetNotHeld);
        models::change(0, |model| model.revoked.insert(0));
        assert_noop!(ask(0, PROGRAM, DATA), Error::<Test>::VersionNotClean);
        retire(DATA);
        assert_noop!(ask(0, PROGRAM, DATA), Error::<Test>::DataSetNotHeld);
    });
}

#[test]
fn an_organisation_should_ask_only_about_what_it_may_read() {
    run(|| {
        for access in [Access::Validators, Access::Contributors, Access::Organisations] {
            artifacts::hold(DATA, data_set(access));
            assert_noop!(request(ASKER), Error::<Test>::DataSetNotReadable);
            artifacts::hold(PROGRAM, program(access));
            assert_noop!(request(ASKER), Error::<Test>::ProgramNotReadable);
            models::change(0, |model| model.policy.access = access);
            assert_noop!(request(ASKER), Error::<Test>::VersionNotReadable);
            models::change(0, |model| model.policy.access = Access::Public);
            artifacts::hold(PROGRAM, program(Access::Public));
        }
        // Their owner may.
        assert_ok!(request(OWNER));
    });
}

#[test]
fn work_without_bounds_should_be_refused() {
    run(|| {
        let with = |operations| Evaluation::request(signed(ASKER), 0, 0, PROGRAM, DATA, operations, RICH);
        assert_noop!(with(u64::MAX), Error::<Test>::TooMuchWork);
        assert_noop!(with(101), Error::<Test>::TooMuchWork);
        assert_ok!(with(100));
        // It would be fetched for too long.
        let data = HeldArtifact {
            len: 88 << 20,
            ..data_set(Access::Public)
        };
        artifacts::hold(DATA, data);
        assert_noop!(with(5), Error::<Test>::TooMuchWork);
        assert_ok!(with(0));
    });
}

#[test]
fn committee_should_have_the_time_for_what_it_was_asked_before() {
    run(|| {
        let with = |by, operations| Evaluation::request(signed(by), 0, 0, PROGRAM, DATA, operations, RICH);
        let commit = |id| job(id).1.commit;
        assert_ok!(with(ASKER, 100));
        // Ten blocks, fifty for the operations, three for what is fetched.
        assert_eq!(commit(0), 63);
        // Members compute one at a time: a small one asked for by somebody else comes after the large one.
        assert_ok!(with(OWNER, 5));
        assert_eq!(commit(1), 53 + 16);
        // What others run makes nothing too much: it is the own work that is bounded.
        assert_ok!(with(3, 100));
        assert_eq!(commit(2), 53 + 6 + 63);
        assert_eq!(
            Evaluation::quote(0, 0, PROGRAM, DATA, 5).map(|quote| quote.commit),
            Some(53 + 6 + 53 + 16)
        );
        // What has ended is waited for no more, a retry is.
        disagree(0);
        disagree(0);
        disagree(2);
        assert_ok!(with(4, 5));
        assert_eq!(commit(3), 6 + 53 + 16);
    });
}

#[test]
fn one_organisation_should_not_take_the_room_of_others_nor_all_together_that_of_rounds() {
    run(|| {
        assert_ok!(request(ASKER));
        assert_ok!(request(CONTRIBUTOR));
        for by in [ASKER, CONTRIBUTOR] {
            assert_noop!(request(by), Error::<Test>::TooManyOpenOfOrganisation);
        }
        assert_ok!(request(OWNER));
        assert_ok!(request(OWNER));
        assert_ok!(request(3));
        assert_noop!(request(4), Error::<Test>::TooManyOpen);
        disagree(0);
        assert_noop!(request(4), Error::<Test>::TooManyOpen);
        disagree(0);
        assert_ok!(request(4));
    });
}

#[test]
fn request_should_be_undone_where_no_job_can_be_made() {
    run(|| {
        RefuseJobs::put(true);
        // As a transaction: what was set aside before the refusal is back.
        let call = crate::Call::<Test>::request {
            model: 0,
            version: 0,
            program: PROGRAM,
            data: DATA,
            operations: OPERATIONS,
            max_fee: FEE,
        };
        let call = RuntimeCall::from(call);
        assert_noop!(
            call.dispatch(signed(ASKER)).map_err(|error| error.error),
            DispatchError::Other("job refused")
        );
        assert_eq!(fund(ASKER), RICH);
    });
}

#[test]
fn frozen_base_should_be_held_and_readable_and_is_what_the_job_names_and_the_fee_counts() {
    run(|| {
        let base = BlobRef {
            root: Root::repeat_byte(44),
            len: 4 << 20,
        };
        models::change(0, |model| model.frozen_base = Some(base.clone()));
        let fee = FEE + 4 * 3;
        let ask = |by| Evaluation::request(signed(by), 0, 0, PROGRAM, DATA, OPERATIONS, fee);
        assert_noop!(ask(ASKER), Error::<Test>::FrozenBaseNotHeld);
        let weights = |access| HeldArtifact {
            kind: ArtifactKind::Weights,
            root: base.root,
            len: base.len,
            organisation: OWNER,
            access,
        };
        artifacts::hold(9, weights(Access::Organisations));
        assert_noop!(ask(ASKER), Error::<Test>::FrozenBaseNotHeld);
        let longer = HeldArtifact {
            len: base.len + 1,
            ..weights(Access::Public)
        };
        artifacts::hold(9, longer);
        assert_noop!(ask(ASKER), Error::<Test>::FrozenBaseNotHeld);
        artifacts::hold(9, weights(Access::Public));
        assert_noop!(
            Evaluation::request(signed(ASKER), 0, 0, PROGRAM, DATA, OPERATIONS, fee - 1),
            Error::<Test>::FeeExceeded
        );
        assert_ok!(ask(ASKER));
        let (_, spec) = job(0);
        assert_eq!(spec.work.frozen_base, Some(base));
        retire(9);
        assert_noop!(ask(ASKER), Error::<Test>::FrozenBaseNotHeld);
    });
}
