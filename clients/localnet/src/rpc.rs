//! The two questions that a starting network is asked, over HTTP.

use serde_json::{json, Value};
use std::time::Duration;

async fn call(port: u16, method: &str, params: Value) -> Option<Value> {
    let request = json!({ "jsonrpc": "2.0", "id": 1, "method": method, "params": params });
    let answer = reqwest::Client::new()
        .post(format!("http://127.0.0.1:{port}"))
        .json(&request)
        .timeout(Duration::from_secs(5))
        .send()
        .await
        .ok()?;
    answer.json::<Value>().await.ok()?.get("result").cloned()
}

/// Height of the last finalized block; `None` while the node does not answer.
pub async fn finalized_height(port: u16) -> Option<u64> {
    let hash = call(port, "chain_getFinalizedHead", json!([])).await?;
    let header = call(port, "chain_getHeader", json!([hash])).await?;
    u64::from_str_radix(header.get("number")?.as_str()?.trim_start_matches("0x"), 16).ok()
}
