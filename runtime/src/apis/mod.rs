//! What nodes and clients ask of the runtime, a file for each subject of `quorate-runtime-api`: answers there combine pallets.

mod duties;
pub mod gateway;
mod jobs;
mod models;
mod standings;

use crate::{
    constants::*, presets, AccountId, Babe, Balance, Block, Consortium, Executive, Grandpa, Historical,
    InherentDataExt, Nonce, Runtime, RuntimeCall, RuntimeGenesisConfig, SessionKeys, System, TransactionPayment,
    UncheckedExtrinsic, VERSION,
};
use alloc::vec::Vec;
use codec::{DecodeAll, Encode};
use frame_support::{
    genesis_builder_helper::{build_state, get_preset},
    traits::KeyOwnerProofSystem,
    weights::Weight,
};
use frame_system::offchain::CreateAuthorizedTransaction;
use pallet_grandpa::AuthorityId as GrandpaId;
use quorate_primitives::{
    availability::AvailabilityVote,
    capability::Declaration,
    crypto::{AttestationId, AttestationSignature},
    job::{
        aggregate::{PageHashes, ScorePage},
        infer::{AnswerPage, AnswerPageHashes},
        IdentifiedJob, Outcome,
    },
    views::{
        assessments::ShardView,
        gateway::{GatewayCursor, GatewayPage, SharePage},
        inference::{BatchView, RequestQuote, RequestView, Reserve},
        tasks::JobStatus,
        ArtifactView, CapabilityView, CapableCount, Entry, EvaluationView, Lineage, ModelView, Quote, RoundView,
        StandingView, VersionView,
    },
    ArtifactId, BatchId, EvaluationId, Hash, JobId, ModelId, OrganisationId, RequestId, RoundId, VersionIndex,
};
use sp_api::impl_runtime_apis;
use sp_consensus_babe::AuthorityId as BabeId;
use sp_core::{crypto::KeyTypeId, OpaqueMetadata};
use sp_runtime::{
    traits::{Block as BlockT, NumberFor},
    transaction_validity::{TransactionSource, TransactionValidity},
    ApplyExtrinsicResult, ExtrinsicInclusionMode,
};
use sp_session::OpaqueGeneratedSessionKeys;
use sp_version::RuntimeVersion;

fn authorized<LocalCall>(call: LocalCall) -> UncheckedExtrinsic
where
    RuntimeCall: From<LocalCall>,
{
    <Runtime as CreateAuthorizedTransaction<LocalCall>>::create_authorized_transaction(call.into())
}

