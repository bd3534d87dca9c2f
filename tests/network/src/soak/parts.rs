//! A model of the soak with all that is its own. A scenario works on one model: those of the others wait aside and take turns.

use crate::{
    model::Model,
    scenario::Scenario,
    setup::{register, sponsor, UNIT},
};
use anyhow::Result;
use quorate_client::{calls, gateways::Gateways, Account, Client, Until};
use quorate_primitives::ModelId;
use std::mem::swap;

/// Contributors of each model, one for each of the first organisations.
const CONTRIBUTORS: usize = 4;
/// An organisation's free calls do not last for so many rounds: what is beyond is paid for.
const POCKET: u128 = 100 * UNIT;

/// What is a model's own, while the scenario works on another one.
pub(super) struct Parts {
    client: Client,
    gateways: Gateways,
    model: Model,
    pub id: ModelId,
    base: Vec<u8>,
    owner: Account,
    contributors: Vec<Account>,
}

impl Parts {
    /// Registers another model, of an organisation of its own as long as there are any, with other contributors.
    pub async fn new(scenario: &mut Scenario, seed: u64, id: ModelId) -> Result<Self> {
        let mut model = Model::new(seed ^ u64::from(id) << 32);
        let first = id as usize * CONTRIBUTORS;
        let contributors = (first..first + CONTRIBUTORS)
            .map(|number| Account::from_uri(&format!("//Contributor{number}")))
            .collect::<Result<Vec<_>, _>>()?;
        sponsor(&scenario.client, &scenario.organisations, &contributors).await?;
        let mut parts = Self {
            client: scenario.client.clone(),
            gateways: scenario.gateways.clone(),
            base: model.genesis(),
            model,
            id,
            owner: scenario.organisations[id as usize % scenario.organisations.len()].clone(),
            contributors,
        };
        parts.swap(scenario);
        register(scenario).await?;
        parts.swap(scenario);
        Ok(parts)
    }

    /// Takes its turn; whose turn it was waits here.
    pub fn swap(&mut self, scenario: &mut Scenario) {
        swap(&mut self.client, &mut scenario.client);
        swap(&mut self.gateways, &mut scenario.gateways);
        swap(&mut self.model, &mut scenario.model);
        swap(&mut self.id, &mut scenario.id);
        swap(&mut self.base, &mut scenario.base);
        swap(&mut self.owner, &mut scenario.owner);
        swap(&mut self.contributors, &mut scenario.contributors);
    }
}

/// Each contributor of the scenario's model gets tokens from its organisation.
pub async fn endow(scenario: &Scenario) -> Result<()> {
    let all = scenario.organisations.iter().zip(&scenario.contributors);
    let sent = all.map(|(organisation, contributor)| {
        let call = calls::balances::transfer(&contributor.id(), POCKET);
        async move { scenario.client.submit(organisation, &call, Until::InBlock).await }
    });
    futures::future::try_join_all(sent).await?;
    Ok(())
}
