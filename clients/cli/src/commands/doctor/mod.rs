//! What keeps this program, its node or the chain from working, and what to mend.

mod check;
mod look;
mod validator;

use crate::{
    context::Context,
    failure::{Failure, Result},
    output::table,
};
use check::{check, Check, Found};
use look::{account, chain, node, places_of_files};
use quorate_client::Error;
use serde_json::{json, Value};

/// Look at everything; fails when something is bad.
pub async fn run(context: &Context) -> Result {
    let mut checks = places_of_files();
    let client = context.client().await;
    let unreachable = match client {
        Ok(client) => {
            checks.extend(node(&client).await?);
            checks.extend(validator::node(&client).await);
            checks.extend(chain(&client).await?);
            let signer = context.has_account().then(|| context.account());
            let own = match &signer {
                Some(Ok(signer)) => client.validator(&signer.id()).await?.map(|_| signer.id()),
                _ => None,
            };
            checks.extend(validator::gateways(&client, own.as_ref()).await?);
            if let Some(validator) = &own {
                checks.push(validator::keys(&client, validator).await?);
            }
            checks.extend(match signer {
                Some(Ok(signer)) => Some(account(&client, &signer.id()).await?),
                Some(Err(failure)) => {
                    let mend = "name a key that can be read";
                    Some(check("account", Found::Bad, failure.to_string(), mend))
                }
                None => None,
            });
            None
        }
        Err(Failure::Client(error @ (Error::Network(_) | Error::Incompatible(_)))) => {
            checks.push(check(
                "node",
                Found::Bad,
                error.to_string(),
                "start the node, or give another --url",
            ));
            Some(error)
        }
        Err(failure) => return Err(failure),
    };
    show(context, &checks);
    let bad = checks.iter().filter(|check| check.found == Found::Bad).count();
    match (unreachable, bad) {
        (Some(error), _) => Err(error.into()),
        (None, 0) => Ok(()),
        (None, bad) => Err(Failure::Check(format!("{bad} of {} checks failed", checks.len()))),
    }
}

fn show(context: &Context, checks: &[Check]) {
    let word = |found| match found {
        Found::Good => "ok",
        Found::Poor => "poor",
        Found::Bad => "BAD",
    };
    let all = checks
        .iter()
        .map(|check| json!({ "name": check.name, "found": word(check.found).to_lowercase(), "detail": check.detail, "mend": check.mend }));
    context.print(&json!({ "checks": all.collect::<Vec<Value>>() }), || {
        let row = |check: &Check| {
            [
                word(check.found).into(),
                check.name.into(),
                check.detail.clone(),
                check.mend.clone(),
            ]
        };
        table(
            ["", "check", "found", "to mend"],
            &checks.iter().map(row).collect::<Vec<_>>(),
        );
    });
}
