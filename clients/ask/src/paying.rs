//! Who pays, and whether they can.

use crate::amount::tokens;
use quorate_client::{policy::UNIT, Client, Error, Result};
use quorate_primitives::{AccountId, Balance, OrganisationId};

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

/// What is paid at most for one answer or evaluation unless it is said: what something costs is a node's word.
pub const MOST: Balance = UNIT;

/// The most that something may cost, which is signed: `max_fee`, or what it costs now, and no more than [`MOST`].
///
/// # Errors
/// `Input` where it costs more, naming both.
pub fn most((what, fee): (&str, Balance), max_fee: Option<Balance>) -> Result<Balance> {
    let limit = max_fee.unwrap_or(MOST);
    let more = match max_fee {
        Some(_) => "",
        None => ", which is paid at most unless max_fee (--max-fee) says more",
    };
    match fee > limit {
        false => Ok(max_fee.unwrap_or(fee)),
        true => Err(Error::Input(format!(
            "{what} costs {}, more than {}{more}",
            tokens(fee),
            tokens(limit)
        ))),
    }
}

/// That an organisation's fund has what something costs.
///
/// # Errors
/// `Unavailable` naming both.
pub async fn fund_of(client: &Client, organisation: OrganisationId, (what, fee): (&str, Balance)) -> Result<()> {
    let fund = client.fund_of(organisation).await?;
    match fund < fee {
        false => Ok(()),
        true => Err(Error::Unavailable(format!(
            "{what} costs {}, and the fund of organisation {organisation} has {}: `quorate evaluation fund` fills it",
            tokens(fee),
            tokens(fund)
        ))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_should_cost_more_than_is_paid_for_it() {
        assert_eq!(most(("x", 5), Some(6)).unwrap(), 6);
        let refused = most(("x", 6 * UNIT), Some(5 * UNIT)).unwrap_err().to_string();
        assert!(refused.contains("x costs 6, more than 5"), "{refused}");
    }

    #[test]
    fn node_should_not_name_what_somebody_pays_beyond_a_limit() {
        assert_eq!(most(("x", MOST), None).unwrap(), MOST);
        assert_eq!(most(("x", 5), None).unwrap(), 5, "no more than was shown");
        let refused = most(("x", 1_000 * UNIT), None).unwrap_err().to_string();
        assert!(
            refused.contains("x costs 1000, more than 1") && refused.contains("--max-fee"),
            "{refused}"
        );
    }
}
