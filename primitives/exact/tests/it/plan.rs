//! Pipelines and their plans.

use codec::{DecodeAll, Encode, MaxEncodedLen};
use quorate_exact::{
    state_header, HeaderError, Kind, ModelHeader, Needs, Part, Pass, Pipeline, PipelineError, Plan, PlanError,
    PreAggregation, PreAggregator, Role, Rule, RuleError, ServerOptimiser, TensorFault, TensorSpec,
};

use crate::common::{resnet, tensor};

const CLIP: PreAggregator = PreAggregator::Clip { tau: 1 << 16 };
const ARC: PreAggregator = PreAggregator::Arc { f_ppm: 100_000 };
const NNM: PreAggregator = PreAggregator::Nnm { f_ppm: 200_000 };
const BUCKETS: PreAggregator = PreAggregator::Bucketing { size: 2 };
const ADAM: ServerOptimiser = ServerOptimiser::Adam {
    eta: 10_000,
    beta1: 900_000,
    beta2: 990_000,
    tau: 1_000_000,
    bias_correction: true,
};

fn pipeline(pre: PreAggregation, rule: Rule) -> Pipeline {
    Pipeline {
        pre,
        ..Pipeline::from(rule)
    }
}

fn header(specs: Vec<TensorSpec>) -> ModelHeader {
    ModelHeader::build(Kind::Model, specs).unwrap()
}

fn plan(pre: PreAggregation, rule: Rule, n: usize) -> Result<Plan, PlanError> {
    Plan::new(&pipeline(pre, rule), &header(resnet()), &vec![1; n], true)
}

#[test]
fn pipelines_should_have_frozen_encodings() {
    let f_ppm = 0x0403_0201;
    let cases = [
        (Pipeline::from(Rule::WeightedMean), "000000"),
        (Pipeline::from(Rule::TrimmedMean { trim_ppm: f_ppm }), "00020102030400"),
        (
            pipeline(PreAggregation::One(CLIP), Rule::MeaMed { f_ppm }),
            "010000000100030102030400",
        ),
        (
            pipeline(
                PreAggregation::Two(PreAggregator::Arc { f_ppm }, PreAggregator::Nnm { f_ppm }),
                Rule::Krum { f_ppm },
            ),
            "0201010203040201020304040102030400",
        ),
        (
            pipeline(PreAggregation::One(BUCKETS), Rule::MultiKrum { f_ppm }),
            "010302000000050102030400",
        ),
        (Pipeline::from(Rule::Bulyan { f_ppm }), "00060102030400"),
        (Pipeline::from(Rule::MinimumDiameter { f_ppm }), "00070102030400"),
        (
            Pipeline::from(Rule::GeometricMedian { nu: 5, iterations: 6 }),
            "0008050000000600",
        ),
        (
            Pipeline {
                server: ADAM,
                ..Pipeline::from(Rule::CentredClipping { tau: 5, iterations: 6 })
            },
            "000905000000060310270000a0bb0d00301b0f0040420f0001",
        ),
    ];
    for (pipeline, expected) in cases {
        assert_eq!(hex::encode(pipeline.encode()), expected);
        let bytes = hex::decode(expected).unwrap();
        assert_eq!(Pipeline::decode_all(&mut &bytes[..]), Ok(pipeline));
    }
    let servers = [
        (ServerOptimiser::Momentum { eta: 1, beta: 2 }, "010100000002000000"),
        (
            ServerOptimiser::Adagrad {
                eta: 1,
                beta1: 2,
                tau: 3,
            },
            "02010000000200000003000000",
        ),
        (
            ServerOptimiser::Yogi {
                eta: 1,
                beta1: 2,
                beta2: 3,
                tau: 4,
            },
            "0401000000020000000300000004000000",
        ),
    ];
    for (server, expected) in servers {
        assert_eq!(hex::encode(server.encode()), expected);
    }
    assert_eq!(Pipeline::max_encoded_len(), 11 + 6 + 18);
}

#[test]
fn plan_should_have_one_pass_for_every_stage_that_looks_at_products() {
    let passes = |pre, rule, n| plan(pre, rule, n).unwrap().passes;
    let last = |norms_known| Pass::Final { norms_known };
    let products = |stage, needs, rows| Pass::Products { stage, needs, rows };
    let none = PreAggregation::None;
    let krum = Rule::Krum { f_ppm: 100_000 };
    assert_eq!(passes(none, Rule::Median, 10), [last(false)]);
    assert_eq!(passes(none, krum, 10), [products(0, Needs::Pairs, 10), last(true)]);
    assert_eq!(
        passes(PreAggregation::One(CLIP), Rule::Median, 10),
        [products(0, Needs::Norms, 10), last(true)]
    );
    assert_eq!(passes(PreAggregation::One(BUCKETS), Rule::Median, 10), [last(false)]);
    assert_eq!(
        passes(PreAggregation::One(BUCKETS), krum, 11),
        [products(1, Needs::Pairs, 6), last(false)]
    );
    assert_eq!(
        passes(PreAggregation::Two(ARC, NNM), krum, 10),
        [
            products(0, Needs::Norms, 10),
            products(1, Needs::Pairs, 10),
            products(2, Needs::Pairs, 10),
            last(true)
        ]
    );
    let plan = plan(PreAggregation::Two(NNM, BUCKETS), krum, 10).unwrap();
    assert!(plan.shape.pairs && plan.shape.previous && plan.shape.updates == 10);
    assert_eq!(plan.s_max, 24);
    assert_eq!(
        plan.stages.iter().map(|stage| stage.rows).collect::<Vec<_>>(),
        [10, 10, 5]
    );
    assert!(plan.bounds.iter().all(|bound| bound.bits <= bound.room));
}

