//! Organisations, contributors, validators.

use crate::{
    commands::preflight,
    context::Context,
    failure::{usage, Result},
};
use quorate_client::{
    calls::{
        consortium::{self, Change, ChangeId, Endpoint, Target},
        motions::Body,
    },
    council::Majority,
    Account, Call, Client, SignedConsent, Until,
};
use quorate_primitives::{AccountId, BlockNumber, Hash, OrganisationId};
use serde_json::json;
use std::collections::BTreeSet;

/// Propose a change of who votes or who validates.
pub async fn change(context: &Context, change: &Change, voters: Vec<Account>) -> Result {
    context.account()?;
    preflight::change(&context.client().await?, change).await?;
    propose(context, consortium::propose_change(change), Majority::TwoThirds, voters).await
}

/// Propose a suspension: at once and for seven days, or until it is lifted.
pub async fn suspend(context: &Context, target: Target, long: bool, voters: Vec<Account>) -> Result {
    match long {
        true => change(context, &Change::Suspend { target }, voters).await,
        false => {
            context.account()?;
            preflight::suspend_fast(&context.client().await?, &target).await?;
            propose(context, consortium::suspend(&target), Majority::Simple, voters).await
        }
    }
}

/// Propose that a suspension end.
pub async fn reinstate(context: &Context, target: Target, voters: Vec<Account>) -> Result {
    context.account()?;
    preflight::reinstate(&context.client().await?, &target).await?;
    propose(context, consortium::reinstate(&target), Majority::Simple, voters).await
}

/// Propose that a waiting change be dropped.
pub async fn cancel(context: &Context, id: ChangeId, voters: Vec<Account>) -> Result {
    context.account()?;
    preflight::waiting(&context.client().await?, id).await?;
    propose(context, consortium::cancel_change(id), Majority::Simple, voters).await
}

/// Propose another account for an organisation, as its recovery account.
pub async fn recover(context: &Context, organisation: OrganisationId, new_account: &AccountId) -> Result {
    let account = context.account()?.id();
    preflight::recover(&context.client().await?, organisation, &account).await?;
    submit(context, &consortium::recover_account(organisation, new_account)).await
}

/// Speak for an organisation from now on.
pub async fn accept(context: &Context, organisation: OrganisationId) -> Result {
    let account = context.account()?.id();
    preflight::accept(&context.client().await?, organisation, &account).await?;
    submit(context, &consortium::accept_account(organisation)).await
}

/// Which body decides, and by how many.
#[derive(Clone, Copy)]
pub enum Decision {
    Council(Majority),
    /// Two thirds of the technical committee's seats.
    Committee,
}

impl From<Majority> for Decision {
    fn from(majority: Majority) -> Self {
        Self::Council(majority)
    }
}

impl Decision {
    fn body(self) -> Body {
        match self {
            Self::Council(_) => Body::Council,
            Self::Committee => Body::TechnicalCommittee,
        }
    }
}

/// Propose `call` to a body; with `voters` it is voted for and closed at once.
pub async fn propose(context: &Context, call: Call, by: impl Into<Decision>, mut voters: Vec<Account>) -> Result {
    let (proposer, client, by) = (context.account()?, context.client().await?, by.into());
    voters.insert(0, proposer.clone());
    check_votes(&client, &call, by, &voters).await?;
    let (motion, option) = match by {
        Decision::Council(majority) => (client.propose(&proposer, call, majority).await?, ""),
        Decision::Committee => (client.propose_to_committee(&proposer, call).await?, " --technical"),
    };
    if voters.len() == 1 {
        client.vote(&motion, &voters).await?;
        let block = motion.proposed.as_ref().map(|proposed| proposed.number());
        let value = json!({
            "motion": motion.hash, "number": motion.index, "threshold": motion.threshold, "block": block,
        });
        context.print(&value, || match (motion.index, block) {
            (None, Some(block)) => println!("carried in block {block}"),
            (index, _) => println!(
                "motion {0} ({1:?}) awaits the votes of {2} organisations: `quorate motion vote {0}{option}`",
                index.unwrap_or_default(),
                motion.hash,
                motion.threshold
            ),
        });
        return Ok(());
    }
    let done = client.carry(&motion, &voters).await?;
    context.print(&json!({ "motion": motion.hash, "block": done.number() }), || {
        println!("carried in block {}", done.number());
    });
    Ok(())
}

