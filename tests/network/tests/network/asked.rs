//! A request on a fork that loses: another organisation's has its number in the chain that wins.

use anyhow::{ensure, Context, Result};
use quorate_ask::{
    going_on::GoingOn,
    own::Own,
    question::{Given, Question},
    request,
    sending::meanwhile,
    Asker,
};
use quorate_client::{calls::incentives, connection::Options, gateways::Reader, inputs::Inputs, Error, Until};
use quorate_contribute::node::Node;
use quorate_exact::Rule;
use quorate_localnet::Link;
use quorate_network_tests::{
    asking::{features, HeldProgram, Question as Others},
    measured::answers,
    model::FEATURES,
    policy::UNIT,
    setup::Setup,
    wait,
    wait::MINUTE,
};
use quorate_primitives::{job::infer::Task, purpose::Purpose, views::inference::RequestState};
use quorate_verify::{verify_answer, Blobs, Conclusion, Level};

const VALIDATORS: usize = 8;
/// Whom the first one asks, and one more: a validator alone makes no blocks.
const FEW: [usize; 2] = [0, 1];
/// One of the others, which are a quorum.
const OTHER: usize = 2;
/// Who asks on each chain.
const ASKS: usize = 1;
const ASKS_TOO: usize = 2;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn request_on_a_fork_that_loses_should_be_answered_under_the_number_that_is_final() -> Result<()> {
    let setup = Setup::new(16, Rule::Median)?.validators(VALIDATORS).links();
    let mut scenario = setup.start().await?;
    for number in [ASKS, ASKS_TOO] {
        let fund = incentives::fund(Purpose::Organisation(number as u32), 100 * UNIT);
        let account = &scenario.organisations[number];
        scenario.client.submit(account, &fund, Until::InBlock).await?;
    }
    let held = HeldProgram::of(&scenario, answers()?).await?;
    scenario.until_declared().await?;
    let (client, account) = (scenario.client.clone(), scenario.organisations[ASKS].clone());
    let before = client.best().await?.number;
    wait::until("what was prepared is not final", 2 * MINUTE, || async {
        Ok((client.finalized().await?.number >= before).then_some(()))
    })
    .await?;

    let asker = Asker {
        client: &client,
        account: &account,
    };
    let input = |value: f32| features([value; FEATURES]);
    let question = Question::new(&held.program, Given::Inputs(vec![input(0.5)?]), [5; 32])?;
    let artifact = client.artifact(held.id).await?;
    let priced = request::price(
        asker,
        (scenario.id, None),
        (&artifact, &held.program),
        &question,
        &|_| (),
    )
    .await?;
    let folder = tempfile::tempdir()?;
    let inputs = Inputs::open(folder.path())?;
    let ready = request::ready(asker, &inputs, &question, &priced, None).await?;
    let node = Node::new(scenario.net.nodes()[FEW[0]].rpc_url(), Options::default());

    scenario.look_from(OTHER).await?;
    scenario.net.partition(&FEW, Link::Cut);
    let told = |text: &str| println!("told: {text}");
    let going_on = GoingOn::new(&node, &account, &inputs, &ready.own, &told);
    let asked = async {
        let sent = ready.send(asker, &inputs);
        let both = meanwhile::<_, _, Error>(sent, going_on.finally());
        let (number, (known, answer)) = both.await?;
        anyhow::Ok((number?, known, answer))
    };
    let fork = async {
        let there = wait::until("the request is in no block", 2 * MINUTE, || async {
            Ok(ready.own.find(&client, None).await?)
        });
        let on_the_fork = there.await?.id;
        let others = Others {
            program: &held,
            task: Task::Run,
            input: input(0.25)?,
            spare: Some(0),
            spare_memory: 0,
        };
        let account = scenario.organisations[ASKS_TOO].clone();
        let sent = scenario.ask(&account, [6; 32], others).await?;
        scenario.bring(&sent, &account, OTHER).await?;
        let last = client.best().await?;
        let chain = scenario.client.clone();
        wait::until("the others' chain is not final", 2 * MINUTE, || async {
            Ok((chain.finalized().await?.number >= last.number).then_some(()))
        })
        .await?;
        scenario.net.heal();
        anyhow::Ok((on_the_fork, sent.id, last))
    };
    let ((number, known, answer), (on_the_fork, others, last)) = tokio::try_join!(asked, fork)?;
    ensure!(
        client.block_at(last.number).await?.hash != last.hash,
        "the fork has won"
    );
    ensure!(
        on_the_fork == others,
        "request {on_the_fork} on the fork, {others} on the other chain"
    );
    ensure!(
        number != on_the_fork && number == known.id,
        "{number} is final, and {} was shown",
        known.id
    );
    ensure!(
        known.input.root == ready.own.root && known.organisation == ASKS as u32,
        "{known:?}"
    );
    ensure!(matches!(known.state, RequestState::Answered { .. }), "{known:?}");
    answer.context("it was answered")?;
    let under = scenario.client.inference_request(on_the_fork).await?;
    ensure!(under.organisation == ASKS_TOO as u32, "{under:?}");

    let blobs = Blobs::new(vec![], Some(Reader::Account(account.clone())))?;
    let report = verify_answer(&scenario.client, number, &blobs, Level::Avx512, &|_| {}).await?;
    ensure!(report.conclusion() == Conclusion::Verified, "{:?}", report.checks);
    Ok(())
}
