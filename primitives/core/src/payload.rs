//! The bytes that are hashed or signed. Each starts with a tag that names its purpose and version, and each signed one
//! carries the genesis: nothing can be replayed for another purpose, job, fork or chain. Votes: [`crate::availability`].

pub use crate::tagged::tagged;
use crate::{
    capability::Declaration, job::JobSpec, tagged::tagged_bytes, AccountId, BlockNumber, Hash, JobId, ModelId,
    OrganisationId, Root, RoundId,
};
use alloc::vec::Vec;
use codec::Encode;

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

/// What a supplier of a sealed shard commits to before any update of its round is. `rows` are those of the data set with this root.
pub fn shard_commitment(
    genesis: Hash,
    model: ModelId,
    organisation: OrganisationId,
    root: Root,
    rows: u32,
    salt: [u8; 32],
) -> Hash {
    tagged(b"shard", &(genesis, model, organisation, root, rows, salt))
}

/// Bytes that an account signs to be sponsored by `organisation`. Valid in blocks before `expires`; each consent of an
/// account must expire later than the last one that was used.
pub fn sponsor_consent(
    genesis: Hash,
    organisation: OrganisationId,
    contributor: &AccountId,
    expires: BlockNumber,
) -> Vec<u8> {
    tagged_bytes(b"sponsor", &(genesis, organisation, contributor, expires))
}

/// Name of a job.
pub fn job_id<W: Encode>(genesis: Hash, spec: &JobSpec<W>) -> JobId {
    tagged(b"job", &(genesis, spec))
}

/// What the seed of a round becomes when the randomness of one more block goes into it.
pub fn seed_step(seed: Hash, block_randomness: Option<Hash>) -> Hash {
    tagged(b"draw", &(seed, block_randomness))
}

/// What a committee member commits to. The member's account is inside: a copied commit opens for nobody else. `outcome` is
/// an [`crate::job::Outcome`], or its SCALE bytes as [`Encoded`].
pub fn outcome_commitment<O: Encode>(
    genesis: Hash,
    job: JobId,
    validator: &AccountId,
    outcome: &O,
    salt: [u8; 32],
) -> Hash {
    tagged(b"outcome", &(genesis, job, validator, outcome, salt))
}

/// Bytes that an attestation key signs for a commit.
pub fn commit_payload(genesis: Hash, job: JobId, member: u32, commit: Hash) -> Vec<u8> {
    tagged_bytes(b"commit", &(genesis, job, member, commit))
}

/// Bytes that an attestation key signs for a reveal.
pub fn reveal_payload<O: Encode>(genesis: Hash, job: JobId, member: u32, outcome: &O, salt: [u8; 32]) -> Vec<u8> {
    tagged_bytes(b"reveal", &(genesis, job, member, outcome, salt))
}

/// Bytes that an attestation key signs for what its validator declares.
pub fn declaration_payload(genesis: Hash, declaration: &Declaration) -> Vec<u8> {
    tagged_bytes(b"capability", &(genesis, declaration))
}

/// Bytes that an attestation key signs so that its worker may read from the gateway of `audience` until `expires` (Unix
/// time in seconds).
pub fn token_payload(genesis: Hash, bearer: &AccountId, audience: &AccountId, expires: u64) -> Vec<u8> {
    tagged_bytes(b"token", &(genesis, bearer, audience, expires))
}

/// Bytes that an account signs so that it may read versions from the gateway of `audience` until `expires` (Unix time in
/// seconds).
pub fn reader_payload(genesis: Hash, bearer: &AccountId, audience: &AccountId, expires: u64) -> Vec<u8> {
    tagged_bytes(b"reader", &(genesis, bearer, audience, expires))
}

/// Bytes that an account signs so that it may bring the blob `root` to the gateway of `audience` until `expires` (Unix time in
/// seconds).
pub fn uploader_payload(genesis: Hash, bearer: &AccountId, audience: &AccountId, root: Root, expires: u64) -> Vec<u8> {
    tagged_bytes(b"uploader", &(genesis, bearer, audience, root, expires))
}

/// Sort key that ranks the updates of a round; `seed` comes from the chain's randomness.
pub fn rank(seed: Hash, contributor: &AccountId) -> Hash {
    tagged(b"rank", &(seed, contributor))
}

/// SCALE bytes that stand for the value which they encode: they are hashed and signed without a length of their own.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Encoded(pub Vec<u8>);

impl Encode for Encoded {
    fn size_hint(&self) -> usize {
        self.0.len()
    }

    fn encode_to<T: codec::Output + ?Sized>(&self, dest: &mut T) {
        dest.write(&self.0);
    }
}
