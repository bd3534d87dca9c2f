//! The methods against a runtime that answers from a fixed state, as JSON.

use super::{
    aside::{aside, AT_ONCE, READS},
    entries::{MOST_ENTRIES, MOST_OF_ONE},
    gate::Gate,
    quorate::{Quorate, RUNTIME_FAILED},
    types::Chain,
};
use crate::service::{
    readiness::{Probe, State},
    rounds::Feed,
};
use jsonrpsee::{MethodCallback, Methods, RpcModule};
use pallet_transaction_payment_rpc::{TransactionPayment, TransactionPaymentApiServer, TransactionPaymentRuntimeApi};
use pallet_transaction_payment_rpc_runtime_api::{FeeDetails, RuntimeDispatchInfo};
use parking_lot::Mutex;
use quorate_gadget::ReportHandle;
use quorate_primitives::{
    availability::ArtifactKind,
    capability::Capability,
    job::{
        infer::{AnswerRow, AnswerStatus, Task},
        Evaluate, EvaluateOutcome, IdentifiedJob,
    },
    policy::{Access, Deadlines, Policy, Promotion, Split},
    update::{Encoding, Update, UpdateStatus},
    views::{
        gateway::{GatewayCursor, GatewayEntry, GatewayPage, Peer, SharePage},
        inference::{BatchView, RequestQuote, RequestState, RequestView, Reserve},
        ArtifactState, ArtifactView, BlobRef, CapabilityView, CapableCount, Entry, EvaluationState, EvaluationView,
        Lineage, ModelView, Quote, RoundPhase, RoundView, StandingView, VersionView,
    },
    AccountId, ArtifactId, BatchId, BlockNumber, EvaluationId, Hash, JobId, ModelId, OrganisationId, RequestId,
    RoundId, VersionIndex,
};
use quorate_runtime::opaque::{Block, UncheckedExtrinsic as Extrinsic};
use quorate_runtime_api::{
    ArtifactsApi, CapabilitiesApi, EvaluationsApi, GatewayApi, InferenceApi, JobsApi, ModelsApi, RoundsApi,
    StandingsApi,
};
use serde_json::{json, Value};
use sp_api::{ApiError, ApiRef, ProvideRuntimeApi};
use sp_blockchain::{BlockStatus, HeaderBackend, Info};
use sp_runtime::traits::Block as BlockT;
use std::{
    collections::BTreeSet,
    sync::Arc,
    thread::{self, ThreadId},
};

/// More than a number of JavaScript or a `u64` can hold.
const REWARD: u128 = 20_000_000_000_000_000_000;
const PRUNED: Hash = Hash::repeat_byte(0xee);
const NEXT: GatewayCursor = GatewayCursor {
    part: 0,
    id: 1,
    position: 0,
};

/// Threads on which the runtime was asked.
static ASKED_ON: Mutex<Vec<ThreadId>> = Mutex::new(Vec::new());

#[derive(Clone)]
struct Fixed;

struct Api;

impl ProvideRuntimeApi<Block> for Fixed {
    type Api = Api;

    fn runtime_api(&self) -> ApiRef<'_, Api> {
        ASKED_ON.lock().push(thread::current().id());
        Api.into()
    }
}

impl HeaderBackend<Block> for Fixed {
    fn header(&self, _: Hash) -> sp_blockchain::Result<Option<<Block as BlockT>::Header>> {
        Ok(None)
    }

    fn info(&self) -> Info<Block> {
        Info {
            best_hash: Hash::repeat_byte(1),
            best_number: 7,
            genesis_hash: Hash::zero(),
            finalized_hash: Hash::zero(),
            finalized_number: 5,
            finalized_state: None,
            number_leaves: 1,
            block_gap: None,
        }
    }

    fn status(&self, _: Hash) -> sp_blockchain::Result<BlockStatus> {
        Ok(BlockStatus::Unknown)
    }

