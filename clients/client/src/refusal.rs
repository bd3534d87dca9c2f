//! Why the chain refused, and what to do, in words.

use crate::{Call, Error};
use subxt::error::{ArithmeticError, DispatchError, TokenError};

/// A call that failed in its block.
pub(crate) fn refused(error: DispatchError) -> Error {
    if let DispatchError::Module(module) = &error {
        if let Ok(details) = module.details() {
            let docs = details.variant.docs.iter().map(|line| line.trim());
            let doc = docs.collect::<Vec<_>>().join(" ");
            let (pallet, name) = (details.pallet.name().to_string(), details.variant.name.clone());
            let doc = stock(&pallet, &name).map_or(doc, String::from);
            return Error::Refused { pallet, name, doc };
        }
    }
    let (name, doc) = words(&error);
    Error::Refused {
        pallet: "runtime".into(),
        name: name.into(),
        doc,
    }
}

/// The errors of pallets that are not Quorate's, which say less.
fn stock(pallet: &str, name: &str) -> Option<&'static str> {
    Some(match (pallet, name) {
        ("Balances", "InsufficientBalance") => TOO_FEW_TOKENS,
        ("Balances", "LiquidityRestrictions") => "The account's tokens are held or frozen, for instance for a bond. `quorate standing` shows what is free.",
        ("Balances", "ExistentialDeposit") => "The receiving account would hold less than the least balance that an account may have. Send more.",
        ("Balances", "Expendability") => "The account would be left with less than the least balance that an account may have. Send less.",
        ("Council" | "TechnicalCommittee", "NotMember") => {
            "The account has no seat in this body: it must be that of an organisation that is admitted and not suspended."
        }
        ("Council" | "TechnicalCommittee", "DuplicateProposal") => "The same motion is open already: vote for it.",
        ("Council" | "TechnicalCommittee", "ProposalMissing") => "No such motion is open: it was carried, refused or never proposed. `quorate motion list` shows all.",
        ("Council" | "TechnicalCommittee", "DuplicateVote") => "The account has voted so already.",
        ("Council" | "TechnicalCommittee", "TooEarly") => "The motion is still open: it can be closed when it has its votes, when it cannot get them any more, or when its time is over.",
        ("Council" | "TechnicalCommittee", "TooManyProposals") => "The organisation has as many motions open as it may have. Close one first.",
        ("Council" | "TechnicalCommittee", "WrongProposalWeight") => "The motion weighs more than it was closed with. Close it again.",
        ("System", "CallFiltered") => "The chain takes no such call now: it is in safe mode, or the call is paused. `quorate doctor` shows which.",
        ("RankedCollective", "NotMember") => "The account has no rank: contributors earn one by their reputation.",
        ("RankedCollective", "RankTooLow") => "The account's rank is below that of the poll.",
        ("RankedCollective" | "RankedPolls", "NotPolling" | "NotOngoing") => "The poll is over, or there never was one of this number. `quorate poll list` shows all.",
        ("RankedPolls", "NoDeposit" | "HasDeposit") => "The poll's decision deposit is there already, or is not there to be given back.",
        _ => return None,
    })
}

const TOO_FEW_TOKENS: &str =
    "The account has too few tokens for this, or what it has is held. `quorate standing ACCOUNT` shows its balance.";

fn words(error: &DispatchError) -> (&'static str, String) {
    let (name, words) = match error {
        DispatchError::BadOrigin => (
            "BadOrigin",
            "This account, or this majority, may not do that. The command's help says who may.",
        ),
        DispatchError::Arithmetic(ArithmeticError::Underflow) => (
            "Underflow",
            "An amount is larger than what it is taken from: the account has too few tokens.",
        ),
        DispatchError::Arithmetic(ArithmeticError::Overflow) => ("Overflow", "An amount is larger than the chain can count."),
        DispatchError::Token(TokenError::FundsUnavailable) => ("FundsUnavailable", TOO_FEW_TOKENS),
        DispatchError::Token(TokenError::NotExpendable | TokenError::OnlyProvider) => (
            "NotExpendable",
            "The account would be left with less than the least balance that an account may have. Take a smaller amount.",
        ),
        DispatchError::Token(TokenError::BelowMinimum | TokenError::CannotCreate) => (
            "BelowMinimum",
            "The receiving account would hold less than the least balance that an account may have. Send more.",
        ),
        DispatchError::Token(TokenError::Frozen) => ("Frozen", "The account's tokens are frozen."),
        DispatchError::Exhausted => ("Exhausted", "The call is more work than a block has room for. Split it, or try again later."),
        other => return ("Dispatch", other.to_string()),
    };
    (name, words.into())
}

