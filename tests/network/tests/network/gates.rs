//! Rounds with a gate: a version that passes is the head, a poisoned one is held, and a worker that lies about them is Wrong.

use anyhow::{bail, ensure, Context, Result};
use quorate_byzantine::Behaviour;
use quorate_client::{calls, Until};
use quorate_evaluation::assessment::{measures, AssessmentDetail, Measures, SetRecord, BENCHMARK};
use quorate_exact::Rule;
use quorate_network_tests::{
    learning::{examples, Example},
    measured::{data_set, held, loss, rows, weights, wrong},
    model::Layer,
    scenario::Scenario,
    wait,
    wait::MINUTE,
};
use quorate_primitives::{
    availability::ArtifactKind,
    job::{assess, AssessOutcome, Job, Verdict},
    policy::{Access, Assessment, Gate},
    refund::RefundReason,
    version::{AssessmentRecord, VersionStatus},
    views::RoundPhase,
    ArtifactId, VersionIndex,
};
use quorate_verify::Conclusion;

use crate::byzantine::ERRS;

/// Of the benchmark, and of each contributor.
pub const ROWS: usize = 500;
const OWN: usize = 200;
/// Of the benchmark's rows; contributors have those after it.
const SEED: u64 = 1_000;

/// What all versions are measured by.
pub struct Benchmark {
    pub program: ArtifactId,
    pub data: ArtifactId,
    pub file: Vec<u8>,
    examples: Vec<Example>,
}

impl Benchmark {
    /// Held by a quorum.
    pub async fn held(scenario: &Scenario) -> Result<Self> {
        let examples = examples(SEED, ROWS);
        let (_, file) = data_set(&rows(&examples)?)?;
        let access = Access::Public;
        Ok(Self {
            program: held(scenario, ArtifactKind::Program, access, &loss()?.encode()).await?,
            data: held(scenario, ArtifactKind::DataSet, access, &file).await?,
            examples,
            file,
        })
    }

    fn assessment(&self, gate: Gate) -> Result<Assessment> {
        let operations = quorate_evaluation::operations(&loss()?, 2 * ROWS as u64);
        Ok(Assessment {
            program: self.program,
            benchmark: Some(self.data),
            operations: operations.context("few")?,
            gate: Some(gate),
            contribution: None,
        })
    }

    /// What a quorum has to agree on, by the reference.
    fn measure(&self, scenario: &Scenario, base: &[u8], version: &[u8]) -> Result<(Measures, AssessmentDetail)> {
        let rows = rows(&self.examples)?;
        let (set, _) = data_set(&rows)?;
        let tally = |version: &[u8]| {
            let tensors = weights(&scenario.model.header, version)?;
            let tally = quorate_evaluation::evaluate(&loss()?, &tensors, &set, rows.clone())
                .map_err(wrong)?
                .0;
            anyhow::Ok(tally.into())
        };
        let record = SetRecord {
            place: BENCHMARK,
            rows: ROWS as u64,
            counted: ROWS as u64,
            before: tally(base)?,
            after: tally(version)?,
        };
        let found = measures(&[record]).context("there are rows")?;
        Ok((found, AssessmentDetail::of(vec![record])))
    }
}

/// The measures as the chain has them.
pub fn on_chain(found: Measures) -> assess::Measures {
    assess::Measures {
        sets: found.sets,
        loss_before: found.loss_before,
        loss: found.loss,
        increase: found.increase,
        correct_before: found.correct_before,
        correct: found.correct,
    }
}

/// An honest step of each contributor, from rows of its own.
pub fn steps(scenario: &Scenario) -> Vec<Layer> {
    let layer = scenario.model.layer(&scenario.base);
    let own = |number| examples(SEED + 1 + number as u64, OWN);
    (0..scenario.contributors.len())
        .map(|number| layer.step(&own(number)))
        .collect()
}

/// Their updates.
pub fn updates_of(scenario: &Scenario, layers: &[Layer]) -> Vec<Vec<u8>> {
    let all = layers.iter().zip(&scenario.contributors);
    all.map(|(layer, contributor)| scenario.model.update_of(&scenario.base, contributor, layer))
        .collect()
}

/// How a version was assessed.
pub async fn assessed(scenario: &Scenario, version: VersionIndex) -> Result<AssessmentRecord> {
    wait::until("the version is not assessed", 5 * MINUTE, || async {
        Ok(scenario.client.version(scenario.id, version).await?.assessment)
    })
    .await
}

/// Nobody honest is Wrong in the job of an assessment, and who lies is, or came too late.
pub async fn judged(scenario: &Scenario, record: &AssessmentRecord, liar: Option<usize>) -> Result<Job> {
    let id = record.job.context("no job was made")?;
    let job = wait::until("the job of the assessment is not closed", 2 * MINUTE, || async {
        let job = scenario.client.job(id).await?.job;
        Ok(job
            .statements
            .iter()
            .any(|statement| statement.verdict.is_some())
            .then_some(job))
    })
    .await?;
    for index in 0..scenario.net.founders() {
        match scenario.verdict(&job, index)? {
            Some(Verdict::Wrong) if Some(index) == liar => (),
            Some(Verdict::Agreed) if Some(index) != liar => (),
            // On a busy machine.
            Some(Verdict::Silent) => (),
            other => bail!("{index}: {other:?}"),
        }
    }
    Ok(job)
}

/// Whether the one that lies was in time to be Wrong.
pub fn is_found_out(scenario: &Scenario, job: &Job) -> Result<bool> {
    Ok(scenario.verdict(job, ERRS)? == Some(Verdict::Wrong))
}

