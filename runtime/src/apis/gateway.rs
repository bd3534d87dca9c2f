//! What a validator's gateway may take and show: a paged snapshot at one block.
//!
//! The parts come one after another, peers first; within a part entries are ordered by the number of a round or model and a
//! position in it. A page ends before it grows beyond a bound, and its cursor names the next entry.

use crate::{AccountId, Consortium, Models, Rounds, Runtime};
use alloc::{
    boxed::Box,
    collections::{BTreeMap, BTreeSet},
    vec,
    vec::Vec,
};
use quorate_primitives::{
    policy::Access,
    traits::Consortium as _,
    views::{
        gateway::{GatewayCursor, GatewayEntry, GatewayPage, Members, Readers},
        Entry,
    },
    ModelId, OrganisationId, RoundId,
};

/// Most entries of a page.
pub const MAX_ENTRIES: usize = 1_024;
/// Most bytes of a page's entries; one entry alone may be larger.
pub const MAX_BYTES: usize = 256 * 1024;

/// The parts of the view, in order.
const PARTS: [fn(u32, u32) -> Places; 6] = [peers, uploads, shared, versions, readers, members];

/// Entries of a part with their places, from a place on.
type Places = Box<dyn Iterator<Item = (u32, u32, GatewayEntry)>>;

/// The page that begins at `cursor`.
pub fn page(cursor: Option<GatewayCursor>) -> GatewayPage {
    bounded(cursor, MAX_ENTRIES, MAX_BYTES)
}

/// The page that begins at `cursor`, with at most so many entries and, unless it has one alone, so many bytes.
pub fn bounded(cursor: Option<GatewayCursor>, max_entries: usize, max_bytes: usize) -> GatewayPage {
    let start = cursor.unwrap_or(GatewayCursor {
        part: 0,
        id: 0,
        position: 0,
    });
    let mut entries = Vec::new();
    let mut bytes = 0usize;
    for (part, places) in (0u8..).zip(PARTS).skip(start.part.into()) {
        let (id, position) = match part == start.part {
            true => (start.id, start.position),
            false => (0, 0),
        };
        for (id, position, entry) in places(id, position) {
            let entry = Entry::from(&entry);
            bytes = bytes.saturating_add(entry.body.len());
            if !entries.is_empty() && (entries.len() >= max_entries || bytes > max_bytes) {
                return GatewayPage {
                    entries,
                    next: Some(GatewayCursor { part, id, position }),
                };
            }
            entries.push(entry);
        }
    }
    GatewayPage { entries, next: None }
}

fn numbered<T>(items: Vec<T>) -> impl Iterator<Item = (u32, T)> {
    (0u32..).zip(items)
}

fn peers(_: u32, from: u32) -> Places {
    let peers = numbered(Consortium::peers()).filter(move |(position, _)| *position >= from);
    Box::new(peers.map(|(position, peer)| (0, position, GatewayEntry::Peer(peer))))
}

/// The entries of each of these rounds or models, from a place on.
fn from<T: 'static>(
    ids: impl Iterator<Item = u32> + 'static,
    (first, position): (u32, u32),
    of: fn(u32) -> Vec<T>,
    entry: fn(T) -> GatewayEntry,
) -> Places {
    Box::new(ids.skip_while(move |id| *id < first).flat_map(move |id| {
        let skipped = if id == first { position } else { 0 };
        numbered(of(id))
            .filter(move |(position, _)| *position >= skipped)
            .map(move |(position, item)| (id, position, entry(item)))
    }))
}

/// Rounds whose blobs a gateway may take or show, from a number on.
fn kept_rounds(first: RoundId) -> impl Iterator<Item = RoundId> {
    core::iter::successors(Rounds::gateway_rounds(first), |round| {
        round.checked_add(1).and_then(Rounds::gateway_rounds)
    })
}

/// Models that are not retired, ascending.
fn live_models() -> impl Iterator<Item = ModelId> {
    pallet_models::LiveModels::<Runtime>::get().into_iter()
}

fn uploads(id: u32, position: u32) -> Places {
    from(
        kept_rounds(id),
        (id, position),
        Rounds::gateway_uploads,
        GatewayEntry::Upload,
    )
}

fn shared(id: u32, position: u32) -> Places {
    from(
        kept_rounds(id),
        (id, position),
        Rounds::gateway_shared,
        GatewayEntry::Shared,
    )
}

fn versions(id: u32, position: u32) -> Places {
    from(
        live_models(),
        (id, position),
        Models::gateway_versions,
        GatewayEntry::Version,
    )
}

fn readers(id: u32, position: u32) -> Places {
    let of = |model| {
        readers_of(model)
            .map(|organisations| Readers { model, organisations })
            .into_iter()
            .collect()
    };
    from(live_models(), (id, position), of, GatewayEntry::Readers)
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

/// Members of one entry.
const CHUNK: usize = 1_024;

fn members(id: u32, position: u32) -> Places {
    let named: BTreeSet<OrganisationId> = live_models().filter_map(readers_of).flatten().collect();
    let mut contributors: BTreeMap<OrganisationId, Vec<AccountId>> = BTreeMap::new();
    // One pass over all contributors, whoever sponsors them.
    if !named.is_empty() {
        for who in pallet_consortium::Contributors::<Runtime>::iter_keys() {
            if let Some(organisation) =
                Consortium::contributor(&who).filter(|organisation| named.contains(organisation))
            {
                contributors.entry(organisation).or_default().push(who);
            }
        }
    }
    let entries = named
        .into_iter()
        .filter(move |organisation| *organisation >= id)
        .flat_map(move |organisation| {
            let first = if organisation == id { position } else { 0 };
            let accounts = contributors.remove(&organisation).unwrap_or_default();
            let account =
                Consortium::organisation_account(organisation).filter(|_| Consortium::in_good_standing(organisation));
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
                .map(move |(position, members)| (organisation, position, GatewayEntry::Members(members)))
        });
    Box::new(entries)
}
