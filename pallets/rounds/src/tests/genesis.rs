use crate::{mock::*, Event, GenesisBallots};
use quorate_exact::check::Malformed;
use quorate_primitives::{update::Subject, views::Against, ModelId};
use sp_core::Pair;
use sp_runtime::transaction_validity::{InvalidTransaction, TransactionValidityError};

/// Register a model whose version 0 awaits votes until `until`.
fn pending(model: ModelId, until: u32) {
    change(|world| {
        let entry = Entry {
            owner: 1,
            policy: Some(policy()),
            pending: Some((root(500), until)),
            ..Default::default()
        };
        world.models.insert(model, entry);
    });
}

#[test]
fn a_quorum_that_holds_version_0_activates_the_model() {
    run(|| {
        pending(7, 20);
        run_for(1);
        let task = Rounds::vote_tasks(&key(0).public()).pop().unwrap();
        assert_eq!((task.subject, task.until), (Subject::Genesis(7), 20));
        assert_eq!(task.against, Against::Registered(SHAPE));
        assert_eq!((task.items[0].blob.root, task.items[0].blob.len), (root(500), FILE_LEN));
        for voter in 0..3 {
            assert!(world().models[&7].pending.is_some());
            vote(Subject::Genesis(7), voter, &[0], &[]).unwrap();
        }
        assert_eq!(last_event(), Event::GenesisHeld { model: 7 });
        assert_eq!(world().models[&7].versions, vec![(root(500), None)]);
        assert!(!GenesisBallots::<Test>::contains_key(7));
    });
}

#[test]
fn a_quorum_that_finds_a_fault_rejects_the_model() {
    run(|| {
        pending(7, 20);
        run_for(1);
        for voter in 0..3 {
            vote(Subject::Genesis(7), voter, &[], &[(0, Malformed::Header)]).unwrap();
        }
        assert_eq!(
            last_event(),
            Event::GenesisRefused {
                model: 7,
                reason: Some(Malformed::Header)
            }
        );
        assert!(world().models[&7].rejected);
    });
}

#[test]
fn a_model_is_rejected_when_no_quorum_can_come_about_or_none_came_in_time() {
    run(|| {
        pending(7, 20);
        pending(8, 10);
        run_for(1);
        vote(Subject::Genesis(7), 0, &[0], &[]).unwrap();
        vote(Subject::Genesis(7), 1, &[], &[(0, Malformed::Header)]).unwrap();
        assert!(world().models[&7].pending.is_some());
        vote(Subject::Genesis(7), 2, &[], &[(0, Malformed::Header)]).unwrap();
        vote(Subject::Genesis(7), 3, &[0], &[]).unwrap();
        assert_eq!(last_event(), Event::GenesisRefused { model: 7, reason: None });
        vote(Subject::Genesis(8), 0, &[0], &[]).unwrap();
        run_to(9);
        assert!(world().models[&8].pending.is_some());
        run_to(10);
        assert!(world().models[&8].rejected);
        assert!(!GenesisBallots::<Test>::contains_key(8));
    });
}

#[test]
fn votes_on_version_0_need_a_snapshot_time_and_item_0() {
    run(|| {
        let refused = |result: Result<_, TransactionValidityError>| match result {
            Err(TransactionValidityError::Invalid(reason)) => reason,
            other => panic!("{other:?}"),
        };
        pending(7, 5);
        assert_eq!(
            refused(vote(Subject::Genesis(7), 0, &[0], &[])),
            InvalidTransaction::Stale
        );
        run_for(1);
        assert_eq!(
            refused(vote(Subject::Genesis(7), 0, &[1], &[])),
            InvalidTransaction::Custom(3)
        );
        vote(Subject::Genesis(7), 0, &[0], &[]).unwrap();
        assert_eq!(
            refused(vote(Subject::Genesis(7), 0, &[0], &[])),
            InvalidTransaction::Custom(4)
        );
        System::set_block_number(5);
        assert_eq!(
            refused(vote(Subject::Genesis(7), 1, &[0], &[])),
            InvalidTransaction::Stale
        );
        Rounds::drive();
        assert_eq!(
            refused(vote(Subject::Genesis(MODEL), 1, &[0], &[])),
            InvalidTransaction::Stale
        );
    });
}

#[test]
fn a_validator_is_asked_for_a_version_0_until_it_has_spoken() {
    run(|| {
        pending(7, 20);
        run_for(1);
        use quorate_primitives::crypto::AttestationId;
        use sp_core::Pair;
        let mine: AttestationId = key(1).public();
        let task = Rounds::vote_tasks(&mine).pop().unwrap();
        assert_eq!((task.subject, task.voter, task.until), (Subject::Genesis(7), 1, 20));
        assert_eq!(
            (task.items[0].item, task.items[0].blob.root, task.items[0].blob.len),
            (0, root(500), FILE_LEN)
        );
        vote(Subject::Genesis(7), 1, &[0], &[]).unwrap();
        assert!(Rounds::vote_tasks(&mine).is_empty());
    });
}