    fn number(&self, _: Hash) -> sp_blockchain::Result<Option<BlockNumber>> {
        Ok(None)
    }

    fn hash(&self, _: BlockNumber) -> sp_blockchain::Result<Option<Hash>> {
        Ok(None)
    }
}

fn account(n: u8) -> AccountId {
    AccountId::new([n; 32])
}

fn round() -> RoundView {
    let policy = Policy {
        pipeline: quorate_exact::Rule::WeightedMean.into(),
        min_updates: 1,
        max_updates: 10,
        max_weight: 100,
        max_updates_per_organisation: 2,
        deadlines: Deadlines {
            collect: 10,
            reveal_updates: 10,
            vote: 10,
            commit: 10,
            reveal: 10,
        },
        bond: 1,
        reward: REWARD,
        split: Split {
            contributors: 800_000,
            validators: 150_000,
            treasury: 50_000,
        },
        max_organisation_share: 500_000,
        retention: 100,
        challenge: 0,
        access: Access::Public,
        promotion: Promotion::default(),
        assessment: None,
    };
    let update = Update {
        contributor: account(5),
        organisation: 1,
        commitment: Hash::repeat_byte(6),
        weight: 7,
        encoding: Encoding::DenseF32,
        submitted_at: 3,
        status: UpdateStatus::Available,
        root: Some(Hash::repeat_byte(8)),
        index: Some(0),
        score: None,
    };
    RoundView {
        id: 3,
        model: 2,
        base: 0,
        policy,
        phase: RoundPhase::Collecting { until: 12 },
        opened_at: 2,
        sealed_at: None,
        recorded_at: None,
        version: None,
        job: None,
        refund: None,
        escrow: REWARD,
        updates: vec![update],
        assessment: None,
    }
}

fn artifact(id: ArtifactId) -> ArtifactView {
    ArtifactView {
        id,
        organisation: 1,
        kind: ArtifactKind::DataSet,
        root: Hash::repeat_byte(7),
        len: 4_096,
        licence: "CC0-1.0".into(),
        access: Access::Contributors,
        readers: vec![3],
        state: ArtifactState::Held { since: 9 },
        registered_at: 5,
    }
}

fn evaluation(id: EvaluationId) -> EvaluationView {
    EvaluationView {
        id,
        asked_by: account(4),
        organisation: 1,
        work: Evaluate {
            model: 3,
            version: 7,
            version_root: Hash::repeat_byte(1),
            version_len: 10,
            frozen_base: None,
            program: 5,
            program_root: Hash::repeat_byte(2),
            program_len: 20,
            data: 6,
            data_root: Hash::repeat_byte(3),
            data_len: 30,
            operations: 40,
        },
        clean: true,
        fee: 10_u128.pow(20),
        state: EvaluationState::Done(EvaluateOutcome::Done {
            rows: 100,
            loss: -5,
            correct: 90,
            faults: 0,
            detail: Hash::repeat_byte(4),
        }),
        job: Hash::repeat_byte(5),
        first_job: None,
        statements_root: None,
        requested_at: 11,
        ended_at: Some(12),
    }
}

fn request(id: RequestId) -> RequestView {
    let blob = |byte, len| BlobRef {
        root: Hash::repeat_byte(byte),
        len,
    };
    RequestView {
        id,
        asked_by: account(4),
        organisation: 1,
        model: 3,
        version: 7,
        program: 5,
        input: blob(1, 40),
        task: Task::Run,
        operations: 12,
        memory: 34,
        fee: 10_u128.pow(20),
        reading: 0,
        cost: 10_u128.pow(19),
        clean: true,
        state: RequestState::Answered {
            batch: 6,
            row: AnswerRow {
                request: id,
                status: AnswerStatus::Answered,
                answer: blob(2, 50),
                trace: Hash::zero(),
                tokens: 0,
                operations: 11,
            },
        },
        requested_at: 8,
        ended_at: Some(16),
    }
}

