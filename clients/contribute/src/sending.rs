//! A submission on a thread of its own.

use crate::{
    beginning::{Beginning, Part},
    place::Made,
    words, Failure, Result,
};
use quorate_client::{
    gateways::{no_progress, Progress},
    journal::Journal,
    link::Link,
    submission::{self, Note, Observer, Plan},
    Error,
};
use quorate_primitives::update::Update;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::{runtime::Handle, sync::watch};

/// How far a submission is.
#[derive(Clone, Debug, Default)]
enum Stage {
    #[default]
    Preparing,
    /// The commitment is on chain.
    Committed,
    Done(Result<Update, Arc<Failure>>),
}

/// A submission that goes on by itself as long as the process lives.
#[derive(Clone)]
pub struct Sending {
    stage: watch::Receiver<Stage>,
    notes: Arc<Mutex<Vec<String>>>,
}

struct Listener {
    stage: watch::Sender<Stage>,
    notes: Arc<Mutex<Vec<String>>>,
}

impl Observer for Listener {
    fn note(&self, note: Note<'_>) {
        let mut notes = self.notes.lock().unwrap_or_else(PoisonError::into_inner);
        notes.push(words::step(&note));
        if matches!(note, Note::Committed(_)) {
            self.stage.send_replace(Stage::Committed);
        }
    }

    fn upload(&self, _: u64) -> Progress {
        no_progress()
    }
}

impl Sending {
    /// Commit, upload, reveal, and await the votes; one that is decided already is done. The account's part in the round is this
    /// process's until that is over.
    ///
    /// # Errors
    /// `Client` when no thread can be made.
    pub fn start(runtime: &Handle, beginning: Beginning, made: Made) -> Result<Self> {
        let (sender, stage) = watch::channel(Stage::default());
        let notes = Arc::new(Mutex::new(beginning.notes.clone()));
        let listener = Listener {
            stage: sender,
            notes: notes.clone(),
        };
        if let Part::Decided(update) = &beginning.part {
            listener.stage.send_replace(Stage::Done(Ok((**update).clone())));
            return Ok(Self { stage, notes });
        }
        let runtime = runtime.clone();
        let work = move || {
            let done = runtime.block_on(send(&beginning, &made, &listener));
            // Free for the next one before anybody learns that this one is over.
            drop(beginning);
            listener.stage.send_replace(Stage::Done(done.map_err(Arc::new)));
        };
        let thread = std::thread::Builder::new().name("quorate-submission".into());
        thread.spawn(work).map_err(Error::io("a thread"))?;
        Ok(Self { stage, notes })
    }

    /// What happened up to now, in words.
    pub fn notes(&self) -> Vec<String> {
        self.notes.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Wait until the commitment is on chain.
    ///
    /// # Errors
    /// Those of the submission.
    pub async fn committed(&self) -> Result<(), Arc<Failure>> {
        match self.reach(|stage| !matches!(stage, Stage::Preparing)).await? {
            Stage::Done(Err(failure)) => Err(failure),
            _ => Ok(()),
        }
    }

    /// Wait until the validators have decided on the update.
    ///
    /// # Errors
    /// Those of the submission.
    pub async fn decided(&self) -> Result<Update, Arc<Failure>> {
        match self.reach(|stage| matches!(stage, Stage::Done(_))).await? {
            Stage::Done(done) => done,
            Stage::Preparing | Stage::Committed => Err(ended()),
        }
    }

    async fn reach(&self, there: impl FnMut(&Stage) -> bool) -> Result<Stage, Arc<Failure>> {
        let mut stage = self.stage.clone();
        let reached = stage.wait_for(there).await.map(|stage| stage.clone());
        reached.map_err(|_| ended())
    }
}

/// The thread panicked.
fn ended() -> Arc<Failure> {
    let text = "the submission ended before its time; do it again, and it goes on where it stopped";
    Arc::new(Error::Input(text.into()).into())
}

async fn send(beginning: &Beginning, made: &Made, listener: &Listener) -> Result<Update> {
    let contributor = &beginning.contributor;
    let journal = Journal::open(&contributor.state)?;
    let link = Link::new(async || contributor.node.connect().await).await?;
    let plan = Plan {
        round: beginning.round.id,
        file: &made.file,
        hashed: made.hashed.as_ref(),
        weight: made.weight,
        gateway: None,
        copies: 1,
        wait: true,
    };
    Ok(submission::submit(&link, &journal, &contributor.account, plan, listener).await?)
}
