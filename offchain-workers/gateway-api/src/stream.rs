//! Tokens of a request while it is answered, in chunks: lines of JSON, of which the first one shows the key that signs the others.
//!
//! They are provisional: what counts is what a quorum agrees on. Each chunk is signed over the chain, the validator, the job, the request, its
//! place and the chunk before it, so that it proves what its validator said, and is good for nothing else.

use codec::Encode;
use quorate_primitives::{payload::tagged, AccountId, Hash, JobId, RequestId};
use serde::{Deserialize, Serialize};
use std::fmt;

/// Path of a stream; `{job}` stands for 64 hexadecimal digits, `{request}` for a number. `?from=N` leaves out chunks before the one with the
/// N-th token.
pub const STREAM_PATH: &str = "/v1/streams/{job}/{request}";
/// Its media type. An empty line says that its sender is there, and has nothing yet.
pub const STREAM: &str = "application/x-ndjson";
/// Most tokens of a chunk.
pub const MOST_TOKENS: usize = 256;
/// Most bytes of a line.
pub const LONGEST_LINE: usize = 4 << 10;

/// The members of a job in the order in which they are asked for their stream, by their numbers in its committee. The first one is the
/// *primary*; jobs have others, so that they share the readers.
pub fn order(job: JobId, members: usize) -> impl Iterator<Item = usize> {
    let drawn = job.0.first_chunk().copied().map_or(0, u64::from_le_bytes);
    let first = drawn.checked_rem(members as u64).unwrap_or(0) as usize;
    (0..members).map(move |next| (first + next) % members)
}

/// The URL of a stream at a gateway such as `https://10.0.0.7:9780`.
pub fn stream_url(gateway: &str, job: JobId, request: RequestId) -> String {
    let path = STREAM_PATH.replace("{job}", &hex::encode(job.0));
    let path = path.replace("{request}", &request.to_string());
    format!("{}{path}", gateway.trim_end_matches('/'))
}

/// Which stream it is.
#[derive(Clone, Debug, PartialEq, Eq, Encode)]
pub struct StreamId {
    pub genesis: Hash,
    /// Whose worker sends it.
    pub validator: AccountId,
    pub job: JobId,
    pub request: RequestId,
}

/// The key of a validator's worker, an sr25519 one that it made when it started: the attestation key stays with the node.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StreamKey {
    #[serde(with = "digits")]
    pub key: [u8; 32],
    /// Unix time in seconds.
    pub expires: u64,
    /// Over [`key_payload`], by the validator's attestation key.
    #[serde(with = "digits")]
    pub signature: [u8; 64],
}

/// Bytes that an attestation key signs so that its worker signs streams with `key` until `expires` (Unix time in seconds).
pub fn key_payload(genesis: Hash, validator: &AccountId, key: &[u8; 32], expires: u64) -> Vec<u8> {
    (&b"quorate/stream-key/1"[..], genesis, validator, key, expires).encode()
}

/// Some tokens of a request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Chunk {
    /// How many tokens came before these.
    pub first: u32,
    pub tokens: Vec<u32>,
    /// Whether these are the last ones.
    pub end: bool,
    /// Hash of the chunk before; zeros of the first one.
    #[serde(with = "digits")]
    pub previous: [u8; 32],
    /// Over [`Chunk::hash`], by the worker's key.
    #[serde(with = "digits")]
    pub signature: [u8; 64],
}

impl Chunk {
    /// What is signed, and what the next chunk names.
    pub fn hash(&self, of: &StreamId) -> [u8; 32] {
        tagged(b"stream", &(of, self.first, &self.tokens, self.end, self.previous)).0
    }
}

/// A line of a stream, with its end.
pub fn write_line(line: &impl Serialize) -> Vec<u8> {
    let mut line = serde_json::to_vec(line).unwrap_or_default();
    line.push(b'\n');
    line
}

/// A line of a stream, without its end.
///
/// # Errors
/// When it is too long, or no such line.
pub fn read_line<'a, T: Deserialize<'a>>(line: &'a [u8]) -> Result<T, Broken> {
    match line.len() {
        0..=LONGEST_LINE => serde_json::from_slice(line).map_err(|_| Broken::Form),
        _ => Err(Broken::Form),
    }
}

/// Why chunks are not those of a stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Broken {
    /// No line of a stream.
    Form,
    /// Its tokens do not follow those before.
    Gap,
    /// More tokens than were asked for, or than a chunk has, or none.
    Count,
    /// It names another chunk before it.
    Previous,
    /// It comes after the last one.
    Ended,
    /// Its signature is another one's, or over something else.
    Signature,
}

