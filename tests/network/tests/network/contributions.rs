//! Rounds that are paid by what updates improve on shards which their suppliers keep sealed until the updates are: what a copy, a replay
//! and noise earn, a worker that lies about it, and suppliers that withhold.

use anyhow::{ensure, Context, Result};
use futures::future::try_join_all;
use quorate_byzantine::Behaviour;
use quorate_client::gateways::Reader;
use quorate_evaluation::assessment::rows_run;
use quorate_exact::Rule;
use quorate_localnet::Part;
use quorate_network_tests::{
    measured::loss,
    model::Layer,
    scenario::Scenario,
    shards::{Shard, ROWS},
    state::State,
    wait,
    wait::MINUTE,
};
use quorate_primitives::{
    job::{Job, Verdict},
    policy::{assessment::MIN_SUPPLIERS, Assessment, Contribution, Gate},
    version::Origin,
    views::{assessments::ShardState, RoundView},
    Balance, BlockNumber, OrganisationId, Ppm, RoundId, VersionIndex, PPM,
};
use std::ops::Range;

use crate::{
    byzantine::ERRS,
    gates::{assessed, is_found_out, judged, steps, updates_of, Benchmark, ROWS as BENCHMARK_ROWS},
    worth::{Sealed, Worth},
};

/// Contributors beside the honest ones, each of an organisation of its own: the first sends what the honest one before it sends.
const COPIER: usize = 3;
const REPLAYER: usize = 4;
const NOISE: usize = 5;
/// Of the noise, so that its length is about that of a step.
const SPREAD: f32 = 0.05;
/// Most suppliers of a round.
const SUPPLIERS: u32 = 5;
/// Who keeps its shard back: it has sent an update too.
const WITHHOLDS: OrganisationId = 1;
/// Whose node and worker are killed.
const VICTIM: usize = 2;
/// Of the shards' rows; each supplier has its own in each round.
const SEED: u64 = 2_000;
/// Blocks for revealing shards: where all are revealed nobody waits for the last of them, and where one is withheld everybody does.
const ALL: BlockNumber = 40;
const NOT_ALL: BlockNumber = 25;
/// Rounds in which the one that lies may come too late on a busy machine.
const MOST_LIES: u64 = 3;
/// More than an organisation pays for transactions in a round.
const FEES: Balance = quorate_network_tests::policy::UNIT;

/// Needs a version whose parent is known: what is replayed.
pub async fn contributions_should_be_paid_by_what_they_improve_on_sealed_shards(scenario: &mut Scenario) -> Result<()> {
    let (pipeline, max_weight, assessment) = {
        let policy = &scenario.policy;
        (policy.pipeline, policy.max_weight, policy.assessment)
    };
    let benchmark = Benchmark::held(scenario).await?;
    let tokens = State::read(&scenario.client).await?.tokens();
    ensure!(tokens.issuance == tokens.held, "tokens that nobody has: {tokens:?}");

    scenario.policy.max_weight = 1;
    let mut found_out = all_reveal(scenario, &benchmark).await.context("all reveal")?;
    let mut again = 0;
    while !found_out {
        again += 1;
        ensure!(
            again < MOST_LIES,
            "who lies about contributions was never in time to be found out"
        );
        found_out = all_reveal_again(scenario, &benchmark, again)
            .await
            .context("all reveal again")?;
    }
    one_withholds(scenario, &benchmark)
        .await
        .context("one of five withholds")?;
    too_few(scenario, &benchmark).await.context("one of four withholds")?;

    let mut state = State::read(&scenario.client).await?;
    state.check()?;
    ensure!(
        state.tokens() == tokens,
        "tokens: {tokens:?} became {:?}",
        state.tokens()
    );
    scenario.policy.max_weight = max_weight;
    scenario.policy.assessment = assessment;
    scenario.set_pipeline(pipeline).await
}

