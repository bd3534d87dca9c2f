//! A validator's session keys: made by its own node, which proves that they are its owner's, and set on chain.

use crate::{
    context::Context,
    failure::{usage, Result},
};
use quorate_client::{bodies::on_this_machine, calls::governance::session, Until};
use serde_json::{json, Value};

/// New session keys for the validator that signs, from the node at `node`.
pub async fn keys(context: &Context, node: &str) -> Result {
    if context.is_dry_run() {
        return Err(usage(
            "--dry-run changes nothing, and new session keys change the node's keystore",
        ));
    }
    on_this_machine(node)?;
    let (account, client) = (context.account()?, context.client().await?);
    let id = account.id();
    if client.validator(&id).await?.is_none() {
        return Err(usage(format!(
            "{id} is no registered validator: `quorate validator register` comes first, and takes effect after a delay"
        )));
    }
    let own = client.own_node(node).await?;
    // A node of an older release has no such method: then nothing is known of whose it is.
    let status = own
        .request("quorate_workerStatus", Vec::new())
        .await
        .unwrap_or_default();
    if let Some(other) = other_validator(&status, &id.to_string()) {
        return Err(usage(format!(
            "the node at {node} acts for the validator {other}: ask the node of {id} (--node)"
        )));
    }
    let made = own.rotate_keys(&id).await?;
    let done = client
        .submit(&account, &session::set_keys(&made.keys, &made.proof), Until::InBlock)
        .await?;
    let shown = format!("0x{}", hex::encode(&made.keys));
    context.print(&json!({ "validator": id, "keys": shown, "block": done.number() }), || {
        println!("keys   {shown}");
        println!(
            "set in block {}; they count from the second session after it on. Their private halves are in the keystore of the node \
             at {node}",
            done.number()
        );
    });
    Ok(())
}

/// The validator for which a node acts, if that is another one.
fn other_validator<'a>(status: &'a Value, id: &str) -> Option<&'a str> {
    status
        .get("validator")
        .and_then(Value::as_str)
        .filter(|validator| *validator != id)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn node_of_another_validator_should_be_recognised() {
        assert_eq!(other_validator(&json!({ "validator": "5A" }), "5B"), Some("5A"));
        for status in [json!({ "validator": "5B" }), json!({ "validator": null }), Value::Null] {
            assert_eq!(other_validator(&status, "5B"), None);
        }
    }
}
