use crate::{
    mock::*,
    types::{Name, MAX_FILE},
    Error, Event, ModelCount, PendingCount, Policies,
};
use frame_support::{assert_noop, assert_ok};
use quorate_exact::{Pipeline, PreAggregation, PreAggregator, Rule, ServerOptimiser};
use quorate_primitives::{
    availability::Finding,
    frozen::FrozenBase,
    policy::{Policy, MAX_BOND, MAX_CHALLENGE, MAX_REWARD, MIN_BOND, MIN_RETENTION},
    traits::Models as _,
    views::ModelState,
    Hash, ModelId,
};
use sp_runtime::{DispatchError, DispatchResult};

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
        POSSESSION,
        policy(),
        None,
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
        POSSESSION,
        policy,
        None,
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
        POSSESSION,
        policy(),
        parent,
        None,
    )
}

#[test]
fn organisation_should_register_a_model_that_awaits_votes() {
    run(|| {
        assert_ok!(register(OWNER));
        let model = entry(0);
        assert_eq!(model.state, ModelState::Pending);
        assert_eq!(model.organisation, OWNER);
        assert_eq!(Models::owner(0), Some(OWNER));
        assert_eq!(model.update_len, u64::from(HEADER_LEN) + GROUP_LEN);
        assert_eq!((model.latest, model.head), (None, None));
        assert_eq!(open_vote(0), Some((vec![(0, root(1))], 21)));
        let (shape, len) = Models::genesis_context(0).unwrap();
        assert_eq!((shape.model, len), (0, FILE_LEN));
        assert_eq!(
            (shape.header_hash, shape.header_len, shape.update_len),
            (model.header_hash, HEADER_LEN, model.update_len)
        );
        assert_eq!(Policies::<Test>::iter().count(), 0, "no version was recorded yet");
        assert_eq!(Models::round_base(0), None);
        let expected = Event::Registered {
            model: 0,
            owner: account(OWNER),
            organisation: 1,
            root: root(1),
            policy_hash: policy().hash(),
            frozen_base: None,
            until: 21,
        };
        assert_eq!(last_event(), expected);
    });
}

#[test]
fn outsider_and_suspended_organisation_should_register_nothing() {
    run(|| {
        assert_noop!(register(OUTSIDER), Error::<Test>::NotAnOrganisation);
        Suspended::set(vec![OWNER]);
        assert_noop!(register(OWNER), Error::<Test>::NotAnOrganisation);
    });
}