/// Lets the rounds from now on be paid by contribution.
async fn set_policy(scenario: &mut Scenario, benchmark: &Benchmark, reveal: BlockNumber) -> Result<()> {
    let players = Some(scenario.contributors.len());
    let rows = rows_run(BENCHMARK_ROWS as u64, (ROWS * SUPPLIERS).into(), players);
    let operations = rows.and_then(|rows| quorate_evaluation::operations(&loss().ok()?, rows));
    scenario.policy.assessment = Some(Assessment {
        program: benchmark.program,
        benchmark: Some(benchmark.data),
        operations: operations.context("few")?,
        gate: Some(Gate {
            max_increase: 0,
            min_correct: 0,
        }),
        contribution: Some(Contribution {
            min_suppliers: MIN_SUPPLIERS,
            max_suppliers: SUPPLIERS,
            min_rows: ROWS,
            max_rows: ROWS,
            max_len: 256 << 10,
            reveal,
            vote: ALL,
            claimed_weights: false,
        }),
    });
    scenario.set_pipeline(Rule::WeightedMean.into()).await
}

/// A round with its sealed updates, and what was there before.
struct Round {
    id: RoundId,
    base: Vec<u8>,
    previous: Vec<u8>,
    updates: Vec<Vec<u8>>,
    view: RoundView,
    shards: Vec<Shard>,
    /// Of the suppliers, before they committed.
    funds: Vec<Balance>,
    /// Of the contributors.
    before: Vec<Standing>,
}

/// Of a contributor.
struct Standing {
    reputation: Ppm,
    claimable: Balance,
}

/// What each of so many shards is bonded with: those that have to be missing for a round without scores lose the pot together.
fn bond_of(pot: Balance, suppliers: usize) -> Balance {
    pot.div_ceil((suppliers - MIN_SUPPLIERS as usize + 1) as Balance)
}

/// Suppliers commit, a round is opened, everybody contributes, and the updates are sealed in a final block: another fork may seal them later, in another
/// order, and takes no shards until then.
async fn sealed(scenario: &Scenario, suppliers: Range<OrganisationId>, seed: u64) -> Result<Round> {
    let funds = funds(scenario, suppliers.clone()).await?;
    let before = standings(scenario).await?;
    let pot = scenario
        .client
        .shard_bond(scenario.id)
        .await?
        .context("shards are taken")?;
    let bond = bond_of(pot, suppliers.len());
    let commit = |supplier| Shard::commit(scenario, supplier, SEED + seed + u64::from(supplier), bond);
    let shards = try_join_all(suppliers.map(commit)).await?;
    let previous = before_base(scenario).await?;
    let updates = updates(scenario, &previous);
    let id = scenario.open_round().await?;
    scenario.contribute(id, &updates, &vec![1; updates.len()]).await?;
    scenario
        .until(id, "the updates are not sealed", |view| view.sealed_at.is_some())
        .await?;
    let view = scenario
        .until_final(id, "the seal is not final", |view| view.sealed_at)
        .await?;
    Ok(Round {
        id,
        base: scenario.base.clone(),
        previous,
        updates,
        view,
        shards,
        funds,
        before,
    })
}

/// Tokens of organisations, held ones included.
async fn funds(scenario: &Scenario, of: Range<OrganisationId>) -> Result<Vec<Balance>> {
    let one = |organisation: OrganisationId| async move {
        let funds = scenario
            .client
            .funds(&scenario.organisations[organisation as usize].id())
            .await?;
        anyhow::Ok(funds.free + funds.reserved)
    };
    try_join_all(of.map(one)).await
}

async fn standings(scenario: &Scenario) -> Result<Vec<Standing>> {
    let one = |account: &quorate_client::Account| {
        let id = account.id();
        async move {
            let standing = scenario.client.standing(&id).await?;
            anyhow::Ok(Standing {
                reputation: standing.contributor.context("it has contributed before")?,
                claimable: standing.claimable,
            })
        }
    };
    try_join_all(scenario.contributors.iter().map(one)).await
}

/// The version before the one that rounds stand on.
async fn before_base(scenario: &Scenario) -> Result<Vec<u8>> {
    let client = &scenario.client;
    let head = client.model(scenario.id).await?.head.context("a version stands")?;
    let Origin::Round(origin) = client.version(scenario.id, head).await?.record.origin else {
        anyhow::bail!("version {head} has no parent: nothing can be replayed");
    };
    scenario.fetch(origin.parent).await
}

