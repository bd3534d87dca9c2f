//! Rounds: opening, watching, showing.

use crate::{
    commands::assessment,
    context::Context,
    failure::{usage, Failure, Result},
    output::{json_of, optional, ppm, table, tokens},
};
use quorate_client::{calls::rounds, link::Link, watch::Limit, words, Client, Error, Until};
use quorate_contribute::words::refund as why;
use quorate_primitives::{
    policy::Contribution,
    update::{Update, UpdateStatus},
    views::{assessments::RoundAssessment, ModelView, RoundPhase, RoundView},
    Balance, ModelId, RoundId,
};
use serde_json::json;
use std::cell::RefCell;

/// Open a round on a model's newest clean version.
pub async fn open(context: &Context, model: ModelId) -> Result {
    let (account, client) = (context.account()?, context.client().await?);
    let known = client.model(model).await?;
    let fee = assessment::fee(&client, &known.policy).await?;
    if let Some(fee) = fee {
        payable(&known, fee).map_err(usage)?;
        if let Some(rules) = known.policy.assessment.and_then(|assessment| assessment.contribution) {
            enough(client.waiting_shards(model).await?.len(), &rules).map_err(usage)?;
        }
        if !context.is_json() {
            let (fee, reward) = (tokens(fee), tokens(known.policy.reward));
            eprintln!("its assessment costs {fee}, set aside from the model's fund beside the reward of {reward}");
        }
    }
    let call = rounds::open_round(model);
    let opened = client.submit_numbered(&account, &call, "Rounds.RoundOpened");
    let (round, done): (RoundId, _) = opened.await?;
    let fee = fee.map(|fee| fee.to_string());
    context.print(
        &json!({ "round": round, "block": done.number(), "assessmentFee": fee }),
        || {
            println!("round {round} opened in block {}", done.number());
        },
    );
    Ok(())
}

/// Whether the model's fund covers a round with its assessment.
fn payable(model: &ModelView, fee: Balance) -> std::result::Result<(), String> {
    let (fund, reward) = (model.fund, model.policy.reward);
    match fund < reward.saturating_add(fee) {
        false => Ok(()),
        true => Err(format!(
            "a round costs {} and {} for its assessment, and the fund of model {} has {}: `quorate model fund` fills it",
            tokens(reward),
            tokens(fee),
            model.id,
            tokens(fund)
        )),
    }
}

/// Whether as many shards wait as a round needs. The chain also asks for what each was bonded with, and who supplied it.
fn enough(waiting: usize, rules: &Contribution) -> std::result::Result<(), String> {
    match waiting < rules.min_suppliers as usize {
        false => Ok(()),
        true => Err(format!(
            "{waiting} sealed shards wait for a round of this model, and its policy asks for {}: organisations supply them with `quorate \
             shard commit`",
            rules.min_suppliers
        )),
    }
}

/// End a round that is still collecting.
pub async fn abort(context: &Context, round: RoundId) -> Result {
    let (account, client) = (context.account()?, context.client().await?);
    let call = rounds::abort(round);
    let done = client.submit(&account, &call, Until::InBlock).await?;
    context.print(&json!({ "round": round, "block": done.number() }), || {
        println!("round {round} aborted in block {}", done.number());
    });
    Ok(())
}

/// A round and its updates.
pub async fn show(context: &Context, round: RoundId) -> Result {
    let round = context.client().await?.round(round).await?;
    context.print(&json_of(&round), || print(&round));
    Ok(())
}

