//! What a quorum has to agree on of a round that is paid by contribution, and what it has to pay, by the reference.

use anyhow::{bail, ensure, Context, Result};
use quorate_engine::reference::{aggregate, Files};
use quorate_evaluation::assessment::{assess, Assessed, AssessedRound, AssessmentDetail, Fewest, Measures, Update};
use quorate_exact::{root, Detail, Rule};
use quorate_network_tests::{
    measured::{loss, wrong},
    scenario::Scenario,
    shards::{Shard, ROWS},
};
use quorate_primitives::{
    job::AssessOutcome, policy::assessment::MIN_SUPPLIERS, version::AssessmentRecord, views::RoundView, Balance, Ppm,
    PPM,
};

use crate::gates::{on_chain, Benchmark};

/// A round whose updates are sealed.
pub struct Sealed<'a> {
    pub base: &'a [u8],
    /// The version before the base.
    pub previous: &'a [u8],
    /// In the order of the contributors, each of the organisation with its number.
    pub updates: &'a [Vec<u8>],
    /// Numbers of the contributors in the sealed order.
    pub order: Vec<usize>,
    /// Those that a quorum holds, in the order of their suppliers.
    pub shards: Vec<&'a Shard>,
}

/// What a quorum has to agree on.
pub struct Worth {
    pub version: Vec<u8>,
    pub measures: Measures,
    pub detail: AssessmentDetail,
    /// In the order of the contributors; none where too few shards are held.
    pub scores: Option<Vec<Ppm>>,
    shards: usize,
}

impl Sealed<'_> {
    /// By the reference of aggregations, and that of assessments.
    pub fn worth(&self, scenario: &Scenario, benchmark: &Benchmark) -> Result<Worth> {
        let inputs = self.order.iter().map(|&number| (self.updates[number].clone(), 1));
        let files = Files {
            header: scenario.model.header.clone(),
            seed: Default::default(),
            base: self.base.to_vec(),
            previous: Some(self.previous.to_vec()),
            optimiser: None,
            inputs: inputs.collect(),
        };
        let made = aggregate(&Rule::WeightedMean.into(), &files)?;
        let aggregation = Detail::decode(&made.aggregated.detail).map_err(wrong)?;
        let update = |&number: &usize| {
            let organisation = number as u32;
            (
                Update {
                    organisation,
                    weight: 1,
                },
                self.updates[number].as_slice(),
            )
        };
        let shards = self.shards.iter().map(|shard| (shard.supplier, shard.file.as_slice()));
        let program = loss()?.encode();
        let round = AssessedRound {
            base: self.base,
            version: &made.version,
            program: &program,
            benchmark: Some(&benchmark.file),
            shards: shards.collect(),
            updates: self.order.iter().map(update).collect(),
            aggregation: &aggregation,
            contribution: Some(Fewest {
                rows: ROWS,
                shards: MIN_SUPPLIERS,
            }),
            operations: u64::MAX,
        };
        let Assessed::Done(measures, detail) = assess(&round).map_err(wrong)? else {
            bail!("it does not fit");
        };
        // None where there are no scores.
        let score = |number| {
            let place = self.order.iter().position(|&other| other == number)?;
            detail.scores.get(place).copied()
        };
        let scores = (0..self.updates.len()).map(score).collect();
        Ok(Worth {
            version: made.version,
            measures,
            scores,
            detail,
            shards: self.shards.len(),
        })
    }
}

impl Worth {
    /// Whether that is what the chain says.
    pub fn check(&self, record: &AssessmentRecord) -> Result<()> {
        let Some(AssessOutcome::Done {
            measures,
            counted,
            detail,
            detail_len,
            scores,
        }) = record.outcome
        else {
            bail!("{record:?}");
        };
        let expected = self.detail.encode();
        let equal = measures == on_chain(self.measures)
            && counted == (1 << self.shards) - 1
            && (detail, detail_len) == (root(&expected).into(), expected.len() as u64)
            && scores.is_some() == self.scores.is_some();
        ensure!(
            equal && record.passed,
            "{record:?}, and not {:?} of {} shards with scores {:?}",
            self.measures,
            self.shards,
            self.scores
        );
        Ok(())
    }

    /// What contributors with these reputations earn of the pot of a settled round, and of the bonds that its suppliers lost.
    pub fn pay(&self, view: &RoundView, reputations: &[Ppm]) -> Result<Vec<Balance>> {
        let assessment = view.assessment.as_ref().context("it was assessed")?;
        let pot = view.policy.reward * Balance::from(view.policy.split.contributors) / Balance::from(PPM);
        let scores = self.scores.clone().unwrap_or(vec![0; reputations.len()]);
        // Full reputation is paid twice as much as none.
        let points = |(score, reputation): (&Ppm, &Ppm)| Balance::from(*score) * (Balance::from(*reputation + PPM) / 2);
        let points: Vec<Balance> = scores.iter().zip(reputations).map(points).collect();
        let all: Balance = points.iter().sum();
        let pay = points.iter().enumerate().map(|(number, points)| {
            let part = (pot * points).checked_div(all).unwrap_or(0);
            match assessment.withheld.contains(&(number as u32)) {
                true => part,
                false => part + assessment.bonus,
            }
        });
        Ok(pay.collect())
    }
}
