//! Evaluations, as the chain knows them.

use crate::{storage::by_number, Client, Error, Result};
use quorate_primitives::{
    purpose::Purpose,
    views::{EvaluationView, Quote},
    ArtifactId, Balance, EvaluationId, Hash, ModelId, OrganisationId, VersionIndex,
};

/// Most entries that the chain gives in one answer.
const PAGE: u32 = 64;

/// What is to be evaluated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Wanted {
    pub model: ModelId,
    pub version: VersionIndex,
    pub program: ArtifactId,
    pub data: ArtifactId,
    /// Thousands of millions of floating-point operations: see `quorate_evaluation::operations`.
    pub operations: u64,
}

impl Client {
    /// All evaluations that have a record, or those of one version.
    pub async fn evaluations(&self, of: Option<(ModelId, VersionIndex)>) -> Result<Vec<EvaluationView>> {
        let mut all: Vec<EvaluationView> = Vec::new();
        loop {
            let from: EvaluationId = all.last().map_or(0, |evaluation| evaluation.id.saturating_add(1));
            let page: Vec<EvaluationView> = match of {
                Some(version) => self.evaluations_from(version, from, None).await?,
                None => self.runtime("EvaluationsApi_evaluations", (from, PAGE), None).await?,
            };
            if page.is_empty() {
                return Ok(all);
            }
            all.extend(page);
        }
    }

    /// Evaluations of a version from this number on, at most 64, at `at` or at the best block.
    pub async fn evaluations_from(
        &self,
        (model, version): (ModelId, VersionIndex),
        from: EvaluationId,
        at: Option<Hash>,
    ) -> Result<Vec<EvaluationView>> {
        let arguments = (model, version, from, PAGE);
        self.runtime("EvaluationsApi_evaluations_of", arguments, at).await
    }

    /// The number that the next evaluation has after this block.
    pub async fn next_evaluation(&self, at: Hash) -> Result<EvaluationId> {
        let next = self.value_at(("Evaluation", "NextEvaluation"), &[], at).await?;
        Ok(next.unwrap_or_default())
    }

    pub async fn evaluation(&self, id: EvaluationId) -> Result<EvaluationView> {
        let known = self.evaluation_at(id, None).await?;
        known.ok_or_else(|| Error::NotFound(format!("evaluation {id}; `quorate evaluation list` shows all")))
    }

    /// The same at `at`, or at the best block; `None` if there is no such evaluation, or it was pruned.
    pub async fn evaluation_at(&self, id: EvaluationId, at: Option<Hash>) -> Result<Option<EvaluationView>> {
        self.runtime("EvaluationsApi_evaluation", id, at).await
    }

    /// What an evaluation would cost now.
    ///
    /// # Errors
    /// `Unavailable` where it cannot be asked for.
    pub async fn quote(&self, wanted: &Wanted) -> Result<Quote> {
        let Wanted {
            model,
            version,
            program,
            data,
            operations,
        } = *wanted;
        let arguments = (model, version, program, data, operations);
        let quote: Option<Quote> = self.runtime("EvaluationsApi_quote", arguments, None).await?;
        quote.ok_or_else(|| {
            Error::Unavailable(format!(
                "version {model}@{version} is not served, program {program} or data set {data} is not held, or {operations} thousand million \
                 operations are more than the chain takes"
            ))
        })
    }

    /// What an organisation's evaluations are paid from.
    pub async fn fund_of(&self, organisation: OrganisationId) -> Result<Balance> {
        let key = by_number(Purpose::Organisation(organisation));
        Ok(self.value("Incentives", "Funds", &key).await?.unwrap_or_default())
    }
}
