//! All runs of a table.

use anyhow::{ensure, Result};
use quorate_exact::{Pipeline, Rule};
use rayon::prelude::*;
use std::{
    ops::Range,
    sync::atomic::{AtomicUsize, Ordering},
    time::Instant,
};

use crate::{
    attack::{Attack, ATTACKS},
    case::{Case, Outcome},
    pipelines::{self, Named},
    run::learn,
    scene::Scene,
};

/// What is tried with twenty contributors.
const TWENTY: [&str; 6] = [
    "median",
    "trimmed mean",
    "Multi-Krum",
    "Bulyan",
    "NNM, trimmed mean",
    "ARC, NNM, trimmed mean",
];

/// How many there are, how many of them are hostile, and what is tried on them.
#[derive(Clone, Debug)]
pub struct Setting {
    pub contributors: usize,
    pub hostile: usize,
    /// Names of pipelines; all of them if empty.
    pub only: Vec<String>,
}

/// What a table is made of.
#[derive(Clone, Debug)]
pub struct Suite {
    pub settings: Vec<Setting>,
    pub attacks: Vec<Attack>,
    pub seeds: Range<u64>,
    pub rounds: u32,
}

/// One row of a setting's table.
#[derive(Clone, Debug)]
pub struct Row {
    pub name: &'static str,
    /// The runs of each attack, one for each seed; or why the pipeline cannot run.
    pub cells: Result<Vec<Vec<Outcome>>, String>,
}

/// One setting's table.
#[derive(Clone, Debug)]
pub struct Table {
    pub setting: Setting,
    /// The weighted mean of the honest alone, one run for each seed.
    pub reference: Vec<Outcome>,
    pub rows: Vec<Row>,
}

impl Setting {
    /// What the pipelines are told to tolerate: the part that is hostile.
    pub fn f_ppm(&self) -> u32 {
        (self.hostile * 1_000_000 / self.contributors) as u32
    }

    fn pipelines(&self) -> Vec<Named> {
        let wanted = |named: &Named| self.only.is_empty() || self.only.iter().any(|name| name == named.name);
        pipelines::all(self.f_ppm()).into_iter().filter(wanted).collect()
    }

    fn reference(&self) -> Case {
        Case {
            pipeline: Pipeline::from(Rule::WeightedMean),
            attack: Attack::Absent,
            hostile: self.hostile,
        }
    }
}

impl Suite {
    /// The table of the repository.
    pub fn standard(seeds: Range<u64>, rounds: u32) -> Self {
        let ten = |hostile| Setting {
            contributors: 10,
            hostile,
            only: Vec::new(),
        };
        // Enough for Bulyan.
        let twenty = Setting {
            contributors: 20,
            hostile: 4,
            only: TWENTY.map(String::from).into(),
        };
        Self {
            settings: vec![ten(2), ten(4), twenty],
            attacks: ATTACKS.to_vec(),
            seeds,
            rounds,
        }
    }

    /// Run everything, on all cores; `progress` is told of finished and of all runs.
    pub fn run(&self, progress: impl Fn(usize, usize) + Sync) -> Result<Vec<Table>> {
        ensure!(
            !self.seeds.is_empty() && self.rounds > 0,
            "at least one seed and one round are needed"
        );
        let plans: Vec<(Setting, Vec<Scene>, Vec<Named>)> = self
            .settings
            .iter()
            .map(|setting| {
                let scenes = self.seeds.clone().map(|seed| Scene::new(setting.contributors, seed));
                Ok((setting.clone(), scenes.collect::<Result<_>>()?, setting.pipelines()))
            })
            .collect::<Result<_>>()?;
        let cases: Vec<(&Scene, Case)> = plans
            .iter()
            .flat_map(|(setting, scenes, pipelines)| self.cases(setting, scenes, pipelines))
            .collect();
        let done = AtomicUsize::new(0);
        let outcomes: Vec<Outcome> = cases
            .par_iter()
            .map(|(scene, case)| {
                let outcome = learn(scene, case, self.rounds)?;
                progress(done.fetch_add(1, Ordering::Relaxed) + 1, cases.len());
                Ok(outcome)
            })
            .collect::<Result<_>>()?;
        let mut outcomes = outcomes.into_iter();
        Ok(plans
            .into_iter()
            .map(|(setting, scenes, pipelines)| self.table(setting, scenes.len(), pipelines, &mut outcomes))
            .collect())
    }

    /// The runs of a setting: the reference, then pipeline by pipeline, attack by attack, each over all seeds.
    fn cases<'a>(&self, setting: &Setting, scenes: &'a [Scene], pipelines: &[Named]) -> Vec<(&'a Scene, Case)> {
        let runs = pipelines.iter().filter(|named| refusal(named, setting).is_none());
        let attacked = runs.flat_map(|named| {
            self.attacks.iter().map(|attack| Case {
                pipeline: named.pipeline,
                attack: *attack,
                hostile: setting.hostile,
            })
        });
        std::iter::once(setting.reference())
            .chain(attacked)
            .flat_map(|case| scenes.iter().map(move |scene| (scene, case)))
            .collect()
    }

    fn table(
        &self,
        setting: Setting,
        seeds: usize,
        pipelines: Vec<Named>,
        outcomes: &mut impl Iterator<Item = Outcome>,
    ) -> Table {
        let mut cell = || outcomes.by_ref().take(seeds).collect::<Vec<Outcome>>();
        let reference = cell();
        let rows = pipelines.into_iter().map(|named| Row {
            name: named.name,
            cells: match refusal(&named, &setting) {
                Some(why) => Err(why),
                None => Ok(self.attacks.iter().map(|_| cell()).collect()),
            },
        });
        let rows = rows.collect();
        Table {
            setting,
            reference,
            rows,
        }
    }
}

/// Why a pipeline cannot run with a setting's contributors.
fn refusal(named: &Named, setting: &Setting) -> Option<String> {
    let error = named.pipeline.check_updates(setting.contributors as u32).err()?;
    Some(error.to_string())
}

/// Tells on stderr how far a suite is and how long it will take.
pub fn to_stderr() -> impl Fn(usize, usize) + Sync {
    let began = Instant::now();
    move |done, all| {
        if done % 50 == 0 || done == all {
            let passed = began.elapsed().as_secs();
            let left = passed * (all - done) as u64 / done as u64;
            eprintln!("{done} of {all} runs, {passed} s, about {left} s left");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn standard_suite_should_name_pipelines_that_exist() {
        let suite = Suite::standard(1..6, 10);
        let rows: Vec<usize> = suite.settings.iter().map(|s| s.pipelines().len()).collect();
        assert_eq!(rows, [pipelines::all(0).len(), pipelines::all(0).len(), TWENTY.len()]);
        assert_eq!(
            suite.settings.iter().map(Setting::f_ppm).collect::<Vec<_>>(),
            [200_000, 400_000, 200_000]
        );
    }
}