#[test]
fn no_pipeline_of_any_accepted_model_should_leave_its_types() {
    // 2^35 coordinates, the bound itself, with 1,024 updates.
    let largest = header(vec![tensor("w", Role::Train, &[1 << 17, 1 << 18])]);
    let f_ppm = 10_000;
    for rule in [
        Rule::WeightedMean,
        Rule::Median,
        Rule::MultiKrum { f_ppm },
        Rule::Bulyan { f_ppm },
        Rule::MinimumDiameter { f_ppm },
        Rule::GeometricMedian { nu: 1, iterations: 64 },
        Rule::CentredClipping {
            tau: u32::MAX,
            iterations: 64,
        },
    ] {
        let plan = Plan::new(&rule.into(), &largest, &vec![1 << 20; 1024], true).unwrap();
        assert!(plan.bounds.iter().any(|bound| bound.bits == 95));
    }
}

#[test]
fn what_cannot_run_should_be_refused_with_a_reason() {
    let none = PreAggregation::None;
    let krum = Rule::Krum { f_ppm: 200_000 };
    assert_eq!(
        plan(none, krum, 0).unwrap_err(),
        PlanError::Pipeline(PipelineError::Updates { n: 0 })
    );
    assert_eq!(
        plan(none, krum, 1025).unwrap_err(),
        PlanError::Pipeline(PipelineError::Updates { n: 1025 })
    );
    let error = plan(PreAggregation::One(BUCKETS), krum, 10).unwrap_err();
    assert_eq!(
        error.to_string(),
        "with 10 updates, rule: 5 rows; at least 7 are needed: ask for more updates, or tolerate fewer"
    );
    let model = header(resnet());
    let weights = RuleError::Weight { index: 1, weight: 0 };
    assert_eq!(
        Plan::new(&Rule::Median.into(), &model, &[1, 0], false),
        Err(PlanError::Weights(weights))
    );
    let mut edited = model.clone();
    edited.tensors[0].scale = -100;
    let refused = Plan::new(&Rule::Median.into(), &edited, &[1, 1], false);
    assert!(
        matches!(refused, Err(PlanError::Coordinates { .. } | PlanError::Header)),
        "{refused:?}"
    );
    let state = state_header(&model, &ADAM).unwrap().unwrap();
    assert_eq!(
        Plan::new(&Rule::Median.into(), &state, &[1, 1], false),
        Err(PlanError::Header)
    );
    let long = header(vec![tensor(&"x".repeat(1023), Role::Train, &[1])]);
    let with_server = Pipeline {
        server: ADAM,
        ..Rule::Median.into()
    };
    let refused = Plan::new(&with_server, &long, &[1], false).unwrap_err();
    let PlanError::State(HeaderError::Tensor { fault, .. }) = refused else {
        panic!("{refused}")
    };
    assert_eq!(fault, TensorFault::Name);
    assert!(Plan::new(&Rule::Median.into(), &long, &[1], false).is_ok());
}

#[test]
fn policy_should_be_checked_over_its_whole_range() {
    let krum = Pipeline::from(Rule::Krum { f_ppm: 450_000 });
    // n = 11: f = 4, 11 rows needed; n = 12: f = 5, 13 needed. From 30 on 2f + 3 ≤ n.
    assert_eq!(Rule::Krum { f_ppm: 450_000 }.min_updates(), 11);
    assert_eq!(krum.min_updates(), 11);
    let first_bad = krum.check_range(11, 40).unwrap_err();
    assert!(
        matches!(
            first_bad,
            PipelineError::Rows {
                n: 12,
                part: Part::Rule,
                ..
            }
        ),
        "{first_bad}"
    );
    assert_eq!(krum.check_range(30, 1024), Ok(()));
    assert_eq!(krum.check_range(40, 30), Err(PipelineError::Range { min: 40, max: 30 }));
    assert_eq!(krum.check_range(0, 30), Err(PipelineError::Updates { n: 0 }));
    assert_eq!(krum.check_range(30, 1025), Err(PipelineError::Updates { n: 1025 }));
    let diameter = Pipeline::from(Rule::MinimumDiameter { f_ppm: 100_000 });
    assert_eq!(diameter.check_range(1, 249), Ok(()));
    let error = RuleError::TooManyTolerated { f: 25 };
    assert_eq!(
        diameter.check_range(1, 250),
        Err(PipelineError::Rows {
            n: 250,
            part: Part::Rule,
            error
        })
    );
    let range = |pre, rule, min, max| pipeline(pre, rule).check_range(min, max);
    let bulyan = Rule::Bulyan { f_ppm: 200_000 };
    assert_eq!(range(PreAggregation::None, bulyan, 15, 1024), Ok(()));
    assert!(range(PreAggregation::One(BUCKETS), bulyan, 15, 1024).is_err());
    let zero = ServerOptimiser::Momentum { eta: 0, beta: 0 };
    let broken = Pipeline { server: zero, ..krum };
    assert!(matches!(
        broken.check(),
        Err(PipelineError::Parameter {
            part: Part::ServerOptimiser,
            ..
        })
    ));
    assert_eq!(broken.check_range(30, 40), Err(broken.check().unwrap_err()));
}