impl_runtime_apis! {
    impl sp_api::Core<Block> for Runtime {
        fn version() -> RuntimeVersion {
            VERSION
        }

        fn execute_block(block: <Block as BlockT>::LazyBlock) {
            Executive::execute_block(block)
        }

        fn initialize_block(header: &<Block as BlockT>::Header) -> ExtrinsicInclusionMode {
            Executive::initialize_block(header)
        }
    }

    impl sp_api::Metadata<Block> for Runtime {
        fn metadata() -> OpaqueMetadata {
            OpaqueMetadata::new(Runtime::metadata().into())
        }

        fn metadata_at_version(version: u32) -> Option<OpaqueMetadata> {
            Runtime::metadata_at_version(version)
        }

        fn metadata_versions() -> Vec<u32> {
            Runtime::metadata_versions()
        }
    }

    impl frame_support::view_functions::runtime_api::RuntimeViewFunction<Block> for Runtime {
        fn execute_view_function(
            id: frame_support::view_functions::ViewFunctionId,
            input: Vec<u8>,
        ) -> Result<Vec<u8>, frame_support::view_functions::ViewFunctionDispatchError> {
            Runtime::execute_view_function(id, input)
        }
    }

    impl sp_block_builder::BlockBuilder<Block> for Runtime {
        fn apply_extrinsic(extrinsic: <Block as BlockT>::Extrinsic) -> ApplyExtrinsicResult {
            Executive::apply_extrinsic(extrinsic)
        }

        fn finalize_block() -> <Block as BlockT>::Header {
            Executive::finalize_block()
        }

        fn inherent_extrinsics(data: sp_inherents::InherentData) -> Vec<<Block as BlockT>::Extrinsic> {
            data.create_extrinsics()
        }

        fn check_inherents(
            block: <Block as BlockT>::LazyBlock,
            data: sp_inherents::InherentData,
        ) -> sp_inherents::CheckInherentsResult {
            data.check_extrinsics(&block)
        }
    }

    impl sp_transaction_pool::runtime_api::TaggedTransactionQueue<Block> for Runtime {
        fn validate_transaction(
            source: TransactionSource,
            tx: <Block as BlockT>::Extrinsic,
            block_hash: <Block as BlockT>::Hash,
        ) -> TransactionValidity {
            Executive::validate_transaction(source, tx, block_hash)
        }
    }

    impl sp_offchain::OffchainWorkerApi<Block> for Runtime {
        fn offchain_worker(header: &<Block as BlockT>::Header) {
            Executive::offchain_worker(header)
        }
    }

    impl sp_session::SessionKeys<Block> for Runtime {
        fn generate_session_keys(owner: Vec<u8>, seed: Option<Vec<u8>>) -> OpaqueGeneratedSessionKeys {
            SessionKeys::generate(&owner, seed).into()
        }

        fn decode_session_keys(encoded: Vec<u8>) -> Option<Vec<(Vec<u8>, KeyTypeId)>> {
            SessionKeys::decode_into_raw_public_keys(&encoded)
        }
    }

    impl sp_consensus_babe::BabeApi<Block> for Runtime {
        fn configuration() -> sp_consensus_babe::BabeConfiguration {
            let epoch = Babe::epoch_config().unwrap_or(BABE_GENESIS_EPOCH_CONFIG);
            sp_consensus_babe::BabeConfiguration {
                slot_duration: Babe::slot_duration(),
                epoch_length: EPOCH_DURATION_IN_SLOTS,
                c: epoch.c,
                authorities: Babe::authorities().to_vec(),
                randomness: Babe::randomness(),
                allowed_slots: epoch.allowed_slots,
            }
        }

        fn current_epoch_start() -> sp_consensus_babe::Slot {
            Babe::current_epoch_start()
        }

        fn current_epoch() -> sp_consensus_babe::Epoch {
            Babe::current_epoch()
        }

        fn next_epoch() -> sp_consensus_babe::Epoch {
            Babe::next_epoch()
        }

        fn generate_key_ownership_proof(
            _: sp_consensus_babe::Slot,
            authority: BabeId,
        ) -> Option<sp_consensus_babe::OpaqueKeyOwnershipProof> {
            Historical::prove((sp_consensus_babe::KEY_TYPE, authority))
                .map(|proof| sp_consensus_babe::OpaqueKeyOwnershipProof::new(proof.encode()))
        }

        fn submit_report_equivocation_unsigned_extrinsic(
            equivocation: sp_consensus_babe::EquivocationProof<<Block as BlockT>::Header>,
            proof: sp_consensus_babe::OpaqueKeyOwnershipProof,
        ) -> Option<()> {
            Babe::submit_unsigned_equivocation_report(equivocation, proof.decode()?)
        }
    }

    impl sp_consensus_grandpa::GrandpaApi<Block> for Runtime {
        fn grandpa_authorities() -> sp_consensus_grandpa::AuthorityList {
            Grandpa::grandpa_authorities()
        }

        fn current_set_id() -> sp_consensus_grandpa::SetId {
            pallet_grandpa::CurrentSetId::<Runtime>::get()
        }

        fn submit_report_equivocation_unsigned_extrinsic(
            equivocation: sp_consensus_grandpa::EquivocationProof<<Block as BlockT>::Hash, NumberFor<Block>>,
            proof: sp_consensus_grandpa::OpaqueKeyOwnershipProof,
        ) -> Option<()> {
            Grandpa::submit_unsigned_equivocation_report(equivocation, proof.decode()?)
        }

        fn generate_key_ownership_proof(
            _: sp_consensus_grandpa::SetId,
            authority: GrandpaId,
        ) -> Option<sp_consensus_grandpa::OpaqueKeyOwnershipProof> {
            Historical::prove((sp_consensus_grandpa::KEY_TYPE, authority))
                .map(|proof| sp_consensus_grandpa::OpaqueKeyOwnershipProof::new(proof.encode()))
        }
    }

    impl frame_system_rpc_runtime_api::AccountNonceApi<Block, AccountId, Nonce> for Runtime {
        fn account_nonce(account: AccountId) -> Nonce {
            System::account_nonce(account)
        }
    }

    impl pallet_transaction_payment_rpc_runtime_api::TransactionPaymentApi<Block, Balance> for Runtime {
        fn query_info(
            uxt: <Block as BlockT>::Extrinsic,
            len: u32,
        ) -> pallet_transaction_payment_rpc_runtime_api::RuntimeDispatchInfo<Balance> {
            TransactionPayment::query_info(uxt, len)
        }

        fn query_fee_details(
            uxt: <Block as BlockT>::Extrinsic,
            len: u32,
        ) -> pallet_transaction_payment::FeeDetails<Balance> {
            TransactionPayment::query_fee_details(uxt, len)
        }

        fn query_weight_to_fee(weight: Weight) -> Balance {
            TransactionPayment::weight_to_fee(weight)
        }

        fn query_length_to_fee(length: u32) -> Balance {
            TransactionPayment::length_to_fee(length)
        }
    }

    impl pallet_transaction_payment_rpc_runtime_api::TransactionPaymentCallApi<Block, Balance, RuntimeCall> for Runtime {
        fn query_call_info(
            call: RuntimeCall,
            len: u32,
        ) -> pallet_transaction_payment::RuntimeDispatchInfo<Balance> {
            TransactionPayment::query_call_info(call, len)
        }

        fn query_call_fee_details(call: RuntimeCall, len: u32) -> pallet_transaction_payment::FeeDetails<Balance> {
            TransactionPayment::query_call_fee_details(call, len)
        }

        fn query_weight_to_fee(weight: Weight) -> Balance {
            TransactionPayment::weight_to_fee(weight)
        }

        fn query_length_to_fee(length: u32) -> Balance {
            TransactionPayment::length_to_fee(length)
        }
    }

    impl sp_genesis_builder::GenesisBuilder<Block> for Runtime {
        fn build_state(config: Vec<u8>) -> sp_genesis_builder::Result {
            build_state::<RuntimeGenesisConfig>(config)
        }

        fn get_preset(id: &Option<sp_genesis_builder::PresetId>) -> Option<Vec<u8>> {
            get_preset::<RuntimeGenesisConfig>(id, presets::get_preset)
        }

        fn preset_names() -> Vec<sp_genesis_builder::PresetId> {
            presets::preset_names()
        }
    }

    impl quorate_runtime_api::DutiesApi<Block> for Runtime {
        fn duties(key: AttestationId) -> Vec<Entry> {
            duties::of(&key)
        }

        fn validator_of(key: AttestationId) -> Option<AccountId> {
            duties::validator_of(&key)
        }

        fn job_status(job: JobId, validator: AccountId) -> Option<JobStatus> {
            jobs::status(job, &validator)
        }

        fn capability(key: AttestationId) -> Option<CapabilityView> {
            crate::Capabilities::view_of(&key)
        }

        fn build_declaration(
            declaration: Declaration,
            signature: AttestationSignature,
        ) -> <Block as BlockT>::Extrinsic {
            authorized(pallet_capabilities::Call::<Runtime>::declare { declaration, signature })
        }

        fn build_vote(vote: AvailabilityVote, signature: AttestationSignature) -> <Block as BlockT>::Extrinsic {
            authorized(pallet_availability::Call::<Runtime>::vote { vote, signature })
        }

        fn build_commit(
            job: JobId,
            member: u32,
            commit: Hash,
            signature: AttestationSignature,
        ) -> <Block as BlockT>::Extrinsic {
            authorized(pallet_attestation::Call::<Runtime>::commit { job, member, commit, signature })
        }

        fn build_reveal(
            job: JobId,
            member: u32,
            outcome: Vec<u8>,
            salt: [u8; 32],
            signature: AttestationSignature,
        ) -> Option<<Block as BlockT>::Extrinsic> {
            let outcome = Outcome::decode_all(&mut outcome.as_slice()).ok()?;
            Some(authorized(pallet_attestation::Call::<Runtime>::reveal { job, member, outcome, salt, signature }))
        }

        fn build_page(round: RoundId, page: u32, rows: ScorePage, pages: PageHashes) -> <Block as BlockT>::Extrinsic {
            authorized(pallet_rounds::Call::<Runtime>::settle { round, page, rows, pages })
        }

        fn build_answers(
            batch: BatchId,
            page: u32,
            rows: AnswerPage,
            pages: AnswerPageHashes,
        ) -> <Block as BlockT>::Extrinsic {
            authorized(pallet_inference::Call::<Runtime>::answer { batch, page, rows, pages })
        }
    }

    impl quorate_runtime_api::GatewayApi<Block> for Runtime {
        fn gateway_page(cursor: Option<GatewayCursor>) -> GatewayPage {
            gateway::page(cursor)
        }

        fn gateway_shares(due: Vec<RoundId>, from: RoundId) -> SharePage {
            gateway::shares(&due, from)
        }

        fn registered_peers() -> Vec<Vec<u8>> {
            Consortium::registered_peers()
        }
    }

    impl quorate_runtime_api::ModelsApi<Block> for Runtime {
        fn models(from: ModelId, limit: u32) -> Vec<ModelView> {
            models::models(from, limit)
        }

        fn model(id: ModelId) -> Option<ModelView> {
            models::model(id)
        }

        fn versions(model: ModelId, from: VersionIndex, limit: u32) -> Vec<VersionView> {
            crate::Models::versions(model, from, limit)
        }

        fn version(model: ModelId, version: VersionIndex) -> Option<VersionView> {
            crate::Models::version(model, version)
        }

        fn lineage(model: ModelId, version: VersionIndex) -> Option<Lineage> {
            models::lineage(model, version)
        }
    }

    impl quorate_runtime_api::ArtifactsApi<Block> for Runtime {
        fn artifacts(from: ArtifactId, limit: u32) -> Vec<ArtifactView> {
            crate::Artifacts::artifacts(from, limit)
        }

        fn artifact(id: ArtifactId) -> Option<ArtifactView> {
            crate::Artifacts::artifact(id)
        }
    }

    impl quorate_runtime_api::EvaluationsApi<Block> for Runtime {
        fn evaluations(from: EvaluationId, limit: u32) -> Vec<EvaluationView> {
            crate::Evaluation::list(from, limit)
        }

        fn evaluation(id: EvaluationId) -> Option<EvaluationView> {
            crate::Evaluation::view(id)
        }

        fn evaluations_of(
            model: ModelId,
            version: VersionIndex,
            from: EvaluationId,
            limit: u32,
        ) -> Vec<EvaluationView> {
            crate::Evaluation::list_of((model, version), from, limit)
        }

        fn quote(model: ModelId, version: VersionIndex, program: ArtifactId, data: ArtifactId, operations: u64) -> Option<Quote> {
            crate::Evaluation::quote_of(model, version, program, data, operations)
        }
    }

    impl quorate_runtime_api::AssessmentsApi<Block> for Runtime {
        fn assessment_fee(operations: u64) -> Balance {
            crate::Rounds::assessment_fee(operations)
        }

        fn waiting_shards(model: ModelId) -> Vec<ShardView> {
            crate::Evaluation::shards(model)
        }

        fn shard_rounds() -> Vec<RoundId> {
            crate::Evaluation::gateway_shard_rounds()
        }

        fn round_shards(round: RoundId) -> Vec<ShardView> {
            crate::Evaluation::round_shards(round)
        }

        fn shard_bond(model: ModelId) -> Option<Balance> {
            crate::Evaluation::shard_bond(model)
        }
    }

    impl quorate_runtime_api::InferenceApi<Block> for Runtime {
        fn requests(from: RequestId, limit: u32) -> Vec<RequestView> {
            crate::Inference::list(from, limit)
        }

        fn request(id: RequestId) -> Option<RequestView> {
            crate::Inference::view(id)
        }

        fn requests_of(organisation: OrganisationId, from: RequestId, limit: u32) -> Vec<RequestView> {
            crate::Inference::list_of(organisation, from, limit)
        }

        fn batches(from: BatchId, limit: u32) -> Vec<BatchView> {
            crate::Inference::list_batches(from, limit)
        }

        fn batch(id: BatchId) -> Option<BatchView> {
            crate::Inference::batch_view(id)
        }

        fn inference_quote(
            model: ModelId,
            version: Option<VersionIndex>,
            program: ArtifactId,
            len: u64,
            operations: u64,
        ) -> Option<RequestQuote> {
            crate::Inference::quote(model, version, program, len, operations)
        }

        fn inference_reserve() -> Reserve {
            crate::Inference::reserve()
        }
    }

    impl quorate_runtime_api::CapabilitiesApi<Block> for Runtime {
        fn capabilities() -> Vec<CapabilityView> {
            crate::Capabilities::views()
        }

        fn capable(memory: u32) -> CapableCount {
            crate::Capabilities::count(memory)
        }
    }

    impl quorate_runtime_api::RoundsApi<Block> for Runtime {
        fn rounds(from: RoundId, limit: u32) -> Vec<RoundView> {
            crate::Rounds::rounds(from, limit)
        }

        fn round(id: RoundId) -> Option<RoundView> {
            crate::Rounds::round_view(id)
        }

        fn own_round(id: RoundId, contributor: AccountId) -> Option<RoundView> {
            crate::Rounds::own_round(id, &contributor)
        }
    }

    impl quorate_runtime_api::JobsApi<Block> for Runtime {
        fn active_jobs() -> Vec<IdentifiedJob> {
            crate::Attestation::active_jobs()
        }

        fn job(id: JobId) -> Option<IdentifiedJob> {
            crate::Attestation::job(id).map(|job| IdentifiedJob { id, job })
        }
    }

    impl quorate_runtime_api::StandingsApi<Block> for Runtime {
        fn standing(who: AccountId) -> StandingView {
            standings::standing(who)
        }

        fn standings(limit: u32) -> Vec<StandingView> {
            standings::standings(limit)
        }
    }

    #[cfg(feature = "runtime-benchmarks")]
    impl frame_benchmarking::Benchmark<Block> for Runtime {
        fn benchmark_metadata(
            extra: bool,
        ) -> (Vec<frame_benchmarking::BenchmarkList>, Vec<frame_support::traits::StorageInfo>) {
            crate::benchmarks::metadata(extra)
        }

        fn dispatch_benchmark(
            config: frame_benchmarking::BenchmarkConfig,
        ) -> Result<Vec<frame_benchmarking::BenchmarkBatch>, alloc::string::String> {
            crate::benchmarks::dispatch(config)
        }
    }

    #[cfg(feature = "try-runtime")]
    impl frame_try_runtime::TryRuntime<Block> for Runtime {
        fn on_runtime_upgrade(checks: frame_try_runtime::UpgradeCheckSelect) -> (Weight, Weight) {
            // A panic is what reports a failed check here.
            #[allow(clippy::unwrap_used)]
            let weight = Executive::try_runtime_upgrade(checks).unwrap();
            (weight, crate::configs::system::Limits::get().max_block)
        }

        fn execute_block(
            block: <Block as BlockT>::LazyBlock,
            state_root_check: bool,
            signature_check: bool,
            select: frame_try_runtime::TryStateSelect,
        ) -> Weight {
            #[allow(clippy::unwrap_used)]
            Executive::try_execute_block(block, state_root_check, signature_check, select).unwrap()
        }
    }
}