/// Steps of the honest, a copy of one of them, what the last round did once more, and noise.
fn updates(scenario: &Scenario, previous: &[u8]) -> Vec<Vec<u8>> {
    let mut layers = steps(scenario);
    layers[COPIER] = layers[COPIER - 1].clone();
    layers[REPLAYER] = scenario
        .model
        .layer(&scenario.base)
        .since(&scenario.model.layer(previous));
    layers[NOISE] = Layer::noise(SEED, SPREAD);
    updates_of(scenario, &layers)
}

impl Round {
    /// What a quorum has to agree on, where it holds all shards.
    fn worth(&self, scenario: &Scenario, benchmark: &Benchmark) -> Result<Worth> {
        let mut sealed: Vec<_> = self.view.updates.iter().collect();
        sealed.sort_by_key(|update| update.index);
        let number = |id| scenario.contributors.iter().position(|one| one.id() == id);
        let order = sealed.into_iter().map(|update| number(update.contributor.clone()));
        let sealed = Sealed {
            base: &self.base,
            previous: &self.previous,
            updates: &self.updates,
            order: order.collect::<Option<_>>().context("contributors of the network")?,
            shards: self.shards.iter().collect(),
        };
        sealed.worth(scenario, benchmark)
    }

    /// The version is the reference's, what it is worth too, and everybody is paid by that. Returns the round as it ended, and the job of
    /// its assessment.
    async fn ends(&self, scenario: &mut Scenario, worth: &Worth, liar: Option<usize>) -> Result<(RoundView, Job)> {
        let view = scenario.until_settled(self.id).await?;
        let version = view.version.context("it is settled")?;
        ensure!(scenario.fetch(version).await? == worth.version, "the version is wrong");
        let record = assessed(scenario, version).await?;
        worth.check(&record)?;
        let job = judged(scenario, &record, liar).await?;
        let updates = scenario.by_contributor(&view);
        let scores: Option<Vec<Ppm>> = updates.iter().map(|update| update.score).collect();
        ensure!(
            scores == worth.scores && updates.len() == self.updates.len(),
            "{scores:?}, and not {:?}",
            worth.scores
        );
        let reputations: Vec<Ppm> = self.before.iter().map(|standing| standing.reputation).collect();
        let after = standings(scenario).await?;
        let earned = after
            .iter()
            .zip(&self.before)
            .map(|(after, before)| after.claimable - before.claimable);
        let (earned, pay): (Vec<Balance>, _) = (earned.collect(), worth.pay(&view, &reputations)?);
        scenario
            .net
            .say(&format!("scores {:?}, earned {earned:?}", worth.scores));
        ensure!(earned == pay, "{earned:?} was earned, and not {pay:?}");
        self.is_head(scenario, version, worth).await?;
        Ok((view, job))
    }

    async fn is_head(&self, scenario: &mut Scenario, version: VersionIndex, worth: &Worth) -> Result<()> {
        let model = scenario.client.model(scenario.id).await?;
        ensure!(model.head == Some(version), "the head is {:?}", model.head);
        let report = scenario.verify(version).await?;
        ensure!(report.is_verified(), "{report:#?}");
        scenario.base = worth.version.clone();
        Ok(())
    }

    /// Who withheld has lost its bond to the others' contributors, and nobody else.
    async fn bonds(&self, scenario: &Scenario, view: &RoundView, withheld: &[OrganisationId]) -> Result<()> {
        let assessment = view.assessment.as_ref().context("it was assessed")?;
        ensure!(
            assessment.withheld == withheld,
            "{:?}, and not {withheld:?}",
            assessment.withheld
        );
        let bond = bond_of(self.pot(), self.funds.len());
        let sharers = self.updates.len() - withheld.len();
        let bonus = bond * withheld.len() as Balance / sharers as Balance;
        ensure!(
            assessment.bonus == bonus,
            "each has {}, and not {bonus}",
            assessment.bonus
        );
        let after = funds(scenario, 0..self.funds.len() as OrganisationId).await?;
        for (supplier, (before, after)) in (0u32..).zip(self.funds.iter().zip(after)) {
            let lost = if withheld.contains(&supplier) { bond } else { 0 };
            ensure!(
                (lost..lost + FEES).contains(&before.saturating_sub(after)),
                "supplier {supplier} had {before}, has {after}, and its bond was {bond}"
            );
        }
        Ok(())
    }

