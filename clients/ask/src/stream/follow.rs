//! Reads the stream of a request: from the primary of its batch, and where that shows nothing from the next member.

use super::Read;
use crate::own::{Own, OwnRequest};
use quorate_client::{
    gateways::{
        stream::{order, Chunk, Stream},
        Gateways, Reader,
    },
    Account, Client, Result,
};
use quorate_primitives::{
    job::infer::Task,
    views::{
        gateway::Peer,
        inference::{BatchView, RequestState, RequestView},
    },
    AccountId, BatchId, JobId, RequestId,
};
use std::{convert::Infallible, future::pending, time::Duration};
use tokio::time::{sleep, timeout, Instant};

/// Between two questions.
const AGAIN: Duration = Duration::from_millis(500);
/// How long a member may show no stream before the next one is asked.
const PATIENCE: Duration = Duration::from_secs(10);
/// How long a stream may bring no token.
const STALLED: Duration = Duration::from_secs(60);

/// What happens while a stream is read.
#[derive(Clone, Copy, Debug)]
pub enum Event<'a> {
    /// A validator's stream begins, from its first token on.
    Begins { by: &'a AccountId },
    /// A piece of it.
    Tokens {
        /// The request's number now.
        request: RequestId,
        by: &'a AccountId,
        /// The piece as it was signed.
        chunk: &'a Chunk,
        /// All tokens of this stream up to now.
        shown: &'a [u32],
        /// How many are known of the batch: more than `shown` where another validator had streamed further.
        known: usize,
    },
    /// It streams other tokens than another one did of the same batch: one of them is wrong.
    Differs { by: &'a AccountId },
    /// There is no stream just now, and why; said once.
    Silent { why: &'a str },
}

/// Tells of tokens as they come, until it is dropped. Nothing that goes wrong here is an error: the answer comes in any case.
///
/// `connect` is called anew whenever a connection breaks. `read` keeps all that was signed. A fork may give the request another number
/// meanwhile, in another batch.
pub async fn follow(
    connect: impl AsyncFn() -> Result<Client>,
    account: &Account,
    own: &OwnRequest,
    read: &Read,
    say: &dyn Fn(Event<'_>),
) -> Infallible {
    let mut following = Following {
        account,
        own,
        read,
        say,
        growing: Growing::default(),
        over: None,
        opened: 0,
        told: None,
    };
    loop {
        let Err(error) = following.run(&connect).await;
        following.tell(&error.to_string());
        sleep(AGAIN).await;
    }
}

struct Following<'a> {
    account: &'a Account,
    own: &'a OwnRequest,
    read: &'a Read,
    say: &'a dyn Fn(Event<'_>),
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
    /// Its number.
    id: RequestId,
    batch: BatchView,
    most: u32,
}

impl Following<'_> {
    /// Until the connection breaks.
    async fn run(&mut self, connect: &impl AsyncFn() -> Result<Client>) -> Result<Infallible> {
        let client = connect().await?;
        loop {
            let known = self.own.find(&client, None).await?;
            if known.as_ref().is_some_and(OwnRequest::is_over) {
                pending::<()>().await;
            }
            if let Some(now) = self.now(&client, known).await? {
                self.members(&client, &now).await?;
            }
            sleep(AGAIN).await;
        }
    }

    async fn now(&self, client: &Client, known: Option<RequestView>) -> Result<Option<Now>> {
        let Some(known) = known else { return Ok(None) };
        let (RequestState::Computing { batch }, Task::Generate(generation)) = (&known.state, &known.task) else {
            return Ok(None);
        };
        let batch = client.batch_at(*batch, None).await?;
        let batch = batch.filter(|batch| self.over != Some(batch.job));
        Ok(batch.map(|batch| Now {
            id: known.id,
            batch,
            most: generation.max_tokens,
        }))
    }

    /// Each member once, the primary first.
    async fn members(&mut self, client: &Client, now: &Now) -> Result<()> {
        let reader = Reader::Account(self.account.clone());
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
            let known = self.own.find(client, None).await?;
            let other = self.now(client, known).await?;
            if other.is_none_or(|other| other.batch.job != now.batch.job) {
                return Ok(());
            }
        }
        Ok(())
    }

    /// Whether nothing more is to be read of this job.
    async fn member(&mut self, gateways: &Gateways, peer: &Peer, now: &Now) -> Result<bool> {
        let until = Instant::now() + PATIENCE;
        loop {
            match gateways.stream(peer, now.batch.job, now.id, now.most).await {
                Ok(Some(stream)) => return Ok(self.stream(stream, peer, now).await),
                Ok(None) => (),
                Err(error) => self.tell(&error.to_string()),
            }
            if Instant::now() >= until {
                return Ok(false);
            }
            sleep(AGAIN).await;
        }
    }

    /// Tells of a stream. Whether nothing more is to be read of this job.
    async fn stream(&mut self, mut stream: Stream, peer: &Peer, now: &Now) -> bool {
        let by = &peer.validator;
        self.growing.begin(now.batch.id);
        self.opened += 1;
        (self.say)(Event::Begins { by });
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
            let Some(shown) = self.growing.take(&chunk) else {
                (self.say)(Event::Differs { by });
                return true;
            };
            let known = self.growing.tokens.len();
            let shown = self.growing.tokens.get(..shown).unwrap_or_default();
            (self.say)(Event::Tokens {
                request: now.id,
                by,
                chunk: &chunk,
                shown,
                known,
            });
        }
        // Streams that break off are not begun again and again.
        stream.said().has_ended() || self.opened > 2 * now.batch.members.len()
    }

    fn tell(&mut self, why: &str) {
        if self.told.as_deref() != Some(why) {
            (self.say)(Event::Silent { why });
            self.told = Some(why.into());
        }
    }
}

