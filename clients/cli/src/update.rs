//! Updates: commit, upload, open; and what became of them.

use crate::{
    context::{folder, Context},
    failure::{Failure, Result},
    output::{bytes_bar, json_of, optional, ppm, spinner},
    round::status,
    version,
};
use quorate_client::{
    contribution::{prepare, Contribution},
    gateways::Gateways,
    journal::Journal,
    Client, Error,
};
use quorate_convert::{check_update, read_header};
use quorate_primitives::{
    update::{Update, UpdateStatus},
    AccountId, RoundId,
};
use serde_json::json;
use std::{path::PathBuf, time::Duration};

/// How long to wait for Opening, and then for the validators' votes.
const PATIENCE: Duration = Duration::from_secs(3_600);

#[derive(clap::Subcommand, Debug)]
pub enum Command {
    /// Submit a canonical update to a round. Run it again after a crash: it goes on where it stopped.
    Submit(Submit),
    /// What became of an update.
    Status {
        round: RoundId,
        /// The contributor; --account's unless given.
        contributor: Option<AccountId>,
    },
}

#[derive(clap::Args, Debug)]
pub struct Submit {
    round: RoundId,
    /// The update's file, as `quorate convert --base` writes it.
    file: PathBuf,
    /// Number of samples that the update was trained on.
    #[arg(long)]
    weight: u32,
    /// The version that the update follows, to check the file; fetched unless given.
    #[arg(long, value_name = "FILE")]
    base: Option<PathBuf>,
    /// The gateway to begin with, by number; chosen by the account unless given.
    #[arg(long)]
    gateway: Option<usize>,
    /// Gateways that must have taken the file before the update is opened.
    #[arg(long, default_value_t = 1)]
    copies: usize,
    /// Where salts are kept between commitment and opening.
    #[arg(long, value_name = "FOLDER")]
    state: Option<PathBuf>,
    /// Return when the update is opened, without waiting for the votes.
    #[arg(long)]
    no_wait: bool,
}

pub async fn run(context: &Context, command: Command) -> Result {
    let client = context.client().await?;
    match command {
        Command::Submit(arguments) => submit(context, &client, arguments).await,
        Command::Status { round, contributor } => {
            let contributor = match contributor {
                Some(contributor) => contributor,
                None => context.account()?.id(),
            };
            let updates = client.round(round).await?.updates;
            let update = updates.into_iter().find(|update| update.contributor == contributor);
            let update =
                update.ok_or_else(|| Error::NotFound(format!("an update of {contributor} in round {round}")))?;
            show(context, &update);
            Ok(())
        }
    }
}

async fn submit(context: &Context, client: &Client, arguments: Submit) -> Result {
    let account = context.account()?;
    let round = client.round(arguments.round).await?;
    let base = match &arguments.base {
        Some(path) => path.clone(),
        None => version::cached_record(client, &client.version(round.model, round.base).await?.record).await?,
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
    let gateways = client.open_gateways(None).await?;
    let first = arguments
        .gateway
        .unwrap_or_else(|| usize::from(AsRef::<[u8]>::as_ref(&account.id())[0]));
    let uploaded = upload(context, &contribution, &gateways, first, arguments.copies).await?;
    let bar = spinner("waiting for the round to open");
    let opened = contribution.open(client, PATIENCE).await;
    bar.finish_and_clear();
    if let Some(included) = opened? {
        note(context, &format!("opened in block {}", included.number()));
    }
    if !arguments.no_wait {
        let bar = spinner("waiting for the validators' votes");
        let settled = contribution.settle(client, &gateways, uploaded, PATIENCE).await;
        bar.finish_and_clear();
        settled?;
    }
    let update = contribution.on_chain(client).await?;
    let update =
        update.ok_or_else(|| Error::NotFound("the commitment: its block was replaced; run this again".into()))?;
    show(context, &update);
    match &update.status {
        UpdateStatus::Invalid(_) | UpdateStatus::Expired | UpdateStatus::Duplicate | UpdateStatus::Withdrawn => {
            Err(Failure::Check(format!("the update is {}", status(&update))))
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
        println!("status       {}", status(update));
        println!("weight       {}", update.weight);
        println!("submitted    block {}", update.submitted_at);
        println!("root         {}", optional(update.root, |root| format!("{root:?}")));
        println!("score        {}", optional(update.score, ppm));
    });
}
