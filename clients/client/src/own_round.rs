//! A round as one of its contributors needs it: some six hundred bytes. The whole view has every update in it, and its runtime call reads
//! them all: a thousand contributors who ask for that at every block would keep a node from anything else.

use crate::{Client, Error, Result};
use quorate_primitives::{views::RoundView, AccountId, Hash, RoundId};
use serde_json::Value as Json;
use sp_crypto_hashing::blake2_64;

/// The trait that answers, and its first version that does.
const API: &str = "RoundsApi";
const SINCE: u64 = 2;

impl Client {
    /// A round with the update of `contributor` alone, if there is one.
    pub async fn own_round(&self, id: RoundId, contributor: &AccountId) -> Result<RoundView> {
        let round = self.own_round_at(id, contributor, None).await?;
        round.ok_or_else(|| Error::NotFound(format!("round {id}")))
    }

    /// The same at `at`, or at the best block; `None` if there is no such round. Of an older runtime the whole view is taken.
    pub(crate) async fn own_round_at(
        &self,
        id: RoundId,
        contributor: &AccountId,
        at: Option<Hash>,
    ) -> Result<Option<RoundView>> {
        match self.runtime("RoundsApi_own_round", (id, contributor), at).await {
            // Asked for afterwards: a runtime that answers need not say so before each answer.
            Err(Error::Rejected(_)) if self.is_older(at).await? => {
                let whole: Option<RoundView> = self.runtime("RoundsApi_round", id, at).await?;
                Ok(whole.map(|whole| narrowed(whole, contributor)))
            }
            answer => answer,
        }
    }

    /// Whether the runtime does not know the question.
    async fn is_older(&self, at: Option<Hash>) -> Result<bool> {
        let at = at.map(|hash| subxt::utils::H256(hash.0));
        let runtime = self.rpc.state_get_runtime_version(at).await?;
        let version = runtime.other.get("apis").and_then(|apis| version_of(apis, API));
        Ok(version.is_some_and(|version| version < SINCE))
    }
}

/// The version of a trait in a list of pairs of `0x` and a name's hash, and a number.
fn version_of(apis: &Json, name: &str) -> Option<u64> {
    let id = format!("0x{}", hex::encode(blake2_64(name.as_bytes())));
    let found = apis.as_array()?.iter().find(|api| api[0] == *id)?;
    found[1].as_u64()
}

fn narrowed(mut whole: RoundView, contributor: &AccountId) -> RoundView {
    whole.updates.retain(|update| update.contributor == *contributor);
    whole
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn version_should_be_that_of_the_trait() {
        // `Core`, `RoundsApi`.
        let apis = json!([
            ["0xdf6acb689907609b", 5],
            [format!("0x{}", hex::encode(blake2_64(b"RoundsApi"))), 2]
        ]);
        assert_eq!(version_of(&apis, "Core"), Some(5));
        assert_eq!(version_of(&apis, API), Some(SINCE));
        assert_eq!(version_of(&apis, "ModelsApi"), None);
        for hostile in [
            json!(null),
            json!({}),
            json!([1, null, [], ["0xdf6acb689907609b", "5"]]),
        ] {
            assert_eq!(version_of(&hostile, "Core"), None);
        }
    }
}
