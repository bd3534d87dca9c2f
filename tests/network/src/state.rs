//! The whole state of the chain at a block, as a node has it, and whether everything holds in it that always holds.
//!
//! The runtime's own checks run over it natively: those that random histories run after every block.

use anyhow::{ensure, Context, Result};
use quorate_client::Client;
use quorate_primitives::BlockNumber;
use quorate_runtime::{
    Attestation, Availability, Balances, Consortium, Incentives, Models, Reputation, Rounds, Runtime, System,
};
use serde_json::{json, Value};
use sp_core::storage::{well_known_keys::CODE, StateVersion, Storage};
use sp_io::TestExternalities;

/// Entries that are asked for at a time.
const PAGE: usize = 1_000;

/// What the chain says that there is, and what all accounts have.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Tokens {
    pub issuance: u128,
    pub held: u128,
}

/// The state after a block.
pub struct State {
    pub block: BlockNumber,
    /// Number of its entries, and the bytes of their keys and values.
    pub entries: usize,
    pub bytes: usize,
    externalities: TestExternalities,
}

impl State {
    /// After the last final block.
    pub async fn read(client: &Client) -> Result<Self> {
        let block = client.finalized().await?;
        let at = json!(format!("{:?}", block.hash));
        let header = client.request("chain_getHeader", vec![at.clone()]).await?;
        let mut storage = Storage::default();
        let mut last = json!(null);
        loop {
            let from = vec![json!("0x"), json!(PAGE), last, at.clone()];
            let keys = client.request("state_getKeysPaged", from).await?;
            let found = keys.as_array().context("no list of keys")?;
            let Some(end) = found.last().cloned() else { break };
            last = end;
            let changes = client.request("state_queryStorageAt", vec![keys, at.clone()]).await?;
            for entry in changes[0]["changes"].as_array().context("no entries")? {
                storage.top.insert(bytes(&entry[0])?, bytes(&entry[1])?);
            }
        }
        let (entries, size) = (
            storage.top.len(),
            storage.top.iter().map(|(key, value)| key.len() + value.len()).sum(),
        );
        let code = storage.top.get(CODE).context("the state has no runtime")?.clone();
        let externalities = TestExternalities::new_with_code_and_state(&code, storage, StateVersion::V1);
        let (read, said) = (
            externalities.backend.root().as_bytes().to_vec(),
            bytes(&header["stateRoot"])?,
        );
        ensure!(
            read == said,
            "block {}: the {entries} entries that were read are not its state",
            block.number
        );
        Ok(Self {
            block: block.number,
            entries,
            bytes: size,
            externalities,
        })
    }

    /// Every pallet's own check.
    pub fn check(&mut self) -> Result<()> {
        let block = self.block;
        self.externalities.execute_with(|| {
            ensure!(
                System::block_number() == block,
                "this is not the state of block {block}"
            );
            for (pallet, result) in [
                ("consortium", Consortium::do_try_state()),
                ("models", Models::do_try_state()),
                ("availability", Availability::do_try_state()),
                ("rounds", Rounds::do_try_state()),
                ("attestation", Attestation::do_try_state()),
                ("reputation", Reputation::do_try_state()),
                ("incentives", Incentives::do_try_state()),
            ] {
                ensure!(result.is_ok(), "block {block}: {pallet}: {result:?}");
            }
            Ok(())
        })
    }

    pub fn tokens(&mut self) -> Tokens {
        self.externalities.execute_with(|| Tokens {
            issuance: Balances::total_issuance(),
            held: frame_system::Account::<Runtime>::iter_values()
                .map(|account| account.data.free + account.data.reserved)
                .sum(),
        })
    }
}

fn bytes(text: &Value) -> Result<Vec<u8>> {
    let text = text.as_str().context("bytes are no text")?;
    Ok(hex::decode(text.trim_start_matches("0x"))?)
}
