//! What can be known before a call is sent or proposed: a motion about nobody would stay open for days, and a call that fails may
//! cost a fee.

use crate::{
    failure::{nothing_sent, usage, Failure, Result},
    output::tokens,
};
use quorate_client::{
    calls::consortium::{Change, ChangeId, Target},
    registry::{Standing, Suspension},
    Client, Error,
};
use quorate_primitives::{
    job::infer::EXACT_VERSION,
    version::VersionStatus,
    views::{CapabilityView, CapableCount},
    AccountId, Balance, ModelId, OrganisationId, VersionIndex,
};

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

/// Whose fund pays for what an account asks for.
pub async fn paying(client: &Client, who: &AccountId) -> Result<OrganisationId> {
    if let Some(organisation) = client.organisation_of(who).await? {
        return Ok(organisation);
    }
    let contributor = client.contributor(who).await?;
    let contributor = contributor.ok_or_else(|| {
        usage(format!(
            "{who} is neither the account of an organisation nor a contributor that one sponsors"
        ))
    })?;
    Ok(contributor.organisation)
}

/// Whether an organisation's fund has what something costs.
pub async fn fund_of(client: &Client, organisation: OrganisationId, (what, fee): (&str, Balance)) -> Result {
    let fund = client.fund_of(organisation).await?;
    match fund < fee {
        false => Ok(()),
        true => Err(usage(format!(
            "{what} costs {}, and the fund of organisation {organisation} has {}: `quorate evaluation fund` fills it",
            tokens(fee),
            tokens(fund)
        ))),
    }
}

/// How many validators can answer what needs so many MiB, which are enough: the chain refuses it else, as `TooFewCapable`.
pub async fn capable(client: &Client, memory: u32) -> Result<CapableCount> {
    let count = client.capable(memory).await?;
    match count.capable < count.needed {
        false => Ok(count),
        true => Err(nothing_sent(too_few(count, &client.capabilities().await?, memory))),
    }
}

/// What those lack that cannot answer what needs so many MiB.
fn too_few(count: CapableCount, all: &[CapabilityView], memory: u32) -> String {
    let lacks = |lack: Lack| all.iter().filter(|view| lack_of(view, memory) == Some(lack)).count();
    let small = all.iter().filter(|view| lack_of(view, memory) == Some(Lack::Memory));
    let most = small.filter_map(|view| view.capability).map(|of| of.memory).max();
    let small = format!("declared less memory, at most {} MiB", most.unwrap_or_default());
    let reasons: Vec<String> = [
        (Lack::Declared, "declared nothing"),
        (Lack::Barred, "were silent and are not asked for a while"),
        (Lack::Release, "compute another version of the arithmetic"),
        (Lack::Memory, small.as_str()),
        (Lack::Speed, "are too slow for the deadlines"),
    ]
    .into_iter()
    .filter_map(|(lack, what)| Some((lacks(lack), what)).filter(|(count, _)| *count > 0))
    .map(|(count, what)| format!("{count} {what}"))
    .collect();
    let help = match lacks(Lack::Memory) {
        0 => "",
        _ => ". Fewer tokens or smaller inputs need less memory",
    };
    format!(
        "the answer needs {memory} MiB and a quorum of all {} validators, {}; {} can answer: {}{help}. `quorate capability list` shows each",
        count.validators,
        count.needed,
        count.capable,
        reasons.join(", ")
    )
}

/// The first reason why a validator is not asked.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Lack {
    Declared,
    Barred,
    Release,
    Memory,
    Speed,
}

fn lack_of(view: &CapabilityView, memory: u32) -> Option<Lack> {
    let Some(declared) = view.capability else {
        return Some(Lack::Declared);
    };
    match view.asked {
        false if view.barred_until.is_some() => Some(Lack::Barred),
        false if declared.exact_version != EXACT_VERSION => Some(Lack::Release),
        false => Some(Lack::Speed),
        true => (declared.memory < memory).then_some(Lack::Memory),
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
    use quorate_primitives::capability::Capability;

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
    fn what_too_few_can_answer_should_be_refused_with_what_the_others_lack() {
        let view = |declared: Option<(u32, u32)>, asked, barred_until| CapabilityView {
            validator: AccountId::new([1; 32]),
            organisation: 0,
            capability: declared.map(|(memory, exact_version)| Capability {
                memory,
                speed: 1,
                exact_version,
            }),
            declared_at: None,
            next_from: 0,
            again_from: 0,
            barred_until,
            asked,
        };
        let all = [
            view(Some((700, EXACT_VERSION)), true, None),
            view(Some((60, EXACT_VERSION)), true, None),
            view(Some((50, EXACT_VERSION)), true, None),
            view(Some((60, EXACT_VERSION)), false, None),
            view(Some((700, EXACT_VERSION)), false, Some(9)),
            view(Some((700, EXACT_VERSION + 1)), false, None),
            view(None, false, None),
        ];
        let count = CapableCount {
            capable: 1,
            needed: 5,
            validators: 7,
        };
        let said = too_few(count, &all, 70);
        for named in [
            "needs 70 MiB and a quorum of all 7 validators, 5; 1 can answer",
            "1 declared nothing",
            "1 were silent",
            "1 compute another version",
            "2 declared less memory, at most 60 MiB",
            "1 are too slow",
            "Fewer tokens",
        ] {
            assert!(said.contains(named), "{said} lacks {named}");
        }
        let slow = too_few(count, &all[3..4], 70);
        assert!(slow.contains("1 are too slow") && !slow.contains("memory"), "{slow}");
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
