//! What a validator's gateway may take and show: a paged snapshot at one block, and what rounds share.
//!
//! The snapshot's parts come one after another, peers first; within a part entries are ordered by the number of a round or model and a
//! position in it. A page ends before it grows beyond a bound, or before it reads too much, with few entries or with none; its cursor
//! names where the next page begins.
//!
//! What rounds share is by far the most, and changes in few of them: it is asked for by round.

use crate::{Artifacts, Consortium, Evaluation, Inference, Models, Rounds, Runtime};
use alloc::{boxed::Box, collections::BTreeSet, vec, vec::Vec};
use codec::Encode;
use core::iter;
use quorate_primitives::{
    policy::Access,
    traits::Consortium as _,
    views::{
        gateway::{ArtifactBlob, GatewayCursor, GatewayEntry, GatewayPage, Members, Readers, RoundShare, SharePage},
        Entry,
    },
    ArtifactId, ModelId, OrganisationId, RoundId,
};

/// Most entries of a page.
pub const MAX_ENTRIES: usize = 1_024;
/// Most bytes of a page's entries; one entry alone may be larger.
pub const MAX_BYTES: usize = 256 * 1024;
/// Most entries of storage that a page looks at to find its own; one round alone may have a quarter as many.
pub const MAX_READS: u32 = 4_096;

/// The parts of the view, in order.
const PARTS: [fn(u32, u32) -> Walk; 10] = [
    peers, uploads, versions, readers, members, artifacts, details, shards, requests, rows,
];

/// A step of the walk through a part.
enum Step {
    /// So many entries of storage are read before the next step.
    Reads(u32),
    Found(GatewayEntry),
}

/// Steps with their places, from a place on. Nothing is read before its step is taken.
type Walk = Box<dyn Iterator<Item = (u32, u32, Step)>>;

/// The page that begins at `cursor`.
pub fn page(cursor: Option<GatewayCursor>) -> GatewayPage {
    bounded(cursor, MAX_ENTRIES, MAX_BYTES, MAX_READS)
}

/// The page that begins at `cursor`, with at most so many entries and, unless it has one alone, so many bytes; it reads no more than
/// so much, unless it looks at one round or model alone.
pub fn bounded(cursor: Option<GatewayCursor>, max_entries: usize, max_bytes: usize, max_reads: u32) -> GatewayPage {
    let start = cursor.unwrap_or(GatewayCursor {
        part: 0,
        id: 0,
        position: 0,
    });
    let mut entries = Vec::new();
    let (mut bytes, mut reads) = (0usize, 0u32);
    for (part, walk) in (0u8..).zip(PARTS).skip(start.part.into()) {
        let (id, position) = match part == start.part {
            true => (start.id, start.position),
            false => (0, 0),
        };
        for (id, position, step) in walk(id, position) {
            let next = Some(GatewayCursor { part, id, position });
            match step {
                Step::Reads(more) => {
                    let is_first = reads == 0;
                    reads = reads.saturating_add(more);
                    if !is_first && reads > max_reads {
                        return GatewayPage { entries, next };
                    }
                }
                Step::Found(entry) => {
                    let entry = Entry::from(&entry);
                    bytes = bytes.saturating_add(entry.body.len());
                    if !entries.is_empty() && (entries.len() >= max_entries || bytes > max_bytes) {
                        return GatewayPage { entries, next };
                    }
                    entries.push(entry);
                }
            }
        }
    }
    GatewayPage { entries, next: None }
}

/// What these rounds share, and all rounds from number `from` on.
pub fn shares(due: &[RoundId], from: RoundId) -> SharePage {
    bounded_shares(due, from, MAX_BYTES, MAX_READS)
}

/// What these rounds share, and all rounds from number `from` on: as many as it takes to come to so many bytes or entries of storage
/// that are read.
pub fn bounded_shares(due: &[RoundId], from: RoundId, max_bytes: usize, max_reads: u32) -> SharePage {
    let mut page = SharePage {
        rounds: Vec::new(),
        next: from,
        ended: false,
    };
    let (mut bytes, mut reads) = (0usize, 0u32);
    let due = due.iter().map(|round| (*round, from));
    let new = iter::once_with(move || kept_rounds(from)).flatten();
    for (round, next) in due.chain(new.map(|round| (round, round.saturating_add(1)))) {
        if bytes >= max_bytes || reads >= max_reads {
            return page;
        }
        let shared = Rounds::gateway_shared(round);
        // A round whose evidence goes is not asked for again: what it shares then, it would share for ever.
        let shards = shared.until.into_iter().flat_map(|_| assessed_shards(round));
        let share = RoundShare {
            round,
            until: shared.until,
            entries: (shared.blobs.into_iter().map(GatewayEntry::Shared))
                .chain(shards)
                .map(|entry| Entry::from(&entry))
                .collect(),
        };
        bytes = bytes.saturating_add(share.encoded_size());
        reads = reads.saturating_add(shared.reads);
        page.rounds.push(share);
        page.next = next;
    }
    page.next = pallet_rounds::NextRound::<Runtime>::get();
    page.ended = true;
    page
}

