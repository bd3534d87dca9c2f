//! Calling all for each batch of which the own validator's worker found another outcome, until the process is told to end.
//!
//! What is at stake is on chain: a process that was ended goes on where it was, also where its node has started again. The first bond that is lost
//! ends it: either the own machine is at fault, or somebody has to look.

use super::{
    bonds::Bonds,
    disputed::{stands, told, Found, Stand},
    identity::must_be_final,
};
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
use tokio::sync::Mutex;

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
        bonds: Mutex::new(Bonds::of(account.id())),
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
    bonds: Mutex<Bonds>,
    /// What was said last of each batch that the node lists.
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
        // Of those that can be called is said below whether they are.
        for (found, stand) in stands.iter().filter(|(_, stand)| !matches!(stand, Stand::Open(_))) {
            self.say_of(found, stand.text());
        }
        let is_listed = |job: &JobId| told.disputed.iter().any(|found| found.job == *job);
        self.said.borrow_mut().retain(|job, _| is_listed(job));
        let mut bonds = self.bonds.lock().await;
        let listed = stands.iter().find_map(|(found, stand)| bonds.lost(found.batch, stand));
        if let Some(lost) = bonds.look(client).await?.or(listed) {
            return Ok(Some(lost));
        }
        for (found, stand) in &stands {
            let Stand::Open(bond) = stand else { continue };
            if !bonds.allow(found.job, *bond, self.max_bond) {
                let (bond, left) = (tokens(*bond), tokens(bonds.left(self.max_bond)));
                self.say_of(
                    found,
                    format!("not called: a bond of {bond} is needed, {left} are left of --max-bond"),
                );
                continue;
            }
            match self.call(client, found, *bond, &mut bonds).await {
                Ok(block) => self.say_of(
                    found,
                    format!("all are called in block {block}, with a bond of {}", tokens(*bond)),
                ),
                Err(Failure::Client(error @ (Error::Network(_) | Error::Timeout(_)))) => return Err(error),
                // Another one may have been first; it is looked at again at the next block.
                Err(failure) => self.say_of(found, format!("not called: {}", failure.text())),
            }
        }
        Ok(None)
    }

    async fn call(&self, client: &Client, found: &Found, bond: Balance, bonds: &mut Bonds) -> Result<u32> {
        must_be_final(client, found.batch, found.job).await?;
        preflight::fund(client, &self.account.id(), bond).await?;
        bonds.sent(found.job, found.batch, bond);
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
