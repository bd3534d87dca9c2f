//! Rounds with random faults, drawn by a seed. After each round everything that must hold is checked.

mod fault;
mod ledger;
mod sample;

pub use fault::Fault;
pub use ledger::Ledger;
pub use sample::Sample;

use crate::{scenario::program, scenario::Scenario, setup::Setup, stage::Stage, wait, wait::MINUTE};
use anyhow::{ensure, Context, Result};
use quorate_byzantine::Behaviour;
use quorate_exact::Rule;
use quorate_localnet::{Link, Part};
use quorate_primitives::{
    job::Verdict,
    policy::Deadlines,
    update::UpdateStatus,
    views::{RoundPhase, RoundView},
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
/// Finality that is so many blocks behind has stalled.
const BEHIND: u32 = 8;
const DRIP: Link = Link::Slow {
    delay: Duration::ZERO,
    rate: 20,
};
const SLOW: Link = Link::Slow {
    delay: Duration::from_millis(150),
    rate: 100_000,
};

/// A network under faults.
pub struct Soak {
    scenario: Scenario,
    rng: ChaCha8Rng,
    validators: usize,
    ledger: Ledger,
}

impl Soak {
    /// Every validator has a worker that errs when it is told so.
    pub async fn start(seed: u64, validators: usize) -> Result<Self> {
        let mut setup = Setup::new(seed, Rule::Median)?
            .validators(validators)
            .links()
            .deadlines(DEADLINES)
            .reward(REWARD);
        for index in 0..validators {
            setup = setup.worker(index, program("quorate-byzantine-worker")?);
        }
        let scenario = setup.start().await?;
        let ledger = Ledger::read(&scenario.client).await?;
        Ok(Self {
            scenario,
            rng: ChaCha8Rng::seed_from_u64(seed),
            validators,
            ledger,
        })
    }

    /// Plays a round with the next fault, and checks what came of it.
    pub async fn round(&mut self) -> Result<Sample> {
        let fault = Fault::draw(&mut self.rng, self.validators);
        let began = Instant::now();
        self.scenario.net.say(&format!("next: {fault:?}"));
        let played = self.play(&fault).await;
        let (view, version) = played.with_context(|| format!("{fault:?}"))?;
        match version {
            Some(version) => self.judge(&fault, version).await?,
            None => ensure!(
                fault.may_fail() && matches!(view.phase, RoundPhase::Aborted | RoundPhase::Failed),
                "{fault:?}: the round is {:?}",
                view.phase
            ),
        }
        let ledger = Ledger::read(&self.scenario.client).await?;
        ensure!(ledger == self.ledger, "tokens: {:?} became {ledger:?}", self.ledger);
        let held = |view: &RoundView| {
            let held = view
                .updates
                .iter()
                .filter(|update| update.status == UpdateStatus::Available);
            held.count()
        };
        Ok(Sample::new(
            &self.scenario.net,
            format!("{fault:?}"),
            (&view, version, held(&view)),
            began.elapsed(),
        ))
    }

    async fn play(&mut self, fault: &Fault) -> Result<(RoundView, Option<u32>)> {
        self.scenario.look_from(fault.spared(self.validators)).await?;
        self.before(fault).await?;
        let playing = self.scenario.play().await?;
        let round = playing.round;
        if let Some(stage) = fault.stage() {
            self.scenario.until_stage(round, stage).await?;
            self.during(fault).await?;
        }
        if fault.lasts_until_recorded() {
            self.scenario.until_stage(round, Stage::Recorded).await?;
            self.after(fault).await?;
        }
        let played = self.scenario.finish(playing).await?;
        if !fault.lasts_until_recorded() {
            self.after(fault).await?;
        }
        self.recovered().await?;
        Ok((played.view, played.version))
    }

    /// What is wrong from before the round on.
    async fn before(&mut self, fault: &Fault) -> Result<()> {
        let net = &mut self.scenario.net;
        match fault {
            Fault::SlowLinks(victim) => {
                (0..self.validators)
                    .filter(|other| other != victim)
                    .for_each(|other| net.link(*victim, other, SLOW));
            }
            Fault::Drip(victim) => net.link_gateway(*victim, DRIP),
            Fault::Clock(victim, off) => {
                net.node_mut(*victim).set_clock(*off)?;
                net.restart(*victim)?;
            }
            Fault::WorkersDown(victims) => {
                for victim in victims {
                    net.nodes()[*victim].disable_worker()?;
                }
            }
            Fault::Byzantine(victims, behaviour) => {
                for victim in victims {
                    behaviour.write(&Behaviour::file(&net.nodes()[*victim].store()))?;
                }
            }
            _ => (),
        }
        Ok(())
    }

    /// What happens in the middle of it.
    async fn during(&mut self, fault: &Fault) -> Result<()> {
        let net = &mut self.scenario.net;
        match fault {
            Fault::Kill(victim, part, _) => {
                net.kill(*victim, *part)?;
                if *part != Part::Worker {
                    net.restart(*victim)?;
                }
            }
            Fault::Pause(victim, part, _) => net.pause(*victim, *part)?,
            Fault::Isolated(victim, link, _) => net.partition(&[*victim], *link),
            Fault::Split(group, _) => {
                net.partition(group, Link::Cut);
                let client = self.scenario.client.clone();
                let stalled = wait::until("finality does not stall", 2 * MINUTE, || async {
                    let (best, last) = (client.best().await?.number, client.finalized().await?.number);
                    Ok((best > last + BEHIND).then_some(()))
                });
                stalled.await?;
                self.scenario.net.heal();
            }
            Fault::Blackout(_) => {
                for index in 0..self.validators {
                    net.kill(index, Part::Both)?;
                }
                for index in 0..self.validators {
                    net.restart(index)?;
                }
                self.scenario.look_from(0).await?;
            }
            _ => (),
        }
        Ok(())
    }

    async fn after(&mut self, fault: &Fault) -> Result<()> {
        let net = &mut self.scenario.net;
        match fault {
            Fault::Pause(victim, ..) => net.resume(*victim)?,
            Fault::Isolated(..) | Fault::SlowLinks(_) | Fault::Drip(_) => net.heal(),
            Fault::Clock(victim, _) => {
                net.node_mut(*victim).set_clock(0)?;
                net.restart(*victim)?;
            }
            Fault::WorkersDown(victims) => {
                for victim in victims {
                    net.nodes()[*victim].enable_worker()?;
                    net.restart(*victim)?;
                }
            }
            Fault::Byzantine(victims, _) => {
                for victim in victims {
                    Behaviour::Honest.write(&Behaviour::file(&net.nodes()[*victim].store()))?;
                }
            }
            _ => (),
        }
        Ok(())
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

    async fn judge(&self, fault: &Fault, version: u32) -> Result<()> {
        let job = self.scenario.job_of(version).await?;
        let Fault::Byzantine(victims, behaviour) = fault else {
            for index in 0..self.validators {
                let verdict = self.scenario.verdict(&job, index);
                let wrong = matches!(verdict, Ok(Some(Verdict::Wrong)));
                ensure!(!wrong, "{index} is honest, and was judged {verdict:?}");
            }
            return Ok(());
        };
        for index in 0..self.validators {
            let verdict = self.scenario.verdict(&job, index)?;
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
