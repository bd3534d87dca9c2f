//! What must hold after every fault.

use super::{Fault, Soak};
use crate::{play::Played, wait, wait::MINUTE};
use anyhow::{ensure, Result};
use quorate_byzantine::Behaviour;
use quorate_primitives::{job::Verdict, ModelId, Root};
use std::time::Duration;

impl Soak {
    /// All validators finalize again, what is the best block now included, and all gateways can be reached.
    pub(super) async fn recovered(&mut self) -> Result<()> {
        self.finalized().await?;
        for node in self.scenario.net.nodes() {
            let gateway = node.gateway_url();
            wait::until("a gateway is not back", 3 * MINUTE, || async {
                Ok(answers(&gateway).await.then_some(()))
            })
            .await?;
        }
        Ok(())
    }

    /// Waits until what is the best block now, or one in its place, is final everywhere.
    pub(super) async fn finalized(&mut self) -> Result<()> {
        let height = self.scenario.client.best().await?.number;
        for index in 0..self.validators {
            self.scenario.net.wait_final(index, height, 4 * MINUTE).await?;
        }
        Ok(())
    }

    /// What came of a round is what is final.
    pub(super) async fn stands(&mut self, model: ModelId, played: &Played) -> Result<()> {
        let scenario = self.turn(model);
        let view = scenario.client.round(played.view.id).await?;
        ensure!(
            (view.phase, view.version) == (played.view.phase, played.version),
            "round {} was {:?} with {:?}, and became {:?} with {:?}",
            view.id,
            played.view.phase,
            played.version,
            view.phase,
            view.version
        );
        if let Some(version) = played.version {
            let root = scenario.client.version(model, version).await?.record.root;
            ensure!(
                root == Root::from(quorate_exact::root(&scenario.base)),
                "version {model}@{version} was replaced"
            );
        }
        Ok(())
    }

    pub(super) async fn judge(&mut self, fault: &Fault, model: ModelId, version: u32) -> Result<()> {
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

/// Whether a gateway answers.
pub async fn answers(url: &str) -> bool {
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
