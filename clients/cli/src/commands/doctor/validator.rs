//! A validator's node: its worker, its session keys, and the gateways as they are registered.

use super::check::{check, Check, Found};
use crate::failure::Result;
use quorate_client::{gateways::Gateways, Client, Error};
use quorate_primitives::AccountId;
use serde_json::Value;
use std::time::Duration;

/// How long a gateway may take to answer.
const ANSWER: Duration = Duration::from_secs(10);

/// What the node says of itself, and of its worker.
pub async fn node(client: &Client) -> Vec<Check> {
    let ready = client.request("quorate_ready", Vec::new()).await;
    let status = client.request("quorate_workerStatus", Vec::new()).await;
    [ready_of(ready)].into_iter().chain(worker_of(status)).collect()
}

fn ready_of(answer: quorate_client::Result<Value>) -> Check {
    const NAME: &str = "node is ready";
    match answer {
        Err(error) => check(
            NAME,
            Found::Poor,
            error.to_string(),
            "is the node of this program's release?",
        ),
        Ok(answer) => {
            let problems = answer.get("problems").and_then(Value::as_array);
            let problems = problems.into_iter().flatten().filter_map(Value::as_str);
            let problems = problems.collect::<Vec<_>>().join("; ");
            match answer.get("ready").and_then(Value::as_bool) {
                Some(true) => check(NAME, Found::Good, "yes", ""),
                Some(false) => check(
                    NAME,
                    Found::Bad,
                    problems,
                    "mend what is named; the node's log tells more",
                ),
                None => check(
                    NAME,
                    Found::Poor,
                    "no usable answer",
                    "is the node of this program's release?",
                ),
            }
        }
    }
}

fn worker_of(answer: quorate_client::Result<Value>) -> Vec<Check> {
    let status = match answer {
        Ok(status) => status,
        Err(error) => {
            let text = error.to_string();
            return vec![check(
                "worker",
                Found::Poor,
                text,
                "is the node of this program's release?",
            )];
        }
    };
    let text = |value: Option<&Value>| value.and_then(Value::as_str).map(String::from);
    let field = |name: &str| status.get(name).filter(|value| !value.is_null());
    let validator = text(field("validator"));
    let connected = field("connected").and_then(Value::as_bool).unwrap_or_default();
    let Some(worker) = field("worker").filter(|_| connected) else {
        let last = text(field("last_error")).map_or_else(String::new, |error| format!(": {error}"));
        return vec![match validator {
            None => check(
                "worker",
                Found::Good,
                format!("none, and this node is no validator's{last}"),
                "",
            ),
            Some(_) => check(
                "worker",
                Found::Bad,
                format!("not connected{last}"),
                "without it the validator checks and computes nothing: start quorate-worker, or let the node start it",
            ),
        }];
    };
    let (mine, version) = (
        env!("CARGO_PKG_VERSION"),
        text(worker.get("version")).unwrap_or_default(),
    );
    let backend = text(worker.get("backend")).unwrap_or_default();
    let arithmetic = worker
        .get("exact_versions")
        .map_or_else(String::new, ToString::to_string);
    let on_cpu = backend.to_uppercase().starts_with("CPU");
    vec![
        check(
            "worker",
            if version == mine { Found::Good } else { Found::Poor },
            format!("connected, version {version}, arithmetic {arithmetic}"),
            "use the worker of the node's release",
        ),
        check(
            "arithmetic on",
            Found::Good,
            match on_cpu {
                true => format!("{backend}; no GPU is used"),
                false => backend,
            },
            "",
        ),
    ]
}

/// Whether the node holds the session keys that are set for a validator.
pub async fn keys(client: &Client, validator: &AccountId) -> Result<Check> {
    const NAME: &str = "session keys";
    let Some(keys) = client.session_keys(validator).await? else {
        let mend = "`quorate validator keys`, on the node's machine";
        return Ok(check(NAME, Found::Bad, "none are set", mend));
    };
    Ok(match client.holds_keys(&keys).await {
        Ok(true) => check(NAME, Found::Good, "the node holds those that are set", ""),
        Ok(false) => check(
            NAME,
            Found::Bad,
            "the node does not hold those that are set",
            "is this the validator's own node? Else restore its keystore, or make new ones: `quorate validator keys`",
        ),
        Err(error) => check(
            NAME,
            Found::Poor,
            format!("the node does not tell: {error}"),
            "ask its own node, on its machine",
        ),
    })
}

