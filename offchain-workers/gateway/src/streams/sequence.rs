//! Tokens of one request, and the chunks that were made of them.

use quorate_gateway_api::stream::{Chunk, StreamId, MOST_TOKENS};
use sp_core::{sr25519, Pair};
use std::{
    sync::{
        atomic::{AtomicUsize, Ordering},
        Arc, Mutex,
    },
    time::{Duration, Instant},
};
use tokio::sync::watch;

/// Time between two chunks: more tokens at once, and fewer signatures.
pub(super) const PAUSE: Duration = Duration::from_millis(200);

/// Tokens of one request. Chunks are made when somebody reads, once for all readers.
pub(super) struct Sequence {
    state: Mutex<State>,
    changed: watch::Sender<()>,
    /// Tokens that are kept of all sequences, and how many may be.
    all: Arc<AtomicUsize>,
    most: usize,
}

#[derive(Default)]
struct State {
    tokens: Vec<u32>,
    end: End,
    chunks: Vec<Chunk>,
    /// Of the last chunk.
    hash: [u8; 32],
    /// When it was made.
    at: Option<Instant>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum End {
    #[default]
    Going,
    /// It has its last token.
    Whole,
    /// Nothing more comes here, and there is no last chunk.
    Broken,
}

/// What a reader finds.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Next {
    Chunk(Chunk),
    /// Tokens are there, and too early for a chunk.
    Soon,
    Wait,
    /// Nothing more comes.
    Over,
}

impl Sequence {
    pub fn new(all: Arc<AtomicUsize>, most: usize) -> Self {
        Self {
            state: Mutex::default(),
            changed: watch::Sender::new(()),
            all,
            most,
        }
    }

    /// The token at `position`: one that is there already is the same. One that there is no room for breaks the stream off.
    pub fn push(&self, position: usize, token: u32) {
        let Ok(mut state) = self.state.lock() else { return };
        if state.end != End::Going || position != state.tokens.len() {
            return;
        }
        match self.all.fetch_add(1, Ordering::Relaxed) < self.most {
            true => state.tokens.push(token),
            false => {
                self.all.fetch_sub(1, Ordering::Relaxed);
                state.end = End::Broken;
            }
        }
        self.changed.send_replace(());
    }

    pub fn end(&self) {
        self.finish(End::Whole);
    }

    /// Its computation is over, whether it has ended or not.
    pub fn break_off(&self) {
        self.finish(End::Broken);
    }

    fn finish(&self, end: End) {
        if let Ok(mut state) = self.state.lock() {
            if state.end == End::Going {
                state.end = end;
            }
        }
        self.changed.send_replace(());
    }

    /// Another computation begins.
    pub fn go_on(&self) {
        if let Ok(mut state) = self.state.lock() {
            if state.end == End::Broken {
                state.end = End::Going;
            }
        }
    }

    pub fn changes(&self) -> watch::Receiver<()> {
        self.changed.subscribe()
    }

    /// The chunk of this number, which is made if it is due.
    pub fn chunk(&self, number: usize, of: &StreamId, pair: &sr25519::Pair, now: Instant) -> Next {
        let Ok(mut state) = self.state.lock() else {
            return Next::Over;
        };
        if state.chunks.len() <= number {
            state.make(of, pair, now);
        }
        match state.chunks.get(number) {
            Some(chunk) => Next::Chunk(chunk.clone()),
            None if state.is_over() => Next::Over,
            None if state.has_more() => Next::Soon,
            None => Next::Wait,
        }
    }

    #[cfg(test)]
    pub fn tokens(&self) -> Vec<u32> {
        self.state.lock().unwrap().tokens.clone()
    }
}

impl Drop for Sequence {
    fn drop(&mut self) {
        let kept = self.state.get_mut().map_or(0, |state| state.tokens.len());
        self.all.fetch_sub(kept, Ordering::Relaxed);
    }
}

impl State {
    /// Tokens that are in chunks.
    fn shown(&self) -> usize {
        let last = self.chunks.last();
        last.map_or(0, |last| last.first as usize + last.tokens.len())
    }

    fn has_more(&self) -> bool {
        self.shown() < self.tokens.len()
    }

    fn is_over(&self) -> bool {
        match self.end {
            End::Going => false,
            End::Whole => self.chunks.last().is_some_and(|last| last.end),
            End::Broken => !self.has_more(),
        }
    }

