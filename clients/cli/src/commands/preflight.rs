//! What can be known before a call is sent or proposed: a motion about nobody would stay open for days, and a call that fails may
//! cost a fee.

use crate::{
    failure::{usage, Failure, Result},
    output::tokens,
};
use quorate_client::{
    calls::consortium::{Change, ChangeId, Target},
    registry::{Standing, Suspension},
    Client, Error,
};
use quorate_primitives::{version::VersionStatus, AccountId, Balance, ModelId, OrganisationId, VersionIndex};

fn missing<T>(what: String) -> Result<T> {
    Err(Failure::Client(Error::NotFound(what)))
}

/// An organisation that exists.
pub async fn organisation(client: &Client, id: OrganisationId) -> Result<quorate_client::registry::Organisation> {
    match client.organisation(id).await? {
        Some(organisation) => Ok(organisation),
        None => missing(format!("organisation {id}; `quorate organisation list` shows all")),
    }
}

/// Whether an account can pay the fees of its own transactions.
pub async fn fees(client: &Client, who: &AccountId) -> Result {
    match client.funds(who).await?.free {
        0 => Err(usage(format!(
            "{who} has no tokens, and each of these transactions costs it a fee: send it some first"
        ))),
        _ => Ok(()),
    }
}

/// The standing of somebody that exists.
async fn standing(client: &Client, target: &Target) -> Result<Standing> {
    match target {
        Target::Organisation(id) => Ok(organisation(client, *id).await?.standing),
        Target::Validator(account) => match client.validator(account).await? {
            Some(validator) => Ok(validator.standing),
            None => missing(format!("validator {account}; `quorate validator list` shows all")),
        },
        Target::Contributor(account) => match client.contributor(account).await? {
            Some(contributor) => Ok(contributor.standing),
            None => missing(format!("contributor {account}; `quorate contributor list` shows all")),
        },
    }
}

/// Whether a majority can suspend for a while.
pub async fn suspend_fast(client: &Client, target: &Target) -> Result {
    may_suspend_fast(standing(client, target).await?).map_err(usage)
}

fn may_suspend_fast(standing: Standing) -> std::result::Result<(), String> {
    match standing {
        Standing { suspension: Some(Suspension::Fast { until }), .. } => {
            Err(format!("it is suspended already, until block {until}; --long goes on beyond it"))
        }
        Standing { suspension: Some(Suspension::Long), .. } => Err("it is suspended already, until it is reinstated".into()),
        Standing { fast_used: true, .. } => Err(
            "it was suspended by a majority once, and cannot be so again until two thirds allow it (`allow-suspension`); --long by two \
             thirds is possible now"
                .into(),
        ),
        _ => Ok(()),
    }
}

/// Whether there is a suspension to lift.
pub async fn reinstate(client: &Client, target: &Target) -> Result {
    match standing(client, target).await?.suspension {
        Some(_) => Ok(()),
        None => Err(usage("it is not suspended")),
    }
}

/// Whether a change is about somebody that exists, and changes something.
pub async fn change(client: &Client, change: &Change) -> Result {
    match change {
        Change::Admit { name, account, .. } => {
            if name.is_empty() || name.len() > 64 || name.chars().any(char::is_control) {
                return Err(usage("a name has 1 to 64 bytes, and no control characters"));
            }
            speaks_for_nobody(client, account).await
        }
        Change::Remove { organisation: id } | Change::SetQuota { organisation: id, .. } => {
            organisation(client, *id).await.map(drop)
        }
        Change::SetAccount {
            organisation: id,
            account,
        } => {
            organisation(client, *id).await?;
            speaks_for_nobody(client, account).await
        }
        Change::Suspend { target } => match standing(client, target).await?.suspension {
            Some(Suspension::Long) => Err(usage("it is suspended already, until it is reinstated")),
            _ => Ok(()),
        },
        Change::AllowFastSuspension { target } => match standing(client, target).await?.fast_used {
            true => Ok(()),
            false => Err(usage("a majority may suspend it as it is")),
        },
        Change::RegisterValidator {
            validator,
            organisation: id,
            ..
        } => {
            organisation(client, *id).await?;
            match client.validator(validator).await? {
                None => Ok(()),
                Some(known) => Err(usage(format!(
                    "{validator} is a validator already, of organisation {}",
                    known.organisation
                ))),
            }
        }
        Change::RemoveValidator { validator } => {
            let target = Target::Validator(validator.clone());
            standing(client, &target).await.map(drop)
        }
        Change::SetTechnicalSeats { seats } => {
            for id in seats {
                organisation(client, *id).await?;
            }
            Ok(())
        }
    }
}

async fn speaks_for_nobody(client: &Client, account: &AccountId) -> Result {
    match client.organisation_of(account).await? {
        None => Ok(()),
        Some(id) => Err(usage(format!("{account} speaks for organisation {id} already"))),
    }
}