/// A version passes, and its measures are the reference's; one that a contributor has poisoned is held: pot and bonds return, and the next round stands
/// on the version before.
pub async fn version_that_passes_should_be_the_head_and_a_poisoned_one_be_held(scenario: &mut Scenario) -> Result<()> {
    let before = (scenario.policy.pipeline, scenario.policy.assessment);
    let benchmark = Benchmark::held(scenario).await?;
    scenario.policy.assessment = Some(benchmark.assessment(Gate {
        max_increase: 0,
        min_correct: 0,
    })?);
    scenario.set_pipeline(Rule::WeightedMean.into()).await?;
    let store = scenario.net.nodes()[ERRS].store();
    Behaviour::WrongAssessment.write(&Behaviour::file(&store))?;
    let (passed, found_out) = passes(scenario, &benchmark).await?;
    let found_out_then = is_held(scenario, &benchmark, passed).await?;
    ensure!(
        found_out || found_out_then,
        "who lies about assessments was never in time to be found out"
    );
    Behaviour::Honest.write(&Behaviour::file(&store))?;
    scenario.policy.assessment = before.1;
    scenario.set_pipeline(before.0).await
}

/// Tells also whether the one that lies was found out.
async fn passes(scenario: &mut Scenario, benchmark: &Benchmark) -> Result<(VersionIndex, bool)> {
    let updates = updates_of(scenario, &steps(scenario));
    let ones = vec![1; updates.len()];
    let expected = scenario.model.next(Rule::WeightedMean, &scenario.base, &updates, &ones);
    let (found, detail) = benchmark.measure(scenario, &scenario.base, &expected)?;
    ensure!(found.increase < 0, "the contributors learn nothing: {found:?}");
    let round = scenario.open_round().await?;
    scenario.contribute(round, &updates, &ones).await?;
    let view = scenario.until_settled(round).await?;
    let version = view.version.context("it is settled")?;
    ensure!(scenario.fetch(version).await? == expected, "the version is wrong");

    let record = assessed(scenario, version).await?;
    let detail = detail.encode();
    let outcome = AssessOutcome::Done {
        measures: on_chain(found),
        counted: 0,
        detail: quorate_exact::root(&detail).into(),
        detail_len: detail.len() as u64,
        scores: None,
    };
    ensure!(
        record.outcome == Some(outcome) && record.passed,
        "{record:?}, and not {outcome:?}"
    );
    let job = judged(scenario, &record, Some(ERRS)).await?;
    let model = scenario.client.model(scenario.id).await?;
    ensure!(model.head == Some(version), "the head is {:?}", model.head);
    ensure!(view.updates.iter().all(|update| update.score.is_some()), "{view:?}");
    let report = scenario.verify(version).await?;
    ensure!(report.is_verified(), "{report:#?}");
    scenario.base = expected;
    Ok((version, is_found_out(scenario, &job)?))
}

/// Tells whether the one that lies was found out.
async fn is_held(scenario: &mut Scenario, benchmark: &Benchmark, head: VersionIndex) -> Result<bool> {
    let mut layers = steps(scenario);
    // The first contributor undoes what the others do, and far more.
    layers[0] = layers[0].times(-10_000.0);
    let updates = updates_of(scenario, &layers);
    let ones = vec![1; updates.len()];
    let expected = scenario.model.next(Rule::WeightedMean, &scenario.base, &updates, &ones);
    let (found, _) = benchmark.measure(scenario, &scenario.base, &expected)?;
    ensure!(found.increase > 0, "the poison does no harm: {found:?}");

    let (client, sponsor) = (scenario.client.clone(), scenario.organisations[1].id());
    let fund = client.model(scenario.id).await?.fund;
    let funds = client.funds(&sponsor).await?;
    let round = scenario.open_round().await?;
    scenario.contribute(round, &updates, &ones).await?;
    let view = scenario.until_over(round).await?;
    ensure!(
        view.phase != RoundPhase::Settled && view.refund == Some(RefundReason::Held),
        "{view:#?}"
    );
    let version = view.version.context("it was recorded")?;
    let known = client.version(scenario.id, version).await?;
    ensure!(known.status == VersionStatus::Held, "{known:?}");
    let record = known.assessment.context("it was assessed")?;
    let agreed = record.outcome.map(|outcome| match outcome {
        AssessOutcome::Done { measures, .. } => measures == on_chain(found),
        AssessOutcome::Unfit => false,
    });
    ensure!(agreed == Some(true) && !record.passed, "{record:?}, and not {found:?}");
    let job = judged(scenario, &record, Some(ERRS)).await?;

    // Pot and bonds return; the assessment was computed, and is paid.
    let fee = view.assessment.context("an assessed round")?.fee;
    let left = client.model(scenario.id).await?;
    ensure!(
        fee > 0 && fund - left.fund <= fee && left.fund < fund,
        "the fund had {fund}, has {}, and the fee is {fee}",
        left.fund
    );
    // It returns in pages, in the blocks after the round's end.
    wait::until("a bond did not return", MINUTE, || async {
        let after = client.funds(&sponsor).await?;
        Ok(((after.free, after.reserved) == (funds.free, funds.reserved)).then_some(()))
    })
    .await?;
    ensure!(left.head == Some(head) && left.open_round.is_none(), "{left:?}");
    let report = scenario.verify(version).await?;
    ensure!(report.conclusion() == Conclusion::Held, "{report:#?}");
    let next = scenario.open_round().await?;
    let view = client.round(next).await?;
    ensure!(view.base == head, "the next round stands on {}", view.base);
    let abort = calls::rounds::abort(next);
    client.submit(&scenario.owner, &abort, Until::InBlock).await?;
    is_found_out(scenario, &job)
}