    /// Makes the next chunk if it is time.
    fn make(&mut self, of: &StreamId, pair: &sr25519::Pair, now: Instant) {
        let shown = self.shown();
        let left = self.tokens.get(shown..).unwrap_or(&[]);
        let tokens = left.iter().take(MOST_TOKENS).copied().collect::<Vec<_>>();
        let is_last = self.end == End::Whole && tokens.len() == left.len();
        let early = self.at.is_some_and(|at| now.duration_since(at) < PAUSE);
        let waits = early && self.end == End::Going && tokens.len() < MOST_TOKENS;
        if self.is_over() || waits || (tokens.is_empty() && !is_last) {
            return;
        }
        let mut chunk = Chunk {
            first: u32::try_from(shown).unwrap_or(u32::MAX),
            tokens,
            end: is_last,
            previous: self.hash,
            signature: [0; 64],
        };
        self.hash = chunk.hash(of);
        chunk.signature = pair.sign(&self.hash).0;
        self.at = Some(now);
        self.chunks.push(chunk);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use quorate_gateway_api::stream::Reading;
    use quorate_primitives::{AccountId, Hash};

    fn id() -> StreamId {
        StreamId {
            genesis: Hash::repeat_byte(1),
            validator: AccountId::new([2; 32]),
            job: Hash::repeat_byte(3),
            request: 7,
        }
    }

    fn sequence(most: usize) -> (Sequence, sr25519::Pair, Reading) {
        let pair = sr25519::Pair::from_seed(&[5; 32]);
        (Sequence::new(Arc::default(), most), pair, Reading::new(id(), u32::MAX))
    }

    fn take(reading: &mut Reading, pair: &sr25519::Pair, next: Next) -> Vec<u32> {
        let Next::Chunk(chunk) = next else {
            panic!("no chunk: {next:?}")
        };
        let is_signed = |hash: &[u8; 32], signature: &[u8; 64]| {
            sr25519::Pair::verify(&sr25519::Signature::from_raw(*signature), hash, &pair.public())
        };
        reading.take(&chunk, is_signed).unwrap();
        chunk.tokens
    }

    #[test]
    fn chunks_should_be_a_signed_chain_and_come_after_a_pause() {
        let (sequence, pair, mut reading) = sequence(1_000);
        let now = Instant::now();
        assert_eq!(sequence.chunk(0, &id(), &pair, now), Next::Wait);
        sequence.push(0, 5);
        assert_eq!(take(&mut reading, &pair, sequence.chunk(0, &id(), &pair, now)), [5]);
        sequence.push(1, 6);
        assert_eq!(sequence.chunk(1, &id(), &pair, now + PAUSE / 2), Next::Soon);
        sequence.push(2, 7);
        assert_eq!(
            take(&mut reading, &pair, sequence.chunk(1, &id(), &pair, now + PAUSE)),
            [6, 7]
        );
        assert_eq!(sequence.chunk(2, &id(), &pair, now + PAUSE), Next::Wait);
        sequence.push(3, 8);
        sequence.end();
        // The last one waits for nothing.
        assert_eq!(
            take(&mut reading, &pair, sequence.chunk(2, &id(), &pair, now + PAUSE)),
            [8]
        );
        assert!(reading.has_ended());
        assert_eq!(sequence.chunk(3, &id(), &pair, now + PAUSE), Next::Over);
        // Another reader has the same.
        let mut again = Reading::new(id(), u32::MAX);
        for (number, tokens) in [vec![5], vec![6, 7], vec![8]].iter().enumerate() {
            assert_eq!(
                take(&mut again, &pair, sequence.chunk(number, &id(), &pair, now)),
                *tokens
            );
        }
    }

    #[test]
    fn many_tokens_should_be_in_chunks_of_their_most_and_nothing_in_the_last_one_too() {
        let (sequence, pair, mut reading) = sequence(10_000);
        let now = Instant::now();
        for token in 0..2 * MOST_TOKENS {
            sequence.push(token, token as u32);
        }
        for number in 0..2 {
            let tokens = take(&mut reading, &pair, sequence.chunk(number, &id(), &pair, now));
            assert_eq!(tokens.len(), MOST_TOKENS);
        }
        assert_eq!(sequence.chunk(2, &id(), &pair, now), Next::Wait);
        sequence.end();
        assert!(take(&mut reading, &pair, sequence.chunk(2, &id(), &pair, now)).is_empty());
        assert!(reading.has_ended());
    }

    #[test]
    fn computation_that_breaks_off_should_leave_no_last_chunk() {
        let (sequence, pair, mut reading) = sequence(1_000);
        let now = Instant::now();
        sequence.push(0, 5);
        sequence.break_off();
        assert_eq!(take(&mut reading, &pair, sequence.chunk(0, &id(), &pair, now)), [5]);
        assert_eq!(sequence.chunk(1, &id(), &pair, now), Next::Over);
        sequence.go_on();
        assert_eq!(sequence.chunk(1, &id(), &pair, now), Next::Wait);
        sequence.push(1, 6);
        sequence.end();
        sequence.break_off();
        assert_eq!(
            take(&mut reading, &pair, sequence.chunk(1, &id(), &pair, now + PAUSE)),
            [6]
        );
        assert!(reading.has_ended());
    }

    #[test]
    fn tokens_beyond_the_room_should_break_the_stream_off() {
        let (sequence, pair, mut reading) = sequence(2);
        let now = Instant::now();
        (0..5).for_each(|token| sequence.push(token, 9));
        sequence.end();
        assert_eq!(sequence.tokens(), [9, 9]);
        assert_eq!(take(&mut reading, &pair, sequence.chunk(0, &id(), &pair, now)), [9, 9]);
        assert_eq!(sequence.chunk(1, &id(), &pair, now), Next::Over);
        assert!(!reading.has_ended());
        let all = sequence.all.clone();
        drop(sequence);
        assert_eq!(all.load(Ordering::Relaxed), 0);
    }
}
