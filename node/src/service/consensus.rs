//! Block production (BABE) and finality (GRANDPA).

use super::{
    interlock::Released,
    network,
    partial::{Inherents, JUSTIFICATION_PERIOD},
    BlockImport, Client, GrandpaLink, Pool, SelectChain,
};
use quorate_primitives::BlockNumber;
use quorate_runtime::opaque::Block;
use sc_consensus_babe::{BabeLink, BabeParams, SlotProportion};
use sc_consensus_grandpa::{GrandpaParams, SharedVoterState, ThreeQuartersOfTheUnfinalizedChain, VotingRulesBuilder};
use sc_consensus_slots::BackoffAuthoringOnFinalizedHeadLagging;
use sc_network::{service::traits::NetworkService, NotificationService, ProtocolName};
use sc_service::{Configuration, Error, TaskManager};
use sc_telemetry::TelemetryHandle;
use sc_transaction_pool_api::OffchainTransactionPoolFactory;
use sp_keystore::KeystorePtr;
use std::{sync::Arc, time::Duration};
use substrate_prometheus_endpoint::Registry;

/// How long GRANDPA gathers votes before it passes them on.
const GOSSIP: Duration = Duration::from_millis(333);

/// How block production slows down while finality stalls: so that the part of the chain that is not final grows slowly, and
/// every epoch still has blocks.
///
/// The stock setting waits for up to 100 slots between two blocks. An epoch has 30 slots: whole epochs would pass without a block,
/// and with them the sessions in which the consortium repairs its validator set. With at most 10 slots between blocks an epoch has
/// at least two.
fn backoff() -> BackoffAuthoringOnFinalizedHeadLagging<BlockNumber> {
    BackoffAuthoringOnFinalizedHeadLagging {
        max_interval: 10,
        unfinalized_slack: 50,
        authoring_bias: 2,
    }
}

/// What both need.
pub struct Parts<'a> {
    pub client: Arc<Client>,
    pub keystore: KeystorePtr,
    pub pool: Arc<Pool>,
    pub network: Arc<dyn NetworkService>,
    pub sync: Arc<network::Sync>,
    pub task_manager: &'a TaskManager,
    pub telemetry: Option<TelemetryHandle>,
    /// Set once this validator's keys may sign.
    pub released: Released,
}

/// How blocks are made.
pub struct Authoring {
    force: bool,
    registry: Option<Registry>,
}

impl Authoring {
    /// `None`: this node makes no blocks.
    pub fn of(config: &Configuration) -> Option<Self> {
        let registry = config.prometheus_registry().cloned();
        config.role.is_authority().then_some(Self {
            force: config.force_authoring,
            registry,
        })
    }

    /// Make blocks. Without it a validator is none: its end is the node's.
    pub fn start(
        self,
        parts: &Parts<'_>,
        block_import: BlockImport,
        babe_link: BabeLink<Block>,
        select_chain: SelectChain,
        inherents: Inherents,
    ) -> Result<(), Error> {
        let env = sc_basic_authorship::ProposerFactory::new(
            parts.task_manager.spawn_handle(),
            parts.client.clone(),
            parts.pool.clone(),
            self.registry.as_ref(),
            parts.telemetry.clone(),
        );
        let babe = sc_consensus_babe::start_babe(BabeParams {
            keystore: parts.keystore.clone(),
            client: parts.client.clone(),
            select_chain,
            env,
            block_import,
            sync_oracle: parts.sync.clone(),
            justification_sync_link: parts.sync.clone(),
            create_inherent_data_providers: inherents,
            force_authoring: self.force,
            backoff_authoring_blocks: Some(backoff()),
            babe_link,
            block_proposal_slot_portion: SlotProportion::new(0.5),
            max_block_proposal_slot_portion: None,
            telemetry: parts.telemetry.clone(),
        })?;
        parts
            .task_manager
            .spawn_essential_handle()
            .spawn_blocking("babe", Some("block-authoring"), babe);
        Ok(())
    }
}

/// How blocks are finalized.
pub struct Finality {
    config: sc_consensus_grandpa::Config,
    registry: Option<Registry>,
}

impl Finality {
    /// `None`: switched off on the command line.
    pub fn of(config: &Configuration, protocol_name: ProtocolName) -> Option<Self> {
        let grandpa = sc_consensus_grandpa::Config {
            gossip_duration: GOSSIP,
            justification_generation_period: JUSTIFICATION_PERIOD,
            observer_enabled: false,
            local_role: config.role,
            name: Some(config.network.node_name.clone()),
            keystore: None,
            telemetry: None,
            protocol_name,
        };
        (!config.disable_grandpa).then_some(Self {
            config: grandpa,
            registry: config.prometheus_registry().cloned(),
        })
    }

    /// Vote, or only follow if this node is no validator. A validator begins once its keys may sign: a voter that began without them would
    /// stay without a vote for its first round, and if all do so that round never ends.
    pub fn start(
        self,
        parts: Parts<'_>,
        link: GrandpaLink,
        notification_service: Box<dyn NotificationService>,
        shared_voter_state: SharedVoterState,
    ) -> Result<(), Error> {
        let keystore = self.config.local_role.is_authority().then(|| parts.keystore.clone());
        let config = sc_consensus_grandpa::Config {
            keystore,
            telemetry: parts.telemetry.clone(),
            ..self.config
        };
        let params = GrandpaParams {
            config,
            link,
            network: parts.network,
            sync: parts.sync,
            notification_service,
            // The stock rules stay two blocks behind the best one, and reveals wait for finality. Where validators know each
            // other, forks are short, and voters who see different best blocks still finalize their common ancestor.
            voting_rule: VotingRulesBuilder::new()
                .add(ThreeQuartersOfTheUnfinalizedChain)
                .build(),
            prometheus_registry: self.registry,
            shared_voter_state,
            telemetry: parts.telemetry,
            offchain_tx_pool_factory: OffchainTransactionPoolFactory::new(parts.pool),
        };
        let released = parts.released;
        let voter = async move {
            released.wait().await;
            match sc_consensus_grandpa::run_grandpa_voter(params) {
                Ok(voter) => voter.await,
                Err(error) => log::error!(target: "quorate", "Nothing can be finalized: {error}"),
            }
        };
        parts
            .task_manager
            .spawn_essential_handle()
            .spawn_blocking("grandpa-voter", None, voter);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use quorate_runtime::constants::EPOCH_DURATION_IN_SLOTS;
    use sc_consensus_slots::BackoffAuthoringBlocksStrategy;

    #[test]
    fn every_epoch_should_have_blocks_however_long_finality_stalls() {
        for stalled in [0, 49, 60, 250, 1_000_000] {
            let (mut head, mut slot, mut blocks) = (stalled, 1_000u64, 0);
            for now in 1_001..=1_000 + EPOCH_DURATION_IN_SLOTS {
                if !backoff().should_backoff(head, slot.into(), 0, now.into(), "babe") {
                    (head, slot, blocks) = (head + 1, now, blocks + 1);
                }
            }
            assert!(
                blocks >= 2,
                "{blocks} blocks in an epoch with {stalled} blocks that are not final"
            );
        }
    }

    #[test]
    fn block_production_should_slow_down_while_finality_stalls() {
        let waits = |stalled: BlockNumber| backoff().should_backoff(stalled, 7.into(), 0, 8.into(), "babe");
        assert!(!waits(50));
        assert!(waits(1_000));
    }
}
