//! Tokens of requests that this worker answers, for those that asked: they are kept in memory while their job is computed and a while
//! after, and shown in signed chunks.

mod open;
mod sequence;
mod serve;

pub(crate) use serve::serve;

use open::Opened;
use quorate_gateway_api::stream::StreamKey;
use quorate_primitives::{AccountId, JobId, RequestId};
use sequence::Sequence;
use sp_core::{sr25519, Pair};
use std::{
    collections::VecDeque,
    sync::{
        atomic::{AtomicUsize, Ordering},
        Arc, Mutex,
    },
    time::{Duration, Instant},
};

/// Jobs whose tokens are kept: more than the chain computes at once.
const JOBS: usize = 16;
/// Tokens of all of them, four bytes each. What comes beyond is not shown; it is in the answer.
const TOKENS: usize = 4 << 20;
/// How long the tokens of a job are kept that is computed.
const KEEP: Duration = Duration::from_secs(600);

/// The streams of a worker. Clones share them.
#[derive(Clone)]
pub struct Streams(Arc<Shared>);

struct Shared {
    /// Signs chunks. It lives as long as this process.
    pair: sr25519::Pair,
    /// Whose worker this is, as its node signed it.
    word: Mutex<Option<(AccountId, StreamKey)>>,
    jobs: Mutex<VecDeque<Arc<Job>>>,
    tokens: Arc<AtomicUsize>,
    opened: Arc<Opened>,
}

/// The requests of a job that generate tokens.
struct Job {
    id: JobId,
    requests: Vec<(RequestId, Arc<Sequence>)>,
    /// When its computation ended, if it has.
    ended: Mutex<Option<Instant>>,
}

impl Job {
    fn is_over(&self, now: Instant) -> bool {
        let ended = self.ended.lock().ok().and_then(|ended| *ended);
        ended.is_some_and(|ended| now.duration_since(ended) >= KEEP)
    }
}

impl Default for Streams {
    /// With a key of its own.
    fn default() -> Self {
        Self(Arc::new(Shared {
            pair: sr25519::Pair::generate().0,
            word: Mutex::default(),
            jobs: Mutex::default(),
            tokens: Arc::default(),
            opened: Arc::default(),
        }))
    }
}

impl Streams {
    /// The key that signs: the node shows clients whose worker has it.
    pub fn key(&self) -> [u8; 32] {
        self.0.pair.public().0
    }

    /// What the node signed for this key; without it nothing is shown.
    pub fn set_word(&self, word: Option<(AccountId, StreamKey)>) {
        let word = word.filter(|(_, signed)| signed.key == self.key());
        if let Ok(mut known) = self.0.word.lock() {
            *known = word;
        }
    }

    fn word(&self) -> Option<(AccountId, StreamKey)> {
        self.0.word.lock().ok()?.clone()
    }

    /// A computation of a job begins, with these requests in its order; those that generate nothing are None. Another computation of the same
    /// job goes on where the last one ended: its tokens are the same.
    pub fn begin(&self, job: JobId, requests: &[Option<RequestId>]) -> Telling {
        let now = Instant::now();
        let known = self.jobs(now).into_iter().find(|known| known.id == job);
        let job = known.unwrap_or_else(|| self.add(job, requests));
        if let Ok(mut ended) = job.ended.lock() {
            *ended = None;
        }
        let found = requests.iter().map(|request| {
            let own = |(known, _): &&(RequestId, _)| Some(*known) == *request;
            let sequence = job.requests.iter().find(own).map(|(_, sequence)| sequence.clone());
            sequence
                .inspect(|sequence| sequence.go_on())
                .map(|sequence| (sequence, 0))
        });
        let sequences = found.collect();
        Telling { job, sequences }
    }

    fn add(&self, id: JobId, requests: &[Option<RequestId>]) -> Arc<Job> {
        let requests = requests.iter().flatten();
        let requests = requests.map(|request| (*request, Arc::new(Sequence::new(self.0.tokens.clone(), TOKENS))));
        let job = Arc::new(Job {
            id,
            requests: requests.collect(),
            ended: Mutex::default(),
        });
        if let Ok(mut jobs) = self.0.jobs.lock() {
            jobs.push_back(job.clone());
            while jobs.len() > JOBS {
                jobs.pop_front();
            }
        }
        job
    }

    /// The jobs that are kept now.
    fn jobs(&self, now: Instant) -> Vec<Arc<Job>> {
        let Ok(mut jobs) = self.0.jobs.lock() else {
            return Vec::new();
        };
        jobs.retain(|job| !job.is_over(now));
        jobs.iter().cloned().collect()
    }