#[test]
fn pipeline_should_tolerate_what_its_weakest_stage_does() {
    let tolerated = |pre, rule| pipeline(pre, rule).tolerated(100);
    let trimmed = Rule::TrimmedMean { trim_ppm: 150_000 };
    assert_eq!(tolerated(PreAggregation::None, trimmed), Some(15));
    assert_eq!(tolerated(PreAggregation::One(NNM), trimmed), Some(15));
    assert_eq!(tolerated(PreAggregation::Two(CLIP, ARC), trimmed), Some(10));
    assert_eq!(tolerated(PreAggregation::One(NNM), Rule::Median), Some(20));
    assert_eq!(tolerated(PreAggregation::One(NNM), Rule::WeightedMean), Some(20));
}

#[test]
fn every_rule_but_the_mean_should_say_how_many_updates_it_tolerates() {
    let f_ppm = 200_000;
    let with_f = [
        Rule::TrimmedMean { trim_ppm: f_ppm },
        Rule::MeaMed { f_ppm },
        Rule::Krum { f_ppm },
        Rule::MultiKrum { f_ppm },
        Rule::Bulyan { f_ppm },
        Rule::MinimumDiameter { f_ppm },
    ];
    let without_f = [
        Rule::Median,
        Rule::GeometricMedian { nu: 1, iterations: 8 },
        Rule::CentredClipping { tau: 1, iterations: 8 },
    ];
    for n in 1..=1024 {
        for rule in with_f {
            assert_eq!(Pipeline::from(rule).tolerated(n), Some(n / 5), "{rule:?}");
        }
        for rule in without_f {
            assert_eq!(Pipeline::from(rule).tolerated(n), Some((n - 1) / 2), "{rule:?}");
            // A bucket is spoilt by one update: of the buckets fewer than half may be.
            let bucketed = pipeline(PreAggregation::One(PreAggregator::Bucketing { size: 3 }), rule);
            assert_eq!(bucketed.tolerated(n), Some((n.div_ceil(3) - 1) / 2), "{rule:?}");
            assert_eq!(
                pipeline(PreAggregation::One(CLIP), rule).tolerated(n),
                Some((n - 1) / 2)
            );
        }
        for pre in [
            PreAggregation::None,
            PreAggregation::One(CLIP),
            PreAggregation::Two(BUCKETS, CLIP),
        ] {
            assert_eq!(
                pipeline(pre, Rule::WeightedMean).tolerated(n),
                None,
                "nothing limits a mean"
            );
        }
    }
}

#[test]
fn state_should_have_the_moments_of_train_tensors_alone() {
    let model = header(resnet());
    assert_eq!(state_header(&model, &ServerOptimiser::Plain), Ok(None));
    let names = |server: ServerOptimiser| -> Vec<String> {
        let state = state_header(&model, &server).unwrap().unwrap();
        assert_eq!(state.kind, Kind::State);
        assert_eq!(ModelHeader::decode(&state.encode()), Ok(state.clone()));
        state.tensors.into_iter().map(|tensor| tensor.name).collect()
    };
    let first = ["m.bn.bias", "m.bn.weight", "m.shared.weight"];
    assert_eq!(names(ServerOptimiser::Momentum { eta: 1, beta: 0 }), first);
    let yogi = ServerOptimiser::Yogi {
        eta: 1,
        beta1: 0,
        beta2: 0,
        tau: 1,
    };
    let both = [first, ["v.bn.bias", "v.bn.weight", "v.shared.weight"]].concat();
    assert_eq!(names(yogi), both);
    assert_eq!(names(ADAM), [&both[..], &["powers"]].concat());
    // The largest model has a state twice as large.
    let largest = header(vec![tensor("w", Role::Train, &[1 << 17, 1 << 18])]);
    let state = state_header(&largest, &yogi).unwrap().unwrap();
    assert_eq!(state.data_len(), 2 * largest.data_len());
}
