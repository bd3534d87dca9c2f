//! Who pays, and whether they can.

use crate::amount::tokens;
use quorate_client::{Client, Error, Result};
use quorate_primitives::{views::CapableCount, AccountId, Balance, OrganisationId};

/// Whose fund pays for what an account asks for.
///
/// # Errors
/// `Input` for an account that no organisation has or sponsors.
pub async fn paying(client: &Client, who: &AccountId) -> Result<OrganisationId> {
    if let Some(organisation) = client.organisation_of(who).await? {
        return Ok(organisation);
    }
    let contributor = client.contributor(who).await?.ok_or_else(|| {
        Error::Input(format!(
            "{who} is neither the account of an organisation nor a contributor that one sponsors"
        ))
    })?;
    Ok(contributor.organisation)
}

/// That something costs no more than is paid for it.
///
/// # Errors
/// `Input` naming both.
pub fn within((what, fee): (&str, Balance), max_fee: Balance) -> Result<()> {
    match fee > max_fee {
        false => Ok(()),
        true => Err(Error::Input(format!(
            "{what} costs {}, more than {}",
            tokens(fee),
            tokens(max_fee)
        ))),
    }
}

/// That an organisation's fund has what something costs.
///
/// # Errors
/// `Input` naming both.
pub async fn fund_of(client: &Client, organisation: OrganisationId, (what, fee): (&str, Balance)) -> Result<()> {
    let fund = client.fund_of(organisation).await?;
    match fund < fee {
        false => Ok(()),
        true => Err(Error::Input(format!(
            "{what} costs {}, and the fund of organisation {organisation} has {}: `quorate evaluation fund` fills it",
            tokens(fee),
            tokens(fund)
        ))),
    }
}

/// That enough validators can answer what needs so many MiB: the chain refuses it else, as `TooFewCapable`.
///
/// # Errors
/// `Input` saying how many can.
pub fn capable(count: CapableCount, memory: u32) -> Result<()> {
    let CapableCount {
        capable,
        needed,
        validators,
    } = count;
    match capable < needed {
        false => Ok(()),
        true => Err(Error::Input(format!(
            "the answer needs {memory} MiB, which {capable} of {validators} validators declare to have for one batch; {needed} have to: ask for \
             fewer tokens or smaller inputs, or see `quorate capability list`"
        ))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_too_few_can_answer_should_be_refused_with_how_many_can() {
        let count = |capable| CapableCount {
            capable,
            needed: 3,
            validators: 4,
        };
        assert!(super::capable(count(3), 7).is_ok());
        let refused = super::capable(count(2), 70).unwrap_err().to_string();
        assert!(refused.contains("70 MiB, which 2 of 4"), "{refused}");
        assert!(refused.contains("3 have to"), "{refused}");
    }

    #[test]
    fn nothing_should_cost_more_than_is_paid_for_it() {
        assert!(within(("x", 5), 5).is_ok());
        assert!(within(("x", 6), 5).is_err());
    }
}