impl fmt::Display for Broken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Form => "a line that is no chunk of tokens",
            Self::Gap => "a chunk that does not follow the one before",
            Self::Count => "a chunk with too many tokens, or with none",
            Self::Previous => "a chunk that names another one before it",
            Self::Ended => "a chunk after the last one",
            Self::Signature => "a chunk with a wrong signature",
        })
    }
}

/// A stream as far as it was read from its beginning.
#[derive(Clone, Debug)]
pub struct Reading {
    of: StreamId,
    /// Tokens that the request asks for at most.
    most: u32,
    next: u32,
    previous: [u8; 32],
    ended: bool,
}

impl Reading {
    /// Nothing was read yet.
    pub fn new(of: StreamId, most: u32) -> Self {
        Self {
            of,
            most,
            next: 0,
            previous: [0; 32],
            ended: false,
        }
    }

    /// Whether the last chunk was read.
    pub fn has_ended(&self) -> bool {
        self.ended
    }

    /// Takes the next chunk; `is_signed` looks at a signature over a hash. A chunk that is refused changes nothing.
    ///
    /// # Errors
    /// As [`Broken`] says.
    pub fn take(&mut self, chunk: &Chunk, is_signed: impl FnOnce(&[u8; 32], &[u8; 64]) -> bool) -> Result<(), Broken> {
        if self.ended {
            return Err(Broken::Ended);
        }
        if chunk.tokens.len() > MOST_TOKENS || (chunk.tokens.is_empty() && !chunk.end) {
            return Err(Broken::Count);
        }
        if chunk.first != self.next {
            return Err(Broken::Gap);
        }
        let next = self.next.saturating_add(chunk.tokens.len() as u32);
        if next > self.most {
            return Err(Broken::Count);
        }
        if chunk.previous != self.previous {
            return Err(Broken::Previous);
        }
        let hash = chunk.hash(&self.of);
        if !is_signed(&hash, &chunk.signature) {
            return Err(Broken::Signature);
        }
        (self.next, self.previous, self.ended) = (next, hash, chunk.end);
        Ok(())
    }
}

/// Bytes as hexadecimal digits.
mod digits {
    use serde::{de::Error, Deserialize, Deserializer, Serializer};

    pub fn serialize<S: Serializer, const N: usize>(bytes: &[u8; N], to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(&hex::encode(bytes))
    }

