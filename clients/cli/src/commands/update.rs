//! Updates: commit, upload, reveal; and what became of them.

use crate::{
    commands::{round::status_of, version},
    context::Context,
    failure::{Failure, Result},
    output::{bytes_bar, json_of, optional, ppm, spinner},
};
use indicatif::ProgressBar;
use quorate_client::{
    calls::rounds,
    gateways::Progress,
    journal::Journal,
    link::Link,
    naming::check_contributor,
    submission::{settled, Note, Observer, Plan},
    Client, Error, Until,
};
use quorate_contribute::{folders, words};
use quorate_convert::{check_update, names_of, read_header};
use quorate_primitives::{
    update::{Update, UpdateStatus},
    version::VersionRecord,
    AccountId, Root, RoundId,
};
use serde_json::json;
use std::{
    cell::RefCell,
    path::{Path, PathBuf},
};

/// Versions among which the base of an update that has a wrong one is looked for, to name it.
const LOOKED_AT: usize = 64;

/// An update to submit.
pub struct Submit {
    pub round: RoundId,
    pub file: PathBuf,
    /// Number of samples that the update was trained on.
    pub weight: u32,
    /// The version that the update follows; fetched unless given.
    pub base: Option<PathBuf>,
    /// The gateway to begin with; one of the own organisation's validators unless given.
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
    let (account, state) = (context.account()?, state_folder(arguments.state)?);
    let link = Link::new(async || context.connect().await).await?;
    let client = &link.client();
    let round = client.round(arguments.round).await?;
    if let Some(update) = settled(&round, &account, arguments.weight)? {
        show(context, &update);
        return fate(&update);
    }
    let record = client.version(round.model, round.base).await?.record;
    let (made_against, contributor) = names_of(&arguments.file)?;
    check_contributor(&arguments.file, contributor, &account.id())?;
    right_base(client, &record, (&arguments.file, &account.id()), made_against.into()).await?;
    let base = match &arguments.base {
        Some(path) => path.clone(),
        None => version::cached_record(context, client, &record).await?.path,
    };
    check_update(&arguments.file, &read_header(&base)?, &record.root.0, &contributor)?;
    let journal = Journal::open(state)?;
    let plan = Plan {
        round: arguments.round,
        file: &arguments.file,
        hashed: None,
        weight: arguments.weight,
        gateway: arguments.gateway,
        copies: arguments.copies,
        wait: arguments.wait,
    };
    let screen = Screen::new(context);
    let submitted = quorate_client::submission::submit(&link, &journal, &account, plan, &screen).await;
    screen.clear();
    let update = submitted?;
    show(context, &update);
    fate(&update)
}

/// Where salts are kept.
pub fn state_folder(given: Option<PathBuf>) -> Result<PathBuf> {
    match given {
        Some(folder) => Ok(folder),
        None => Ok(folders::updates(
            "name a folder of your own with --state; salts of commitments lie there",
        )?),
    }
}

/// # Errors
/// When the update was made against another version than the round's base.
async fn right_base(
    client: &Client,
    base: &VersionRecord,
    (file, contributor): (&Path, &AccountId),
    made_against: Root,
) -> Result {
    if made_against == base.root {
        return Ok(());
    }
    let (model, version) = (base.model, base.version);
    let mut others = (0..version).rev().take(LOOKED_AT);
    let named = loop {
        let Some(other) = others.next() else {
            break format!("a file that is none of this model's last {LOOKED_AT} versions");
        };
        if client.version(model, other).await?.record.root == made_against {
            break format!("version {other}");
        }
    };
    Err(Failure::Check(format!(
        "{} was made against {named}, the round is on version {version}: train on it, and convert with --base {model}@{version} \
         --contributor {contributor}",
        file.display()
    )))
}

/// Whether the update can still become, or is, part of a version.
pub fn fate(update: &Update) -> Result {
    match &update.status {
        UpdateStatus::Invalid(_) | UpdateStatus::Expired | UpdateStatus::Withdrawn => {
            Err(Failure::Check(format!("the update is {}", status_of(update))))
        }
        _ => Ok(()),
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

/// A submission on a terminal: lines on standard error, bars below them.
struct Screen<'a> {
    context: &'a Context,
    bar: RefCell<Option<ProgressBar>>,
}

impl<'a> Screen<'a> {
    fn new(context: &'a Context) -> Self {
        Self {
            context,
            bar: RefCell::default(),
        }
    }

    fn show(&self, bar: ProgressBar) {
        self.clear();
        *self.bar.borrow_mut() = Some(bar);
    }

    fn clear(&self) {
        if let Some(bar) = self.bar.borrow_mut().take() {
            bar.finish_and_clear();
        }
    }

    fn line(&self, text: &str) {
        self.clear();
        if !self.context.is_json() {
            eprintln!("{text}");
        }
    }
}

impl Observer for Screen<'_> {
    fn note(&self, note: Note<'_>) {
        match note {
            Note::WaitingForCommitments => self.show(spinner("waiting for all commitments")),
            Note::WaitingForVotes => self.show(spinner("waiting for the validators' votes")),
            other => self.line(&words::step(&other)),
        }
    }

    fn upload(&self, len: u64) -> Progress {
        let (bar, progress) = bytes_bar("uploading", len);
        self.show(bar);
        progress
    }
}