    fn find(&self, job: JobId, request: RequestId) -> Option<Arc<Sequence>> {
        let job = self.jobs(Instant::now()).into_iter().find(|known| known.id == job)?;
        let found = job.requests.iter().find(|(known, _)| *known == request);
        found.map(|(_, sequence)| sequence.clone())
    }

    /// Tokens that are kept.
    pub fn kept(&self) -> usize {
        self.0.tokens.load(Ordering::Relaxed)
    }
}

/// A computation, which tells its tokens. What has not ended when it is dropped ends without its last chunk.
pub struct Telling {
    job: Arc<Job>,
    /// In the job's order, each with the number of tokens that this computation has told.
    sequences: Vec<Option<(Arc<Sequence>, usize)>>,
}

impl Telling {
    /// The next token of a request.
    pub fn token(&mut self, number: usize, token: u32) {
        if let Some(Some((sequence, told))) = self.sequences.get_mut(number) {
            sequence.push(*told, token);
            *told += 1;
        }
    }

    /// A request is answered.
    pub fn end(&mut self, number: usize) {
        if let Some(Some((sequence, _))) = self.sequences.get(number) {
            sequence.end();
        }
    }
}

impl Drop for Telling {
    fn drop(&mut self) {
        for (sequence, _) in self.sequences.iter().flatten() {
            sequence.break_off();
        }
        if let Ok(mut ended) = self.job.ended.lock() {
            *ended = Some(Instant::now());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn job(n: u8) -> JobId {
        JobId::repeat_byte(n)
    }

    fn told(streams: &Streams, n: u8, request: RequestId) -> Option<Vec<u32>> {
        streams.find(job(n), request).map(|sequence| sequence.tokens())
    }

    #[test]
    fn tokens_should_be_those_of_each_request_that_generates() {
        let streams = Streams::default();
        let mut telling = streams.begin(job(1), &[Some(7), None, Some(9)]);
        for (number, token) in [(0, 5), (2, 6), (1, 4), (0, 8), (3, 3)] {
            telling.token(number, token);
        }
        assert_eq!(told(&streams, 1, 7), Some(vec![5, 8]));
        assert_eq!(told(&streams, 1, 9), Some(vec![6]));
        assert_eq!((told(&streams, 1, 8), told(&streams, 2, 7)), (None, None));
        assert_eq!(streams.kept(), 3);
    }

    #[test]
    fn another_computation_of_a_job_should_go_on_with_its_tokens() {
        let streams = Streams::default();
        let mut first = streams.begin(job(1), &[Some(7)]);
        [1, 2, 3].iter().for_each(|token| first.token(0, *token));
        drop(first);
        let mut second = streams.begin(job(1), &[Some(7)]);
        [1, 2].iter().for_each(|token| second.token(0, *token));
        assert_eq!(told(&streams, 1, 7), Some(vec![1, 2, 3]));
        [3, 4].iter().for_each(|token| second.token(0, *token));
        assert_eq!(told(&streams, 1, 7), Some(vec![1, 2, 3, 4]));
    }

    #[test]
    fn few_jobs_should_be_kept_and_their_tokens_be_counted() {
        let streams = Streams::default();
        for n in 0..JOBS as u8 + 3 {
            let mut telling = streams.begin(job(n), &[Some(7)]);
            [1, 2].iter().for_each(|token| telling.token(0, *token));
        }
        assert_eq!((told(&streams, 2, 7), told(&streams, 3, 7)), (None, Some(vec![1, 2])));
        assert_eq!(streams.kept(), 2 * JOBS);
        let all = streams.jobs(Instant::now());
        assert!(all.iter().all(|job| !job.is_over(Instant::now())));
        drop(all);
        assert!(streams.jobs(Instant::now() + KEEP).is_empty());
        assert_eq!(streams.kept(), 0);
    }

    #[test]
    fn job_that_is_computed_should_be_kept_however_long_it_takes() {
        let streams = Streams::default();
        let telling = streams.begin(job(1), &[Some(7)]);
        assert_eq!(streams.jobs(Instant::now() + 10 * KEEP).len(), 1);
        drop(telling);
        assert_eq!(streams.jobs(Instant::now() + KEEP).len(), 0);
    }

    #[test]
    fn word_for_another_key_should_not_be_shown() {
        let streams = Streams::default();
        let word = |key| {
            let signed = StreamKey {
                key,
                expires: 1,
                signature: [0; 64],
            };
            Some((AccountId::new([1; 32]), signed))
        };
        streams.set_word(word(streams.key()));
        assert_eq!(streams.word(), word(streams.key()));
        streams.set_word(word([1; 32]));
        assert_eq!(streams.word(), None);
    }
}