#[tokio::test]
async fn requests_should_be_shown_in_the_documented_form() {
    let shown = ask("quorate_request", json!([2])).await;
    assert_eq!(shown["input"], json!({"root": Hash::repeat_byte(1), "len": 40}));
    assert_eq!(shown["fee"], json!("100000000000000000000"));
    assert_eq!(shown["cost"], json!("10000000000000000000"));
    assert_eq!((&shown["task"], &shown["memory"]), (&json!("Run"), &json!(34)));
    let row = &shown["state"]["Answered"]["row"];
    assert_eq!((&row["status"], &row["operations"]), (&json!("Answered"), &json!(11)));
    assert_eq!(ask("quorate_requests", json!([])).await, json!([shown]));
    assert_eq!(ask("quorate_requestsOf", json!([1])).await, json!([shown]));
    assert_eq!(ask("quorate_requestsOf", json!([2])).await, json!([]));
    assert_eq!(ask("quorate_request", json!([3])).await, Value::Null);
    let quote = json!({"fee": "100000000000000000040", "reading": "10000000000000000000", "commit": 12});
    assert_eq!(ask("quorate_requestQuote", json!([3, null, 5, 40, 12])).await, quote);
    let reserve = json!({"held": "100000000000000000000", "most": "200000000000000000000", "part": 200_000});
    assert_eq!(ask("quorate_reserve", json!([])).await, reserve);
}

fn capability() -> CapabilityView {
    CapabilityView {
        validator: account(7),
        organisation: 1,
        capability: Some(Capability {
            memory: 700,
            speed: 60_000,
            exact_version: 1,
        }),
        declared_at: Some(12),
        next_from: 312,
        again_from: 7_212,
        barred_until: None,
        asked: true,
    }
}

#[tokio::test]
async fn capabilities_should_be_shown_in_the_documented_form() {
    let expected = json!({
        "validator": account(7), "organisation": 1, "capability": {"memory": 700, "speed": 60_000, "exact_version": 1},
        "declared_at": 12, "next_from": 312, "again_from": 7_212, "barred_until": null, "asked": true,
    });
    assert_eq!(ask("quorate_capabilities", json!([])).await, json!([expected]));
    let count = |capable| json!({"capable": capable, "needed": 3, "validators": 4});
    assert_eq!(ask("quorate_capable", json!([700])).await, count(1));
    assert_eq!(ask("quorate_capable", json!([701])).await, count(0));
}

#[tokio::test]
async fn evaluations_should_be_shown_in_the_documented_form() {
    let expected = json!({
        "id": 2, "asked_by": account(4), "organisation": 1,
        "work": {
            "model": 3, "version": 7, "version_root": Hash::repeat_byte(1), "version_len": 10, "program": 5,
            "program_root": Hash::repeat_byte(2), "program_len": 20, "data": 6, "data_root": Hash::repeat_byte(3), "data_len": 30,
            "operations": 40, "frozen_base": null,
        },
        "clean": true, "fee": "100000000000000000000",
        "state": { "Done": { "Done": {
            "rows": 100, "loss": -5, "correct": 90, "faults": 0, "detail": Hash::repeat_byte(4),
        } } },
        "job": Hash::repeat_byte(5), "first_job": null, "statements_root": null, "requested_at": 11, "ended_at": 12,
    });
    assert_eq!(ask("quorate_evaluation", json!([2])).await, expected);
    assert_eq!(ask("quorate_evaluations", json!([])).await, json!([expected]));
    assert_eq!(ask("quorate_evaluationsOf", json!([3, 7])).await, json!([expected]));
    assert_eq!(
        ask("quorate_evaluationQuote", json!([3, 7, 5, 6, 40])).await,
        json!({ "fee": "100000000000000000000", "commit": 40 })
    );
}