fn numbered<T>(items: Vec<T>) -> impl Iterator<Item = (u32, T)> {
    (0u32..).zip(items)
}

fn peers(_: u32, from: u32) -> Walk {
    let peers = numbered(Consortium::peers()).filter(move |(position, _)| *position >= from);
    Box::new(peers.map(|(position, peer)| (0, position, Step::Found(GatewayEntry::Peer(peer)))))
}

/// What a part reads of a round or model, and what it finds there.
struct Source<T> {
    reads: fn(u32) -> u32,
    of: fn(u32) -> Vec<T>,
    entry: fn(T) -> GatewayEntry,
}

/// The entries of each of these rounds or models, from a place on.
fn from<T: 'static>(
    ids: impl Iterator<Item = u32> + 'static,
    (first, position): (u32, u32),
    Source { reads, of, entry }: Source<T>,
) -> Walk {
    Box::new(ids.skip_while(move |id| *id < first).flat_map(move |id| {
        let skipped = if id == first { position } else { 0 };
        let found = iter::once_with(move || numbered(of(id)))
            .flatten()
            .filter(move |(position, _)| *position >= skipped)
            .map(move |(position, item)| (id, position, Step::Found(entry(item))));
        iter::once_with(move || (id, skipped, Step::Reads(reads(id)))).chain(found)
    }))
}

/// Rounds that wait for people or a job, ascending: uploads are taken of no others.
fn active_rounds() -> impl Iterator<Item = RoundId> {
    pallet_rounds::ActiveRounds::<Runtime>::get().into_iter()
}

/// Rounds that are kept, from a number on.
fn kept_rounds(first: RoundId) -> impl Iterator<Item = RoundId> {
    iter::successors(Rounds::gateway_rounds(first), |round| {
        round.checked_add(1).and_then(Rounds::gateway_rounds)
    })
}

/// Models that are not retired, ascending.
fn live_models() -> impl Iterator<Item = ModelId> {
    pallet_models::LiveModels::<Runtime>::get().into_iter()
}

fn uploads(id: u32, position: u32) -> Walk {
    let source = Source {
        reads: Rounds::gateway_reads,
        of: Rounds::gateway_uploads,
        entry: GatewayEntry::Upload,
    };
    from(active_rounds(), (id, position), source)
}

fn versions(id: u32, position: u32) -> Walk {
    let source = Source {
        reads: |_| pallet_models::types::SERVED_VERSIONS.saturating_add(1),
        of: Models::gateway_versions,
        entry: GatewayEntry::Version,
    };
    from(live_models(), (id, position), source)
}

fn readers(id: u32, position: u32) -> Walk {
    let of = |model| {
        readers_of(model)
            .map(|organisations| Readers { model, organisations })
            .into_iter()
            .collect()
    };
    let source = Source {
        reads: |_| 2,
        of,
        entry: GatewayEntry::Readers,
    };
    from(live_models(), (id, position), source)
}

/// Organisations that may read a model, its owner included; `None` where access does not depend on organisations.
fn readers_of(model: ModelId) -> Option<Vec<OrganisationId>> {
    let entry = pallet_models::Models::<Runtime>::get(model)?;
    match entry.policy.access {
        Access::Public | Access::Validators => None,
        Access::Contributors | Access::Organisations => {
            let mut organisations = Models::readers(model);
            organisations.push(entry.organisation);
            organisations.sort_unstable();
            organisations.dedup();
            Some(organisations)
        }
    }
}

/// Artifacts that have a record, ascending.
fn kept_artifacts() -> impl Iterator<Item = ArtifactId> {
    pallet_artifacts::Kept::<Runtime>::get().into_iter()
}

fn artifacts(id: u32, position: u32) -> Walk {
    let source = Source {
        reads: |_| 1,
        of: |artifact| Artifacts::gateway_artifact(artifact).into_iter().collect(),
        entry: GatewayEntry::Artifact,
    };
    from(kept_artifacts(), (id, position), source)
}

