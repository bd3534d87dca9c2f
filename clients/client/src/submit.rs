//! Sending a transaction, and finding out what became of it.

use crate::{
    connection::Block,
    nonces::{self, Attempt, Failure, Statuses},
    refusal::{explained, refused},
    signing::Signed,
    Account, Call, Client, Error, Result,
};
use codec::Decode;
use quorate_primitives::{update::Update, AccountId, BlockNumber, Hash, RoundId};
use std::{
    cmp::Ordering,
    time::{Duration, Instant},
};
use subxt::{error::DispatchError, events::Phase, rpcs::methods::legacy::TransactionStatus, utils::H256};

/// How long to wait for a status before giving up.
const PATIENCE: Duration = Duration::from_secs(180);
/// After how long a transaction that is in no block yet is looked after.
const LOOK: Duration = Duration::from_secs(30);

/// After how many looks in a row that miss an earlier transaction of the account nobody waits for it any longer.
const GAPS: u32 = 2;

/// How long to follow a transaction.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Until {
    /// It is in a best block, which may still be replaced.
    InBlock,
    Finalized,
}

/// A contributor's update, which shows of a transaction in a block that its call did what it is for. The events that would tell are
/// those of all transactions of the block: a thousand contributors in one block would each read what all thousand did.
pub(crate) struct Trace {
    pub round: RoundId,
    pub contributor: AccountId,
    pub shows: Box<Shows>,
}

/// Whether this update shows it.
type Shows = dyn Fn(&Update) -> bool + Send + Sync;

/// How one transaction differs from others.
#[derive(Clone, Copy, Default)]
pub(crate) struct Particulars<'a> {
    /// Where it shows that the call did what it is for: then its events are not read.
    pub trace: Option<&'a Trace>,
    /// The transaction is valid only in chains that have this block; the last final one unless given.
    pub anchor: Option<Block>,
}

/// A transaction that was handed to the node.
struct Sent<'a> {
    account: &'a Account,
    call: &'a Call,
    anchor: Option<Block>,
    signed: Signed,
    statuses: Statuses,
}

/// Where a transaction went.
#[derive(Clone, Debug)]
pub struct Included {
    pub block: Block,
    /// Events of the transaction, `Pallet.Event`, with their encoded fields. Those of commitments and reveals are not read.
    pub events: Vec<(String, Vec<u8>)>,
}

impl Included {
    pub fn number(&self) -> BlockNumber {
        self.block.number
    }

    /// Encoded fields of the first event of this name, such as `Rounds.Opened`.
    pub fn event(&self, name: &str) -> Option<&[u8]> {
        self.events
            .iter()
            .find(|(n, _)| n == name)
            .map(|(_, fields)| fields.as_slice())
    }

    /// The number of what the call made: the first field of such an event.
    ///
    /// # Errors
    /// `Incompatible` where there is none.
    pub fn number_in<N: Decode>(&self, event: &str) -> Result<N> {
        let number = self.event(event).and_then(|mut fields| N::decode(&mut fields).ok());
        number.ok_or_else(|| Error::Incompatible(format!("no {event} event with a number")))
    }
}

/// It was never sent, or never taken, or failed in its block.
fn over(error: Error) -> Failure {
    Failure { error, pending: false }
}

impl Client {
    /// Sign `call`, submit it and follow it. When another transaction of the account took its nonce, it goes out again with a fresh
    /// one: other programs may use the same account at the same time.
    ///
    /// # Errors
    /// `Refused` when the call failed in its block, `Rejected` when the node did not take the transaction.
    pub async fn submit(&self, account: &Account, call: &Call, until: Until) -> Result<Included> {
        self.submit_or(account, call, until, || ()).await
    }

    /// The same. `over` is called where the call failed and will never count: what was kept for it is of no use then. After a broken line,
    /// or a wait that took too long, nobody knows, and it is not called.
    ///
    /// # Errors
    /// As those of [`Client::submit`].
    pub async fn submit_or(
        &self,
        account: &Account,
        call: &Call,
        until: Until,
        over: impl FnOnce(),
    ) -> Result<Included> {
        let submitted = self.try_submit(account, call, until, Particulars::default()).await;
        submitted.map_err(|failure| {
            if !failure.pending {
                over();
            }
            explained(call, failure.error)
        })
    }