/// The tokens of a batch, which grow.
#[derive(Default)]
struct Growing {
    batch: Option<BatchId>,
    /// All that were streamed.
    tokens: Vec<u32>,
}

impl Growing {
    /// A stream begins. Of the same batch all have the same tokens; another batch draws others.
    fn begin(&mut self, batch: BatchId) {
        if self.batch.replace(batch) != Some(batch) {
            self.tokens.clear();
        }
    }

    /// How many tokens the stream has with this chunk. None where it is not what was streamed before.
    fn take(&mut self, chunk: &Chunk) -> Option<usize> {
        let first = chunk.first as usize;
        let known = self.tokens.get(first..)?;
        if !chunk.tokens.iter().zip(known).all(|(new, old)| new == old) {
            return None;
        }
        self.tokens.extend(chunk.tokens.iter().skip(known.len()));
        Some(self.tokens.len().min(first.saturating_add(chunk.tokens.len())))
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    pub fn chunk(first: u32, tokens: &[u32], end: bool) -> Chunk {
        Chunk {
            first,
            tokens: tokens.to_vec(),
            end,
            previous: [0; 32],
            signature: [0; 64],
        }
    }

    fn growing() -> Growing {
        let mut growing = Growing::default();
        growing.begin(1);
        growing
    }

    fn counts(growing: &mut Growing, chunks: &[Chunk]) -> Vec<Option<usize>> {
        chunks.iter().map(|chunk| growing.take(chunk)).collect()
    }

    #[test]
    fn tokens_should_grow_by_what_is_new() {
        let mut growing = growing();
        let chunks = [chunk(0, &[5, 6], false), chunk(2, &[7], false), chunk(3, &[], true)];
        assert_eq!(counts(&mut growing, &chunks), [Some(2), Some(3), Some(3)]);
        // Another member streams the same in other pieces: from its beginning.
        growing.begin(1);
        let chunks = [chunk(0, &[5], false), chunk(1, &[6, 7, 8], true)];
        assert_eq!(counts(&mut growing, &chunks), [Some(1), Some(4)]);
        assert_eq!(growing.tokens, [5, 6, 7, 8]);
    }

    #[test]
    fn other_tokens_of_the_same_batch_should_be_found_out() {
        let mut growing = growing();
        counts(&mut growing, &[chunk(0, &[5, 6], false)]);
        growing.begin(1);
        assert_eq!(
            counts(&mut growing, &[chunk(0, &[5], false), chunk(1, &[9], false)]),
            [Some(1), None]
        );
        growing.begin(2);
        assert_eq!(counts(&mut growing, &[chunk(0, &[9], false)]), [Some(1)]);
        assert_eq!(counts(&mut growing, &[chunk(4, &[9], false)]), [None], "a gap");
    }
}