#[tokio::test]
async fn artifacts_should_be_shown_in_the_documented_form() {
    let expected = json!({
        "id": 2, "organisation": 1, "kind": "DataSet", "root": Hash::repeat_byte(7), "len": 4_096, "licence": "CC0-1.0",
        "access": "Contributors", "readers": [3], "state": { "Held": { "since": 9 } }, "registered_at": 5,
    });
    assert_eq!(ask("quorate_artifact", json!([2])).await, expected);
    assert_eq!(ask("quorate_artifacts", json!([])).await, json!([expected]));
}

sp_api::mock_impl_runtime_apis! {
    impl GatewayApi<Block> for Api {
        fn gateway_page(cursor: Option<GatewayCursor>) -> GatewayPage {
            let peer = |n: u8| Entry::from(&GatewayEntry::Peer(Peer {
                validator: account(n),
                organisation: n.into(),
                key: None,
                gateway: format!("http://127.0.0.1:910{n}"),
                tls_key_hash: None,
            }));
            let unknown = Entry { kind: 99, body: vec![1, 2, 3] };
            match cursor {
                None => GatewayPage { entries: vec![peer(1)], next: Some(NEXT) },
                Some(_) => GatewayPage { entries: vec![peer(2), unknown], next: Some(NEXT) },
            }
        }
        fn gateway_shares(_due: Vec<RoundId>, next: RoundId) -> SharePage {
            SharePage { rounds: vec![], next, ended: true }
        }
        fn registered_peers() -> Vec<Vec<u8>> {
            vec![]
        }
    }

    impl ModelsApi<Block> for Api {
        fn models(_from: ModelId, _limit: u32) -> Vec<ModelView> {
            vec![]
        }
        fn model(_id: ModelId) -> Option<ModelView> {
            None
        }
        fn versions(_model: ModelId, _from: VersionIndex, _limit: u32) -> Vec<VersionView> {
            vec![]
        }
        fn version(_model: ModelId, _version: VersionIndex) -> Option<VersionView> {
            None
        }
        fn lineage(_model: ModelId, _version: VersionIndex) -> Option<Lineage> {
            None
        }
    }

    impl ArtifactsApi<Block> for Api {
        fn artifacts(from: ArtifactId, limit: u32) -> Vec<ArtifactView> {
            (from..=2).filter(|id| *id == 2).take(limit as usize).map(artifact).collect()
        }
        fn artifact(id: ArtifactId) -> Option<ArtifactView> {
            (id == 2).then(|| artifact(id))
        }
    }

    impl EvaluationsApi<Block> for Api {
        fn evaluations(from: EvaluationId, limit: u32) -> Vec<EvaluationView> {
            (from..=2).filter(|id| *id == 2).take(limit as usize).map(evaluation).collect()
        }
        fn evaluation(id: EvaluationId) -> Option<EvaluationView> {
            (id == 2).then(|| evaluation(id))
        }
        fn evaluations_of(model: ModelId, version: VersionIndex, from: EvaluationId, limit: u32) -> Vec<EvaluationView> {
            let of = |view: &EvaluationView| (view.work.model, view.work.version) == (model, version);
            (from..=2).filter(|id| *id == 2).map(evaluation).filter(of).take(limit as usize).collect()
        }
        fn quote(_model: ModelId, _version: VersionIndex, _program: ArtifactId, _data: ArtifactId, operations: u64) -> Option<Quote> {
            Some(Quote { fee: 10_u128.pow(20), commit: operations as u32 })
        }
    }

    impl InferenceApi<Block> for Api {
        fn requests(from: RequestId, limit: u32) -> Vec<RequestView> {
            (from..=2).filter(|id| *id == 2).take(limit as usize).map(request).collect()
        }
        fn request(id: RequestId) -> Option<RequestView> {
            (id == 2).then(|| request(id))
        }
        fn requests_of(organisation: OrganisationId, from: RequestId, limit: u32) -> Vec<RequestView> {
            let of = |view: &RequestView| view.organisation == organisation;
            (from..=2).filter(|id| *id == 2).map(request).filter(of).take(limit as usize).collect()
        }
        fn batches(_from: BatchId, _limit: u32) -> Vec<BatchView> {
            Vec::new()
        }
        fn batch(_id: BatchId) -> Option<BatchView> {
            None
        }
        fn inference_quote(_model: ModelId, _version: Option<VersionIndex>, _program: ArtifactId, len: u64, operations: u64) -> Option<RequestQuote> {
            Some(RequestQuote { fee: 10_u128.pow(20) + u128::from(len), reading: 10_u128.pow(19), commit: operations as u32 })
        }
        fn inference_reserve() -> Reserve {
            Reserve { held: 10_u128.pow(20), most: 2 * 10_u128.pow(20), part: 200_000 }
        }
    }

    impl CapabilitiesApi<Block> for Api {
        fn capabilities() -> Vec<CapabilityView> {
            vec![capability()]
        }
        fn capable(memory: u32) -> CapableCount {
            CapableCount { capable: u32::from(memory <= 700), needed: 3, validators: 4 }
        }
    }

    impl RoundsApi<Block> for Api {
        fn rounds(from: RoundId, limit: u32) -> Vec<RoundView> {
            (from..=3).filter(|id| *id == 3).take(limit as usize).map(|_| round()).collect()
        }
        #[advanced]
        fn round(at: Hash, id: RoundId) -> Result<Option<RoundView>, ApiError> {
            match at == PRUNED {
                true => Err(ApiError::StateBackendIsNotTrie),
                false => Ok((id == 3).then(round)),
            }
        }
        fn own_round(id: RoundId, contributor: AccountId) -> Option<RoundView> {
            let mut round = (id == 3).then(round)?;
            round.updates.retain(|update| update.contributor == contributor);
            Some(round)
        }
    }

    impl JobsApi<Block> for Api {
        fn active_jobs() -> Vec<IdentifiedJob> {
            vec![]
        }
        fn job(_id: JobId) -> Option<IdentifiedJob> {
            None
        }
    }

    impl TransactionPaymentRuntimeApi<Block, u128> for Api {
        #[advanced]
        fn query_info(_at: Hash, _uxt: Extrinsic, _len: u32) -> Result<RuntimeDispatchInfo<u128>, ApiError> {
            Err(ApiError::StateBackendIsNotTrie)
        }
        #[advanced]
        fn query_fee_details(_at: Hash, _uxt: Extrinsic, _len: u32) -> Result<FeeDetails<u128>, ApiError> {
            Err(ApiError::StateBackendIsNotTrie)
        }
        fn query_weight_to_fee(_weight: sp_weights::Weight) -> u128 {
            0
        }
        fn query_length_to_fee(_length: u32) -> u128 {
            0
        }
    }

    impl StandingsApi<Block> for Api {
        fn standing(who: AccountId) -> StandingView {
            StandingView { account: who, organisation: Some(1), contributor: None, validator: None, claimable: REWARD }
        }
        fn standings(limit: u32) -> Vec<StandingView> {
            (0..limit).map(|_| Fixed.runtime_api().standing(Hash::zero(), account(1)).expect("fixed")).collect()
        }
    }
}

