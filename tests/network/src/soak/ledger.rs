//! All tokens there are.

use anyhow::{Context, Result};
use codec::Decode;
use quorate_client::Client;
use serde_json::json;

/// Prefix of `System.Account`.
const ACCOUNTS: &str = "0x26aa394eea5630e07c48ae0c9558cef7b99d880ec681799c0cf30e8886371da9";
const PAGE: u32 = 1_000;
/// Counters before an account's balances, in bytes.
const COUNTERS: usize = 16;

/// What the chain says that there is, and what all accounts have.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Ledger {
    pub issuance: u128,
    pub held: u128,
}

impl Ledger {
    /// At the best block.
    pub async fn read(client: &Client) -> Result<Self> {
        let at = json!(format!("{:?}", client.best().await?.hash));
        let keys = client
            .request(
                "state_getKeysPaged",
                vec![json!(ACCOUNTS), json!(PAGE), json!(null), at.clone()],
            )
            .await?;
        let changes = client.request("state_queryStorageAt", vec![keys, at]).await?;
        let entries = changes[0]["changes"].as_array().context("no accounts")?;
        let mut held = 0u128;
        for entry in entries {
            let bytes = hex::decode(entry[1].as_str().unwrap_or_default().trim_start_matches("0x"))?;
            let balances = bytes.get(COUNTERS..).context("a short account")?;
            let (free, reserved) = <(u128, u128)>::decode(&mut &*balances)?;
            held += free + reserved;
        }
        let issuance = client.value("Balances", "TotalIssuance", &[]).await?;
        Ok(Self {
            issuance: issuance.context("no issuance")?,
            held,
        })
    }
}
