//! Reads the stream of a request: from the primary of its batch, and where that shows nothing from the next member.

use super::Screen;
use crate::{commands::infer::text::Text, context::Context, failure::Result};
use quorate_client::{
    gateways::{
        stream::{order, Chunk, Said, Stream},
        Gateways, Reader,
    },
    Client,
};
use quorate_primitives::{
    job::infer::Task,
    views::{
        gateway::Peer,
        inference::{BatchView, RequestState, RequestView},
    },
    BatchId, JobId, RequestId,
};
use serde_json::json;
use std::{cell::RefCell, convert::Infallible, future::pending, time::Duration};
use tokio::time::{sleep, timeout, Instant};

/// Between two questions.
const AGAIN: Duration = Duration::from_millis(500);
/// How long a member may show no stream before the next one is asked.
const PATIENCE: Duration = Duration::from_secs(10);
/// How long a stream may bring no token.
const STALLED: Duration = Duration::from_secs(60);

/// What was read, stream by stream, each with the batch that it is of.
#[derive(Default)]
pub struct Read(RefCell<Vec<(BatchId, Said)>>);

impl Read {
    /// What goes on with what was read takes its place; what says something else stands beside it, for both were signed.
    fn keep(&self, batch: BatchId, said: &Said) {
        let mut all = self.0.borrow_mut();
        let same =
            |known: &Said| known.job == said.job && known.validator == said.validator && known.key.key == said.key.key;
        for (_, known) in all.iter_mut().filter(|(_, known)| same(known)) {
            if known.chunks.starts_with(&said.chunks) {
                return;
            }
            if said.chunks.starts_with(&known.chunks) {
                known.clone_from(said);
                return;
            }
        }
        all.push((batch, said.clone()));
    }

    /// Those of a batch.
    pub fn of(&self, batch: BatchId) -> Vec<Said> {
        let all = self.0.borrow();
        let own = all.iter().filter(|(of, _)| *of == batch);
        own.map(|(_, said)| said.clone()).collect()
    }

    pub fn is_empty(&self) -> bool {
        self.0.borrow().is_empty()
    }
}

/// Shows tokens as they come, until it is dropped. Nothing that goes wrong here is an error: the answer comes in any case.
pub async fn follow(context: &Context, id: RequestId, text: Option<Text>, screen: &Screen, read: &Read) -> Infallible {
    let mut following = Following {
        context,
        id,
        screen,
        read,
        growing: Growing {
            text,
            batch: None,
            tokens: Vec::new(),
            printed: String::new(),
        },
        over: None,
        opened: 0,
        told: None,
    };
    loop {
        let Err(failure) = following.run().await;
        following.tell(&failure.text());
        sleep(AGAIN).await;
    }
}

struct Following<'a> {
    context: &'a Context,
    id: RequestId,
    screen: &'a Screen,
    read: &'a Read,
    growing: Growing,
    /// The job whose stream was read to its end.
    over: Option<JobId>,
    /// Streams that were opened since.
    opened: usize,
    /// What was said last of what went wrong.
    told: Option<String>,
}

/// The job that answers a request now.
struct Now {
    batch: BatchView,
    most: u32,
}

