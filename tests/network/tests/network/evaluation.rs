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
};
use quorate_verify::{verify_evaluation, Blobs, Conclusion};

use crate::byzantine::ERRS;

const ROWS: u64 = 300;

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

    let (client, owner) = (scenario.client.clone(), scenario.owner.clone());
    let wanted = Wanted {
        model: scenario.id,
        version: 0,
        program: held(scenario, ArtifactKind::Program, Access::Contributors, &program.encode()).await?,
        data: held(scenario, ArtifactKind::DataSet, Access::Contributors, &data).await?,
        operations,
    };
    let quote = client.quote(&wanted).await?;
    let request = evaluation::request(&wanted, quote.fee);
    ensure!(
        client.submit(&owner, &request, Until::InBlock).await.is_err(),
        "an empty fund pays"
    );
    let organisation = client.organisation_of(&owner.id()).await?.context("the owner's")?;
    let fund = incentives::fund(Purpose::Organisation(organisation), quote.fee + UNIT);
    client.submit(&owner, &fund, Until::InBlock).await?;

    let store = scenario.net.nodes()[ERRS].store();
    Behaviour::WrongResult.write(&Behaviour::file(&store))?;
    let mut earned = Vec::new();
    for index in 0..scenario.net.founders() {
        let standing = client.standing(&scenario.validator(index)?).await?;
        earned.push(standing.claimable);
    }
    client.submit(&owner, &request, Until::InBlock).await?;
    let ended = wait::until("the evaluation does not end", 10 * MINUTE, || async {
        let all = client.evaluations(Some((wanted.model, wanted.version))).await?;
        Ok(all.into_iter().find(|known| known.ended_at.is_some()))
    })
    .await?;
    Behaviour::Honest.write(&Behaviour::file(&store))?;

    let EvaluationState::Done(outcome) = ended.state else {
        bail!("{ended:?}");
    };
    let sums = EvaluateOutcome::Done {
        rows: tally.rows,
        loss: tally.loss,
        correct: tally.correct,
        faults: tally.faults,
        detail: quorate_exact::root(&detail).into(),
    };
    ensure!(outcome == sums, "{outcome:?}, and not {sums:?}");
    let job = client.job(ended.job).await?.job;
    let mut agreed = Vec::new();
    for index in 0..scenario.net.founders() {
        match scenario.verdict(&job, index)? {
            Some(Verdict::Agreed) => agreed.push(index),
            // On a busy machine.
            Some(Verdict::Silent) => (),
            Some(Verdict::Wrong) if index == ERRS => (),
            other => bail!("{index}: {other:?}"),
        }
    }
    ensure!(
        scenario.verdict(&job, ERRS)? == Some(Verdict::Wrong),
        "it added to the loss"
    );
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
    let report = wait::until("the evaluation is not final", 2 * MINUTE, || async {
        let known = client.finalized().await?;
        let known = client.evaluation_at(ended.id, Some(known.hash)).await?;
        match known.is_some_and(|known| known.ended_at.is_some()) {
            true => Ok(Some(verify_evaluation(&client, ended.id, &blobs, &|_| {}).await?)),
            false => Ok(None),
        }
    })
    .await?;
    ensure!(report.conclusion() == Conclusion::Verified, "{report:?}");
    Ok(())
}
