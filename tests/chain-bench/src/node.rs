//! The parts of a node that make and check blocks: as in `quorate-node`, without a network.

use codec::Encode;
use quorate_primitives::Hash;
use quorate_runtime::{
    constants::SLOT_DURATION, opaque::Block, transactions, Header, Nonce, Runtime, RuntimeApi, RuntimeCall,
    SignedPayload, UncheckedExtrinsic,
};
use sc_client_api::{execution_extensions::ExecutionExtensions, HeaderBackend};
use sc_consensus::{BlockImport, BlockImportParams, ForkChoiceStrategy, StateAction, StorageChanges};
use sc_executor::{WasmExecutionMethod, WasmtimeInstantiationStrategy};
use sc_service::{BlocksPruning, ClientConfig, DatabaseSource, GenesisBlockBuilder, PruningMode, TaskManager};
use sc_transaction_pool::{Builder, TransactionPoolHandle, TransactionPoolOptions, TransactionPoolType};
use sc_transaction_pool_api::{ChainEvent, MaintainedTransactionPool, TransactionPool, TransactionSource};
use sp_consensus::{BlockOrigin, Environment, Proposal, ProposeArgs, Proposer};
use sp_consensus_babe::{
    digests::{PreDigest, SecondaryPlainPreDigest},
    BABE_ENGINE_ID,
};
use sp_core::{sr25519, Pair};
use sp_inherents::InherentData;
use sp_runtime::{traits::Header as _, Digest, DigestItem, OpaqueExtrinsic};
use sp_state_machine::BasicExternalities;
use sp_storage::Storage;
use std::{sync::Arc, time::Duration};

pub type Executor = sc_executor::WasmExecutor<sp_io::SubstrateHostFunctions>;
pub type Client = sc_service::TFullClient<Block, RuntimeApi, Executor>;
pub type Pool = TransactionPoolHandle<Block, Client>;

/// Memory for the cache of the state's trie: a node's default.
const TRIE_CACHE: usize = 1 << 30;
/// Transactions and bytes that the pool holds: more than a node's default, so that no block runs out of them.
const POOL: (usize, usize) = (32_768, 64 << 20);

/// What a slot's author has for its proposal: half of the slot (`block_proposal_slot_portion` of the node).
pub const PROPOSAL: Duration = Duration::from_millis(SLOT_DURATION / 2);

pub struct Node {
    pub client: Arc<Client>,
    tasks: TaskManager,
    _folder: tempfile::TempDir,
}

impl Node {
    /// A node whose chain begins with this state.
    pub fn start(genesis: Storage) -> anyhow::Result<Self> {
        let folder = tempfile::tempdir()?;
        let tasks = TaskManager::new(tokio::runtime::Handle::current(), None)?;
        let backend = sc_service::new_db_backend::<Block>(sc_client_db::DatabaseSettings {
            trie_cache_maximum_size: Some(TRIE_CACHE),
            state_pruning: Some(PruningMode::blocks_pruning(256)),
            source: DatabaseSource::ParityDb {
                path: folder.path().into(),
            },
            blocks_pruning: BlocksPruning::KeepFinalized,
            pruning_filters: Vec::new(),
            metrics_registry: None,
        })?;
        let executor = Executor::builder()
            .with_execution_method(WasmExecutionMethod::Compiled {
                instantiation_strategy: WasmtimeInstantiationStrategy::PoolingCopyOnWrite,
            })
            .with_max_runtime_instances(8)
            .with_runtime_cache_size(2)
            .build();
        let genesis = GenesisBlockBuilder::new_with_storage(genesis, true, backend.clone(), executor.clone())?;
        let client = sc_service::new_client(
            backend,
            executor.clone(),
            genesis,
            Default::default(),
            Default::default(),
            ExecutionExtensions::new(None, Arc::new(executor)),
            Box::new(tasks.spawn_handle()),
            None,
            None,
            ClientConfig::default(),
        )?;
        Ok(Self {
            client: Arc::new(client),
            tasks,
            _folder: folder,
        })
    }

    pub fn genesis_hash(&self) -> Hash {
        self.client.info().genesis_hash
    }

