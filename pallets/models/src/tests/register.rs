use crate::{mock::*, types::Name, AwaitingGenesis, Error, Event, ModelCount, Models as Registry, Policies};
use frame_support::{assert_noop, assert_ok};
use quorate_primitives::{policy::Policy, traits::Models as _, views::ModelState, Hash, ModelId};
use sp_runtime::DispatchResult;

fn with_shape(header_len: u32, group_len: u64, file_len: u64) -> DispatchResult {
    let hash = Hash::repeat_byte(9);
    Models::register(
        signed(OWNER),
        name("m"),
        hash,
        header_len,
        group_len,
        file_len,
        root(1),
        policy(),
        None,
    )
}

fn with_policy(policy: Policy) -> DispatchResult {
    let hash = Hash::repeat_byte(9);
    Models::register(
        signed(OWNER),
        name("m"),
        hash,
        HEADER_LEN,
        GROUP_LEN,
        FILE_LEN,
        root(1),
        policy,
        None,
    )
}

fn named(name: Name, parent: Option<ModelId>) -> DispatchResult {
    let hash = Hash::repeat_byte(9);
    Models::register(
        signed(OWNER),
        name,
        hash,
        HEADER_LEN,
        GROUP_LEN,
        FILE_LEN,
        root(1),
        policy(),
        parent,
    )
}

#[test]
fn an_organisation_registers_a_model_that_awaits_votes() {
    run(|| {
        assert_ok!(register(OWNER));
        let model = Registry::<Test>::get(0).unwrap();
        assert_eq!(model.state, ModelState::Pending);
        assert_eq!(model.owner, account(OWNER));
        assert_eq!(model.update_len, u64::from(HEADER_LEN) + GROUP_LEN);
        assert_eq!((model.latest, model.head), (None, None));
        let blob = Models::genesis_blob(0).unwrap();
        assert_eq!((blob.root, blob.len, blob.until), (root(1), FILE_LEN, 21));
        assert_eq!(Models::awaiting_genesis(), vec![0]);
        assert_eq!(Policies::<Test>::get(policy().hash()), Some(policy()));
        assert_eq!(Models::round_base(0), None);
        let expected = Event::Registered {
            model: 0,
            owner: account(OWNER),
            organisation: 1,
            root: root(1),
            policy_hash: policy().hash(),
            until: 21,
        };
        assert_eq!(last_event(), expected);
    });
}

#[test]
fn an_outsider_and_a_suspended_organisation_register_nothing() {
    run(|| {
        assert_noop!(register(OUTSIDER), Error::<Test>::NotAnOrganisation);
        Suspended::set(vec![u32::from(OWNER)]);
        assert_noop!(register(OWNER), Error::<Test>::NotAnOrganisation);
    });
}

#[test]
fn a_header_has_a_positive_multiple_of_1024_bytes() {
    run(|| {
        for header_len in [0, 8, 1_000, 1_023, 1_025] {
            assert_noop!(
                with_shape(header_len, GROUP_LEN, FILE_LEN),
                Error::<Test>::HeaderLengthInvalid
            );
        }
    });
}

#[test]
fn an_update_holds_at_least_one_value_and_only_whole_ones() {
    run(|| {
        for group_len in [0, 3, 4_001] {
            assert_noop!(
                with_shape(1_024, group_len, FILE_LEN),
                Error::<Test>::GroupLengthInvalid
            );
        }
        let too_long = u64::MAX - 3;
        assert_noop!(with_shape(1_024, too_long, u64::MAX), Error::<Test>::GroupLengthInvalid);
    });
}

#[test]
fn a_version_is_at_least_as_long_as_an_update() {
    run(|| {
        assert_noop!(with_shape(1_024, 4_000, 5_023), Error::<Test>::FileLengthInvalid);
        assert_ok!(with_shape(1_024, 4_000, 5_024));
    });
}

#[test]
fn a_name_is_text() {
    run(|| {
        assert_noop!(named(name(""), None), Error::<Test>::NameInvalid);
        let broken = Name::truncate_from(vec![0xff, 0xfe]);
        assert_noop!(named(broken, None), Error::<Test>::NameInvalid);
        assert_ok!(named(name("Grüße"), None));
    });
}

#[test]
fn a_parent_must_be_registered() {
    run(|| {
        assert_noop!(named(name("child"), Some(0)), Error::<Test>::ParentNotFound);
        assert_ok!(named(name("parent"), None));
        assert_ok!(named(name("child"), Some(0)));
        assert_eq!(Registry::<Test>::get(1).unwrap().parent, Some(0));
    });
}

#[test]
fn every_bound_of_a_policy_has_its_own_error() {
    run(|| {
        let p = policy();
        let rule = quorate_exact::rule::Rule::TrimmedMean { trim_ppm: 500_000 };
        assert_noop!(with_policy(Policy { rule, ..p }), Error::<Test>::PolicyRuleInvalid);
        assert_noop!(
            with_policy(Policy { min_updates: 11, ..p }),
            Error::<Test>::PolicyUpdatesInvalid
        );
        assert_noop!(
            with_policy(Policy { max_weight: 0, ..p }),
            Error::<Test>::PolicyWeightInvalid
        );
        let capless = Policy {
            max_updates_per_organisation: 0,
            ..p
        };
        assert_noop!(with_policy(capless), Error::<Test>::PolicyOrganisationCapInvalid);
        let mut hasty = p;
        hasty.deadlines.open = 1;
        assert_noop!(with_policy(hasty), Error::<Test>::PolicyDeadlineInvalid);
        let mut short = p;
        short.split.treasury = 0;
        assert_noop!(with_policy(short), Error::<Test>::PolicySplitInvalid);
        assert_noop!(
            with_policy(Policy {
                max_organisation_share: 0,
                ..p
            }),
            Error::<Test>::PolicyShareInvalid
        );
    });
}

#[test]
fn waiting_models_models_of_one_organisation_and_all_models_are_bounded() {
    run(|| {
        for _ in 0..32 {
            assert_ok!(register(OWNER));
        }
        assert_noop!(register(OTHER), Error::<Test>::MaxAwaitingExceeded);
        for id in 0..32 {
            Models::genesis_decided(id, true);
        }
        for _ in 32..35 {
            assert_ok!(register(OWNER));
        }
        assert_noop!(register(OWNER), Error::<Test>::MaxModelsPerOrganisationExceeded);
        for _ in 35..40 {
            assert_ok!(register(OTHER));
        }
        assert_noop!(register(OTHER), Error::<Test>::MaxModelsExceeded);
        assert_eq!(ModelCount::<Test>::get(2), 5);
        assert_eq!(AwaitingGenesis::<Test>::get().len(), 8);
    });
}
