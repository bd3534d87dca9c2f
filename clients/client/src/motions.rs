//! Open motions, as members read them and vote on them.

use crate::{
    calls::motions::{self, Body},
    council::{Motion, Votes},
    decoded::Shown,
    Account, Client, Error, Included, Result, Until,
};
use quorate_primitives::{AccountId, BlockNumber, Hash};
use serde_json::{json, Value};

/// An open motion.
#[derive(Clone, Debug)]
pub struct OpenMotion {
    pub body: Body,
    pub hash: Hash,
    pub index: u32,
    /// Ayes that it needs.
    pub threshold: u32,
    pub ayes: Vec<AccountId>,
    pub nays: Vec<AccountId>,
    /// The block after which it can be closed without its votes.
    pub end: BlockNumber,
    /// What it does.
    pub call: Shown,
}

impl OpenMotion {
    pub fn to_json(&self) -> Value {
        json!({
            "body": self.body.pallet(), "hash": self.hash, "number": self.index, "threshold": self.threshold,
            "ayes": self.ayes, "nays": self.nays, "end": self.end,
            "call": self.call.name, "arguments": self.call.arguments,
        })
    }
}

impl Client {
    /// Motions that are open in a body, oldest first.
    pub async fn open_motions(&self, body: Body) -> Result<Vec<OpenMotion>> {
        let hashes: Option<Vec<Hash>> = self.value(body.pallet(), "Proposals", &[]).await?;
        let mut all = Vec::new();
        for hash in hashes.unwrap_or_default() {
            if let (Some(votes), Some(call)) = (self.votes(body, hash).await?, self.motion_call(body, hash).await?) {
                let Votes {
                    index,
                    threshold,
                    ayes,
                    nays,
                    end,
                } = votes;
                let call = self.show_call(&call).await?;
                all.push(OpenMotion {
                    body,
                    hash,
                    index,
                    threshold,
                    ayes,
                    nays,
                    end,
                    call,
                });
            }
        }
        all.sort_by_key(|motion| motion.index);
        Ok(all)
    }

    /// The bytes of the call that an open motion carries out.
    async fn motion_call(&self, body: Body, hash: Hash) -> Result<Option<Vec<u8>>> {
        self.raw(body.pallet(), "ProposalOf", hash.as_bytes()).await
    }

    /// A vote of one member.
    pub async fn cast(&self, motion: &OpenMotion, voter: &Account, approve: bool) -> Result<Included> {
        let call = motions::vote(motion.body, motion.hash, motion.index, approve);
        self.submit(voter, &call, Until::InBlock).await
    }

    /// Close an open motion: carried out if it has its ayes.
    pub async fn close_open(&self, motion: &OpenMotion, closer: &Account) -> Result<Included> {
        let gone = || Error::NotFound(format!("motion {:?}: it was closed", motion.hash));
        let call = self.motion_call(motion.body, motion.hash).await?.ok_or_else(gone)?;
        let known = Motion {
            body: motion.body,
            hash: motion.hash,
            index: Some(motion.index),
            threshold: motion.threshold,
            proposed: None,
            weight: self.weight_of(call).await?,
        };
        self.close(&known, closer).await
    }
}
