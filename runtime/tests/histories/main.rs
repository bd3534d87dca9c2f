//! Random histories of the real runtime: contributors, validators, owners, the council and the technical committee do what they
//! may and what they may not, in any order. After every block every pallet's state check holds, no token is lost or made, and no
//! round is older than its policy allows.
//!
//! A history has [`ACTIVE`] blocks in which anything may happen, then quiet ones in which every validator does what is due, until
//! every round has ended. In one of ten the validators do nothing then, and deadlines end what is left. `QUORATE_HISTORIES`
//! sets how many are run (200 by default); `QUORATE_HISTORY` runs the one of this number alone. `scripts/histories.sh` runs
//! 10,000.

mod blocks;
mod bodies;
mod calls;
mod checks;
#[path = "../common/mod.rs"]
mod common;
mod contributors;
mod duties;
mod history;
mod outcomes;
mod policies;
mod random;
mod requests;
mod shards;
mod state;

use common::{model::*, *};
use history::{Calls, History};
use quorate_primitives::{
    availability::ArtifactKind,
    payload,
    policy::{Access, Policy},
    purpose::Purpose,
    BlockNumber,
};
use quorate_runtime::{constants::UNIT, Runtime};
use quorate_runtime_api::runtime_decl_for_gateway_api::GatewayApi;
use state::{contributor, organisation};
use std::sync::atomic::{AtomicU64, Ordering};

/// Blocks of a history in which anything may happen.
const ACTIVE: u32 = 100;
/// Blocks after which everything must have ended.
const LONGEST: u32 = 4_000;
const HISTORIES: u64 = 200;
/// Histories between two lines that say how far a run has come.
const PROGRESS: u64 = 100;
const ORGANISATIONS: u64 = 5;
const CONTRIBUTOR_ACCOUNTS: u64 = 8;
/// The artifacts that are held from the start.
const PROGRAM: u32 = 0;
const DATA: u32 = 1;
/// What validators declare, in MiB.
const MEMORY: u32 = 100;
/// Blocks in which shards are revealed, and in which votes on them may still come.
const SHARD_PHASE: BlockNumber = 10;
fn run(number: u64) -> Calls {
    let mut history = History::new(number);
    on_local_chain(|chain| {
        let policy = Policy {
            pipeline: quorate_exact::Rule::Median.into(),
            min_updates: 3,
            max_updates: CONTRIBUTORS,
            ..history.policy()
        };
        prepare(chain, policy);
        history.run(chain);
    });
    history.calls
}

/// Sponsor most contributors and register a model, so that rounds can begin.
fn prepare(chain: &mut Chain, policy: Policy) {
    let mut setup = vec![signed("//Org0", register("model", policy))];
    for number in 0..5u32 {
        let call = sponsor(&contributor(number.into()), number);
        setup.push(signed_ahead(&organisation(number.into()), call, u32::from(number == 0)));
    }
    chain.run(setup);
    chain.pass(1);
    vote_on_everything(chain);
    let purpose = Purpose::Model(0);
    let fund = pallet_incentives::Call::fund {
        purpose,
        amount: 500 * UNIT,
    };
    chain.run(vec![signed("//Org0", fund)]);
    for kind in [ArtifactKind::Program, ArtifactKind::DataSet] {
        let root = payload::tagged(b"artifact", &kind);
        let register = pallet_artifacts::Call::register {
            kind,
            root,
            possession: root,
            len: 1 << 20,
            licence: b"CC0-1.0".to_vec().try_into().expect("a short one"),
            access: Access::Public,
        };
        chain.run(vec![signed("//Org1", register)]);
        vote_on_everything(chain);
    }
    let fund = |organisation| pallet_incentives::Call::fund {
        purpose: Purpose::Organisation(organisation),
        amount: UNIT,
    };
    let funds = (0..5u32).map(|number| signed(&organisation(number.into()), fund(number)));
    let funds = funds.collect();
    chain.run(funds);
    chain.run(VALIDATORS.map(|validator| declaration(validator, MEMORY)).into());
}

fn number_from(variable: &str) -> Option<u64> {
    std::env::var(variable).ok().map(|text| text.parse().expect("a number"))
}