/// Whether gateways answer, with the keys that are registered for them; `own` is the validator that asks.
pub async fn gateways(client: &Client, own: Option<&AccountId>) -> Result<Vec<Check>> {
    let (gateways, peers) = (client.open_gateways(None).await?, client.peers().await?);
    let with_keys: Vec<_> = peers
        .iter()
        .filter(|peer| peer.key.is_some())
        .map(|peer| &peer.validator)
        .collect();
    let mut checks = Vec::new();
    for index in 0..gateways.count() {
        let Some(validator) = gateways.validator(index) else {
            continue;
        };
        let name = if Some(validator) == own {
            "own gateway"
        } else {
            "gateway"
        };
        let has_keys = with_keys.contains(&validator);
        checks.push(gateway(&gateways, index, name, has_keys).await);
    }
    if checks.is_empty() {
        checks.push(check(
            "gateway",
            Found::Bad,
            "none is registered",
            "`quorate validator register`",
        ));
    }
    Ok(checks)
}

async fn gateway(gateways: &Gateways, index: usize, name: &'static str, has_keys: bool) -> Check {
    let reached = tokio::time::timeout(ANSWER, gateways.reach(index)).await;
    let (found, what) = match reached {
        Ok(Ok(())) if !has_keys => (
            Found::Poor,
            "answers, but the validator has no session keys".to_string(),
        ),
        Ok(Ok(())) if gateways.is_pinned(index) => (Found::Good, "answers, with the key that is registered".into()),
        Ok(Ok(())) => (Found::Good, "answers".into()),
        Ok(Err(Error::Network(reason) | Error::Input(reason))) => (Found::Bad, reason),
        Ok(Err(error)) => (Found::Bad, error.to_string()),
        Err(_) => (Found::Bad, format!("does not answer within {} s", ANSWER.as_secs())),
    };
    let mend = "is the gateway's worker running, its port open from here, its URL and key the registered ones (`quorate validator list`, `move`)?";
    check(
        name,
        found,
        format!("{}: {what}", gateways.url(index).unwrap_or_default()),
        mend,
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn node_that_is_not_ready_should_say_what_is_in_the_way() {
        let ready = ready_of(Ok(json!({ "ready": true, "problems": [] })));
        assert!(ready.found == Found::Good);
        let not = ready_of(Ok(json!({ "ready": false, "problems": ["no peers", "no worker"] })));
        assert!(
            not.found == Found::Bad && not.detail == "no peers; no worker",
            "{}",
            not.detail
        );
        for odd in [Ok(Value::Null), Err(Error::Rejected("Method not found".into()))] {
            assert!(ready_of(odd).found == Found::Poor);
        }
    }

    #[test]
    fn worker_should_be_needed_by_validators_alone() {
        let status = |validator: Value, connected: bool| {
            let worker = json!({ "version": env!("CARGO_PKG_VERSION"), "backend": "CPU, AVX2", "exact_versions": [["aggregate", 1]] });
            json!({ "validator": validator, "connected": connected, "last_error": "gone", "worker": worker })
        };
        let found = |status: Value| {
            worker_of(Ok(status))
                .into_iter()
                .map(|check| (check.found, check.detail))
                .collect::<Vec<_>>()
        };
        let none = found(status(Value::Null, false));
        assert!(none[0].0 == Found::Good && none.len() == 1);
        let lost = found(status(json!("5A"), false));
        assert!(lost[0].0 == Found::Bad && lost[0].1.contains("gone"), "{}", lost[0].1);
        let connected = found(status(json!("5A"), true));
        assert!(connected.iter().all(|(found, _)| *found == Found::Good));
        assert!(connected[1].1.contains("no GPU"), "{}", connected[1].1);
    }
}