    pub fn deserialize<'de, D: Deserializer<'de>, const N: usize>(from: D) -> Result<[u8; N], D::Error> {
        let (text, mut bytes) = (String::deserialize(from)?, [0; N]);
        hex::decode_to_slice(text, &mut bytes).map_err(D::Error::custom)?;
        Ok(bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn id(n: u8) -> StreamId {
        StreamId {
            genesis: Hash::repeat_byte(1),
            validator: AccountId::new([2; 32]),
            job: Hash::repeat_byte(n),
            request: 7,
        }
    }

    /// Stands for a signature.
    fn sign(hash: &[u8; 32]) -> [u8; 64] {
        let mut signature = [0xa5; 64];
        signature[..32].copy_from_slice(hash);
        signature
    }

    fn is_signed(hash: &[u8; 32], signature: &[u8; 64]) -> bool {
        sign(hash) == *signature
    }

    /// A stream in chunks of these lengths; an empty one only at its end.
    fn stream(of: &StreamId, lengths: &[usize]) -> Vec<Chunk> {
        let (mut first, mut previous, mut chunks) = (0, [0; 32], vec![]);
        for (number, &len) in lengths.iter().enumerate() {
            let mut chunk = Chunk {
                first,
                tokens: (0..len as u32).map(|token| first + token + 100).collect(),
                end: number + 1 == lengths.len(),
                previous,
                signature: [0; 64],
            };
            previous = chunk.hash(of);
            chunk.signature = sign(&previous);
            first += len as u32;
            chunks.push(chunk);
        }
        chunks
    }

    fn read(of: &StreamId, most: u32, chunks: &[Chunk]) -> Result<Reading, Broken> {
        let mut reading = Reading::new(of.clone(), most);
        for chunk in chunks {
            reading.take(chunk, is_signed)?;
        }
        Ok(reading)
    }

    #[test]
    fn lines_should_be_read_as_they_are_written_and_be_short() {
        let chunk = Chunk {
            first: u32::MAX,
            tokens: vec![u32::MAX; MOST_TOKENS],
            end: false,
            previous: [0xff; 32],
            signature: [0xee; 64],
        };
        let line = write_line(&chunk);
        let (end, line) = line.split_last().unwrap();
        assert!(*end == b'\n' && line.len() <= LONGEST_LINE, "{}", line.len());
        assert_eq!(read_line::<Chunk>(line).unwrap(), chunk);
        let key = StreamKey {
            key: [3; 32],
            expires: u64::MAX,
            signature: [4; 64],
        };
        let line = write_line(&key);
        assert_eq!(read_line::<StreamKey>(line.trim_ascii_end()).unwrap(), key);
        assert_eq!(read_line::<Chunk>(&line), Err(Broken::Form));
        let long = format!("{{\"first\":{}}}", " ".repeat(LONGEST_LINE));
        assert_eq!(read_line::<Chunk>(long.as_bytes()), Err(Broken::Form));
        assert_eq!(read_line::<Chunk>(b""), Err(Broken::Form));
    }

    #[test]
    fn members_should_be_asked_each_once_and_not_the_same_first() {
        for members in 1..8 {
            let mut all: Vec<usize> = order(Hash::repeat_byte(0x55), members).collect();
            all.sort_unstable();
            assert_eq!(all, (0..members).collect::<Vec<_>>());
        }
        assert_eq!(order(Hash::repeat_byte(0x55), 0).next(), None);
        let first: std::collections::BTreeSet<_> = (0..100)
            .map(|n| order(Hash::from_slice(&[[n; 8], [0; 8], [1; 8], [2; 8]].concat()), 7).next())
            .collect();
        assert_eq!(first.len(), 7);
        // The first eight bytes as a number, little end first, modulo the number of members.
        let mut job = [0xff; 32];
        job[..8].copy_from_slice(&9u64.to_le_bytes());
        assert_eq!(order(job.into(), 4).collect::<Vec<_>>(), [1, 2, 3, 0]);
    }

    #[test]
    fn url_should_have_the_form_of_the_path() {
        let url = stream_url("https://a/", Hash::repeat_byte(0xab), 12);
        assert_eq!(url, format!("https://a/v1/streams/{}/12", "ab".repeat(32)));
    }

    proptest! {
        #[test]
        fn whole_stream_should_be_read(mut lengths in prop::collection::vec(1usize..20, 1..12), last in 0usize..20) {
            lengths.push(last);
            let (chunks, sum) = (stream(&id(5), &lengths), lengths.iter().sum::<usize>() as u32);
            let reading = read(&id(5), sum, &chunks).unwrap();
            prop_assert!(reading.has_ended());
            prop_assert_eq!(reading.next, sum);
            if last > 0 {
                prop_assert_eq!(read(&id(5), sum - 1, &chunks).unwrap_err(), Broken::Count);
            }
            // Of another job, request, chain or validator nothing is read.
            let others = [
                id(6),
                StreamId { request: 8, ..id(5) },
                StreamId { genesis: Hash::zero(), ..id(5) },
                StreamId { validator: AccountId::new([3; 32]), ..id(5) },
            ];
            for other in others {
                prop_assert_eq!(read(&other, sum, &chunks).unwrap_err(), Broken::Signature);
            }
        }

        #[test]
        fn chunk_that_is_changed_left_out_or_repeated_should_be_refused(
            lengths in prop::collection::vec(1usize..6, 3..8), at in 0usize..3, way in 0usize..7
        ) {
            let mut chunks = stream(&id(5), &lengths);
            let expected = match way {
                0 => { chunks[at].tokens[0] ^= 1; Broken::Signature }
                1 => { chunks[at].end ^= true; Broken::Signature }
                2 => { chunks[at].signature[9] ^= 1; Broken::Signature }
                3 => { chunks[at].previous[0] ^= 1; Broken::Previous }
                4 => { chunks[at].first += 1; Broken::Gap }
                5 => { chunks.remove(at); if at == 0 || at + 1 < lengths.len() { Broken::Gap } else { return Ok(()) } }
                _ => { let again = chunks[at].clone(); chunks.insert(at + 1, again); if at + 1 == lengths.len() { Broken::Ended } else { Broken::Gap } }
            };
            prop_assert_eq!(read(&id(5), 1_000, &chunks).unwrap_err(), expected);
        }
    }
}
