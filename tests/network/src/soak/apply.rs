//! How a fault is brought about, and undone.

use super::{Fault, Soak};
use crate::{wait, wait::MINUTE};
use anyhow::Result;
use quorate_byzantine::Behaviour;
use quorate_localnet::{Link, Part};
use std::time::Duration;

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

impl Soak {
    /// What is wrong from before the rounds on.
    pub(super) async fn before(&mut self, fault: &Fault) -> Result<()> {
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

    /// What happens in the middle of them.
    pub(super) async fn during(&mut self, fault: &Fault) -> Result<()> {
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
                // One of both forks is lost, with rounds that had ended in it.
                self.finalized().await?;
            }
            Fault::Blackout(_) => {
                for index in 0..self.validators {
                    net.kill(index, Part::Both)?;
                }
                for index in 0..self.validators {
                    net.restart(index)?;
                }
                self.look_from(&[0]).await?;
                // Versions that were recorded before it are fetched from gateways that are there.
                self.recovered().await?;
            }
            _ => (),
        }
        Ok(())
    }

    pub(super) async fn after(&mut self, fault: &Fault) -> Result<()> {
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
}
