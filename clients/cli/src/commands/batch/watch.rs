//! Calling all for each batch of which the own validator's worker found another outcome, until the process is told to end.
//!
//! All that is remembered is on chain: a process that was ended goes on where it was. The first bond that is lost ends it: either the own machine is
//! at fault, or somebody has to look.

use super::disputed::{stands, told, Bond, Found, Stand};
use crate::{
    commands::{preflight, stop::Stop},
    context::Context,
    failure::{usage, Failure, Result},
    output::{json_of, tokens},
};
use quorate_client::{calls::inference as calls, link::Link, watch::Limit, Account, Client, Error, Until};
use quorate_primitives::{AccountId, Balance, JobId, OrganisationId};
use serde_json::json;
use std::{cell::RefCell, collections::BTreeMap, time::Duration};

/// First and longest pause after an error that may pass.
const PAUSES: (Duration, Duration) = (Duration::from_secs(2), Duration::from_secs(60));

/// Call all where the own worker found another outcome, with bonds of at most `max_bond` together at a time.
pub async fn watch(context: &Context, max_bond: Balance) -> Result {
    if context.is_dry_run() {
        return Err(usage(
            "--dry-run tries one transaction, and watching may send many: `quorate batch disputed` shows what would be called",
        ));
    }
    let mut stop = Stop::new().map_err(Error::io("signals"))?;
    let (account, client) = (context.account()?, context.client().await?);
    let organisation = client.organisation_of(&account.id()).await?.ok_or_else(|| {
        usage(format!(
            "{} is no organisation's account: one that runs a validator can call all",
            account.id()
        ))
    })?;
    let watcher = Watcher {
        context,
        account,
        organisation,
        max_bond,
        said: RefCell::default(),
    };
    let validator = watcher.own_validator(&client, told(&client).await?.validator).await?;
    watcher.say(&format!(
        "watching what the worker of {validator} finds; bonds of {} at most are set aside at a time",
        tokens(max_bond)
    ));
    drop(client);
    tokio::select! {
        biased;
        signal = stop.told() => {
            watcher.say(&format!("{signal}: ending; nobody calls all until this runs again"));
            Ok(())
        }
        ended = watcher.follow() => ended,
    }
}

struct Watcher<'a> {
    context: &'a Context,
    account: Account,
    organisation: OrganisationId,
    max_bond: Balance,
    /// What was said last of each.
    said: RefCell<BTreeMap<JobId, String>>,
}

impl Watcher<'_> {
    /// Looks at every block, until a bond is lost.
    async fn follow(&self) -> Result {
        let mut pause = PAUSES.0;
        loop {
            let failure = match self.follow_one(&mut pause).await {
                Ok(lost) => return Err(Failure::Check(lost)),
                Err(failure) if failure.may_pass() => failure,
                Err(failure) => return Err(failure),
            };
            self.say(&format!("{}; trying again in {} s", failure.text(), pause.as_secs()));
            tokio::time::sleep(pause).await;
            pause = (pause * 2).min(PAUSES.1);
        }
    }

    /// Over one connection, and those that are made in its place. Answers with how a bond was lost.
    async fn follow_one(&self, pause: &mut Duration) -> Result<String> {
        let link = Link::new(async || self.context.connect().await).await?;
        let pause = RefCell::new(pause);
        let again = |error: &Error| self.say(&format!("connecting again: {error}"));
        let look = async |client: Client| {
            let step = client.until("no bond is lost", Limit::WhileBlocksCome, || async {
                let lost = self.look(&client).await?;
                **pause.borrow_mut() = PAUSES.0;
                Ok(lost)
            });
            step.await
        };
        Ok(link.keep(again, look).await?)
    }

    /// Does what is due at this block. Answers with how a bond was lost.
    async fn look(&self, client: &Client) -> quorate_client::Result<Option<String>> {
        let told = told(client).await?;
        self.own_validator(client, told.validator.clone()).await?;
        let stands = stands(client, &told).await?;
        for (found, stand) in &stands {
            self.say_of(found, stand.text());
        }
        if let Some(lost) = lost(&stands, &self.account.id()) {
            return Ok(Some(lost));
        }
        let mut left = left(&stands, &self.account.id(), self.max_bond);
        for (found, stand) in &stands {
            let Stand::Open(bond) = stand else { continue };
            if *bond > left {
                let (bond, left) = (tokens(*bond), tokens(left));
                self.say_of(
                    found,
                    format!("not called: a bond of {bond} is needed, {left} are left of --max-bond"),
                );
                continue;
            }
            match self.call(client, found, *bond).await {
                Ok(block) => {
                    left = left.saturating_sub(*bond);
                    self.say_of(
                        found,
                        format!("all are called in block {block}, with a bond of {}", tokens(*bond)),
                    );
                }
                Err(Failure::Client(error @ (Error::Network(_) | Error::Timeout(_)))) => return Err(error),
                // Another one may have been first; it is looked at again at the next block.
                Err(failure) => self.say_of(found, format!("not called: {}", failure.text())),
            }
        }
        Ok(None)
    }

    async fn call(&self, client: &Client, found: &Found, bond: Balance) -> Result<u32> {
        preflight::fund(client, &self.account.id(), bond).await?;
        let call = calls::call_all(found.batch);
        Ok(client.submit(&self.account, &call, Until::InBlock).await?.number())
    }

    /// The validator for which the node acts, if it is the organisation's own.
    async fn own_validator(&self, client: &Client, told: Option<AccountId>) -> quorate_client::Result<AccountId> {
        let Some(validator) = told else {
            return Err(Error::Input(
                "the node acts for no validator: connect to the organisation's own (--url)".into(),
            ));
        };
        match client.validator(&validator).await? {
            Some(known) if known.organisation == self.organisation => Ok(validator),
            _ => Err(Error::Input(format!(
                "the node acts for {validator}, which is no validator of organisation {}: connect to the own one's node (--url), whose word counts",
                self.organisation
            ))),
        }
    }

    /// Says what is news of a batch.
    fn say_of(&self, found: &Found, text: String) {
        let mut said = self.said.borrow_mut();
        if said.get(&found.job) != Some(&text) {
            let line = json!({ "batch": found.batch, "found": json_of(found), "text": text });
            self.context
                .print_line(&line, &format!("batch {}: {text}", found.batch));
            said.insert(found.job, text);
        }
    }

    fn say(&self, text: &str) {
        self.context.print_line(&json!({ "text": text }), text);
    }
}

