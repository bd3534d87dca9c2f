//! The whole state of the chain at a block, as a node has it, and whether everything holds in it that always holds.
//!
//! The runtime's own checks run over it natively: those that random histories run after every block.

use anyhow::{ensure, Context, Result};
use quorate_client::Client;
use quorate_primitives::BlockNumber;
use quorate_runtime::{
    Artifacts, Attestation, Availability, Balances, Consortium, Evaluation, Incentives, Inference, Models, Reputation,
    Rounds, Runtime, System,
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
        Self::new(block.number, storage, &bytes(&header["stateRoot"])?)
    }

    /// All entries after a block whose header has this root.
    fn new(block: BlockNumber, storage: Storage, root: &[u8]) -> Result<Self> {
        let (entries, size) = (
            storage.top.len(),
            storage.top.iter().map(|(key, value)| key.len() + value.len()).sum(),
        );
        let code = storage.top.get(CODE).context("the state has no runtime")?.clone();
        let externalities = TestExternalities::new_with_code_and_state(&code, storage, StateVersion::V1);
        ensure!(
            externalities.backend.root().as_bytes() == root,
            "block {block}: the {entries} entries that were read are not its state"
        );
        Ok(Self {
            block,
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
                ("artifacts", Artifacts::do_try_state()),
                ("evaluation", Evaluation::do_try_state()),
                ("inference", Inference::do_try_state()),
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

#[cfg(test)]
mod tests {
    use super::*;
    use quorate_runtime::{presets, RuntimeGenesisConfig, LOCAL_PRESET};
    use sp_runtime::BuildStorage;

    fn genesis() -> Storage {
        let patch = presets::get_preset(&LOCAL_PRESET.into()).unwrap();
        let mut config = serde_json::to_value(RuntimeGenesisConfig::default()).unwrap();
        json_patch(&mut config, serde_json::from_slice(&patch).unwrap());
        let config: RuntimeGenesisConfig = serde_json::from_value(config).unwrap();
        let mut storage = config.build_storage().unwrap();
        storage.top.insert(CODE.to_vec(), b"a runtime".to_vec());
        storage
    }

    fn json_patch(whole: &mut Value, patch: Value) {
        match (whole, patch) {
            (Value::Object(whole), Value::Object(patch)) => {
                for (name, value) in patch {
                    json_patch(whole.entry(name).or_insert(Value::Null), value);
                }
            }
            (whole, patch) => *whole = patch,
        }
    }

    fn root(storage: &Storage) -> Vec<u8> {
        let code = storage.top[CODE].clone();
        let all = TestExternalities::new_with_code_and_state(&code, storage.clone(), StateVersion::V1);
        all.backend.root().as_bytes().to_vec()
    }

    #[test]
    fn state_that_is_whole_and_sound_should_pass_and_no_other() {
        let whole = genesis();
        let mut state = State::new(0, whole.clone(), &root(&whole)).unwrap();
        state.check().unwrap();
        let tokens = state.tokens();
        assert!(tokens.held > 0 && tokens.held == tokens.issuance, "{tokens:?}");

        let organisations = &sp_io::hashing::twox_128(b"Consortium")[..];
        let accounts = [organisations, &sp_io::hashing::twox_128(b"OrganisationByAccount")].concat();
        let mut damaged = whole.clone();
        let account = damaged
            .top
            .keys()
            .find(|key| key.starts_with(&accounts))
            .unwrap()
            .clone();
        damaged.top.remove(&account);
        let error = State::new(0, damaged.clone(), &root(&whole)).err().unwrap().to_string();
        assert!(error.contains("are not its state"), "{error}");
        let mut state = State::new(0, damaged.clone(), &root(&damaged)).unwrap();
        let error = state.check().unwrap_err().to_string();
        assert!(error.contains("consortium"), "{error}");
    }
}