    /// Send a call that makes something with a number, and wait until that is final. Before that a fork may give the number to something else,
    /// perhaps of somebody else, and all that is done with the number would be done with that. `event` is the one that names it, as its
    /// first field.
    ///
    /// # Errors
    /// As those of [`Client::submit`].
    pub async fn submit_numbered<N: Decode>(
        &self,
        account: &Account,
        call: &Call,
        event: &str,
    ) -> Result<(N, Included)> {
        self.submit_numbered_or(account, call, event, || ()).await
    }

    /// The same. `over`: as of [`Client::submit_or`].
    ///
    /// # Errors
    /// As those of [`Client::submit`].
    pub async fn submit_numbered_or<N: Decode>(
        &self,
        account: &Account,
        call: &Call,
        event: &str,
        over: impl FnOnce(),
    ) -> Result<(N, Included)> {
        let done = self.submit_or(account, call, Until::Finalized, over).await?;
        Ok((done.number_in(event)?, done))
    }

    /// The same as [`Client::submit_or`]; an error also tells whether the transaction is still under way.
    pub(crate) async fn try_submit(
        &self,
        account: &Account,
        call: &Call,
        until: Until,
        particulars: Particulars<'_>,
    ) -> Result<Included, Failure> {
        nonces::retry(|| self.submit_once(account, call, until, particulars)).await
    }

    async fn submit_once(
        &self,
        account: &Account,
        call: &Call,
        until: Until,
        Particulars { trace, anchor }: Particulars<'_>,
    ) -> Result<Attempt<Included>, Failure> {
        let turn = self.turn(account);
        let turn = turn.lock().await;
        if self.options().dry_run {
            return Err(over(self.try_out(account, call).await?));
        }
        let signed = self.sign(account, call, None, anchor).await.map_err(over)?;
        let until = self.options().until(until);
        let statuses = match nonces::send(&self.rpc, &signed.bytes).await? {
            Attempt::Done(statuses) => statuses,
            Attempt::NonceTaken(error) => return Ok(Attempt::NonceTaken(error)),
        };
        drop(turn);
        let mut sent = Sent {
            account,
            call,
            anchor,
            signed,
            statuses,
        };
        loop {
            let found = match self.follow(&mut sent, until).await? {
                Place::Block(hash) => Some(hash),
                Place::Invalid if !self.has_used(account, &sent.signed, None).await? => {
                    return Err(rejected("it became invalid while it waited").into())
                }
                // After a fork lost, a pool calls invalid what came into a block of the other one. Usurped here, ours may have been in a
                // block of somebody else's all the same. Sent once more it would count twice.
                Place::Invalid | Place::Usurped => self.find_after_usurped(account, &sent.signed).await?,
            };
            let Some(hash) = found else {
                return Ok(Attempt::NonceTaken(rejected("another one with its nonce came first")));
            };
            match self.outcome(hash, &sent.signed, trace).await {
                // A fork lost that block before it was read: the transaction comes into another one.
                Err(failure) if failure.pending && !self.stands(hash).await? => (),
                ended => return ended.map(Attempt::Done),
            }
        }
    }