fn module() -> (RpcModule<()>, Feed) {
    let spec = crate::chain_spec::development().expect("the runtime's code is built");
    let feed = Feed::default();
    let probe = Probe::new(State::default);
    let report = ReportHandle::default();
    let quorate = Quorate::new(Arc::new(Fixed), Chain::of(&spec), feed.clone(), report, probe);
    (quorate.module().expect("no name is there twice"), feed)
}

/// Answer of one request: `result` or `error`.
async fn ask(method: &str, params: Value) -> Value {
    let request = json!({ "jsonrpc": "2.0", "id": 1, "method": method, "params": params }).to_string();
    let (answer, _) = module().0.raw_json_request(&request, 1).await.expect("a request");
    let answer: Value = serde_json::from_str(&answer).expect("an answer");
    answer
        .get("result")
        .or_else(|| answer.get("error"))
        .expect("one of both")
        .clone()
}

/// Our methods, Substrate's about fees, and one of each way in which a method can be written, as the server has them.
fn served() -> Methods {
    let (mut module, _) = module();
    let payment = TransactionPayment::<_, Block>::new(Arc::new(Fixed));
    module.merge(payment.into_rpc()).expect("other names");
    let look = || Fixed.runtime_api().model(Hash::zero(), 0).is_ok();
    module
        .register_method("made_sync", move |_, _, _| look())
        .expect("a new name");
    module
        .register_async_method("made_async", move |_, _, _| async move { look() })
        .expect("a new name");
    module
        .register_blocking_method("made_blocking", move |_, _, _| look())
        .expect("a new name");
    // A single place: a method that needs a further one would wait for ever.
    aside(&module, &Gate::new(std::num::NonZeroU32::MIN)).expect("no name is there twice")
}