/// A change that waits.
pub async fn waiting(client: &Client, id: ChangeId) -> Result {
    match client.change(id).await? {
        Some(_) => Ok(()),
        None => missing(format!("change {id}; `quorate organisation changes` shows what waits")),
    }
}

/// Whether `account` recovers the organisation now.
pub async fn recover(client: &Client, id: OrganisationId, account: &AccountId) -> Result {
    let (known, now) = (organisation(client, id).await?, client.best().await?.number);
    match known.recovery.counts(account, now) {
        Ok(true) => Ok(()),
        Ok(false) => Err(usage(format!(
            "{account} is not the recovery account of organisation {id}"
        ))),
        Err(from) => Err(usage(format!(
            "{account} counts as the recovery account of organisation {id} from block {from} on, {}",
            in_words(u64::from(from.saturating_sub(now)).saturating_mul(client.block_millis().await?))
        ))),
    }
}

/// Whether `account` was proposed to speak for the organisation, and can pay the fee.
pub async fn accept(client: &Client, id: OrganisationId, account: &AccountId) -> Result {
    organisation(client, id).await?;
    let now = client.best().await?.number;
    match client.proposal(id).await? {
        Some(proposal) if proposal.account == *account && proposal.until > now => (),
        Some(proposal) if proposal.account == *account => {
            return Err(usage(format!(
                "the proposal of {account} for organisation {id} ended in block {}: it has to be proposed again",
                proposal.until
            )));
        }
        _ => {
            return Err(usage(format!(
                "{account} was not proposed to speak for organisation {id}: `rotate-account`, `recover-account` or `set-account` does it"
            )))
        }
    }
    match client.funds(account).await?.free {
        0 => Err(usage(format!(
            "{account} has no tokens: accepting costs a fee, and the organisation's bonds are held from this account. Send it some first"
        ))),
        _ => Ok(()),
    }
}

/// Whether there is pay to claim.
pub async fn claim(client: &Client, account: &AccountId) -> Result {
    match client.standing(account).await?.claimable {
        0 => Err(usage(format!(
            "there is nothing to claim for {account}: pay comes when a round with its work is settled"
        ))),
        _ => Ok(()),
    }
}

/// Whether the account holds what it puts into a fund.
pub async fn fund(client: &Client, account: &AccountId, amount: Balance) -> Result {
    let free = client.funds(account).await?.free;
    match free >= amount {
        true => Ok(()),
        false => Err(usage(format!(
            "{account} holds {} free, less than {}",
            tokens(free),
            tokens(amount)
        ))),
    }
}

/// Whether a model's fund holds what is taken out.
pub async fn withdraw(client: &Client, model: ModelId, amount: Balance) -> Result {
    let fund = client.model(model).await?.fund;
    match fund >= amount {
        true => Ok(()),
        false => Err(usage(format!(
            "the fund of model {model} holds {}, less than {}",
            tokens(fund),
            tokens(amount)
        ))),
    }
}

/// Whether a version exists and is, or is not, revoked.
pub async fn version(client: &Client, model: ModelId, version: VersionIndex, revoked: bool) -> Result {
    let known = client.version(model, version).await?;
    match (known.status == VersionStatus::Revoked, revoked) {
        (true, false) => Err(usage(format!("version {model}@{version} is revoked"))),
        (false, true) => Err(usage(format!(
            "version {model}@{version} is not revoked itself; an ancestor may be (`quorate version list {model}`)"
        ))),
        _ => Ok(()),
    }
}

/// Milliseconds in words.
fn in_words(millis: u64) -> String {
    let minutes = millis / 60_000;
    match minutes {
        0..=1 => "in a moment".into(),
        2..=119 => format!("in about {minutes} minutes"),
        120..=2_879 => format!("in about {} hours", minutes / 60),
        _ => format!("in about {} days", minutes / 1_440),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn suspension_by_a_majority_should_be_possible_once() {
        let standing = |suspension, fast_used| Standing { suspension, fast_used };
        assert!(may_suspend_fast(standing(None, false)).is_ok());
        for (standing, named) in [
            (standing(Some(Suspension::Fast { until: 9 }), true), "until block 9"),
            (standing(Some(Suspension::Long), false), "reinstated"),
            (standing(None, true), "allow-suspension"),
        ] {
            assert!(may_suspend_fast(standing).unwrap_err().contains(named));
        }
    }

    #[test]
    fn waiting_should_be_said_in_words() {
        let said = [6_000, 180_000, 9_000_000, 604_800_000].map(in_words);
        assert_eq!(
            said,
            [
                "in a moment",
                "in about 3 minutes",
                "in about 2 hours",
                "in about 7 days"
            ]
        );
    }
}