impl Following<'_> {
    /// Until the connection breaks.
    async fn run(&mut self) -> Result<Infallible> {
        let client = self.context.client().await?;
        loop {
            let known = client.inference_request(self.id).await?;
            if matches!(known.state, RequestState::Answered { .. } | RequestState::Failed(_)) {
                pending::<()>().await;
            }
            match self.now(&client, &known).await? {
                Some(now) => self.members(&client, &now).await?,
                None => sleep(AGAIN).await,
            }
        }
    }

    async fn now(&self, client: &Client, known: &RequestView) -> Result<Option<Now>> {
        let (RequestState::Computing { batch }, Task::Generate(generation)) = (&known.state, &known.task) else {
            return Ok(None);
        };
        let batch = client.batch_at(*batch, None).await?;
        let batch = batch.filter(|batch| self.over != Some(batch.job));
        Ok(batch.map(|batch| Now {
            batch,
            most: generation.max_tokens,
        }))
    }

    /// Each member once, the primary first.
    async fn members(&mut self, client: &Client, now: &Now) -> Result {
        let reader = Reader::Account(self.context.account()?);
        let gateways = client.open_gateways(Some(reader)).await?;
        let (peers, members) = (client.peers().await?, &now.batch.members);
        for member in order(now.batch.job, members.len()) {
            let own = members.get(member);
            let Some(peer) = peers.iter().find(|peer| Some(&peer.validator) == own) else {
                continue;
            };
            if self.member(&gateways, peer, now).await? {
                (self.over, self.opened) = (Some(now.batch.job), 0);
                return Ok(());
            }
            // Meanwhile another job may have begun, or this one be over.
            let known = client.inference_request(self.id).await?;
            let batch = self.now(client, &known).await?;
            if batch.is_none_or(|other| other.batch.job != now.batch.job) {
                return Ok(());
            }
        }
        Ok(())
    }

    /// Whether nothing more is to be read of this job.
    async fn member(&mut self, gateways: &Gateways, peer: &Peer, now: &Now) -> Result<bool> {
        let until = Instant::now() + PATIENCE;
        loop {
            match gateways.stream(peer, now.batch.job, self.id, now.most).await {
                Ok(Some(stream)) => return self.stream(stream, peer, now).await,
                Ok(None) => (),
                Err(error) => self.tell(&error.to_string()),
            }
            if Instant::now() >= until {
                return Ok(false);
            }
            sleep(AGAIN).await;
        }
    }

    /// Shows a stream. Whether nothing more is to be read of this job.
    async fn stream(&mut self, mut stream: Stream, peer: &Peer, now: &Now) -> Result<bool> {
        let by = peer.validator.to_string();
        self.growing.begin(now.batch.id);
        self.opened += 1;
        self.screen.line(&format!(
            "provisional, as validator {by} streams it; nobody has attested to it yet:"
        ));
        loop {
            let chunk = match timeout(STALLED, stream.next()).await {
                Ok(Ok(Some(chunk))) => chunk,
                Ok(Ok(None)) => break,
                Ok(Err(error)) => {
                    self.tell(&format!("validator {by}: {error}"));
                    break;
                }
                Err(_) => {
                    self.tell(&format!("validator {by} streams nothing more"));
                    break;
                }
            };
            self.read.keep(now.batch.id, stream.said());
            if !self.take(&by, &chunk)? {
                return Ok(true);
            }
        }
        // Streams that break off are not begun again and again.
        Ok(stream.said().has_ended() || self.opened > 2 * now.batch.members.len())
    }

    /// Shows what is new; whether it goes on with what was shown.
    fn take(&mut self, by: &str, chunk: &Chunk) -> Result<bool> {
        let new = self.growing.take(chunk)?;
        let Some(piece) = new else {
            self.screen.warn(&format!(
                "validator {by} streams other tokens than the one before: wait for the answer, one of them is wrong"
            ));
            return Ok(false);
        };
        self.screen.piece(&piece);
        self.screen.event(&json!({ "provisional": {
            "request": self.id, "validator": by, "first": chunk.first, "tokens": chunk.tokens, "end": chunk.end, "text": piece,
        } }));
        if chunk.end {
            let count = self.growing.tokens.len();
            self.screen.line(&format!(
                "provisional: these are all {count} tokens; validators attest to them now"
            ));
        }
        Ok(true)
    }

    fn tell(&mut self, why: &str) {
        if self.told.as_deref() != Some(why) {
            self.screen.line(&format!("no stream just now: {why}"));
            self.told = Some(why.into());
        }
    }
}

/// A text that grows.
struct Growing {
    text: Option<Text>,
    batch: Option<BatchId>,
    /// All that were shown.
    tokens: Vec<u32>,
    printed: String,
}

impl Growing {
    /// A stream begins, and its text anew. Of the same batch all have the same tokens; another batch draws others.
    fn begin(&mut self, batch: BatchId) {
        if self.batch.replace(batch) != Some(batch) {
            self.tokens.clear();
        }
        self.printed.clear();
    }

