//! Evaluations: listing them, and what pays for them.

use crate::{
    commands::{consortium, preflight},
    context::Context,
    failure::{usage, Result},
    output::{json_of, table, tokens},
    version_ref::VersionRef,
};
use quorate_ask::evaluation::Sums;
use quorate_client::{
    calls::{evaluation as calls, incentives},
    words, Call, Until,
};
use quorate_evaluation::SCALE;
use quorate_primitives::{
    job::EvaluateOutcome,
    purpose::Purpose,
    views::{EvaluationState, EvaluationView},
    Balance, EvaluationId, OrganisationId,
};
use serde_json::json;

/// All evaluations, or those of one version.
pub async fn list(context: &Context, version: Option<VersionRef>) -> Result {
    let of = version.map(|VersionRef { model, version }| (model, version));
    let all = context.client().await?.evaluations(of).await?;
    let documents = all.iter().map(document).collect::<Vec<_>>();
    context.print(&json!(documents), || {
        let rows: Vec<_> = all
            .iter()
            .map(|evaluation| {
                let (work, sums) = (&evaluation.work, Sums::of(evaluation));
                let shown = |value: Option<f64>| value.map_or_else(|| "-".into(), |value| format!("{value:.6}"));
                [
                    evaluation.id.to_string(),
                    format!("{}@{}", work.model, work.version),
                    work.program.to_string(),
                    work.data.to_string(),
                    state(&evaluation.state),
                    shown(sums.map(|sums| sums.mean_loss())),
                    shown(sums.map(|sums| sums.accuracy())),
                    evaluation.organisation.to_string(),
                ]
            })
            .collect();
        let columns = [
            "evaluation",
            "version",
            "program",
            "data",
            "state",
            "mean loss",
            "correct",
            "organisation",
        ];
        table(columns, &rows);
    });
    Ok(())
}

/// One evaluation.
pub async fn show(context: &Context, id: EvaluationId) -> Result {
    let known = context.client().await?.evaluation(id).await?;
    print_one(context, &known);
    Ok(())
}

/// What an organisation's evaluations are paid from.
pub async fn funds(context: &Context, organisation: OrganisationId) -> Result {
    let client = context.client().await?;
    preflight::organisation(&client, organisation).await?;
    let fund = client.fund_of(organisation).await?;
    print_fund(context, organisation, fund);
    Ok(())
}

/// Put tokens into an organisation's fund.
pub async fn fund(context: &Context, organisation: OrganisationId, amount: Balance) -> Result {
    let (account, client) = (context.account()?, context.client().await?);
    preflight::organisation(&client, organisation).await?;
    preflight::fund(&client, &account.id(), amount).await?;
    change_fund(
        context,
        organisation,
        &incentives::fund(Purpose::Organisation(organisation), amount),
    )
    .await
}

/// Take tokens out of the fund of one's own organisation.
pub async fn withdraw(context: &Context, amount: Balance) -> Result {
    let (account, client) = (context.account()?, context.client().await?);
    let organisation = client.organisation_of(&account.id()).await?;
    let organisation = organisation.ok_or_else(|| usage(format!("{} is no organisation's account", account.id())))?;
    let held = client.fund_of(organisation).await?;
    if held < amount {
        return Err(usage(format!(
            "the fund of organisation {organisation} has {}, less than {}",
            tokens(held),
            tokens(amount)
        )));
    }
    let call = incentives::withdraw_fund(Purpose::Organisation(organisation), amount);
    change_fund(context, organisation, &call).await
}

/// Remove the record of an evaluation whose retention has ended.
pub async fn prune(context: &Context, id: EvaluationId) -> Result {
    context.account()?;
    // One that is not there costs no fee.
    context.client().await?.evaluation(id).await?;
    consortium::submit(context, &calls::prune(id)).await
}

async fn change_fund(context: &Context, organisation: OrganisationId, call: &Call) -> Result {
    let (account, client) = (context.account()?, context.client().await?);
    client.submit(&account, call, Until::InBlock).await?;
    let fund = client.fund_of(organisation).await?;
    print_fund(context, organisation, fund);
    Ok(())
}

fn print_fund(context: &Context, organisation: OrganisationId, fund: Balance) {
    let value = json!({ "organisation": organisation, "fund": fund.to_string() });
    context.print(&value, || println!("fund {}", tokens(fund)));
}

fn state(state: &EvaluationState) -> String {
    match state {
        EvaluationState::Computing => "computing".into(),
        EvaluationState::Done(EvaluateOutcome::Unfit) => "unfit".into(),
        EvaluationState::Done(EvaluateOutcome::Done { .. }) => "done".into(),
        EvaluationState::Failed(_) => "failed".into(),
    }
}

fn document(evaluation: &EvaluationView) -> serde_json::Value {
    let mut document = json_of(evaluation);
    if let (Some(sums), Some(fields)) = (Sums::of(evaluation), document.as_object_mut()) {
        fields.insert("meanLoss".into(), json!(sums.mean_loss()));
        fields.insert("accuracy".into(), json!(sums.accuracy()));
    }
    document
}

/// Prints an evaluation.
pub fn print_one(context: &Context, evaluation: &EvaluationView) {
    context.print(&document(evaluation), || {
        let (id, work) = (evaluation.id, &evaluation.work);
        println!(
            "evaluation {id} of version {}@{}: {}",
            work.model,
            work.version,
            state(&evaluation.state)
        );
        if let EvaluationState::Failed(reason) = evaluation.state {
            println!("  because       {}", words::evaluation_failure(reason));
        }
        if let Some(sums) = Sums::of(evaluation) {
            println!("  mean loss     {:.6}", sums.mean_loss());
            println!(
                "  correct       {:.6} ({} of {} rows)",
                sums.accuracy(),
                sums.correct,
                sums.rows
            );
            println!("  faults        {}", sums.faults);
            println!("  loss          {} / 2^{SCALE}, the sum of all rows", sums.loss);
        }
        if let EvaluationState::Done(EvaluateOutcome::Done { detail, .. }) = evaluation.state {
            println!("  detail        {detail:?}");
        }
        println!("  program       {} ({:?})", work.program, work.program_root);
        println!("  data set      {} ({:?})", work.data, work.data_root);
        println!("  version       {:?}", work.version_root);
        println!(
            "  asked for by  {} of organisation {}",
            evaluation.asked_by, evaluation.organisation
        );
        println!("  fee           {}", tokens(evaluation.fee));
        println!("  job           {:?}", evaluation.job);
        println!("  since block   {}", evaluation.requested_at);
        if let Some(ended) = evaluation.ended_at {
            println!("  ended         block {ended}");
        }
        if !evaluation.clean {
            println!("  the version, or one that it descends from, is revoked: do not use it");
        }
    });
}
