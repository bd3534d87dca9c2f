//! What is in a chain's blocks.

use anyhow::{Context, Result};
use codec::{Compact, Decode};
use quorate_client::Client;
use serde_json::{json, Value};

/// Keys of `Babe.CurrentSlot` and `System.BlockWeight`.
const SLOT: &str = "0x1cb6f36e027abb2091cfb5110ab5087f06155b3cd9a8c9e5e9a23fd5dc13a5ed";
const WEIGHT: &str = "0x26aa394eea5630e07c48ae0c9558cef734abf5cb34d6244378cddbf18e849d96";
/// Picoseconds of computation that ordinary transactions may fill: three quarters of a second.
const NORMAL: f64 = 0.75e12;

/// One block.
#[derive(Clone, Debug)]
pub struct Seen {
    pub slot: u64,
    /// Transactions and what its author put in, in hexadecimal digits.
    pub extrinsics: Vec<String>,
    /// Which part of their weight ordinary transactions have filled.
    pub full: f64,
}

/// The slot of the best block, and its number.
pub async fn now(client: &Client) -> Result<(u64, u32)> {
    let best = client.best().await?;
    Ok((slot(client, &json!(format!("{:?}", best.hash))).await?, best.number))
}

/// A block of the best chain.
pub async fn block(client: &Client, number: u32) -> Result<Seen> {
    let hash = client.request("chain_getBlockHash", vec![json!(number)]).await?;
    let block = client.request("chain_getBlock", vec![hash.clone()]).await?;
    let extrinsics = block["block"]["extrinsics"].as_array().context("no block")?;
    // For each class of calls the computation, and the size of proofs.
    let weight = storage(client, WEIGHT, &hash).await?;
    let (Compact(normal), _) = <(Compact<u64>, Compact<u64>)>::decode(&mut &weight[..])?;
    Ok(Seen {
        slot: slot(client, &hash).await?,
        extrinsics: extrinsics
            .iter()
            .filter_map(Value::as_str)
            .map(str::to_string)
            .collect(),
        full: normal as f64 / NORMAL,
    })
}

async fn slot(client: &Client, hash: &Value) -> Result<u64> {
    Ok(u64::decode(&mut &storage(client, SLOT, hash).await?[..])?)
}

async fn storage(client: &Client, key: &str, hash: &Value) -> Result<Vec<u8>> {
    let found = client
        .request("state_getStorage", vec![json!(key), hash.clone()])
        .await?;
    let text = found.as_str().context("no such entry")?;
    Ok(hex::decode(text.trim_start_matches("0x"))?)
}
