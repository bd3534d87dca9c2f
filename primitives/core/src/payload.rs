//! The bytes that are hashed or signed. Each starts with a tag that names its purpose and version, and each signed one
//! carries the genesis: nothing can be replayed for another purpose, job, fork or chain.

use crate::{
    job::{JobSpec, Outcome, PageHashes, ScoreRow},
    legacy,
    update::AvailabilityVote,
    AccountId, Hash, JobId, Root, RoundId, SETTLEMENT_PAGE,
};
use alloc::vec::Vec;
use codec::Encode;

/// BLAKE2b-256 of `"quorate/" ++ tag ++ "/1"` (length-prefixed) and the SCALE encoding of `body`.
pub fn tagged(tag: &[u8], body: &impl Encode) -> Hash {
    sp_core::H256(sp_crypto_hashing::blake2_256(&tagged_bytes(tag, body)))
}

fn tagged_bytes(tag: &[u8], body: &impl Encode) -> Vec<u8> {
    let mut name = b"quorate/".to_vec();
    name.extend_from_slice(tag);
    name.extend_from_slice(b"/1");
    let mut bytes = name.encode();
    body.encode_to(&mut bytes);
    bytes
}

/// What a contributor commits to before any root is public.
pub fn update_commitment(
    genesis: Hash,
    round: RoundId,
    contributor: &AccountId,
    root: Root,
    weight: u32,
    salt: [u8; 32],
) -> Hash {
    tagged(b"update", &(genesis, round, contributor, root, weight, salt))
}

/// Name of a job: a hash of what its specification version says of it. Seed and optimiser state are part of it since version 2.
pub fn job_id(genesis: Hash, spec: &JobSpec) -> JobId {
    match spec.spec_version {
        ..=legacy::SPEC_VERSION => tagged(b"job", &(genesis, legacy::JobSpec::from(spec))),
        _ => tagged(b"job", &(genesis, spec)),
    }
}

/// What the seed of a round becomes when the randomness of one more block goes into it.
pub fn seed_step(seed: Hash, block_randomness: Option<Hash>) -> Hash {
    tagged(b"draw", &(seed, block_randomness))
}

/// What a committee member commits to. The member's account is inside: a copied commit opens for nobody else.
pub fn outcome_commitment(genesis: Hash, job: JobId, validator: &AccountId, outcome: &Outcome, salt: [u8; 32]) -> Hash {
    tagged(b"outcome", &(genesis, job, validator, outcome, salt))
}

/// Bytes that an `aiwk` key signs for a vote.
pub fn vote_payload(genesis: Hash, vote: &AvailabilityVote) -> Vec<u8> {
    tagged_bytes(b"vote", &(genesis, vote))
}

/// Bytes that an `aiwk` key signs for a commit.
pub fn commit_payload(genesis: Hash, job: JobId, member: u32, commit: Hash) -> Vec<u8> {
    tagged_bytes(b"commit", &(genesis, job, member, commit))
}

/// Bytes that an `aiwk` key signs for a reveal.
pub fn reveal_payload(genesis: Hash, job: JobId, member: u32, outcome: &Outcome, salt: [u8; 32]) -> Vec<u8> {
    tagged_bytes(b"reveal", &(genesis, job, member, outcome, salt))
}

/// Bytes that an `aiwk` key signs so that its worker may read from the gateway of `audience` until `expires` (Unix
/// time in seconds).
pub fn token_payload(genesis: Hash, bearer: &AccountId, audience: &AccountId, expires: u64) -> Vec<u8> {
    tagged_bytes(b"token", &(genesis, bearer, audience, expires))
}

/// Hash of the roots that a vote names, ascending by item.
pub fn voted_roots(roots: &[Root]) -> Hash {
    tagged(b"roots", &roots)
}

/// Sort key that ranks the updates of a round; `seed` comes from the chain's randomness.
pub fn rank(seed: Hash, contributor: &AccountId) -> Hash {
    tagged(b"rank", &(seed, contributor))
}

/// Hash of one settlement page.
pub fn page_hash(rows: &[ScoreRow]) -> Hash {
    tagged(b"page", &rows)
}

/// Hashes of all pages of `rows`, 64 rows a page, in order. Rows beyond the bound of a round are left out.
pub fn page_hashes(rows: &[ScoreRow]) -> PageHashes {
    PageHashes::truncate_from(rows.chunks(SETTLEMENT_PAGE as usize).map(page_hash).collect())
}

/// What [`Outcome::scores`] holds.
pub fn scores_root(pages: &PageHashes) -> Hash {
    tagged(b"scores", pages)
}
