//! A validator that copies: it commits what another one has committed, and reveals what that one has revealed.

use crate::{scenario::Scenario, wait, wait::MINUTE};
use anyhow::{bail, Context, Result};
use codec::Encode;
use quorate_client::{Account, Client};
use quorate_primitives::{
    job::{Job, JobPhase},
    payload::{commit_payload, reveal_payload},
    JobId,
};

/// What the copier got to do.
#[derive(Debug)]
pub struct Copied {
    /// Whether the copied commit is on chain.
    pub committed: bool,
    /// What the node said to the copied reveal.
    pub refusal: String,
}

impl Scenario {
    /// Lets `copier`, whose own worker is silent, copy in a job.
    pub async fn copy(&self, job: JobId, copier: usize) -> Result<Copied> {
        let (client, key) = (&self.client, self.net.nodes()[copier].account()?);
        let first = wait::until("nobody has committed", 2 * MINUTE, || async {
            let found = client.job(job).await?.job;
            if !matches!(found.phase, JobPhase::Commit { .. }) {
                return Ok(Some(None));
            }
            let commit = found.statements.iter().find_map(|statement| statement.commit);
            Ok(commit.map(|commit| Some((member(&found, &key), commit))))
        });
        let (member, commit) = first.await?.context("Commit is over")?;
        let member = member.context("in the committee")?;
        let signature = key.sign(&commit_payload(client.genesis(), job, member, commit));
        let transaction: Vec<u8> = client
            .runtime("DutiesApi_build_commit", (job, member, commit, signature), None)
            .await?;
        send(client, &transaction).await.context("a copied commit")?;

        // Whatever is revealed is public: outcome and salt are read from the block.
        let (outcome, since) = wait::until("nobody has revealed", 3 * MINUTE, || async {
            let found = client.job(job).await?.job;
            let reveal = found.statements.iter().find_map(|statement| statement.reveal);
            Ok(reveal.map(|reveal| (reveal.encode(), found.created_at)))
        })
        .await?;
        let salt = salt(client, job, &outcome, since).await?;
        let committed = client.job(job).await?.job.statements[member as usize].commit == Some(commit);
        let payload = reveal_payload(client.genesis(), job, member, &Bytes(&outcome), salt);
        let arguments = (job, member, &outcome, salt, key.sign(&payload));
        let reveal: Option<Vec<u8>> = client.runtime("DutiesApi_build_reveal", arguments, None).await?;
        let refusal = match send(client, &reveal.context("a known outcome")?).await {
            Ok(()) => bail!("a copied reveal was taken"),
            Err(error) => format!("{error:#}"),
        };
        Ok(Copied { committed, refusal })
    }
}

/// Bytes that are encoded already.
struct Bytes<'a>(&'a [u8]);

impl Encode for Bytes<'_> {
    fn encode_to<T: codec::Output + ?Sized>(&self, output: &mut T) {
        output.write(self.0);
    }
}

fn member(job: &Job, account: &Account) -> Option<u32> {
    let id = account.id();
    let position = job.committee.iter().position(|member| member.validator == id)?;
    u32::try_from(position).ok()
}

async fn send(client: &Client, transaction: &[u8]) -> Result<()> {
    // A transaction is sent with its length before it.
    let bytes = format!("0x{}", hex::encode(transaction.encode()));
    client.request("author_submitExtrinsic", vec![bytes.into()]).await?;
    Ok(())
}

/// The salt behind an outcome in a reveal for this job, from the blocks since the job was made.
async fn salt(client: &Client, job: JobId, outcome: &[u8], since: u32) -> Result<[u8; 32]> {
    for number in since..=client.best().await?.number {
        let hash = client.request("chain_getBlockHash", vec![number.into()]).await?;
        let block = client.request("chain_getBlock", vec![hash]).await?;
        let extrinsics = block["block"]["extrinsics"].as_array().cloned().unwrap_or_default();
        for extrinsic in extrinsics.iter().filter_map(|extrinsic| extrinsic.as_str()) {
            let bytes = hex::decode(extrinsic.trim_start_matches("0x"))?;
            let named = bytes.windows(32).any(|part| part == job.0);
            let found = bytes.windows(outcome.len()).position(|part| part == outcome);
            let salt = found.and_then(|at| bytes.get(at + outcome.len()..)?.first_chunk().copied());
            if let (true, Some(salt)) = (named, salt) {
                return Ok(salt);
            }
        }
    }
    bail!("no block has the reveal")
}
