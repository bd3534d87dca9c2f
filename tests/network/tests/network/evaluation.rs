//! An evaluation: what a quorum agrees on is the reference's, the fee goes to those that agreed, and one that adds to the loss is Wrong.

use anyhow::{bail, ensure, Context, Result};
use quorate_byzantine::Behaviour;
use quorate_client::{
    calls::{evaluation, incentives},
    evaluations::Wanted,
    Until,
};
use quorate_network_tests::{
    measured::{data_set, held, loss, row, weights},
    model::FEATURES,
    policy::UNIT,
    scenario::Scenario,
    wait,
    wait::MINUTE,
};
use quorate_primitives::{
    availability::ArtifactKind,
    job::{EvaluateOutcome, Verdict},
    policy::Access,
    purpose::Purpose,
    views::EvaluationState,
    EvaluationId, OrganisationId,
};
use quorate_verify::{verify_evaluation, Blobs, Conclusion};

use crate::byzantine::ERRS;

const ROWS: u64 = 300;
/// Evaluations in which the one that errs may come too late on a busy machine.
const MOST_EVALUATIONS: u32 = 3;

/// The worker of the fourth adds to the loss.
pub async fn evaluation_should_be_the_references_and_pay_those_that_agree(scenario: &mut Scenario) -> Result<()> {
    // Labels that the model may know, and some that no class has: a fault.
    let value = |number: u64, i: usize| ((number * 31 + i as u64 * 17) % 97) as f32 / 64.0 - 0.75;
    let one = |number: u64| row((0..FEATURES).map(|i| value(number, i)).collect(), (number % 50) as i64);
    let rows: Vec<_> = (0..ROWS).map(one).collect::<Result<_>>()?;
    let (program, (set, data)) = (loss()?, data_set(&rows)?);
    let operations = quorate_evaluation::operations(&program, ROWS).context("few")?;
    let tensors = weights(&scenario.model.header, &scenario.fetch(0).await?)?;
    let expected = quorate_evaluation::evaluate(&program, &tensors, &set, rows);
    let (tally, detail) = expected.map_err(|error| anyhow::anyhow!("{error}"))?;
    ensure!(tally.faults == 12, "labels 48 and 49 have no class: {tally:?}");
    let sums = EvaluateOutcome::Done {
        rows: tally.rows,
        loss: tally.loss,
        correct: tally.correct,
        faults: tally.faults,
        detail: quorate_exact::root(&detail).into(),
    };

    let (client, owner) = (scenario.client.clone(), scenario.owner.clone());
    let wanted = Wanted {
        model: scenario.id,
        version: 0,
        program: held(scenario, ArtifactKind::Program, Access::Contributors, &program.encode()).await?,
        data: held(scenario, ArtifactKind::DataSet, Access::Contributors, &data).await?,
        operations,
    };
    let request = evaluation::request(&wanted, client.quote(&wanted).await?.fee);
    ensure!(
        client.submit(&owner, &request, Until::InBlock).await.is_err(),
        "an empty fund pays"
    );
    let organisation = client.organisation_of(&owner.id()).await?.context("the owner's")?;
    let fund = incentives::fund(Purpose::Organisation(organisation), UNIT);
    client.submit(&owner, &fund, Until::InBlock).await?;
    let mut tries = 0;
    while !evaluated(scenario, &wanted, organisation, sums).await? {
        tries += 1;
        ensure!(
            tries < MOST_EVALUATIONS,
            "who adds to the loss was never in time to be found out"
        );
    }
    Ok(())
}

/// One evaluation. Tells whether the one that adds to the loss was Wrong, and not just too late.
async fn evaluated(
    scenario: &Scenario,
    wanted: &Wanted,
    organisation: OrganisationId,
    sums: EvaluateOutcome,
) -> Result<bool> {
    let (client, owner) = (&scenario.client, &scenario.owner);
    let quote = client.quote(wanted).await?;
    let fund = incentives::fund(Purpose::Organisation(organisation), quote.fee);
    client.submit(owner, &fund, Until::Finalized).await?;

    let store = scenario.net.nodes()[ERRS].store();
    Behaviour::WrongResult.write(&Behaviour::file(&store))?;
    let mut earned = Vec::new();
    for index in 0..scenario.net.founders() {
        let standing = client.standing(&scenario.validator(index)?).await?;
        earned.push(standing.claimable);
    }
    let request = evaluation::request(wanted, quote.fee);
    let (id, _) = client
        .submit_numbered::<EvaluationId>(owner, &request, "Evaluation.Requested")
        .await?;
    let ended = wait::until("the evaluation does not end", 10 * MINUTE, || async {
        let last = client.finalized().await?;
        let known = client.evaluation_at(id, Some(last.hash)).await?;
        Ok(known.filter(|known| known.ended_at.is_some()))
    })
    .await?;
    Behaviour::Honest.write(&Behaviour::file(&store))?;

    let EvaluationState::Done(outcome) = ended.state else {
        bail!("{ended:?}");
    };
    ensure!(outcome == sums, "{outcome:?}, and not {sums:?}");
    let job = client.job(ended.job).await?.job;
    let (mut agreed, mut found_out) = (Vec::new(), false);
    for index in 0..scenario.net.founders() {
        match scenario.verdict(&job, index)? {
            Some(Verdict::Agreed) if index != ERRS => agreed.push(index),
            Some(Verdict::Wrong) if index == ERRS => found_out = true,
            // On a busy machine.
            Some(Verdict::Silent) => (),
            other => bail!("{index}: {other:?}"),
        }
    }
    let each = ended.fee / agreed.len() as u128;
    for (index, before) in earned.into_iter().enumerate() {
        let gained = client.standing(&scenario.validator(index)?).await?.claimable - before;
        let expected = if agreed.contains(&index) { each } else { 0 };
        ensure!(gained == expected, "{index} has earned {gained}, and not {expected}");
    }
    ensure!(client.fund_of(organisation).await? == UNIT, "the rest stays");

    // Derived again from the files of a validator, by whoever wants to.
    let folders = vec![scenario.net.nodes()[0].store()];
    let blobs = Blobs::new(folders, None)?;
    let report = verify_evaluation(client, ended.id, &blobs, &|_| {}).await?;
    ensure!(report.conclusion() == Conclusion::Verified, "{report:?}");
    Ok(found_out)
}