#[tokio::test]
async fn no_method_should_run_the_runtime_on_the_threads_of_the_network() {
    let methods = served();
    let extrinsic = json!(["0x0400"]);
    let params = |name: &str| match name {
        "payment_queryInfo" | "payment_queryFeeDetails" => extrinsic.clone(),
        "quorate_standing" => json!([account(1)]),
        "quorate_updateStatus" => json!([3, account(5)]),
        "quorate_version" | "quorate_lineage" | "quorate_evaluationsOf" => json!([0, 0]),
        "quorate_evaluationQuote" => json!([0, 0, 0, 0, 1]),
        "quorate_requestQuote" => json!([0, null, 0, 1, 1]),
        "quorate_requestsOf" | "quorate_request" | "quorate_batch" | "quorate_capable" => json!([0]),
        "quorate_job" => json!([Hash::zero()]),
        "quorate_model" | "quorate_artifact" | "quorate_evaluation" | "quorate_round" | "quorate_versions" => {
            json!([0])
        }
        _ => json!([]),
    };
    let mut asked = 0;
    for name in methods.method_names() {
        match methods.method(name) {
            Some(MethodCallback::Async(_)) => {}
            Some(MethodCallback::Sync(_)) => {
                assert!(AT_ONCE.contains(&name), "{name} is answered on the thread that asks");
                continue;
            }
            Some(MethodCallback::Subscription(_) | MethodCallback::Unsubscription(_)) => continue,
            None => panic!("{name} has no callback"),
        }
        let before = ASKED_ON.lock().len();
        let request = json!({ "jsonrpc": "2.0", "id": 1, "method": name, "params": params(name) }).to_string();
        let (answer, _) = methods.raw_json_request(&request, 1).await.expect("a request");
        let seen = ASKED_ON.lock().clone();
        assert!(seen.len() > before, "{name} did not ask the runtime: {answer}");
        assert!(
            !seen.contains(&thread::current().id()),
            "{name} asked it on the thread of the network"
        );
        asked += 1;
    }
    assert!(asked >= 30, "{asked} methods");
}

#[test]
fn many_at_once_should_not_wait_for_each_others_threads() {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .max_blocking_threads(2)
        .enable_time()
        .build()
        .expect("a runtime");
    let (mut module, _) = module();
    for name in ["chain_getHeader", "state_call"] {
        module
            .register_blocking_method(name, |_, _, _| thread::yield_now())
            .expect("a new name");
    }
    let methods = aside(&module, &Gate::new(std::num::NonZeroU32::MIN)).expect("no name is there twice");
    let calls = (0..100).map(|number| {
        let name = ["chain_getHeader", "state_call", "quorate_models"][number % 3];
        let methods = methods.clone();
        runtime.spawn(async move {
            let request = json!({ "jsonrpc": "2.0", "id": 1, "method": name, "params": [] }).to_string();
            let (answer, _) = methods.raw_json_request(&request, 1).await.expect("a request");
            assert!(answer.contains("result"), "{name}: {answer}");
        })
    });
    for answered in runtime.block_on(futures::future::join_all(calls)) {
        answered.expect("answered");
    }
}