/// Follow a round until it is settled.
pub async fn watch(context: &Context, id: RoundId) -> Result {
    let link = Link::new(async || context.connect().await).await?;
    let (last, what) = (RefCell::new(None), format!("round {id} is not settled"));
    let again = |error: &Error| eprintln!("connecting again: {error}");
    let watched = async |client: Client| {
        let settled = client.until(&what, Limit::WhileBlocksCome, || async {
            let round = client.round(id).await?;
            if last.borrow().as_ref() != Some(&round) {
                let block = client.best().await?.number;
                context.print_line(&json!({ "block": block, "round": round }), &line(block, &round));
                *last.borrow_mut() = Some(round.clone());
            }
            let over = matches!(
                round.phase,
                RoundPhase::Settled | RoundPhase::Aborted | RoundPhase::Failed
            );
            Ok(over.then_some(round))
        });
        settled.await
    };
    let end = link.keep(again, watched).await?;
    if !context.is_json() {
        print(&end);
    }
    match end.phase {
        RoundPhase::Settled => Ok(()),
        phase => Err(Failure::Check(format!(
            "round {id} {}, and was refunded: {}",
            words::round_phase(phase),
            why(&end)
        ))),
    }
}

fn line(block: u32, round: &RoundView) -> String {
    let count = |wanted: fn(&UpdateStatus) -> bool| round.updates.iter().filter(|u| wanted(&u.status)).count();
    format!(
        "block {block}: {}, {} updates, {} available, {} invalid{}",
        words::round_phase(round.phase),
        round.updates.len(),
        count(|status| *status == UpdateStatus::Available),
        count(|status| matches!(status, UpdateStatus::Invalid(_))),
        round
            .version
            .map_or_else(String::new, |version| format!(", version {version} recorded"))
    )
}

fn print(round: &RoundView) {
    println!("round {} on {}@{}", round.id, round.model, round.base);
    println!("  phase     {}", words::round_phase(round.phase));
    if round.refund.is_some() {
        println!("  reason    {}", why(round));
    }
    println!("  opened    block {}", round.opened_at);
    println!(
        "  sealed    {}",
        optional(round.sealed_at, |block| format!("block {block}"))
    );
    println!(
        "  version   {}",
        optional(round.version, |version| format!("{}@{version}", round.model))
    );
    println!("  escrow    {}", tokens(round.escrow));
    if let Some(assessment) = &round.assessment {
        print_assessment(assessment);
    }
    updates(&round.updates);
}

fn print_assessment(assessment: &RoundAssessment) {
    let passed = match assessment.passed {
        None => "not known yet",
        Some(true) => "passed",
        Some(false) => "not passed: the version is held",
    };
    println!("  assessed  {passed}; {} set aside for it", tokens(assessment.fee));
    println!("  job       {}", optional(assessment.job, |job| format!("{job:?}")));
    if !assessment.withheld.is_empty() {
        let all: Vec<String> = assessment.withheld.iter().map(ToString::to_string).collect();
        let (all, bonus) = (all.join(", "), tokens(assessment.bonus));
        println!("  withheld  shards of organisations {all}: each update of others gets {bonus} of their bonds");
    }
}

/// A table of updates.
pub fn updates(updates: &[Update]) {
    let rows: Vec<_> = updates
        .iter()
        .map(|u| {
            [
                u.contributor.to_string(),
                u.organisation.to_string(),
                u.weight.to_string(),
                status_of(u),
                optional(u.index, |index| index.to_string()),
                optional(u.score, ppm),
                optional(u.root, |root| format!("{root:?}")),
            ]
        })
        .collect();
    table(
        [
            "contributor",
            "organisation",
            "weight",
            "status",
            "index",
            "score",
            "root",
        ],
        &rows,
    );
}

/// An update's status with its reason.
pub fn status_of(update: &Update) -> String {
    words::update_status(&update.status)
}

#[cfg(test)]
mod tests {
    use super::*;
    use quorate_client::policy_file::contribution;

    #[test]
    fn round_should_be_opened_only_with_as_many_shards_as_its_policy_asks_for() {
        let rules = contribution(1_000);
        assert!(enough(4, &rules).is_ok() && enough(9, &rules).is_ok());
        let error = enough(3, &rules).unwrap_err();
        assert!(
            error.contains("3 sealed shards") && error.contains("asks for 4"),
            "{error}"
        );
    }
}