    /// Where a transaction goes, as the pool tells it, or the chain where the pool tells nothing. One that does not come into a block
    /// while it is the account's next one is sent anew: a pool may hold it back.
    async fn follow(&self, sent: &mut Sent<'_>, until: Until) -> Result<Place, Failure> {
        let deadline = Instant::now() + PATIENCE;
        let mut gaps = 0;
        loop {
            let left = deadline.saturating_duration_since(Instant::now());
            if let Ok(place) = tokio::time::timeout(left.min(LOOK), place(&mut sent.statuses, until)).await {
                return place;
            }
            let nonces = Nonces {
                own: sent.signed.nonce,
                next: self.nonce_at(sent.account, None).await?,
                waiting: self.nonce(&sent.account.id()).await?,
            };
            gaps = if nonces.has_gap() { gaps + 1 } else { 0 };
            match nonces.next.cmp(&nonces.own) {
                // A pool may say nothing of a block that it has seen: this or another one with its nonce is there.
                Ordering::Greater => return Ok(Place::Usurped),
                _ if left.is_zero() || gaps == GAPS => return Err(late(sent.call, nonces).into()),
                Ordering::Equal => self.send_anew(sent).await?,
                Ordering::Less => (),
            }
        }
    }

    /// Send a transaction with the same nonce, so that not more than one of both counts. A pool that would take the first one into the
    /// next block refuses the second.
    async fn send_anew(&self, sent: &mut Sent<'_>) -> Result<()> {
        let nonce = Some(sent.signed.nonce);
        let anew = self.sign(sent.account, sent.call, nonce, sent.anchor).await?;
        match self.rpc.author_submit_and_watch_extrinsic(&anew.bytes).await {
            Ok(taken) => {
                sent.statuses = taken;
                let first = std::mem::replace(&mut sent.signed.bytes, anew.bytes);
                sent.signed.before.push(first);
                Ok(())
            }
            Err(subxt::rpcs::Error::User(_)) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }

    /// Whether a block is in the best chain.
    async fn stands(&self, hash: H256) -> Result<bool> {
        let Some(header) = self.rpc.chain_get_header(Some(hash)).await? else {
            return Ok(false);
        };
        let there = self.rpc.chain_get_block_hash(Some(header.number.into())).await?;
        Ok(there == Some(hash))
    }

    /// Whether the account has used the nonce of a transaction at a block, or at the best one.
    async fn has_used(&self, account: &Account, signed: &Signed, at: Option<Hash>) -> Result<bool> {
        Ok(self.nonce_at(account, at).await? > signed.nonce)
    }

    /// The account's next nonce at a block, or at the best one, whatever waits in the pool.
    async fn nonce_at(&self, account: &Account, at: Option<Hash>) -> Result<u64> {
        let nonce: u32 = self.runtime("AccountNonceApi_account_nonce", account.id(), at).await?;
        Ok(nonce.into())
    }

    /// The final block with the transaction, once a final block has used its nonce; `None` if another transaction did.
    async fn find_after_usurped(&self, account: &Account, signed: &Signed) -> Result<Option<H256>> {
        let mut next = signed.block;
        let step = self.until("no final block has used the nonce", PATIENCE, || async {
            let head = self.finalized().await?;
            Ok(self.has_used(account, signed, Some(head.hash)).await?.then_some(head))
        });
        let last = step.await?.number;
        while next <= last {
            let hash = self.rpc.chain_get_block_hash(Some(next.into())).await?;
            let hash = hash.ok_or_else(|| Error::NotFound(format!("block {next}")))?;
            let block = self.rpc.chain_get_block(Some(hash)).await?;
            let block = block.ok_or_else(|| Error::NotFound(format!("block {hash:?}")))?;
            if block.block.extrinsics.iter().any(|bytes| signed.is(&bytes.0)) {
                return Ok(Some(hash));
            }
            next = next.saturating_add(1);
        }
        Ok(None)
    }

    fn turn(&self, account: &Account) -> std::sync::Arc<tokio::sync::Mutex<()>> {
        let mut turns = self.turns.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        turns.entry(account.id()).or_default().clone()
    }

    /// What became of a transaction in its block.
    async fn outcome(&self, hash: H256, signed: &Signed, trace: Option<&Trace>) -> Result<Included, Failure> {
        if let Some(trace) = trace {
            let at = Some(Hash::from(hash.0));
            let round = self.own_round_at(trace.round, &trace.contributor, at).await?;
            if round.is_some_and(|round| round.updates.iter().any(|update| (trace.shows)(update))) {
                let block = self.block_of(Some(hash)).await?;
                return Ok(Included {
                    block,
                    events: Vec::new(),
                });
            }
        }
        let details = self.rpc.chain_get_block(Some(hash)).await.map_err(Error::from)?;
        let details = details.ok_or_else(|| Error::NotFound(format!("block {hash:?}")))?;
        let index = details.block.extrinsics.iter().position(|bytes| signed.is(&bytes.0));
        let index = index.ok_or_else(|| Error::Network(format!("block {hash:?} lacks the transaction")))?;
        let at = self.online.at_block(hash).await.map_err(network)?;
        let events = at.events().fetch().await.map_err(network)?;
        let mut mine = Vec::new();
        for event in events.iter() {
            let event = event.map_err(|error| Error::Incompatible(error.to_string()))?;
            if event.phase() != Phase::ApplyExtrinsic(index as u32) {
                continue;
            }
            if (event.pallet_name(), event.event_name()) == ("System", "ExtrinsicFailed") {
                let error = DispatchError::decode_from(event.field_bytes(), at.metadata());
                return Err(over(
                    error.map_or_else(|error| Error::Incompatible(error.to_string()), refused),
                ));
            }
            mine.push((
                format!("{}.{}", event.pallet_name(), event.event_name()),
                event.field_bytes().to_vec(),
            ));
        }
        let block = Block {
            number: at.block_number() as BlockNumber,
            hash: Hash::from(hash.0),
        };
        Ok(Included { block, events: mine })
    }
}

impl Client {
    /// Why a call failed that the transaction carried inside: an encoded `DispatchError`, in words.
    pub(crate) async fn refusal(&self, error: &[u8]) -> Result<Error> {
        let at = self.online.at_current_block().await.map_err(network)?;
        let error = DispatchError::decode_from(error, at.metadata());
        Ok(error.map_or_else(|error| Error::Incompatible(error.to_string()), refused))
    }
}

/// Where a transaction went.
enum Place {
    Block(H256),
    /// Another one with its nonce took its place in the pool.
    Usurped,
    /// The pool does not take it any more.
    Invalid,
}

/// What is known of the nonce of a transaction that is in no block.
#[derive(Clone, Copy, Debug)]
struct Nonces {
    own: u64,
    /// The account's next one in the best block.
    next: u64,
    /// The next one after what waits in the node's pool.
    waiting: u64,
}

impl Nonces {
    /// Whether an earlier transaction of the account is neither in the chain nor in the pool: a fork took it back, and until it is sent
    /// anew this one can be in no block.
    fn has_gap(self) -> bool {
        self.next < self.own && self.waiting <= self.own
    }
}

fn late(call: &Call, nonces: Nonces) -> Error {
    let Nonces { own, next, waiting } = nonces;
    let gap = match nonces.has_gap() {
        true => ": an earlier transaction of the account is missing, as after a fork",
        false => "",
    };
    Error::Timeout(format!(
        "{}.{} is in no block yet: its nonce is {own}, the account's next one {next}, and {waiting} after what waits in the node's pool{gap}",
        call.pallet, call.name
    ))
}

/// Where the transaction goes next.
async fn place(statuses: &mut Statuses, until: Until) -> Result<Place, Failure> {
    while let Some(status) = statuses.next().await {
        match status.map_err(Error::from)? {
            TransactionStatus::InBlock(hash) if until == Until::InBlock => return Ok(Place::Block(hash)),
            TransactionStatus::Finalized(hash) => return Ok(Place::Block(hash)),
            TransactionStatus::Invalid => return Ok(Place::Invalid),
            TransactionStatus::Dropped => return Err(rejected("it was dropped: the pool is full").into()),
            TransactionStatus::Usurped(_) => return Ok(Place::Usurped),
            TransactionStatus::FinalityTimeout(_) => return Err(Error::Timeout("finality does not move".into()).into()),
            _ => (),
        }
    }
    Err(Error::Network("the node stopped telling what became of the transaction".into()).into())
}

fn rejected(reason: &str) -> Error {
    Error::Rejected(reason.into())
}

fn network(error: impl std::fmt::Display) -> Error {
    Error::Network(error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{json, value::RawValue, Value};
    use subxt::rpcs::{
        client::{RawRpcFuture, RawRpcSubscription},
        LegacyRpcMethods, RpcClient, RpcClientT,
    };

    /// A node that tells these of every transaction.
    struct Telling(Vec<Value>);

    impl RpcClientT for Telling {
        fn request_raw<'a>(&'a self, method: &'a str, _: Option<Box<RawValue>>) -> RawRpcFuture<'a, Box<RawValue>> {
            panic!("{method} is not asked for")
        }

        fn subscribe_raw<'a>(
            &'a self,
            _: &'a str,
            _: Option<Box<RawValue>>,
            _: &'a str,
        ) -> RawRpcFuture<'a, RawRpcSubscription> {
            let told = self.0.iter().map(|told| serde_json::value::to_raw_value(told).unwrap());
            let stream = Box::pin(futures::stream::iter(told.map(Ok).collect::<Vec<_>>()));
            Box::pin(async { Ok(RawRpcSubscription { stream, id: None }) })
        }
    }