#[test]
fn methods_should_be_named_as_quick_once_and_ours_that_ask_the_runtime_never() {
    let named: Vec<&str> = AT_ONCE.iter().chain(READS).copied().collect();
    assert_eq!(named.iter().collect::<BTreeSet<_>>().len(), named.len());
    let ours: Vec<_> = named.iter().filter(|name| name.starts_with("quorate_")).collect();
    assert_eq!(ours, [&"quorate_ready", &"quorate_workerStatus"]);
    // Each of these runs Wasm, or reads as much as it is asked to.
    for name in [
        "author_pendingExtrinsics",
        "chain_getRuntimeVersion",
        "childstate_getStorageEntries",
        "state_getRuntimeVersion",
        "state_queryStorage",
        "state_queryStorageAt",
        "state_call",
        "state_callAt",
        "state_getMetadata",
        "system_accountNextIndex",
        "system_dryRun",
        "babe_epochAuthorship",
    ] {
        assert!(!named.contains(&name), "{name}");
    }
    // What holds threads for its client, or goes on without it, is not served.
    let left_out = ["chainHead_", "archive_", "transaction_"];
    assert!(!named
        .iter()
        .any(|name| left_out.iter().any(|module| name.starts_with(module))));
}

#[tokio::test]
async fn list_that_is_too_long_should_be_refused_before_the_method_sees_it() {
    let mut module = RpcModule::new(());
    module
        .register_method("asked", |params, _, _| {
            let keys: (Vec<serde_json::Value>,) = params.parse().expect("a list");
            keys.0.len()
        })
        .expect("a new name");
    module
        .register_subscription("subscribed", "news", "unsubscribed", |_, pending, _, _| async move {
            drop(pending.accept().await);
        })
        .expect("new names");
    let methods = aside(&module, &Gate::new(std::num::NonZeroU32::MIN)).expect("no name is there twice");
    for name in ["asked", "subscribed"] {
        for (keys, fits) in [(MOST_ENTRIES, true), (MOST_ENTRIES + 1, false)] {
            let params = json!([(0..keys).collect::<Vec<_>>()]);
            let request = json!({ "jsonrpc": "2.0", "id": 1, "method": name, "params": params }).to_string();
            let (answer, _) = methods.raw_json_request(&request, 1).await.expect("a request");
            assert_eq!(answer.contains("result"), fits, "{name}: {answer}");
            assert_eq!(answer.contains("1024 are the most"), !fits, "{name}: {answer}");
        }
    }
}

#[tokio::test]
async fn request_that_names_one_long_value_often_should_be_refused() {
    let mut module = RpcModule::new(());
    module
        .register_method("asked", |params, _, _| {
            params.parse::<(Vec<String>,)>().expect("a list").0.len()
        })
        .expect("a new name");
    let methods = aside(&module, &Gate::new(std::num::NonZeroU32::MIN)).expect("no name is there twice");
    let code = [
        "0x3a636f6465",
        "0x3A636f6465",
        "0x3a636F6465",
        "3a636f6465",
        "0x3A636F6465",
    ];
    for (times, fits) in [(MOST_OF_ONE, true), (MOST_OF_ONE + 1, false)] {
        let mut keys: Vec<_> = (0..100).map(|number| format!("0x{number:04x}")).collect();
        keys.extend(code[..times].iter().map(|key| (*key).to_owned()));
        let request = json!({ "jsonrpc": "2.0", "id": 1, "method": "asked", "params": [keys] }).to_string();
        let (answer, _) = methods.raw_json_request(&request, 1).await.expect("a request");
        assert_eq!(answer.contains("result"), fits, "{answer}");
        assert_eq!(answer.contains("0x3a636f6465 5 times"), !fits, "{answer}");
    }
}

