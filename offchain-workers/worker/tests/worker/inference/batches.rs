//! Batches: rows and answers are the reference's.

use super::{
    files::{Files, NAME},
    *,
};
use quorate_engine::{Settings, TileEngine};
use quorate_exact::root;
use quorate_primitives::{
    job::infer::{detail_bytes, AnswerRow, AnswerStatus},
    views::{gateway::GatewayEntry, BlobRef},
};
use quorate_worker::Config;
use std::{sync::Arc, time::Duration};

async fn rows(side: &mut Side, detail: BlobRef) -> Result<Vec<AnswerRow>, Failure> {
    let (_, result) = side.run(Task::AnswerRows { detail }, Duration::from_secs(20)).await;
    match result? {
        Output::Answers(rows) => Ok(rows),
        other => panic!("{other:?}"),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn batch_of_fetched_files_should_be_answered_as_by_the_reference_and_its_rows_be_shown_by_all() {
    let files = Files::new(NAME);
    let expected = files.expected();
    let statuses: Vec<_> = expected.iter().map(|(row, _)| row.status).collect();
    use AnswerStatus::{Answered, Fault, Unfit};
    assert_eq!(statuses, [Answered, Answered, Answered, Fault, Unfit]);
    let all: Vec<AnswerRow> = expected.iter().map(|(row, _)| row.clone()).collect();
    let detail = detail_bytes(&all);
    let named = InferOutcome::new(&all, root(&detail).into());
    let (mut holds, mut fetches) = (Side::new(1).await, Side::new(2).await);
    provide(&holds, files.all()).await;
    introduce(&mut holds, &mut fetches, &[&files.view()]).await;
    // Also a job that this process has computed already, and a retry.
    for job in [1, 1, 2] {
        assert_eq!(outcome(&mut fetches, files.task(job)).await.unwrap(), named);
    }
    for (row, bytes) in &expected {
        let held = fetches.store.get_small(&row.answer.root.0, 1 << 20).await.unwrap();
        assert_eq!(&held[..], &bytes[..]);
    }
    // One of the two has not computed it, and asks the other one.
    let mut view = files.view();
    view.push(GatewayEntry::Shared(blob(&detail)));
    introduce(&mut fetches, &mut holds, &[&view]).await;
    assert_eq!(rows(&mut fetches, blob(&detail)).await.unwrap(), all);
    assert_eq!(rows(&mut holds, blob(&detail)).await.unwrap(), all);
    let long = BlobRef {
        len: 93 * 257,
        ..blob(&detail)
    };
    assert!(rows(&mut holds, long).await.is_err());
    holds.running.stop().await;
    fetches.running.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn program_of_another_model_should_be_unfit_and_a_worker_without_room_abstain() {
    let files = Files::new("another");
    let rows: Vec<AnswerRow> = files.expected().into_iter().map(|(row, _)| row).collect();
    assert!(rows
        .iter()
        .all(|row| row.status == AnswerStatus::Unfit && row.operations == 0));
    let named = InferOutcome::new(&rows, root(&detail_bytes(&rows)).into());
    let mut side = Side::new(1).await;
    provide(&side, files.all()).await;
    side.show(&files.view(), vec![]).await;
    assert_eq!(outcome(&mut side, files.task(1)).await.unwrap(), named);
    side.running.stop().await;

    let files = Files::new(NAME);
    let settings = Settings {
        evaluation: Some(1 << 20),
        ..Settings::default()
    };
    let mut small = Side::with(2, |config| Config {
        engine: Arc::new(TileEngine::new(settings)),
        ..config
    })
    .await;
    provide(&small, files.all()).await;
    small.show(&files.view(), vec![]).await;
    let failure = outcome(&mut small, files.task(1)).await.unwrap_err().to_string();
    assert!(
        failure.contains("batch 3") && failure.contains("--evaluation-memory"),
        "{failure}"
    );
    small.running.stop().await;
}