/// An encoded `TransactionValidityError` in words.
pub(crate) fn invalid(error: &[u8]) -> String {
    let words = match error {
        [0, 0, ..] => "the chain does not take this call now, or not from this account",
        [0, 1, ..] => "Inability to pay some fees",
        [0, 2, ..] => "an earlier transaction of the account is missing",
        [0, 3, ..] => "another transaction of the account came first",
        [0, 4, ..] => "its signature is wrong: the node is of another chain or release",
        [0, 5, ..] => "it is too old",
        [0, 6, ..] => "the block has no room for it",
        [0, 7, code, ..] => return format!("the call's own check refuses it (code {code})"),
        _ => "the node cannot tell whether it is valid",
    };
    words.into()
}

/// `error` with what to do about it, where `call` tells: a call of the protocol is free only when it would succeed, so that
/// its refusal reads as a fee that cannot be paid.
pub(crate) fn explained(call: &Call, error: Error) -> Error {
    match error {
        Error::Rejected(reason) if reason.contains("pay some fees") && is_never_free(call) => Error::Rejected(format!(
            "the account has no tokens for the fee of {}.{}: send it some first",
            call.pallet, call.name
        )),
        Error::Rejected(reason) if reason.contains("pay some fees") => Error::Rejected(format!(
            "the account has no tokens for a fee, and {}.{} is free only when it would succeed. {}",
            call.pallet,
            call.name,
            free_when(call)
        )),
        other => other,
    }
}

/// Whether each call of this kind costs a fee.
fn is_never_free(call: &Call) -> bool {
    matches!(call.pallet, "Artifacts" | "Evaluation" | "Inference")
}

/// What a free call asks for.
fn free_when(call: &Call) -> &'static str {
    match (call.pallet, call.name) {
        ("Incentives", "claim" | "claim_for") => {
            "Is there anything to claim (`quorate standing ACCOUNT`)? Pay comes when a round is settled"
        }
        ("Incentives", _) => "A fund is filled from, and returned to, an account that holds tokens: send it some first",
        ("Consortium", "accept_account") => {
            "The new account of an organisation pays a fee when it accepts: send it some tokens first. And was it proposed, less \
             than a proposal's time ago (`quorate organisation list`)?"
        }
        ("Consortium", "set_recovery_account" | "rotate_account" | "recover_account") => {
            "This account pays a fee: send it some tokens first. Is it the organisation's, or its recovery account?"
        }
        ("Consortium", "sponsor" | "unsponsor") => {
            "Is it an organisation's account, does the consent hold, and has the organisation room in its quota?"
        }
        ("Consortium", _) => "Is it the account of an organisation or a validator that is not suspended?",
        ("Rounds", "submit") => {
            "Does an organisation sponsor the account (`quorate contributor list`), is the round Collecting, is the weight at most the \
             policy's, has the account not submitted before, is there room for its organisation's updates (`quorate round show`), and has \
             the organisation free calls left (its `allowance` by the chain's view functions)? Each round that it opens and each update \
             takes one; beyond, an account with tokens pays"
        }
        ("Rounds", "reveal_update") => "Is the round Revealing, and are root and salt those of the commitment?",
        ("Rounds", "withdraw") => "Is the round still Collecting, and has the account submitted to it?",
        ("Rounds", "open_round") => {
            "Is it the model's owner's, is the model Active, does its fund hold the reward, is no round of it open (`quorate model show`), \
             and has the organisation free calls left?"
        }
        ("Rounds", "abort") => "Is it the model's owner's, and is the round still Collecting?",
        ("Models", _) => "Is it the account of the organisation that owns the model (`quorate model show`), and does its state allow this?",
        ("Council" | "TechnicalCommittee", _) => "Is it the account of an organisation that has a seat and is not suspended?",
        _ => "Send it some tokens first",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_of_the_runtime_should_be_in_words_that_say_what_to_do() {
        for error in [
            DispatchError::Arithmetic(ArithmeticError::Underflow),
            DispatchError::Token(TokenError::FundsUnavailable),
        ] {
            let said = refused(error).to_string();
            assert!(said.contains("too few tokens"), "{said}");
        }
        let said = refused(DispatchError::BadOrigin).to_string();
        assert!(said.contains("may not do that"), "{said}");
    }

    #[test]
    fn fee_that_cannot_be_paid_should_name_what_makes_the_call_free() {
        let fees = || Error::Rejected("Invalid Transaction: Inability to pay some fees".into());
        for (pallet, name, hint) in [
            ("Incentives", "claim", "anything to claim"),
            ("Incentives", "fund", "send it some"),
            ("Consortium", "accept_account", "send it some tokens"),
            ("Rounds", "submit", "weight"),
            ("Rounds", "submit", "free calls left"),
            ("Rounds", "open_round", "free calls left"),
        ] {
            let said = explained(&Call::new(pallet, name, ()), fees()).to_string();
            assert!(said.contains(hint), "{said}");
        }
        let shard = explained(&Call::new("Evaluation", "reveal_shard", ()), fees()).to_string();
        assert!(shard.contains("send it some") && !shard.contains("is free"), "{shard}");
        let other = explained(&Call::new("Rounds", "submit", ()), Error::Rejected("stale".into()));
        assert!(matches!(other, Error::Rejected(reason) if reason == "stale"));
    }
}