/// Details of evaluations.
fn details(id: u32, position: u32) -> Walk {
    let source = Source {
        reads: |_| 1,
        of: |evaluation| Evaluation::gateway_detail(evaluation).into_iter().collect(),
        entry: GatewayEntry::Shared,
    };
    let evaluations = iter::once_with(Evaluation::gateway_evaluations).flatten();
    from(evaluations, (id, position), source)
}

/// Shards of rounds that are not assessed. Those of others stand until their evidence goes: rounds share them.
fn shards(id: u32, position: u32) -> Walk {
    let source = Source {
        reads: |_| 2,
        of: Evaluation::gateway_shards,
        entry: GatewayEntry::Shard,
    };
    let rounds = iter::once_with(Evaluation::gateway_shard_rounds).flatten();
    from(rounds, (id, position), source)
}

/// Inputs and answers of requests, by organisation.
fn requests(id: u32, position: u32) -> Walk {
    let source = Source {
        reads: Inference::gateway_reads,
        of: Inference::gateway_requests,
        entry: GatewayEntry::Request,
    };
    let organisations = iter::once_with(Inference::gateway_organisations).flatten();
    from(organisations, (id, position), source)
}

/// Rows of batches on which a quorum agreed.
fn rows(id: u32, position: u32) -> Walk {
    let rows = iter::once_with(Inference::gateway_rows).flatten();
    let from_here = rows.filter(move |(batch, _)| (*batch, 0) >= (id, position));
    Box::new(from_here.map(|(batch, blob)| (batch, 0, Step::Found(GatewayEntry::Shared(blob)))))
}

/// Shards of a round that is assessed: everybody may read them.
fn assessed_shards(round: RoundId) -> impl Iterator<Item = GatewayEntry> {
    let shards = Evaluation::gateway_shards(round).into_iter();
    shards
        .filter(|shard| shard.access == Access::Public)
        .map(GatewayEntry::Shard)
}

/// Organisations whose accounts may bring an artifact, or read it where that depends on organisations.
fn organisations_of(artifact: ArtifactBlob) -> Vec<OrganisationId> {
    let reads = matches!(artifact.access, Access::Contributors | Access::Organisations);
    let mut organisations = if reads { artifact.readers } else { Vec::new() };
    if reads || artifact.pending {
        organisations.push(artifact.organisation);
    }
    organisations
}

/// Organisations that some model's readers, some artifact, some shard or some request names; all of them while a version that was given awaits votes, for each may
/// bring it.
fn named_organisations() -> BTreeSet<OrganisationId> {
    let awaits_upload =
        |model| pallet_models::Models::<Runtime>::get(model).is_some_and(|model| model.candidate.is_some());
    match live_models().any(awaits_upload) {
        true => pallet_consortium::Organisations::<Runtime>::iter_keys().collect(),
        false => {
            let artifacts = kept_artifacts().filter_map(Artifacts::gateway_artifact);
            let of_artifacts = artifacts.flat_map(organisations_of);
            live_models()
                .filter_map(readers_of)
                .flatten()
                .chain(of_artifacts)
                .chain(Evaluation::awaited_suppliers())
                .chain(Inference::gateway_organisations())
                .collect()
        }
    }
}

/// Members of one entry.
const CHUNK: usize = 1_024;

fn members(id: u32, position: u32) -> Walk {
    // One pass over all contributors, whoever sponsors them, for each page that comes so far: there are at most as many as all
    // organisations may have, whose accounts fill two pages and a part of a third.
    let contributors = Consortium::contributors_of(named_organisations());
    let entries = contributors
        .into_iter()
        .filter(move |(organisation, _)| *organisation >= id)
        .flat_map(move |(organisation, accounts)| {
            let first = if organisation == id { position } else { 0 };
            let account = Consortium::organisation_account(organisation);
            let chunks: Vec<Members> = match account {
                None => Vec::new(),
                Some(account) if accounts.is_empty() => vec![Members {
                    organisation,
                    account,
                    contributors: accounts,
                }],
                Some(account) => accounts
                    .chunks(CHUNK)
                    .map(|chunk| Members {
                        organisation,
                        account: account.clone(),
                        contributors: chunk.to_vec(),
                    })
                    .collect(),
            };
            numbered(chunks)
                .filter(move |(position, _)| *position >= first)
                .map(move |(position, members)| (organisation, position, Step::Found(GatewayEntry::Members(members))))
        });
    Box::new(entries)
}