/// What is left of the most that may be set aside, beside the bonds of this account on which nobody has decided.
fn left(stands: &[(Found, Stand)], account: &AccountId, max_bond: Balance) -> Balance {
    let taken = stands.iter().filter_map(|(_, stand)| match stand {
        Stand::Asked(Some(Bond { by, bond })) if by == account => Some(*bond),
        _ => None,
    });
    taken.fold(max_bond, Balance::saturating_sub)
}

/// How a bond of this account was lost.
fn lost(stands: &[(Found, Stand)], account: &AccountId) -> Option<String> {
    stands.iter().find_map(|(found, stand)| match stand {
        Stand::Wrong(Some(Bond { by, bond })) if by == account => Some(format!(
            "batch {}: all found what the seven did, and the bond of {} is lost. The own validator's machine computes something else: stop its worker \
             and run `quorate-worker selftest` before this runs again",
            found.batch,
            tokens(*bond)
        )),
        Stand::Nothing(Some(Bond { by, bond })) if by == account => Some(format!(
            "batch {}: all came to no agreement, and the treasury has the bond of {}. Too many were silent or do not agree: look at `quorate batch show \
             {}` and the own worker before this runs again",
            found.batch,
            tokens(*bond),
            found.batch
        )),
        _ => None,
    })
}

#[cfg(test)]
mod tests {
    use super::{super::disputed::tests::found, *};

    fn account(n: u8) -> AccountId {
        AccountId::new([n; 32])
    }

    fn bond(n: u8, bond: Balance) -> Option<Bond> {
        Some(Bond { by: account(n), bond })
    }

    fn all(stands: impl IntoIterator<Item = Stand>) -> Vec<(Found, Stand)> {
        stands.into_iter().map(|stand| (found(), stand)).collect()
    }

    #[test]
    fn bonds_that_are_not_decided_should_count_together() {
        let stands = all([
            Stand::Asked(bond(1, 30)),
            Stand::Asked(bond(2, 1_000)),
            Stand::Asked(None),
            Stand::Right(bond(1, 500)),
            Stand::Asked(bond(1, 25)),
            Stand::Open(44),
        ]);
        assert_eq!(left(&stands, &account(1), 100), 45);
        assert_eq!(left(&stands, &account(1), 40), 0);
    }

    #[test]
    fn own_bond_that_is_lost_should_end_it_and_no_other() {
        let of = |stand| lost(&all([Stand::Open(3), stand]), &account(1));
        for kept in [
            Stand::Wrong(bond(2, 30)),
            Stand::Nothing(bond(2, 30)),
            Stand::Wrong(None),
            Stand::Right(bond(1, 30)),
            Stand::Asked(bond(1, 30)),
            Stand::Over,
            Stand::Unknown,
        ] {
            assert_eq!(of(kept.clone()), None, "{kept:?}");
        }
        assert!(of(Stand::Wrong(bond(1, 30))).unwrap().contains("selftest"));
        assert!(of(Stand::Nothing(bond(1, 30))).unwrap().contains("no agreement"));
    }
}