#[test]
fn random_histories_should_keep_state_sound_tokens_whole_and_rounds_in_time() {
    if let Some(number) = number_from("QUORATE_HISTORY") {
        println!("history {number}: {:?}", run(number));
        return;
    }
    let histories = number_from("QUORATE_HISTORIES").unwrap_or(HISTORIES);
    let threads = std::thread::available_parallelism().map_or(1, |threads| threads.get() as u64);
    let ended = AtomicU64::new(0);
    let total: Vec<Calls> = std::thread::scope(|scope| {
        let running: Vec<_> = (0..threads)
            .map(|thread| {
                let ended = &ended;
                scope.spawn(move || {
                    (thread..histories)
                        .step_by(threads as usize)
                        .map(|number| {
                            let calls = std::panic::catch_unwind(|| run(number)).unwrap_or_else(|panic| {
                                eprintln!("history {number} failed; QUORATE_HISTORY={number} runs it alone");
                                std::panic::resume_unwind(panic)
                            });
                            let ended = ended.fetch_add(1, Ordering::Relaxed) + 1;
                            if ended.is_multiple_of(PROGRESS) {
                                println!("{ended} of {histories} histories have ended");
                            }
                            calls
                        })
                        .collect::<Vec<_>>()
                })
            })
            .collect();
        running
            .into_iter()
            .flat_map(|thread| thread.join().expect("no history fails"))
            .collect()
    });
    let sum = |of: fn(&Calls) -> u32| total.iter().map(|calls| u64::from(of(calls))).sum::<u64>();
    let (made, done, versions) = (sum(|c| c.made), sum(|c| c.done), sum(|c| c.versions));
    let (evaluations, answers) = (sum(|c| c.evaluations), sum(|c| c.answers));
    let (assessed, contributed) = (sum(|c| c.assessed), sum(|c| c.contributed));
    println!(
        "{histories} histories of {ACTIVE} blocks and more: {done} of {made} transactions succeeded, {versions} versions, {assessed} of them \
         assessed and {contributed} paid by contribution, {evaluations} evaluations, {answers} answers"
    );
    assert!(
        versions > histories / 4,
        "most histories bring versions about: {versions} in {histories}"
    );
    assert!(
        evaluations > histories / 4,
        "many histories bring evaluations about: {evaluations} in {histories}"
    );
    assert!(
        assessed > histories / 8 && contributed > histories / 16,
        "some histories bring assessments about: {assessed}, with scores {contributed}, in {histories}"
    );
    assert!(
        answers > histories,
        "histories bring answers about: {answers} in {histories}"
    );
}

#[test]
fn the_gateways_view_should_be_the_same_in_pages_of_any_size() {
    on_local_chain(|chain| {
        prepare(chain, policy());
        let mut history = History::new(7);
        for _ in 0..40 {
            let transactions = history.transactions();
            chain.block(transactions);
        }
        let restricted = Policy {
            access: quorate_primitives::policy::Access::Contributors,
            ..policy()
        };
        chain.run(vec![signed("//Org1", register("restricted", restricted))]);
        let whole = Runtime::gateway_page(None);
        assert_eq!(whole.next, None, "a small view is one page");
        let kinds: std::collections::BTreeSet<u8> = whole.entries.iter().map(|entry| entry.kind).collect();
        assert!([0, 3, 4, 5].iter().all(|kind| kinds.contains(kind)), "{kinds:?}");
        const ANY: usize = usize::MAX;
        for (entries, bytes, reads) in [
            (1, ANY, u32::MAX),
            (3, ANY, u32::MAX),
            (ANY, 1, u32::MAX),
            (ANY, 300, u32::MAX),
            (ANY, ANY, 1),
            (2, 400, 12),
        ] {
            let mut paged = Vec::new();
            let mut cursor = None;
            loop {
                let page = quorate_runtime::apis::gateway::bounded(cursor, entries, bytes, reads);
                assert!(page.entries.len() <= entries);
                let size: usize = page.entries.iter().map(|entry| entry.body.len()).sum();
                assert!(size <= bytes || page.entries.len() == 1);
                assert!(page.next.is_none() || page.next != cursor, "each page goes on");
                paged.extend(page.entries);
                cursor = page.next;
                if cursor.is_none() {
                    break;
                }
            }
            assert_eq!(
                paged, whole.entries,
                "pages of {entries} entries, {bytes} bytes and {reads} reads"
            );
        }
    });
}

#[test]
fn the_gateways_view_should_name_every_organisation_while_a_version_awaits_votes() {
    on_local_chain(|chain| {
        prepare(chain, policy());
        let kinds = || -> Vec<u8> {
            let entries = Runtime::gateway_page(None).entries.into_iter();
            entries.map(|entry| entry.kind).filter(|kind| *kind == 5).collect()
        };
        assert!(kinds().is_empty(), "a public model has no readers");
        chain.run(vec![signed("//Org1", register("another", policy()))]);
        let organisations = pallet_consortium::Organisations::<Runtime>::iter_keys().count();
        assert_eq!(kinds().len(), organisations, "any of them may bring it");
    });
}
