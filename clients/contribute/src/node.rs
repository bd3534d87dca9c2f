//! A node to which a connection is made whenever one is needed.

use crate::cache::Cache;
use quorate_client::{
    connection::Options,
    gateways::{no_progress, Reader},
    link::same_chain,
    Account, Client, Hashed, Result,
};
use quorate_primitives::{policy::Access, version::VersionRecord, Hash, ModelId};
use std::sync::{Arc, OnceLock};

/// Where a node answers, and how it is talked to. It has to lead to one chain, as long as this and its clones live.
#[derive(Clone, Debug)]
pub struct Node {
    url: String,
    options: Options,
    /// First block of the chain that it led to first.
    genesis: Arc<OnceLock<Hash>>,
}

impl Node {
    pub fn new(url: String, options: Options) -> Self {
        Self {
            url,
            options,
            genesis: Arc::default(),
        }
    }

    /// # Errors
    /// `Network` when nobody answers; `Input` where the URL is wrong, or leads to another chain than before.
    pub async fn connect(&self) -> Result<Client> {
        let client = Client::connect_with(&self.url, self.options).await?;
        self.leads_to(client.genesis())?;
        Ok(client)
    }

    /// Where it answers, and whether plain text may leave this machine on the way there.
    pub fn place(&self) -> (&str, bool) {
        (&self.url, self.options.plaintext)
    }

    fn leads_to(&self, genesis: Hash) -> Result<()> {
        same_chain(*self.genesis.get_or_init(|| genesis), genesis)
    }
}

/// A version's file in the cache, hashed, and fetched if need be; with the account's token where the model's access is not public.
pub async fn version_file(
    client: &Client,
    account: Option<&Account>,
    cache: &Cache,
    record: &VersionRecord,
) -> Result<Hashed> {
    if let Some(hashed) = cache.get(record.root, record.len).await? {
        return Ok(hashed);
    }
    let gateways = client
        .open_gateways(reader(client, account, record.model).await?)
        .await?;
    cache.fetch(&gateways, record.root, record.len, no_progress()).await
}

async fn reader(client: &Client, account: Option<&Account>, model: ModelId) -> Result<Option<Reader>> {
    let access = client.model(model).await?.policy.access;
    Ok(account
        .filter(|_| access != Access::Public)
        .map(|account| Reader::Account(account.clone())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn node_should_lead_to_one_chain_for_all_who_connect_to_it() {
        let node = Node::new("ws://127.0.0.1:9944".into(), Options::default());
        let sending = node.clone();
        node.leads_to(Hash::repeat_byte(1)).unwrap();
        sending.leads_to(Hash::repeat_byte(1)).unwrap();
        let error = sending.leads_to(Hash::repeat_byte(2)).unwrap_err().to_string();
        assert!(error.contains("another chain") && error.contains("0x0101"), "{error}");
    }
}