    fn pot(&self) -> Balance {
        let policy = &self.view.policy;
        policy.reward * Balance::from(policy.split.contributors) / Balance::from(PPM)
    }
}

/// Four suppliers reveal. Validators alone read the shards until the round is assessed, each is taken from its supplier alone, and who
/// lies about contributions is Wrong, or came too late: tells whether it was Wrong.
async fn all_reveal(scenario: &mut Scenario, benchmark: &Benchmark) -> Result<bool> {
    set_policy(scenario, benchmark, ALL).await?;
    let store = scenario.net.nodes()[ERRS].store();
    Behaviour::WrongContributions.write(&Behaviour::file(&store))?;
    let round = sealed(scenario, 0..MIN_SUPPLIERS, 0).await?;
    let worth = round.worth(scenario, benchmark)?;
    let scores = worth.scores.clone().context("four shards count")?;
    scenario.net.say(&format!("worth by the reference: {scores:?}"));
    let honest = scores[..COPIER].iter().copied().min().unwrap_or_default();
    ensure!(honest > 200_000, "the honest learn: {scores:?}");
    // Noise earns what chance makes of its direction.
    ensure!(scores[REPLAYER] < 1_000 && scores[NOISE] < honest / 4, "{scores:?}");

    doors(scenario, &round).await?;
    let (view, job) = round.ends(scenario, &worth, Some(ERRS)).await?;
    Behaviour::Honest.write(&Behaviour::file(&store))?;
    round.bonds(scenario, &view, &[]).await?;
    try_join_all(round.shards.iter().map(|shard| shard.until_public(scenario))).await?;
    is_found_out(scenario, &job)
}

/// One more round for the one that lies, which came too late in those before.
async fn all_reveal_again(scenario: &mut Scenario, benchmark: &Benchmark, again: u64) -> Result<bool> {
    let store = scenario.net.nodes()[ERRS].store();
    Behaviour::WrongContributions.write(&Behaviour::file(&store))?;
    let round = sealed(scenario, 0..MIN_SUPPLIERS, 200 + 100 * again).await?;
    let worth = round.worth(scenario, benchmark)?;
    reveal(scenario, &round, &round.shards).await?;
    let (view, job) = round.ends(scenario, &worth, Some(ERRS)).await?;
    Behaviour::Honest.write(&Behaviour::file(&store))?;
    round.bonds(scenario, &view, &[]).await?;
    is_found_out(scenario, &job)
}

/// Reveals and uploads all shards; the last one only when it was seen who may bring and read the others.
async fn doors(scenario: &Scenario, round: &Round) -> Result<()> {
    let [first, second, rest @ ..] = round.shards.as_slice() else {
        anyhow::bail!("four shards");
    };
    second.reveal(scenario, round.id).await?;
    first.reveal(scenario, round.id).await?;
    // When the gateway has taken the first one, it knows of the second one.
    first.upload(scenario, 0).await?;
    let (supplier, other) = (&scenario.organisations[0], &scenario.organisations[NOISE]);
    for stranger in [supplier, other, &scenario.contributors[NOISE]] {
        let taken = second.upload_once(scenario, 0, stranger).await;
        ensure!(taken.is_err(), "another's upload of a shard is taken");
    }
    // As the organisation itself, so a contributor that it sponsors.
    let own = &scenario.contributors[second.supplier as usize];
    second.upload_once(scenario, 0, own).await?;
    for (who, reader) in [
        ("anybody", None),
        ("its supplier", Some(supplier)),
        ("another", Some(other)),
    ] {
        let shown = first.is_shown(scenario, reader.cloned().map(Reader::Account)).await?;
        ensure!(!shown, "{who} reads what is sealed");
    }
    let key = scenario.net.nodes()[0].account()?;
    let validator = Reader::Validator {
        validator: key.id(),
        key,
    };
    ensure!(
        first.is_shown(scenario, Some(validator)).await?,
        "a validator does not read a shard"
    );
    wait::until("not these two alone are revealed", MINUTE, || async {
        let views = scenario.client.round_shards(round.id).await?;
        let sealed = views.iter().filter(|view| view.state == ShardState::Sealed).count();
        ensure!(sealed == rest.len(), "{views:#?}");
        Ok(Some(()))
    })
    .await?;
    reveal(scenario, round, rest).await
}