#[test]
fn header_should_have_a_positive_multiple_of_1024_bytes() {
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
fn update_should_hold_at_least_one_value_and_only_whole_ones() {
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
fn version_should_be_at_least_as_long_as_an_update_and_bounded() {
    run(|| {
        assert_noop!(with_shape(1_024, 4_000, 5_023), Error::<Test>::FileLengthInvalid);
        assert_noop!(with_shape(1_024, 4_000, MAX_FILE + 1), Error::<Test>::FileLengthInvalid);
        assert_ok!(with_shape(1_024, 4_000, 5_024));
        assert_ok!(with_shape(1_024, 4_000, MAX_FILE));
    });
}

#[test]
fn name_should_be_text() {
    run(|| {
        assert_noop!(named(name(""), None), Error::<Test>::NameInvalid);
        let broken = Name::truncate_from(vec![0xff, 0xfe]);
        assert_noop!(named(broken, None), Error::<Test>::NameInvalid);
        assert_ok!(named(name("Grüße"), None));
    });
}

#[test]
fn parent_should_be_registered() {
    run(|| {
        assert_noop!(named(name("child"), Some(0)), Error::<Test>::ParentNotFound);
        assert_ok!(named(name("parent"), None));
        assert_ok!(named(name("child"), Some(0)));
        assert_eq!(entry(1).parent, Some(0));
    });
}

#[test]
fn every_bound_of_a_policy_should_have_its_own_error() {
    run(|| {
        let p = policy();
        let pipeline = Rule::TrimmedMean { trim_ppm: 500_000 }.into();
        assert_noop!(
            with_policy(Policy { pipeline, ..p }),
            Error::<Test>::PolicyPipelineInvalid
        );
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
        hasty.deadlines.reveal_updates = 1;
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
        for bond in [MIN_BOND - 1, MAX_BOND + 1] {
            assert_noop!(with_policy(Policy { bond, ..p }), Error::<Test>::PolicyBondInvalid);
        }
        let reward = MAX_REWARD + 1;
        assert_noop!(with_policy(Policy { reward, ..p }), Error::<Test>::PolicyRewardInvalid);
        let retention = MIN_RETENTION - 1;
        assert_noop!(
            with_policy(Policy { retention, ..p }),
            Error::<Test>::PolicyRetentionInvalid
        );
        let challenge = MAX_CHALLENGE + 1;
        assert_noop!(
            with_policy(Policy { challenge, ..p }),
            Error::<Test>::PolicyChallengeInvalid
        );
    });
}

fn pipeline_of(pre: PreAggregation, rule: Rule, server: ServerOptimiser) -> Policy {
    Policy {
        pipeline: Pipeline { pre, rule, server },
        ..policy()
    }
}

#[test]
fn pipeline_should_run_for_every_number_of_updates_that_the_policy_allows() {
    run(|| {
        let refused = || Error::<Test>::PolicyPipelineCannotRun;
        // With f = 2 of 10, Multi-Krum needs 2f + 3 = 7 updates, with f = 0 it needs 3.
        let krum = |min_updates, max_updates| Policy {
            min_updates,
            max_updates,
            ..pipeline_of(
                PreAggregation::None,
                Rule::MultiKrum { f_ppm: 200_000 },
                ServerOptimiser::Plain,
            )
        };
        assert_noop!(with_policy(krum(2, 10)), refused());
        assert_noop!(with_policy(krum(3, 10)), Error::<Test>::PolicyToleratesNothing);
        assert_ok!(with_policy(krum(5, 10)));
        // Bulyan needs 4f + 3: enough of 9 (f = 1), of 11 (f = 2), not of 10 (f = 2).
        let bulyan = |min_updates, max_updates| Policy {
            min_updates,
            max_updates,
            max_updates_per_organisation: 1,
            ..pipeline_of(
                PreAggregation::None,
                Rule::Bulyan { f_ppm: 200_000 },
                ServerOptimiser::Plain,
            )
        };
        assert_ok!(with_policy(bulyan(7, 9)));
        assert_noop!(with_policy(bulyan(7, 11)), refused());
        // Buckets of three leave four rows of ten updates, and two of five: fewer than 2f + 3 with f = 1.
        let bucketing = PreAggregation::One(PreAggregator::Bucketing { size: 3 });
        let buckets = pipeline_of(bucketing, Rule::Krum { f_ppm: 100_000 }, ServerOptimiser::Plain);
        assert_noop!(
            with_policy(Policy {
                min_updates: 10,
                ..buckets
            }),
            refused()
        );
        assert_ok!(with_policy(Policy {
            pipeline: Pipeline {
                rule: Rule::Median,
                ..buckets.pipeline
            },
            min_updates: 9,
            max_updates_per_organisation: 1,
            ..buckets
        }));
    });
}

#[test]
fn every_part_of_a_pipeline_should_be_checked() {
    run(|| {
        let refused = || Error::<Test>::PolicyPipelineInvalid;
        let clip = |tau| PreAggregation::Two(PreAggregator::Arc { f_ppm: 100_000 }, PreAggregator::Clip { tau });
        let momentum = |beta| ServerOptimiser::Momentum { eta: 1_000_000, beta };
        assert_noop!(
            with_policy(pipeline_of(clip(0), Rule::Median, ServerOptimiser::Plain)),
            refused()
        );
        assert_noop!(
            with_policy(pipeline_of(PreAggregation::None, Rule::Median, momentum(1_000_000))),
            refused()
        );
        assert_ok!(with_policy(Policy {
            min_updates: 10,
            max_updates_per_organisation: 1,
            ..pipeline_of(clip(1), Rule::Median, momentum(900_000))
        }));
    });
}

#[test]
fn cap_of_an_organisation_should_be_what_the_whole_pipeline_tolerates() {
    run(|| {
        // 3 of 10 by the rule, 2 of 10 by the pre-aggregator: one organisation may have 2.
        let nnm = PreAggregation::One(PreAggregator::Nnm { f_ppm: 200_000 });
        let policy = Policy {
            min_updates: 5,
            max_updates_per_organisation: 3,
            ..pipeline_of(nnm, Rule::TrimmedMean { trim_ppm: 300_000 }, ServerOptimiser::Plain)
        };
        assert_noop!(with_policy(policy), Error::<Test>::PolicyOrganisationCapInvalid);
        assert_ok!(with_policy(Policy {
            max_updates_per_organisation: 2,
            ..policy
        }));
    });
}

#[test]
fn organisation_should_pay_for_the_record_and_put_up_a_deposit() {
    run(|| {
        assert_ok!(register(OWNER));
        assert_eq!(purse(1), RICH - FEE - DEPOSIT);
        assert_eq!(ledger().treasury, FEE);
        assert_eq!(deposit(0), Some((1, DEPOSIT)));
        for left in [0, FEE, FEE + DEPOSIT - 1] {
            set_purse(2, left);
            assert_noop!(register(OTHER), DispatchError::Other("no cover"));
            assert_eq!(purse(2), left);
        }
    });
}

#[test]
fn models_of_one_organisation_that_await_votes_should_be_bounded_and_leave_others_their_room() {
    run(|| {
        for _ in 0..3 {
            assert_ok!(register(OWNER));
        }
        assert_noop!(register(OWNER), Error::<Test>::MaxPendingExceeded);
        assert_ok!(register(OTHER));
        assert_eq!((PendingCount::<Test>::get(1), PendingCount::<Test>::get(2)), (3, 1));
        decide(0, Finding::Held);
        assert_ok!(register(OWNER));
    });
}

#[test]
fn models_of_one_organisation_and_all_models_should_be_bounded() {
    run(|| {
        for _ in 0..8 {
            active_model();
        }
        assert_noop!(register(OWNER), Error::<Test>::MaxModelsPerOrganisationExceeded);
        for id in 8..12 {
            assert_ok!(register(OTHER));
            decide(id, Finding::Held);
        }
        assert_noop!(register(OTHER), Error::<Test>::MaxModelsExceeded);
        assert_eq!(ModelCount::<Test>::get(2), 4);
    });
}

#[test]
fn retired_models_should_not_count_however_often_one_is_registered_rejected_and_retired() {
    run(|| {
        for id in 0..30 {
            assert_ok!(register(OWNER));
            decide(id, Finding::Split);
            assert_ok!(Models::retire(signed(OWNER), id));
        }
        assert_ok!(register(OTHER));
        // Each cycle cost the part for the record, and nothing else.
        assert_eq!(purse(1), RICH - 30 * FEE);
        assert_eq!(ModelCount::<Test>::iter().count(), 1);
    });
}

#[test]
fn registration_should_change_nothing_when_no_votes_can_be_opened() {
    run(|| {
        RefuseVotes::set(true);
        assert_noop!(register(OWNER), DispatchError::Exhausted);
        assert_eq!(purse(1), RICH);
    });
}

fn on_frozen_base(frozen_base: FrozenBase) -> DispatchResult {
    let hash = Hash::repeat_byte(9);
    Models::register(
        signed(OWNER),
        name("adapter"),
        hash,
        HEADER_LEN,
        GROUP_LEN,
        FILE_LEN,
        root(1),
        POSSESSION,
        policy(),
        None,
        Some(frozen_base),
    )
}

fn frozen_base(len: u64, licence: &[u8]) -> FrozenBase {
    FrozenBase {
        root: root(44),
        len,
        licence: licence.to_vec().try_into().unwrap(),
    }
}

#[test]
fn frozen_base_should_be_in_the_record_the_view_and_the_event() {
    run(|| {
        let base = frozen_base(7_000, b"Apache-2.0");
        assert_ok!(on_frozen_base(base.clone()));
        let Event::Registered {
            frozen_base: Some(shown),
            ..
        } = last_event()
        else {
            panic!("the event names the base");
        };
        assert_eq!(shown, root(44));
        assert_eq!(entry(0).frozen_base, Some(base.clone()));
        assert_eq!(Models::frozen_base(0), Some(base.file()));
        let view = Models::view(0, 0, None).unwrap().frozen_base.unwrap();
        assert_eq!(
            (view.root, view.len, view.licence.as_str()),
            (root(44), 7_000, "Apache-2.0")
        );
        assert_ok!(register(OWNER));
        assert_eq!((entry(1).frozen_base, Models::frozen_base(1)), (None, None));
        assert_eq!(Models::frozen_base(2), None);
    });
}

#[test]
fn frozen_base_should_have_bytes_and_a_licence_that_people_can_read() {
    run(|| {
        let refused = [
            frozen_base(0, b"MIT"),
            frozen_base(MAX_FILE + 1, b"MIT"),
            frozen_base(1, b""),
            frozen_base(1, b" \n"),
            frozen_base(1, b"MIT\x1b[2J"),
            frozen_base(1, b"\xff"),
        ];
        for base in refused {
            assert_noop!(on_frozen_base(base), Error::<Test>::FrozenBaseInvalid);
        }
        assert_ok!(on_frozen_base(frozen_base(1, &[b'l'; 1_024])));
        assert_ok!(on_frozen_base(frozen_base(MAX_FILE, "Licence\n\u{fc}".as_bytes())));
    });
}
