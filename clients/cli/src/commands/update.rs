//! Updates: commit, upload, reveal; and what became of them.

use crate::{
    commands::{round::status_of, version},
    context::{folder, Context},
    failure::{Failure, Result},
    output::{bytes_bar, json_of, optional, ppm, spinner},
};
use quorate_client::{
    calls::rounds,
    contribution::{prepare, Contribution},
    gateways::Gateways,
    journal::Journal,
    Error, Until,
};
use quorate_convert::{check_update, read_header};
use quorate_primitives::{
    update::{Update, UpdateStatus},
    AccountId, RoundId,
};
use serde_json::json;
use std::{path::PathBuf, time::Duration};

/// How long to wait for the end of Collecting, and then for the validators' votes.
const PATIENCE: Duration = Duration::from_secs(3_600);

/// An update to submit.
pub struct Submit {
    pub round: RoundId,
    pub file: PathBuf,
    /// Number of samples that the update was trained on.
    pub weight: u32,
    /// The version that the update follows; fetched unless given.
    pub base: Option<PathBuf>,
    /// The gateway to begin with; chosen by the account unless given.
    pub gateway: Option<usize>,
    /// Gateways that must have taken the file before the update is revealed.
    pub copies: usize,
    /// Where salts are kept.
    pub state: Option<PathBuf>,
    /// Whether to wait for the votes.
    pub wait: bool,
}

/// What became of an update; of `--account`'s unless `contributor` is given.
pub async fn status(context: &Context, round: RoundId, contributor: Option<AccountId>) -> Result {
    let client = context.client().await?;
    let contributor = match contributor {
        Some(contributor) => contributor,
        None => context.account()?.id(),
    };
    let updates = client.round(round).await?.updates;
    let update = updates.into_iter().find(|update| update.contributor == contributor);
    let update = update.ok_or_else(|| Error::NotFound(format!("an update of {contributor} in round {round}")))?;
    show(context, &update);
    Ok(())
}

/// Take a commitment back.
pub async fn withdraw(context: &Context, round: RoundId) -> Result {
    let client = context.client().await?;
    let call = rounds::withdraw(round);
    let done = client.submit(&context.account()?, &call, Until::InBlock).await?;
    context.print(&json!({ "block": done.number() }), || {
        println!("withdrawn in block {}", done.number())
    });
    Ok(())
}

/// Commit, upload, reveal, and wait for the votes.
pub async fn submit(context: &Context, arguments: Submit) -> Result {
    let client = &context.client().await?;
    let account = context.account()?;
    let round = client.round(arguments.round).await?;
    let base = match &arguments.base {
        Some(path) => path.clone(),
        None => version::cached_record(context, client, &client.version(round.model, round.base).await?.record).await?,
    };
    check_update(&arguments.file, &read_header(&base)?)?;
    let state = arguments
        .state
        .unwrap_or_else(|| folder("XDG_STATE_HOME", ".local/state").join("updates"));
    let journal = Journal::open(state)?;
    let place = (round.model, round.id);
    let contribution = prepare(client, &journal, &account, place, &arguments.file, arguments.weight).await?;
    let committed = contribution.commit(client, &journal).await?;
    note(
        context,
        &match committed {
            Some(included) => format!("committed in block {}", included.number()),
            None => "the commitment is on chain already".into(),
        },
    );
    let known = contribution.on_chain(client).await?;
    if let Some(decided) =
        known.filter(|update| !matches!(update.status, UpdateStatus::Committed | UpdateStatus::Revealed))
    {
        show(context, &decided);
        return fate(&decided);
    }
    let gateways = client.open_gateways(None).await?;
    let first = arguments
        .gateway
        .unwrap_or_else(|| usize::from(AsRef::<[u8]>::as_ref(&account.id())[0]));
    let uploaded = upload(context, &contribution, &gateways, first, arguments.copies).await?;
    let bar = spinner("waiting for all commitments");
    let revealed = contribution.reveal(client, PATIENCE).await;
    bar.finish_and_clear();
    if let Some(included) = revealed? {
        note(context, &format!("revealed in block {}", included.number()));
    }
    if arguments.wait {
        let bar = spinner("waiting for the validators' votes");
        let decided = contribution.decided(client, &gateways, uploaded, PATIENCE).await;
        bar.finish_and_clear();
        decided?;
    }
    let update = contribution.on_chain(client).await?;
    let update =
        update.ok_or_else(|| Error::NotFound("the commitment: its block was replaced; run this again".into()))?;
    show(context, &update);
    fate(&update)
}

/// Whether the update can still become, or is, part of a version.
fn fate(update: &Update) -> Result {
    match &update.status {
        UpdateStatus::Invalid(_) | UpdateStatus::Expired | UpdateStatus::Duplicate | UpdateStatus::Withdrawn => {
            Err(Failure::Check(format!("the update is {}", status_of(update))))
        }
        _ => Ok(()),
    }
}

async fn upload(
    context: &Context,
    contribution: &Contribution,
    gateways: &Gateways,
    first: usize,
    copies: usize,
) -> Result<usize> {
    let len = std::fs::metadata(&contribution.entry.file).map_or(0, |meta| meta.len());
    let mut uploaded = first;
    for copy in 0..copies.clamp(1, gateways.count().max(1)) {
        let (bar, progress) = bytes_bar("uploading", len);
        let result = contribution.upload(gateways, first + copy, progress).await;
        bar.finish_and_clear();
        uploaded = result?;
        note(
            context,
            &format!("uploaded to {}", gateways.url(uploaded).unwrap_or("a gateway")),
        );
    }
    Ok(uploaded)
}

fn note(context: &Context, text: &str) {
    if !context.is_json() {
        eprintln!("{text}");
    }
}

fn show(context: &Context, update: &Update) {
    context.print(&json!({ "update": json_of(update) }), || {
        println!("contributor  {}", update.contributor);
        println!("status       {}", status_of(update));
        println!("weight       {}", update.weight);
        println!("submitted    block {}", update.submitted_at);
        println!("root         {}", optional(update.root, |root| format!("{root:?}")));
        println!("score        {}", optional(update.score, ppm));
    });
}
