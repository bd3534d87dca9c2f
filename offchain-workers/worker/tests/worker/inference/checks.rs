//! Requests are checked before a vote.

use super::{
    files::{generate, program, Files, NAME},
    *,
};
use futures::SinkExt;
use quorate_exact::Malformed;
use quorate_primitives::{
    job::infer::Task as Ask,
    views::tasks::{Against, VoteItem},
};
use quorate_protocol::{CheckResult, ToWorker};

#[tokio::test(flavor = "multi_thread")]
async fn requests_should_be_checked_by_their_program_and_for_a_possession() {
    let files = Files::new(NAME);
    let mut side = Side::new(1).await;
    let sound = files.inputs[0].clone();
    let spoilt = [
        sound[..sound.len() - 1].to_vec(),
        [&sound[..], &[0; 8]].concat(),
        sound[..31].to_vec(),
        sound[32..].to_vec(),
    ];
    provide(&side, files.all().into_iter().chain(&spoilt)).await;
    side.show(&files.view(), vec![]).await;
    let all: Vec<&Vec<u8>> = [&sound].into_iter().chain(&spoilt).collect();
    let items = |shown: fn(&[u8]) -> quorate_primitives::possession::Shown| -> Vec<VoteItem> {
        let item = |(item, bytes): (u32, &&Vec<u8>)| VoteItem {
            item,
            blob: blob(bytes),
            shown: shown(bytes),
        };
        (0..).zip(&all).map(item).collect()
    };
    let against = |task| Against::Input {
        program: blob(&files.program),
        task,
    };
    let check = |task, items| Task::Check {
        against: against(task),
        items,
    };
    let malformed = CheckResult::Malformed(Malformed::Artifact);
    let results = |found: Vec<(u32, CheckResult)>| found.into_iter().map(|(_, result)| result).collect::<Vec<_>>();
    let (found, done) = side.run(check(generate(37, None), items(possessed)), PATIENCE).await;
    assert_eq!(done, Ok(Output::Checked));
    let mut expected = vec![malformed; 5];
    expected[0] = CheckResult::Held;
    assert_eq!(results(found), expected);
    // What is right for one task need not be for another: prompt and answer are longer than the program's context.
    let (found, _) = side.run(check(generate(38, None), items(possessed)), PATIENCE).await;
    assert_eq!(results(found), [malformed; 5]);
    let (found, _) = side
        .run(check(Ask::Run, items(|_| possessed(b"another"))), PATIENCE)
        .await;
    assert_eq!(results(found), [CheckResult::Malformed(Malformed::NotPossessed); 5]);
    side.running.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn program_that_does_not_come_should_hold_up_no_other_request() {
    let (files, missing) = (Files::new(NAME), program("another").encode());
    let mut side = Side::new(1).await;
    provide(&side, files.all()).await;
    side.show(&files.view(), vec![]).await;
    let check = |program: &[u8], number: usize| Task::Check {
        against: Against::Input {
            program: blob(program),
            task: Ask::Run,
        },
        items: vec![VoteItem {
            item: 0,
            blob: blob(&files.inputs[number]),
            shown: possessed(&files.inputs[number]),
        }],
    };
    side.requests += 1;
    let waits = ToWorker::Run {
        request: side.requests,
        timeout_ms: 10 * PATIENCE.as_millis() as u64,
        task: check(&missing, 0),
    };
    side.sink.send(waits).await.unwrap();
    // Whenever it begins to wait, a later one of these comes after it.
    for number in 0..files.inputs.len() {
        let (found, done) = side.run(check(&files.program, number), PATIENCE).await;
        assert_eq!((found, done), (vec![(0, CheckResult::Held)], Ok(Output::Checked)));
    }
    side.running.stop().await;
}
