//! Rounds with pre-aggregators, a selection rule and a server optimiser, whose state goes from version to version.

use quorate_exact::{root, Pipeline, PreAggregation, PreAggregator, Rule, ServerOptimiser};
use quorate_network_tests::{model::Round, scenario::Scenario};
use quorate_primitives::{views::RoundView, Root};

const F_PPM: u32 = 200_000;
const WEIGHTS: [u32; 5] = [1, 20, 300, 4, 5];

/// What a round has to start from.
struct Before {
    base: Vec<u8>,
    state: Option<Vec<u8>>,
}

/// The updates and weights in the sealed order.
fn sealed(scenario: &Scenario, view: &RoundView, updates: &[Vec<u8>]) -> (Vec<Vec<u8>>, Vec<u32>) {
    let found = scenario.by_contributor(view);
    let mut order: Vec<usize> = (0..updates.len()).collect();
    order.sort_by_key(|&i| found[i].index.expect("every update was held"));
    order.iter().map(|&i| (updates[i].clone(), WEIGHTS[i])).unzip()
}

/// Plays a round; its version, its state and its job must be those that the reference and the rounds before ask for.
async fn play(scenario: &mut Scenario, before: Before) -> anyhow::Result<Before> {
    let contributors = scenario.contributors.iter().take(WEIGHTS.len());
    let updates: Vec<Vec<u8>> = contributors
        .map(|contributor| scenario.model.update(&before.base, contributor))
        .collect();
    let last = scenario.client.model(scenario.id).await?.head;
    let id = scenario.open_round().await?;
    scenario.contribute(id, &updates, &WEIGHTS).await?;
    let view = scenario.until_settled(id).await?;
    let number = view.version.expect("it is settled");
    assert!(Some(number) > last, "{number} after {last:?}");

    let lineage = scenario.client.lineage(scenario.id, number).await?;
    let spec = lineage.job.expect("a round's version has a job").spec;
    let work = spec.work.aggregate().expect("an aggregation");
    let expected = before.state.as_ref().map(|state| Root::from(root(state)));
    assert_eq!(
        work.optimiser, expected,
        "round {number} goes on from the state of its base"
    );
    let draws = matches!(
        scenario.policy.pipeline.pre,
        PreAggregation::One(PreAggregator::Bucketing { .. })
    );
    assert_eq!(work.seed != Root::zero(), draws, "only bucketing has a seed");

    let (updates, weights) = sealed(scenario, &view, &updates);
    let (base, state) = scenario.model.round(&Round {
        pipeline: scenario.policy.pipeline,
        base: &before.base,
        state: before.state.as_deref(),
        updates: &updates,
        weights: &weights,
        seed: work.seed.0,
    });
    assert!(
        scenario.fetch(number).await? == base,
        "version {number} has the reference's bits"
    );
    let kept = scenario.fetch_state(number).await?;
    assert!(Some(&kept) == state.as_ref(), "state {number} has the reference's bits");
    let report = scenario.verify(number).await?;
    assert!(report.is_verified(), "{report:#?}");
    Ok(Before { base, state })
}

/// Rounds of five contributors.
pub async fn pipelines_should_give_the_reference_s_bits_and_carry_the_optimiser_s_state(
    scenario: &mut Scenario,
) -> anyhow::Result<()> {
    let momentum = |beta| ServerOptimiser::Momentum { eta: 1_000_000, beta };
    let mixing = Pipeline {
        pre: PreAggregation::One(PreAggregator::Nnm { f_ppm: F_PPM }),
        rule: Rule::MultiKrum { f_ppm: F_PPM },
        server: momentum(900_000),
    };
    scenario.set_pipeline(mixing).await?;
    let mut before = Before {
        base: scenario.base.clone(),
        state: None,
    };
    for _ in 0..2 {
        before = play(scenario, before).await?;
    }
    // Another rule and another decay: the state goes on. Bucketing waits for its seed.
    let buckets = Pipeline {
        pre: PreAggregation::One(PreAggregator::Bucketing { size: 2 }),
        rule: Rule::Median,
        server: momentum(500_000),
    };
    scenario.set_pipeline(buckets).await?;
    scenario.base = play(scenario, before).await?.base;
    Ok(())
}
