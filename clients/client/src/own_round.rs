//! A round as one of its contributors needs it: some six hundred bytes. The whole view has every update in it, and its runtime call reads
//! them all: a thousand contributors who ask for that at every block would keep a node from anything else.

use crate::{Client, Error, Result};
use quorate_primitives::{views::RoundView, AccountId, Hash, RoundId};

impl Client {
    /// A round with the update of `contributor` alone, if there is one.
    pub async fn own_round(&self, id: RoundId, contributor: &AccountId) -> Result<RoundView> {
        let round = self.own_round_at(id, contributor, None).await?;
        round.ok_or_else(|| Error::NotFound(format!("round {id}")))
    }

    /// The same at `at`, or at the best block; `None` if there is no such round.
    pub async fn own_round_at(
        &self,
        id: RoundId,
        contributor: &AccountId,
        at: Option<Hash>,
    ) -> Result<Option<RoundView>> {
        self.runtime("RoundsApi_own_round", (id, contributor), at).await
    }
}
