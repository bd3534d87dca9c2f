//! Requests for answers and their batches, as the chain knows them.

use crate::{Client, Error, Result};
use codec::Decode;
use quorate_primitives::{
    job::infer::Task,
    views::{
        inference::{BatchView, RequestQuote, RequestView},
        CapabilityView, CapableCount,
    },
    ArtifactId, BatchId, BlockNumber, Hash, ModelId, OrganisationId, RequestId, VersionIndex,
};

/// Most entries that the chain gives in one answer.
const PAGE: u32 = 64;
/// Batches that are listed at most: the newest.
const MOST: u32 = 256;
/// Open batches that are read at most: more than a chain has.
const MOST_OPEN: usize = 64;

/// An entry of `Inference.OpenBatches`.
#[derive(Decode)]
struct OpenBatch {
    id: BatchId,
    _led_by: OrganisationId,
    _shared: bool,
    _blocks: BlockNumber,
}

/// What is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Asking {
    pub model: ModelId,
    /// The newest one unless given.
    pub version: Option<VersionIndex>,
    pub program: ArtifactId,
    pub task: Task,
    /// Bytes of the input.
    pub len: u64,
    /// Millions of floating-point operations: see `quorate_inference::operations`.
    pub operations: u64,
    /// MiB: see `quorate_inference::memory`.
    pub memory: u32,
}

impl Client {
    /// Requests that have a record, of one organisation or of all, by number. By organisation: the list of all has gaps of pruned ones, which may
    /// be longer than the chain looks for the next.
    pub async fn inference_requests(&self, of: Option<OrganisationId>) -> Result<Vec<RequestView>> {
        let organisations = match of {
            Some(organisation) => vec![organisation],
            None => self.organisations().await?.into_iter().map(|(id, _)| id).collect(),
        };
        let mut all = Vec::new();
        for organisation in organisations {
            all.extend(self.requests_of(organisation).await?);
        }
        all.sort_by_key(|request| request.id);
        Ok(all)
    }

    async fn requests_of(&self, organisation: OrganisationId) -> Result<Vec<RequestView>> {
        let mut all: Vec<RequestView> = Vec::new();
        loop {
            let from: RequestId = all.last().map_or(0, |request| request.id.saturating_add(1));
            let page = self.requests_from(organisation, from, None).await?;
            if page.is_empty() {
                return Ok(all);
            }
            all.extend(page);
        }
    }

    /// Requests of an organisation from this number on, at most 64, at `at` or at the best block.
    pub async fn requests_from(
        &self,
        organisation: OrganisationId,
        from: RequestId,
        at: Option<Hash>,
    ) -> Result<Vec<RequestView>> {
        self.runtime("InferenceApi_requests_of", (organisation, from, PAGE), at)
            .await
    }

    /// The number that the next request has after this block.
    pub async fn next_request(&self, at: Hash) -> Result<RequestId> {
        let next = self.value_at(("Inference", "NextRequest"), &[], at).await?;
        Ok(next.unwrap_or_default())
    }

    pub async fn inference_request(&self, id: RequestId) -> Result<RequestView> {
        let known = self.inference_request_at(id, None).await?;
        known.ok_or_else(|| Error::NotFound(format!("request {id}; `quorate request list` shows all")))
    }

    /// The same at `at`, or at the best block; `None` if there is no such request, or it was pruned.
    pub async fn inference_request_at(&self, id: RequestId, at: Option<Hash>) -> Result<Option<RequestView>> {
        self.runtime("InferenceApi_request", id, at).await
    }

    /// A batch at `at`, or at the best block; `None` if there is no such batch, or it was pruned.
    pub async fn batch_at(&self, id: BatchId, at: Option<Hash>) -> Result<Option<BatchView>> {
        self.runtime("InferenceApi_batch", id, at).await
    }

    /// A batch at the best block.
    ///
    /// # Errors
    /// `NotFound`.
    pub async fn batch(&self, id: BatchId) -> Result<BatchView> {
        let known = self.batch_at(id, None).await?;
        known.ok_or_else(|| Error::NotFound(format!("batch {id}: there is none of this number, or it was pruned")))
    }

    /// The batches that have not ended, at the best block, however many were made after them. The chain has eight at most.
    pub async fn open_batches(&self) -> Result<Vec<BatchView>> {
        let open: Option<Vec<OpenBatch>> = self.value("Inference", "OpenBatches", &[]).await?;
        let mut all = Vec::new();
        for open in open.into_iter().flatten().take(MOST_OPEN) {
            all.extend(self.batch_at(open.id, None).await?);
        }
        Ok(all)
    }

    /// The newest batches that have a record, at most 256, by number.
    pub async fn batches(&self) -> Result<Vec<BatchView>> {
        let next: Option<BatchId> = self.value("Inference", "NextBatch", &[]).await?;
        let mut from = next.unwrap_or_default().saturating_sub(MOST);
        let mut all: Vec<BatchView> = Vec::new();
        loop {
            let page: Vec<BatchView> = self.runtime("InferenceApi_batches", (from, PAGE), None).await?;
            let Some(last) = page.last() else { return Ok(all) };
            from = last.id.saturating_add(1);
            all.extend(page);
        }
    }

    /// What validators declared that their machines can answer.
    pub async fn capabilities(&self) -> Result<Vec<CapabilityView>> {
        self.runtime("CapabilitiesApi_capabilities", (), None).await
    }

    /// How many of them could answer now what needs so many MiB.
    pub async fn capable(&self, memory: u32) -> Result<CapableCount> {
        self.runtime("CapabilitiesApi_capable", memory, None).await
    }

    /// What an answer would cost now, at most.
    ///
    /// # Errors
    /// `Unavailable` where it cannot be asked for.
    pub async fn inference_quote(&self, asking: &Asking) -> Result<RequestQuote> {
        let Asking {
            model,
            version,
            program,
            len,
            operations,
            ..
        } = *asking;
        let arguments = (model, version, program, len, operations);
        let quote: Option<RequestQuote> = self.runtime("InferenceApi_inference_quote", arguments, None).await?;
        let what = version.map_or_else(|| "a head".into(), |version| format!("version {version}"));
        quote.ok_or_else(|| {
            Error::Unavailable(format!(
                "model {model} has not {what} that is served, program {program} is not held, or {operations} million operations or {len} bytes \
                 of input are more than the chain takes"
            ))
        })
    }
}