    /// The best block's header.
    pub fn best(&self) -> anyhow::Result<Header> {
        let hash = self.client.info().best_hash;
        let header = self.client.header(hash)?;
        header.ok_or_else(|| anyhow::anyhow!("the best block has no header"))
    }

    /// An empty pool at the best block.
    pub async fn pool(&self) -> Arc<Pool> {
        let (count, bytes) = POOL;
        let options =
            TransactionPoolOptions::new_with_params(count, bytes, None, TransactionPoolType::SingleState, false, false);
        let pool = Builder::new(self.tasks.spawn_essential_handle(), self.client.clone(), true.into())
            .with_options(options)
            .build();
        let best = self.client.info().best_hash;
        pool.maintain(ChainEvent::NewBestBlock {
            hash: best,
            tree_route: None,
        })
        .await;
        Arc::new(pool)
    }

    /// Offer transactions to a pool, as from other nodes. All must be taken.
    pub async fn offer(&self, pool: &Pool, transactions: &[OpaqueExtrinsic]) -> anyhow::Result<()> {
        let best = self.client.info().best_hash;
        for result in pool
            .submit_at(best, TransactionSource::External, transactions.to_vec())
            .await?
        {
            result?;
        }
        Ok(())
    }

    /// What the author of the slot after `parent` proposes.
    pub async fn propose(&self, pool: Arc<Pool>, parent: &Header) -> anyhow::Result<Proposal<Block>> {
        let mut factory =
            sc_basic_authorship::ProposerFactory::new(self.tasks.spawn_handle(), self.client.clone(), pool, None, None);
        let proposer = factory.init(parent).await?;
        let proposal = proposer
            .propose(ProposeArgs {
                inherent_data: inherents(parent)?,
                inherent_digests: digests(parent),
                max_duration: PROPOSAL,
                ..Default::default()
            })
            .await?;
        Ok(proposal)
    }

    /// Take a proposal as the best block.
    pub async fn import(&self, proposal: Proposal<Block>) -> anyhow::Result<()> {
        let (header, body) = (proposal.block.header, proposal.block.extrinsics);
        let mut params = BlockImportParams::new(BlockOrigin::Own, header);
        params.body = Some(body);
        params.state_action = StateAction::ApplyChanges(StorageChanges::Changes(proposal.storage_changes));
        params.fork_choice = Some(ForkChoiceStrategy::LongestChain);
        BlockImport::<Block>::import_block(&*self.client, params).await?;
        Ok(())
    }
}

/// One block in every slot, by the first authority.
pub fn digests(parent: &Header) -> Digest {
    let digest = PreDigest::SecondaryPlain(SecondaryPlainPreDigest {
        authority_index: 0,
        slot: u64::from(parent.number() + 1).into(),
    });
    Digest {
        logs: vec![DigestItem::PreRuntime(BABE_ENGINE_ID, digest.encode())],
    }
}

/// The time of the block after `parent`.
pub fn inherents(parent: &Header) -> anyhow::Result<InherentData> {
    let now = u64::from(parent.number() + 1) * SLOT_DURATION;
    let mut data = InherentData::new();
    data.put_data(sp_timestamp::INHERENT_IDENTIFIER, &sp_timestamp::Timestamp::new(now))?;
    Ok(data)
}

/// Signs transactions of one chain.
pub struct Signer(BasicExternalities);

impl Signer {
    pub fn new(genesis: Hash) -> Self {
        let mut state = BasicExternalities::new(Storage::default());
        state.execute_with(|| frame_system::BlockHash::<Runtime>::insert(0, genesis));
        Self(state)
    }

    pub fn sign(
        &mut self,
        pair: &sr25519::Pair,
        nonce: Nonce,
        call: impl Into<RuntimeCall>,
    ) -> anyhow::Result<OpaqueExtrinsic> {
        let call = call.into();
        let extensions = transactions::extensions(nonce);
        let payload = self
            .0
            .execute_with(|| SignedPayload::new(call.clone(), extensions.clone()));
        let payload = payload.map_err(|error| anyhow::anyhow!("cannot sign: {error:?}"))?;
        let signature = payload.using_encoded(|bytes| pair.sign(bytes));
        let signer = quorate_primitives::AccountId::from(pair.public().0);
        Ok(UncheckedExtrinsic::new_signed(call, signer.into(), signature.into(), extensions).into())
    }
}