    /// What the chunk adds to the text. None where it is not what was shown.
    fn take(&mut self, chunk: &Chunk) -> Result<Option<String>> {
        let first = chunk.first as usize;
        let known = self.tokens.get(first..).unwrap_or(&[]);
        if first > self.tokens.len() || !chunk.tokens.iter().zip(known).all(|(new, old)| new == old) {
            return Ok(None);
        }
        self.tokens.extend(chunk.tokens.iter().skip(known.len()));
        let shown = self.tokens.len().min(first.saturating_add(chunk.tokens.len()));
        let shown = self.tokens.get(..shown).unwrap_or(&[]);
        let all = match &self.text {
            Some(text) => text.text(shown)?,
            None => shown.iter().map(|token| format!("{token} ")).collect(),
        };
        // Half a character ends like this.
        let all = match chunk.end {
            true => all.as_str(),
            false => all.trim_end_matches('\u{fffd}'),
        };
        let new = all.strip_prefix(&self.printed).unwrap_or_default().to_owned();
        if !new.is_empty() {
            self.printed = all.to_owned();
        }
        Ok(Some(new))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use quorate_client::gateways::stream::StreamKey;

    fn chunk(first: u32, tokens: &[u32], end: bool) -> Chunk {
        Chunk {
            first,
            tokens: tokens.to_vec(),
            end,
            previous: [0; 32],
            signature: [0; 64],
        }
    }

    fn growing() -> Growing {
        let mut growing = Growing {
            text: None,
            batch: None,
            tokens: vec![],
            printed: String::new(),
        };
        growing.begin(1);
        growing
    }

    fn pieces(growing: &mut Growing, chunks: &[Chunk]) -> Vec<Option<String>> {
        chunks.iter().map(|chunk| growing.take(chunk).unwrap()).collect()
    }

    fn texts(expected: &[&str]) -> Vec<Option<String>> {
        expected.iter().map(|text| Some((*text).into())).collect()
    }

    fn said(chunks: &[Chunk]) -> Said {
        Said {
            genesis: [1; 32].into(),
            validator: [2; 32].into(),
            attestation_key: codec::Decode::decode(&mut &[3u8; 32][..]).unwrap(),
            job: JobId::repeat_byte(4),
            request: 5,
            key: StreamKey {
                key: [6; 32],
                expires: 7,
                signature: [8; 64],
            },
            chunks: chunks.to_vec(),
        }
    }

    #[test]
    fn all_that_was_signed_should_be_kept_whatever_came_later() {
        let read = Read::default();
        let (first, more, other) = (chunk(0, &[5], false), chunk(1, &[6], true), chunk(0, &[9], false));
        for chunks in [
            vec![first.clone()],
            vec![first.clone(), more.clone()],
            vec![first.clone()],
        ] {
            read.keep(1, &said(&chunks));
        }
        assert_eq!(read.of(1).len(), 1, "it goes on, or begins anew");
        let other = said(&[other]);
        read.keep(1, &other);
        read.keep(1, &other);
        let tokens: Vec<_> = read.of(1).iter().map(Said::tokens).collect();
        assert_eq!(tokens, [vec![5, 6], vec![9]]);
    }

    #[test]
    fn text_should_grow_by_what_is_new() {
        let mut growing = growing();
        let chunks = [chunk(0, &[5, 6], false), chunk(2, &[7], false), chunk(3, &[], true)];
        assert_eq!(pieces(&mut growing, &chunks), texts(&["5 6 ", "7 ", ""]));
        // Another member streams the same in other pieces: from its beginning.
        growing.begin(1);
        let chunks = [chunk(0, &[5], false), chunk(1, &[6, 7, 8], true)];
        assert_eq!(pieces(&mut growing, &chunks), texts(&["5 ", "6 7 8 "]));
    }

    #[test]
    fn other_tokens_of_the_same_batch_should_be_found_out() {
        let mut growing = growing();
        pieces(&mut growing, &[chunk(0, &[5, 6], false)]);
        growing.begin(1);
        assert_eq!(
            pieces(&mut growing, &[chunk(0, &[5], false), chunk(1, &[9], false)])[1],
            None
        );
        growing.begin(2);
        assert_eq!(pieces(&mut growing, &[chunk(0, &[9], false)]), texts(&["9 "]));
        assert_eq!(pieces(&mut growing, &[chunk(4, &[9], false)]), [None], "a gap");
    }
}