    /// Where a transaction is, of which a node tells this.
    async fn told(statuses: Vec<Value>, until: Until) -> H256 {
        let rpc = RpcClient::new(Telling(statuses));
        let rpc: LegacyRpcMethods<subxt::config::RpcConfigFor<subxt::config::SubstrateConfig>> =
            LegacyRpcMethods::new(rpc);
        let Ok(Attempt::Done(mut statuses)) = nonces::send(&rpc, b"bytes").await else {
            panic!("it was not taken");
        };
        match place(&mut statuses, until).await {
            Ok(Place::Block(hash)) => hash,
            _ => panic!("it is in no block"),
        }
    }

    #[tokio::test]
    async fn what_is_to_be_final_should_be_read_from_no_block_that_a_fork_took_back() {
        let (lost, last) = (H256::repeat_byte(1), H256::repeat_byte(2));
        let statuses = vec![
            json!("ready"),
            json!({ "inBlock": lost }),
            json!({ "retracted": lost }),
            json!({ "inBlock": last }),
            json!({ "finalized": last }),
        ];
        assert_eq!(told(statuses.clone(), Until::Finalized).await, last);
        assert_eq!(told(statuses, Until::InBlock).await, lost);
    }

    #[test]
    fn number_should_be_the_first_field_of_its_event() {
        let included = |fields: &[u8]| Included {
            block: Block {
                number: 1,
                hash: Hash::zero(),
            },
            events: vec![("Inference.Requested".into(), fields.to_vec())],
        };
        let found = included(&[7, 0, 0, 0, 0, 0, 0, 0, 3]);
        assert_eq!(found.number_in::<u64>("Inference.Requested").unwrap(), 7);
        assert!(found.number_in::<u64>("Evaluation.Requested").is_err());
        assert!(included(&[7, 0]).number_in::<u64>("Inference.Requested").is_err());
    }

    #[test]
    fn gap_should_be_an_earlier_transaction_that_is_neither_in_the_chain_nor_in_the_pool() {
        let nonces = |next, waiting| Nonces { own: 25, next, waiting };
        assert!(nonces(24, 24).has_gap(), "24 is nowhere");
        assert!(nonces(23, 24).has_gap(), "23 waits, 24 is nowhere");
        assert!(!nonces(24, 26).has_gap(), "24 waits, and ours behind it");
        assert!(
            !nonces(25, 25).has_gap() && !nonces(25, 26).has_gap(),
            "ours is the next one"
        );
        assert!(!nonces(26, 26).has_gap(), "one with its nonce is in the chain");
        let call = crate::calls::rounds::submit(0, Default::default(), 1);
        let said = |next, waiting| late(&call, nonces(next, waiting)).to_string();
        assert!(said(24, 24).contains("earlier transaction") && !said(24, 26).contains("earlier transaction"));
    }
}
