//! Rounds with random faults, drawn by a seed: each fault hits a round of every model. After it everything that must hold is checked.

mod apply;
mod check;
mod fault;
mod parts;
mod sample;

pub use check::answers;
pub use fault::Fault;
pub use sample::Sample;

use crate::{
    play::{Played, Playing},
    scenario::{program, Scenario},
    setup::Setup,
    stage::Stage,
    state::{State, Tokens},
    wait,
    wait::MINUTE,
};
use anyhow::{ensure, Context, Result};
use futures::future::try_join_all;
pub use parts::endow;
use parts::Parts;
use quorate_client::{calls, Client, Until};
use quorate_exact::Rule;
use quorate_primitives::{
    policy::{Deadlines, MIN_RETENTION},
    views::RoundPhase,
    ModelId, RoundId,
};
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use std::time::Instant;

/// Short enough for rounds that must fail, long enough for a busy machine.
const DEADLINES: Deadlines = Deadlines {
    collect: 60,
    reveal_updates: 30,
    vote: 30,
    commit: 60,
    reveal: 60,
};
const REWARD: u128 = 10_000_000_000_000;
/// Nothing is kept for longer than it must be, and no cache is large: only so can a soak of half an hour tell what grows for ever.
const ARGUMENTS: [&str; 8] = [
    "--blocks-pruning=256",
    "--trie-cache-size=16777216",
    "--worker-arg=--keep-unnamed",
    "--worker-arg=64",
    "--worker-arg=--keep-results",
    "--worker-arg=64",
    "--worker-arg=--keep-versions",
    "--worker-arg=64",
];

/// A network under faults.
pub struct Soak {
    scenario: Scenario,
    /// Of all models but the scenario's.
    aside: Vec<Parts>,
    rng: ChaCha8Rng,
    validators: usize,
    faults: usize,
    tokens: Tokens,
}

impl Soak {
    /// Every validator has a worker that errs when it is told so.
    pub async fn start(seed: u64, validators: usize, models: usize) -> Result<Self> {
        let mut setup = Setup::new(seed, Rule::Median)?
            .validators(validators)
            .links()
            .deadlines(DEADLINES)
            .retention(MIN_RETENTION)
            .reward(REWARD);
        for argument in ARGUMENTS {
            setup = setup.argument(argument);
        }
        for index in 0..validators {
            setup = setup.worker(index, program("quorate-byzantine-worker")?);
        }
        let mut scenario = setup.start().await?;
        let mut aside = Vec::new();
        for id in 1..models as ModelId {
            aside.push(Parts::new(&mut scenario, seed, id).await?);
        }
        let tokens = State::read(&scenario.client).await?.tokens();
        ensure!(tokens.issuance == tokens.held, "tokens that nobody has: {tokens:?}");
        let mut soak = Self {
            scenario,
            aside,
            rng: ChaCha8Rng::seed_from_u64(seed),
            validators,
            faults: 0,
            tokens,
        };
        for id in 0..models as ModelId {
            endow(soak.turn(id)).await?;
        }
        Ok(soak)
    }

    fn models(&self) -> Vec<ModelId> {
        (0..=self.aside.len() as ModelId).collect()
    }

    /// The scenario, with this model.
    fn turn(&mut self, model: ModelId) -> &mut Scenario {
        if let Some(parts) = self.aside.iter_mut().find(|parts| parts.id == model) {
            parts.swap(&mut self.scenario);
        }
        &mut self.scenario
    }

    /// Plays a round of each model with the next fault, and checks what came of them. Whatever fails keeps its logs.
    pub async fn rounds(&mut self) -> Result<Vec<Sample>> {
        let played = self.checked().await;
        self.scenario.keep_logs |= played.is_err();
        played
    }

    async fn checked(&mut self) -> Result<Vec<Sample>> {
        let fault = Fault::draw(&mut self.rng, self.validators);
        let began = Instant::now();
        self.scenario.net.say(&format!("next: {fault:?}"));
        let all = self.play(&fault).await.with_context(|| format!("{fault:?}"))?;
        for (model, Played { view, version }) in &all {
            match version {
                Some(version) => self.judge(&fault, *model, *version).await?,
                None => ensure!(
                    fault.may_fail() && matches!(view.phase, RoundPhase::Aborted | RoundPhase::Failed),
                    "{fault:?}: a round of model {model} makes no version: {view:#?}"
                ),
            }
        }
        let mut state = State::read(&self.scenario.client).await?;
        state.check()?;
        let tokens = state.tokens();
        ensure!(tokens == self.tokens, "tokens: {:?} became {tokens:?}", self.tokens);
        self.faults += 1;
        let samples = all.iter().map(|(_, played)| {
            Sample::new(
                &self.scenario.net,
                format!("{fault:?}"),
                (&played.view, played.version),
                &state,
                began.elapsed(),
            )
        });
        Ok(samples.collect())
    }

    async fn play(&mut self, fault: &Fault) -> Result<Vec<(ModelId, Played)>> {
        self.look_from(&fault.spared(self.validators)).await?;
        self.before(fault).await?;
        let playing = self.begin().await?;
        if let (Some(stage), Some((model, last))) = (fault.stage(), playing.last()) {
            let round = last.round;
            self.turn(*model).until_stage(round, stage).await?;
            self.during(fault).await?;
        }
        if fault.lasts_until_recorded() {
            for (model, playing) in &playing {
                self.turn(*model).until_stage(playing.round, Stage::Recorded).await?;
            }
            self.after(fault).await?;
        }
        let mut all = Vec::new();
        for (model, playing) in playing {
            let played = self.turn(model).finish(playing).await;
            all.push((model, played.with_context(|| format!("model {model}"))?));
        }
        if !fault.lasts_until_recorded() {
            self.after(fault).await?;
        }
        self.recovered().await?;
        for (model, played) in &all {
            self.stands(*model, played).await?;
        }
        Ok(all)
    }

    /// Sees each model through one of these validators.
    async fn look_from(&mut self, validators: &[usize]) -> Result<()> {
        for model in self.models() {
            let index = validators[model as usize % validators.len()];
            self.turn(model).look_from(index).await?;
        }
        Ok(())
    }

    /// Opens a round of each model. Contributors begin in another one last each time, whose stage the fault waits for: in all at once every second
    /// time, and otherwise when those of the one before have committed.
    async fn begin(&mut self) -> Result<Vec<(ModelId, Playing)>> {
        let mut models = self.models();
        let first = self.faults % models.len();
        models.rotate_left(first);
        let mut opening = Vec::new();
        for model in models {
            let scenario = self.turn(model);
            let (client, owner) = (scenario.client.clone(), scenario.owner.clone());
            opening.push(async move {
                // A fork may give a round's number to another model until its block is final.
                let call = calls::rounds::open_round(model);
                client.submit(&owner, &call, Until::Finalized).await?;
                anyhow::Ok((model, opened(&client, model).await?))
            });
        }
        let mut all = Vec::new();
        for (model, round) in try_join_all(opening).await? {
            let apart = self.faults % 2 == 1;
            let scenario = self.turn(model);
            all.push((model, scenario.play_in(round).await?));
            if apart {
                scenario.until_stage(round, Stage::Revealing).await?;
            }
        }
        Ok(all)
    }
}

/// The open round of a model.
async fn opened(client: &Client, model: ModelId) -> Result<RoundId> {
    wait::until("the model has no open round", MINUTE, || async {
        Ok(client.model(model).await?.open_round)
    })
    .await
}
