use crate::{mock::*, types::Name, AwaitingGenesis, Error, Event, ModelCount, Models as Registry, Policies};
use frame_support::{assert_noop, assert_ok};
use quorate_exact::{Pipeline, PreAggregation, PreAggregator, Rule, ServerOptimiser};
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
        assert_eq!(
            (blob.shape.header_hash, blob.shape.header_len, blob.shape.update_len),
            (model.header_hash, HEADER_LEN, model.update_len)
        );
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

fn pipeline_of(pre: PreAggregation, rule: Rule, server: ServerOptimiser) -> Policy {
    Policy {
        pipeline: Pipeline { pre, rule, server },
        ..policy()
    }
}

#[test]
fn a_pipeline_must_run_for_every_number_of_updates_that_the_policy_allows() {
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
        assert_ok!(with_policy(krum(3, 10)));
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
            min_updates: 3,
            ..buckets
        }));
    });
}

#[test]
fn every_part_of_a_pipeline_is_checked() {
    run(|| {
        let refused = || Error::<Test>::PolicyPipelineInvalid;
        let clip = |tau| PreAggregation::Two(PreAggregator::Arc { f_ppm: 0 }, PreAggregator::Clip { tau });
        let momentum = |beta| ServerOptimiser::Momentum { eta: 1_000_000, beta };
        assert_noop!(
            with_policy(pipeline_of(clip(0), Rule::Median, ServerOptimiser::Plain)),
            refused()
        );
        assert_noop!(
            with_policy(pipeline_of(PreAggregation::None, Rule::Median, momentum(1_000_000))),
            refused()
        );
        assert_ok!(with_policy(pipeline_of(clip(1), Rule::Median, momentum(900_000))));
    });
}

#[test]
fn an_organisation_s_cap_is_what_the_whole_pipeline_tolerates() {
    run(|| {
        // 3 of 10 by the rule, 2 of 10 by the pre-aggregator: one organisation may have 2.
        let nnm = PreAggregation::One(PreAggregator::Nnm { f_ppm: 200_000 });
        let policy = Policy {
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
