//! A node to which a connection is made whenever one is needed.

use crate::cache::Cache;
use quorate_client::{connection::Options, gateways::Reader, Account, Client, Result};
use quorate_primitives::{policy::Access, version::VersionRecord, ModelId};
use std::path::PathBuf;

/// Where a node answers, and how it is talked to.
#[derive(Clone, Debug)]
pub struct Node {
    pub url: String,
    pub options: Options,
}

impl Node {
    pub async fn connect(&self) -> Result<Client> {
        Client::connect_with(&self.url, self.options).await
    }
}

/// A version's file in the cache, fetched if need be; with the account's token where the model's access is not public.
pub async fn version_file(
    client: &Client,
    account: Option<&Account>,
    cache: &Cache,
    record: &VersionRecord,
) -> Result<PathBuf> {
    if let Some(path) = cache.get(record.root, record.len).await? {
        return Ok(path);
    }
    let gateways = client
        .open_gateways(reader(client, account, record.model).await?)
        .await?;
    cache.fetch(&gateways, record.root, record.len).await
}

async fn reader(client: &Client, account: Option<&Account>, model: ModelId) -> Result<Option<Reader>> {
    let access = client.model(model).await?.policy.access;
    Ok(account
        .filter(|_| access != Access::Public)
        .map(|account| Reader::Account(account.clone())))
}
