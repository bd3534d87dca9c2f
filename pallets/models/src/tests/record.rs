use crate::{mock::*, Error, Event, Policies, Versions};
use frame_support::{assert_noop, assert_ok};
use quorate_primitives::{
    availability::Finding,
    merkle::Mountains,
    policy::Policy,
    traits::Models as _,
    version::{Origin, VersionStatus},
};

#[test]
fn each_record_should_commit_to_all_earlier_ones() {
    run(|| {
        let id = active_model();
        let mut history = Mountains::default();
        for version in 0..9u32 {
            let written = Versions::<Test>::get(id, version).unwrap();
            assert_eq!((written.model, written.version), (id, version));
            assert_eq!(written.history_root, history.root());
            history.push(written.hash());
            run_to(System::block_number() + 3);
            assert_eq!(record(id, version, root(10 + version as u8)), Ok(version + 1));
        }
        let model = entry(id);
        assert_eq!((model.latest, model.head, model.history.leaves), (Some(9), Some(9), 10));
    });
}

#[test]
fn record_should_hold_what_the_round_agreed_on() {
    run(|| {
        let id = active_model();
        run_to(7);
        assert_eq!(Models::record(id, origin(0, root(2)), &policy()), Ok(1));
        let record = Versions::<Test>::get(id, 1).unwrap();
        assert_eq!((record.root, record.len, record.block), (root(2), FILE_LEN, 7));
        assert_eq!(record.policy_hash, policy().hash());
        assert_eq!(record.origin, Origin::Round(origin(0, root(2))));
        let expected = Event::VersionRecorded {
            model: id,
            version: 1,
            root: root(2),
            round: 5,
            until: None,
        };
        assert_eq!(last_event(), expected);
        let base = Models::round_base(id).unwrap();
        assert_eq!(
            (base.base, base.base_root, base.previous_root),
            (1, root(2), Some(root(1)))
        );
    });
}

#[test]
fn version_should_be_provisional_until_its_challenge_window_has_passed() {
    run(|| {
        let id = active_model();
        let challenged = Policy {
            challenge: 5,
            ..policy()
        };
        assert_ok!(Models::record(id, origin(0, root(2)), &challenged));
        assert_eq!(Models::status(id, 1), Some(VersionStatus::Provisional { until: 6 }));
        run_to(5);
        assert_eq!(Models::status(id, 1), Some(VersionStatus::Provisional { until: 6 }));
        run_to(6);
        assert_eq!(Models::status(id, 1), Some(VersionStatus::Final));
    });
}

#[test]
fn nothing_should_be_recorded_without_a_base_or_with_another_length() {
    run(|| {
        assert_ok!(register(OWNER));
        assert_noop!(record(0, 0, root(2)), Error::<Test>::NoBaseVersion);
        assert_noop!(record(9, 0, root(2)), Error::<Test>::ModelNotFound);
        decide(0, Finding::Held);
        assert_noop!(record(0, 1, root(2)), Error::<Test>::NoBaseVersion);
        let mut long = origin(0, root(2));
        long.outcome.output_len += 1;
        assert_noop!(Models::record(0, long, &policy()), Error::<Test>::OutputLengthDiffers);
    });
}

#[test]
fn version_of_a_revoked_base_should_be_refused() {
    run(|| {
        let id = active_model();
        grow(id, 3);
        revoke(id, 1);
        for parent in 1..=3 {
            assert_noop!(record(id, parent, root(9)), Error::<Test>::BaseRevoked);
        }
        assert_ok!(record(id, 0, root(9)));
    });
}

#[test]
fn policy_of_a_round_should_be_kept_with_its_version_also_when_it_was_replaced_meanwhile() {
    run(|| {
        let id = active_model();
        let of_round = Policy { reward: 5, ..policy() };
        let next = Policy { reward: 6, ..policy() };
        assert_ok!(Models::set_policy(signed(OWNER), id, of_round));
        assert_ok!(Models::set_policy(signed(OWNER), id, next));
        assert_ok!(Models::record(id, origin(0, root(2)), &of_round));
        assert_eq!(Models::policy(of_round.hash()), Some(of_round));
        assert_eq!(Policies::<Test>::iter().count(), 2, "of version 0 and of version 1");
    });
}