/// Reveals and uploads these, each to a gateway of its own.
async fn reveal(scenario: &Scenario, round: &Round, shards: &[Shard]) -> Result<()> {
    let one = |shard| async move {
        Shard::reveal(shard, scenario, round.id).await?;
        shard.upload(scenario, shard.supplier as usize).await
    };
    try_join_all(shards.iter().map(one)).await?;
    Ok(())
}

async fn reveal_without(scenario: &Scenario, round: &mut Round, supplier: OrganisationId) -> Result<Shard> {
    let place = round.shards.iter().position(|shard| shard.supplier == supplier);
    let kept = round.shards.remove(place.context("a supplier")?);
    reveal(scenario, round, &round.shards).await?;
    Ok(kept)
}

/// One of five suppliers withholds: the others' shards count, and its bond is shared by the others' updates. A validator is killed between
/// its commit and its reveal.
async fn one_withholds(scenario: &mut Scenario, benchmark: &Benchmark) -> Result<()> {
    set_policy(scenario, benchmark, NOT_ALL).await?;
    let mut round = sealed(scenario, 0..SUPPLIERS, 100).await?;
    let kept = reveal_without(scenario, &mut round, WITHHOLDS).await?;
    let worth = round.worth(scenario, benchmark)?;
    ensure!(worth.scores.is_some(), "four shards count");
    let committed = wait::until("the victim has not committed", 5 * MINUTE, || async {
        let assessment = scenario.client.round(round.id).await?.assessment;
        let Some(job) = assessment.and_then(|assessment| assessment.job) else {
            return Ok(None);
        };
        let statement = scenario.statement(job, VICTIM).await?;
        Ok(statement.commit.is_some().then_some(statement))
    })
    .await?;
    scenario
        .net
        .say(&format!("the victim has revealed: {}", committed.reveal.is_some()));
    scenario.net.kill(VICTIM, Part::Both)?;
    scenario.net.restart(VICTIM)?;
    let (view, job) = round.ends(scenario, &worth, None).await?;
    let verdict = scenario.verdict(&job, VICTIM)?;
    ensure!(verdict == Some(Verdict::Agreed), "it has committed, and is {verdict:?}");
    round.bonds(scenario, &view, &[WITHHOLDS]).await?;
    ensure!(
        !kept.is_shown(scenario, None).await?,
        "nobody has what was not revealed"
    );
    Ok(())
}

/// One of four suppliers withholds: the version is judged by what there is, nobody is paid for it, and the pot stays with the model.
async fn too_few(scenario: &mut Scenario, benchmark: &Benchmark) -> Result<()> {
    let mut round = sealed(scenario, 0..MIN_SUPPLIERS, 200).await?;
    let fund = scenario.client.model(scenario.id).await?.fund;
    reveal_without(scenario, &mut round, WITHHOLDS).await?;
    let worth = round.worth(scenario, benchmark)?;
    ensure!(worth.scores.is_none(), "three shards are too few: {:?}", worth.scores);
    let (view, _) = round.ends(scenario, &worth, None).await?;
    round.bonds(scenario, &view, &[WITHHOLDS]).await?;
    // Reward and fee are set aside when the round is opened; what returns is at least the pot.
    let after = scenario.client.model(scenario.id).await?.fund;
    ensure!(
        after >= fund + round.pot(),
        "the fund had {fund}, and has {after}: the pot is {}",
        round.pot()
    );
    Ok(())
}