/// Whether these votes can be given and, if others than the proposer's are, are enough: a motion that is proposed and not carried stays
/// open for days, and each organisation may have few of them.
async fn check_votes(client: &Client, call: &Call, by: Decision, voters: &[Account]) -> Result {
    let members = client.members(by.body()).await?;
    let mut ayes: BTreeSet<AccountId> = client.ayes(by.body(), call).await?.into_iter().flatten().collect();
    for voter in voters.iter().map(Account::id) {
        if !members.contains(&voter) {
            return Err(usage(format!(
                "{voter} has no vote: it is the account of no organisation, of a suspended one, or of one without a seat in this body"
            )));
        }
        ayes.insert(voter);
    }
    let needed = match by {
        Decision::Council(majority) => majority.of(client.admitted().await?) as usize,
        Decision::Committee => client.committee_threshold().await? as usize,
    };
    if voters.len() > 1 && ayes.len() < needed {
        return Err(usage(format!(
            "{} organisations vote for it, {needed} must: name more with --with, or none to propose it and let the others vote",
            ayes.len()
        )));
    }
    Ok(())
}

/// What becomes of the pin of a gateway's key.
pub enum Pin {
    AsItIs,
    None,
    Key(Hash),
}

/// Another endpoint for the validator that signs; what is not given stays.
pub async fn move_validator(context: &Context, peer_id: Option<String>, gateway: Option<String>, pin: Pin) -> Result {
    let (account, client) = (context.account()?, context.client().await?);
    let known = client.validator(&account.id()).await?;
    let known = known.ok_or_else(|| usage(format!("{} is no validator's account", account.id())))?;
    let moved = moved(known.endpoint, peer_id, gateway, pin);
    submit(context, &consortium::update_endpoint(&moved)).await
}

fn moved(mut endpoint: Endpoint, peer_id: Option<String>, gateway: Option<String>, pin: Pin) -> Endpoint {
    endpoint.peer_id = peer_id.unwrap_or(endpoint.peer_id);
    endpoint.gateway = gateway.unwrap_or(endpoint.gateway);
    endpoint.tls_key_hash = match pin {
        Pin::AsItIs => endpoint.tls_key_hash,
        Pin::None => None,
        Pin::Key(hash) => Some(hash),
    };
    endpoint
}

/// One call of an organisation or a validator, of which there is nothing to show but that it was done.
pub async fn submit(context: &Context, call: &Call) -> Result {
    let (account, client) = (context.account()?, context.client().await?);
    let done = client.submit(&account, call, Until::InBlock).await?;
    context.print(&json!({ "block": done.number() }), || {
        println!("done in block {}", done.number())
    });
    Ok(())
}

/// A contributor's consent, for its organisation.
pub async fn consent(context: &Context, organisation: OrganisationId, blocks: BlockNumber) -> Result {
    let (account, client) = (context.account()?, context.client().await?);
    let expires = client.best().await?.number.saturating_add(blocks);
    let consent = account.consent(client.genesis(), organisation, expires);
    let value = json!({
        "contributor": consent.contributor, "organisation": organisation, "expires": expires, "consent": consent.to_string(),
    });
    context.print(&value, || println!("{consent}"));
    Ok(())
}

/// Let the account that consented contribute.
pub async fn sponsor(context: &Context, consent: &SignedConsent) -> Result {
    let (account, client) = (context.account()?, context.client().await?);
    let organisation = client.organisation_of(&account.id()).await?;
    let organisation = organisation.ok_or_else(|| usage(format!("{} is no organisation's account", account.id())))?;
    consent.check(client.genesis(), organisation, client.best().await?.number)?;
    let call = consortium::sponsor(&consent.contributor, &consent.consent);
    let done = client.submit(&account, &call, Until::InBlock).await?;
    let value = json!({ "contributor": consent.contributor, "organisation": organisation, "block": done.number() });
    context.print(&value, || {
        println!("{} is sponsored since block {}", consent.contributor, done.number())
    });
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pin_should_stay_when_only_the_gateway_moves() {
        let endpoint = Endpoint {
            peer_id: "12D3".into(),
            gateway: "https://old.example".into(),
            tls_key_hash: Some(Hash::repeat_byte(1)),
        };
        let gateway = || Some("https://new.example".to_string());
        let kept = moved(endpoint.clone(), None, gateway(), Pin::AsItIs);
        assert_eq!(
            (kept.peer_id.as_str(), kept.tls_key_hash),
            ("12D3", endpoint.tls_key_hash)
        );
        assert_eq!(kept.gateway, "https://new.example");
        assert_eq!(moved(endpoint.clone(), None, gateway(), Pin::None).tls_key_hash, None);
        let other = Hash::repeat_byte(2);
        assert_eq!(moved(endpoint, None, None, Pin::Key(other)).tls_key_hash, Some(other));
    }
}
