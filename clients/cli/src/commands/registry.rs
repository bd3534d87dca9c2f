//! Lists of organisations, contributors, validators and waiting changes.

use crate::{
    context::Context,
    failure::Result,
    output::{json_of, optional, table},
};
use quorate_client::{
    calls::consortium::{Change, Endpoint, Target},
    registry::{Standing, Suspension},
    words,
};
use quorate_primitives::OrganisationId;
use serde::Serialize;
use serde_json::{json, Value};

pub async fn organisations(context: &Context) -> Result {
    let client = context.client().await?;
    let (all, technical) = (client.organisations().await?, client.technical_seats().await?);
    let mut entries = Vec::new();
    let mut rows = Vec::new();
    for (id, organisation) in &all {
        let (is_technical, proposal) = (technical.contains(id), client.proposal(*id).await?);
        let mut entry = with("number", json!(id), json_of(organisation));
        entry["technicalSeat"] = json!(is_technical);
        entry["proposal"] = json_of(&proposal);
        entries.push(entry);
        let recovery = &organisation.recovery;
        let mut recovers = optional(recovery.account.as_ref(), ToString::to_string);
        if let Some(next) = &recovery.next {
            recovers = format!("{recovers}, from block {} on {}", next.from, next.account);
        }
        rows.push([
            id.to_string(),
            organisation.name.clone(),
            organisation.account.to_string(),
            standing_of(organisation.standing),
            seats_of(organisation.standing, is_technical).into(),
            organisation.quota.to_string(),
            recovers,
            optional(proposal, |proposal| {
                format!("{} until block {}", proposal.account, proposal.until)
            }),
        ]);
    }
    context.print(&Value::Array(entries), || {
        let heads = [
            "number",
            "name",
            "account",
            "standing",
            "seats",
            "quota",
            "recovery",
            "proposed account",
        ];
        print(heads, &rows, "organisations");
    });
    Ok(())
}

pub async fn contributors(context: &Context) -> Result {
    let all = context.client().await?.contributors().await?;
    context.print(&keyed("account", &all), || {
        let rows: Vec<_> = all
            .iter()
            .map(|(account, contributor)| {
                let own = if contributor.suspended_by_organisation {
                    "suspended by its organisation"
                } else {
                    "good"
                };
                let standing = match contributor.standing.suspension {
                    Some(_) => standing_of(contributor.standing),
                    None => own.into(),
                };
                [account.to_string(), contributor.organisation.to_string(), standing]
            })
            .collect();
        print(["account", "organisation", "standing"], &rows, "contributors");
    });
    Ok(())
}

pub async fn validators(context: &Context) -> Result {
    let all = context.client().await?.validators().await?;
    context.print(&keyed("account", &all), || {
        let rows: Vec<_> = all
            .iter()
            .map(|(account, validator)| {
                let Endpoint {
                    peer_id,
                    gateway,
                    tls_key_hash,
                } = &validator.endpoint;
                [
                    account.to_string(),
                    validator.organisation.to_string(),
                    words::validator_state(validator.state).into(),
                    standing_of(validator.standing),
                    gateway.clone(),
                    optional(tls_key_hash.as_ref(), |hash| format!("{hash:?}")),
                    peer_id.clone(),
                ]
            })
            .collect();
        let heads = [
            "account",
            "organisation",
            "state",
            "standing",
            "gateway",
            "pin",
            "peer id",
        ];
        print(heads, &rows, "validators");
    });
    Ok(())
}

pub async fn changes(context: &Context) -> Result {
    let all = context.client().await?.changes().await?;
    context.print(&keyed("number", &all), || {
        let rows: Vec<_> = all
            .iter()
            .map(|(id, pending)| {
                [
                    id.to_string(),
                    words(&pending.change),
                    pending.ayes.to_string(),
                    format!("block {}", pending.enact_at),
                ]
            })
            .collect();
        print(["number", "change", "ayes", "takes effect"], &rows, "changes that wait");
    });
    Ok(())
}

/// Entries with their keys.
fn keyed<K: Serialize, V: Serialize>(name: &str, all: &[(K, V)]) -> Value {
    all.iter()
        .map(|(key, entry)| with(name, json!(key), json_of(entry)))
        .collect()
}

/// An entry with its key.
fn with(name: &str, key: Value, mut entry: Value) -> Value {
    if let Some(fields) = entry.as_object_mut() {
        fields.insert(name.into(), key);
    }
    entry
}

fn print<const N: usize>(heads: [&str; N], rows: &[[String; N]], name: &str) {
    match rows.is_empty() {
        true => println!("there are no {name}"),
        false => table(heads, rows),
    }
}

fn standing_of(standing: Standing) -> String {
    match standing.suspension {
        None if standing.fast_used => "good (was suspended once)".into(),
        None => "good".into(),
        Some(Suspension::Fast { until }) => format!("suspended until block {until}"),
        Some(Suspension::Long) => "suspended until reinstated".into(),
    }
}

fn seats_of(standing: Standing, is_technical: bool) -> &'static str {
    match (standing.suspension, is_technical) {
        (Some(_), _) => "empty while suspended",
        (None, true) => "council, technical",
        (None, false) => "council",
    }
}

/// A change in words.
pub fn words(change: &Change) -> String {
    let of = |id: &OrganisationId| format!("organisation {id}");
    match change {
        Change::Admit {
            name,
            account,
            recovery,
        } => format!(
            "admit {name} with account {account}, recovery account {}",
            optional(recovery.as_ref(), ToString::to_string)
        ),
        Change::Remove { organisation } => format!("remove {}", of(organisation)),
        Change::Suspend { target } => format!("suspend {} until it is reinstated", whom(target)),
        Change::AllowFastSuspension { target } => format!("let a majority suspend {} once more", whom(target)),
        Change::SetAccount { organisation, account } => format!("{account} may speak for {}", of(organisation)),
        Change::RegisterValidator {
            validator,
            organisation,
            endpoint,
        } => format!(
            "register validator {validator} of {}, gateway {}, peer id {}",
            of(organisation),
            endpoint.gateway,
            endpoint.peer_id
        ),
        Change::RemoveValidator { validator } => format!("remove validator {validator}"),
        Change::SetTechnicalSeats { seats } => format!(
            "technical seats of organisations {}",
            seats.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
        ),
        Change::SetQuota { organisation, quota } => format!("{} may sponsor {quota} contributors", of(organisation)),
    }
}

fn whom(target: &Target) -> String {
    match target {
        Target::Organisation(id) => format!("organisation {id}"),
        Target::Validator(account) => format!("validator {account}"),
        Target::Contributor(account) => format!("contributor {account}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use quorate_primitives::AccountId;

    #[test]
    fn changes_should_be_shown_in_words_with_accounts_as_people_write_them() {
        let account = AccountId::new([7; 32]);
        let change = Change::Admit {
            name: "A\u{1b}".into(),
            account: account.clone(),
            recovery: None,
        };
        let said = words(&change);
        assert!(
            said.contains(&account.to_string()) && said.contains("account -") && !said.contains("None"),
            "{said}"
        );
        assert_eq!(json_of(&change)["admit"]["account"], json!(account));
        let entry = with("number", json!(3), json!({ "name": "A" }));
        assert_eq!(entry, json!({ "number": 3, "name": "A" }));
    }
}
