//! Rounds with random faults, drawn by a seed: each fault hits a round of every model. After it everything that must hold is checked.

mod apply;
mod fault;
mod parts;
mod sample;

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
use parts::{endow, Parts};
use quorate_byzantine::Behaviour;
use quorate_client::{calls, Client, Until};
use quorate_exact::Rule;
use quorate_primitives::{
    job::Verdict,
    policy::{Deadlines, MIN_RETENTION},
    views::RoundPhase,
    ModelId, RoundId,
};
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use std::time::{Duration, Instant};

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

    /// Plays a round of each model with the next fault, and checks what came of them.
    pub async fn rounds(&mut self) -> Result<Vec<Sample>> {
        let fault = Fault::draw(&mut self.rng, self.validators);
        let began = Instant::now();
        self.scenario.net.say(&format!("next: {fault:?}"));
        let all = self.play(&fault).await.with_context(|| format!("{fault:?}"))?;
        for (model, Played { view, version }) in &all {
            match version {
                Some(version) => self.judge(&fault, *model, *version).await?,
                None => ensure!(
                    fault.may_fail() && matches!(view.phase, RoundPhase::Aborted | RoundPhase::Failed),
                    "{fault:?}: round {} of model {model} is {:?}",
                    view.id,
                    view.phase
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

    /// Opens a round of each model, another one last each time: the fault waits for the stage of the last one. All rounds are in the same stage
    /// every second time, and otherwise far apart.
    async fn begin(&mut self) -> Result<Vec<(ModelId, Playing)>> {
        let mut models = self.models();
        let first = self.faults % models.len();
        models.rotate_left(first);
        if self.faults % 2 == 1 {
            let mut all = Vec::new();
            for model in models {
                all.push((model, self.turn(model).play().await?));
            }
            return Ok(all);
        }
        let mut opening = Vec::new();
        for model in &models {
            let scenario = self.turn(*model);
            let (client, owner, model) = (scenario.client.clone(), scenario.owner.clone(), *model);
            opening.push(async move {
                let call = calls::rounds::open_round(model);
                client.submit(&owner, &call, Until::InBlock).await?;
                anyhow::Ok((model, opened(&client, model).await?))
            });
        }
        let mut all = Vec::new();
        for (model, round) in try_join_all(opening).await? {
            all.push((model, self.turn(model).play_in(round).await?));
        }
        Ok(all)
    }

    /// All validators finalize again, and all gateways can be reached.
    async fn recovered(&mut self) -> Result<()> {
        let height = self.scenario.client.finalized().await?.number;
        for index in 0..self.validators {
            self.scenario.net.wait_final(index, height, 4 * MINUTE).await?;
            let gateway = self.scenario.net.nodes()[index].gateway_url();
            wait::until("a gateway is not back", 3 * MINUTE, || async {
                Ok(answers(&gateway).await.then_some(()))
            })
            .await?;
        }
        Ok(())
    }

    async fn judge(&mut self, fault: &Fault, model: ModelId, version: u32) -> Result<()> {
        let validators = self.validators;
        let scenario = self.turn(model);
        let job = scenario.job_of(version).await?;
        let Fault::Byzantine(victims, behaviour) = fault else {
            for index in 0..validators {
                let verdict = scenario.verdict(&job, index);
                let wrong = matches!(verdict, Ok(Some(Verdict::Wrong)));
                ensure!(!wrong, "{index} is honest, and was judged {verdict:?}");
            }
            return Ok(());
        };
        for index in 0..validators {
            let verdict = scenario.verdict(&job, index)?;
            let lies = matches!(behaviour, Behaviour::WrongResult | Behaviour::WrongScores);
            let fair = match (verdict, victims.contains(&index)) {
                (Some(Verdict::Wrong), victim) => victim && lies,
                (Some(Verdict::Agreed), victim) => !victim,
                _ => true,
            };
            ensure!(fair, "{behaviour:?} of {victims:?}: {index} was judged {verdict:?}");
        }
        Ok(())
    }
}

/// The open round of a model. Another block may take the place of that which opened it, and what it had comes into a later one.
async fn opened(client: &Client, model: ModelId) -> Result<RoundId> {
    wait::until("the model has no open round", MINUTE, || async {
        Ok(client.model(model).await?.open_round)
    })
    .await
}

/// Whether a gateway answers.
async fn answers(url: &str) -> bool {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    let address = url.trim_start_matches("http://");
    let ask = async {
        let mut stream = tokio::net::TcpStream::connect(address).await?;
        let request = format!("GET /v1/status HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n\r\n");
        stream.write_all(request.as_bytes()).await?;
        let mut answer = [0; 12];
        stream.read_exact(&mut answer).await?;
        std::io::Result::Ok(answer.starts_with(b"HTTP/1.1 "))
    };
    matches!(tokio::time::timeout(Duration::from_secs(5), ask).await, Ok(Ok(true)))
}