#[tokio::test]
async fn amounts_should_be_decimal_strings() {
    let round = ask("quorate_round", json!([3])).await;
    assert_eq!(round["escrow"], json!("20000000000000000000"));
    assert_eq!(round["policy"]["bond"], json!("1"));
    assert_eq!(round["phase"], json!({ "Collecting": { "until": 12 } }));
    let standing = ask("quorate_standing", json!([account(5)])).await;
    assert_eq!(standing["claimable"], json!("20000000000000000000"));
}

#[tokio::test]
async fn parameters_should_be_taken_by_place_and_by_name_and_may_be_left_out() {
    assert_eq!(ask("quorate_rounds", json!([])).await.as_array().map(Vec::len), Some(1));
    assert_eq!(ask("quorate_rounds", json!([0, 0])).await, json!([]));
    assert_eq!(ask("quorate_rounds", json!({ "limit": 1 })).await[0]["id"], json!(3));
    assert_eq!(
        ask("quorate_standings", json!([1_000])).await.as_array().map(Vec::len),
        Some(64)
    );
}

#[tokio::test]
async fn what_does_not_exist_should_be_null() {
    assert_eq!(ask("quorate_round", json!([4])).await, Value::Null);
    assert_eq!(ask("quorate_model", json!([0])).await, Value::Null);
    assert_eq!(ask("quorate_artifact", json!([0])).await, Value::Null);
    assert_eq!(ask("quorate_artifacts", json!([3])).await, json!([]));
    assert_eq!(ask("quorate_evaluation", json!([0])).await, Value::Null);
    assert_eq!(ask("quorate_evaluationsOf", json!([3, 8])).await, json!([]));
    assert_eq!(ask("quorate_updateStatus", json!([3, account(9)])).await, Value::Null);
    assert_eq!(ask("quorate_updateStatus", json!([4, account(5)])).await, Value::Null);
}

#[tokio::test]
async fn the_status_of_an_update_should_be_found_by_its_contributor() {
    let update = ask("quorate_updateStatus", json!([3, account(5)])).await;
    assert_eq!((&update["status"], &update["weight"]), (&json!("Available"), &json!(7)));
}

#[tokio::test]
async fn a_state_that_is_gone_should_be_an_error_that_says_what_to_do() {
    let error = ask("quorate_round", json!([3, PRUNED])).await;
    assert_eq!(error["code"], json!(RUNTIME_FAILED));
    assert!(
        error["message"]
            .as_str()
            .is_some_and(|what| what.contains("--state-pruning archive")),
        "{error}"
    );
    assert_eq!(ask("quorate_round", json!(["three"])).await["code"], json!(-32_602));
}

#[tokio::test]
async fn endpoints_should_come_from_all_pages_that_have_some_and_the_worker_should_be_told() {
    let endpoints = ask("quorate_blobEndpoints", json!([])).await;
    let gateways: Vec<&Value> = endpoints
        .as_array()
        .expect("a list")
        .iter()
        .map(|peer| &peer["gateway"])
        .collect();
    assert_eq!(gateways, ["http://127.0.0.1:9101", "http://127.0.0.1:9102"]);
    let status = ask("quorate_workerStatus", json!([])).await;
    assert_eq!((&status["connected"], &status["worker"]), (&json!(false), &Value::Null));
}

#[tokio::test]
async fn node_that_is_not_ready_should_say_why() {
    let ready = ask("quorate_ready", json!([])).await;
    assert_eq!(ready, json!({ "ready": false, "problems": ["no peer is connected"] }));
}

#[tokio::test]
async fn a_changed_round_should_reach_its_subscribers() {
    let (module, feed) = module();
    let mut subscription = module
        .subscribe_unbounded("quorate_subscribeRounds", [(); 0])
        .await
        .expect("subscribed");
    feed.publish(Arc::new(round()));
    let (seen, _) = subscription.next::<RoundView>().await.expect("open").expect("a round");
    assert_eq!(seen, round());
}
