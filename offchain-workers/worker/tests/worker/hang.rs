//! A computation that never comes back, as a call to a GPU that hangs: the worker answers in time, says so, and ends itself.

use crate::side::*;
use quorate_engine::{
    AggregateInput, Aggregated, AnswerRow, AssessInput, Assessed, Control, Engine, EngineError, EvaluateInput,
    Evaluated, InferInput, Keep,
};
use quorate_primitives::{views::gateway::GatewayEntry, Hash};
use quorate_protocol::{Failure, FromWorker, Task};
use quorate_worker::{Config, Observe};
use std::{
    path::Path,
    sync::{
        mpsc::{channel, Receiver, Sender},
        Arc, Mutex,
    },
    time::Duration,
};

/// Never answers, until the test ends.
struct Hanging(Mutex<Receiver<()>>);

impl Engine for Hanging {
    fn name(&self) -> String {
        "a GPU".into()
    }

    fn aggregate(&self, _: &AggregateInput, _: &Path, _: &Control<'_>) -> Result<Aggregated, EngineError> {
        self.0.lock().unwrap().recv().ok();
        Err(EngineError::Cancelled)
    }

    fn evaluate(&self, _: &EvaluateInput, _: &Control<'_>) -> Result<Evaluated, EngineError> {
        self.0.lock().unwrap().recv().ok();
        Err(EngineError::Cancelled)
    }

    fn assess(&self, _: &AssessInput, _: &Control<'_>) -> Result<Assessed, EngineError> {
        self.0.lock().unwrap().recv().ok();
        Err(EngineError::Cancelled)
    }

    fn infer(&self, _: &InferInput, _: &mut Keep<'_>, _: &Control<'_>) -> Result<Vec<AnswerRow>, EngineError> {
        self.0.lock().unwrap().recv().ok();
        Err(EngineError::Cancelled)
    }
}

async fn hanging() -> (Side, Sender<()>, Receiver<String>) {
    let (release, held) = channel();
    let (hung, hangs) = channel();
    let hung = Mutex::new(hung);
    let side = Side::with(1, |config| Config {
        engine: Arc::new(Hanging(Mutex::new(held))),
        overdue: Duration::from_secs(1),
        on_hang: Arc::new(move |reason: &str| {
            hung.lock().unwrap().send(reason.to_owned()).ok();
        }),
        observe: Some(Observe {
            address: "127.0.0.1:0".parse().unwrap(),
            external: false,
        }),
        ..config
    });
    (side.await, release, hangs)
}

#[tokio::test(flavor = "multi_thread")]
async fn computation_that_never_comes_back_should_end_the_worker_with_words() {
    let (mut side, release, hangs) = hanging().await;
    let World {
        files,
        versions,
        updates,
        task,
    } = world(&PIPELINE);
    provide_all(&side, &files).await;
    let peer = GatewayEntry::Peer(side.peer());
    side.show(&[vec![peer], versions, updates].concat(), vec![]).await;
    // It has its answer, as every task out of time.
    let (_, result) = side.run(aggregation(&task), Duration::from_millis(200)).await;
    assert_eq!(result, Err(Failure::Deadline));
    // The status names the thread, not the task, which has ended.
    let overdue = loop {
        match side.next().await {
            FromWorker::Status(status) => {
                assert_eq!(status.tasks_running, 0);
                if let Some(overdue) = status.health.overdue {
                    break overdue;
                }
            }
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(overdue.request, 1);
    assert!(overdue.what.contains("job 0x5555"), "{overdue:?}");
    let reason = tokio::task::spawn_blocking(move || hangs.recv_timeout(PATIENCE))
        .await
        .unwrap();
    let reason = reason.expect("the watchdog does not bark");
    assert!(
        reason.contains("job 0x5555") && reason.contains("still runs"),
        "{reason}"
    );
    let metrics = get(&side, "/metrics").await.1;
    assert!(
        metrics.contains("quorate_worker_tasks_total{kind=\"compute\",result=\"deadline\"} 1"),
        "{metrics}"
    );
    drop(release);
    side.running.stop().await;
}

async fn get(side: &Side, path: &str) -> (u16, String) {
    let address = side.running.metrics().unwrap();
    // No certificate authority is asked for anything here.
    let tls = quorate_tls::no_roots().unwrap();
    let client = reqwest::Client::builder()
        .tls_backend_preconfigured(tls)
        .build()
        .unwrap();
    let answer = client.get(format!("http://{address}{path}")).send().await.unwrap();
    (answer.status().as_u16(), answer.text().await.unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn readiness_should_say_what_is_missing() {
    let (mut side, release, _hangs) = hanging().await;
    let (alive, text) = get(&side, "/health").await;
    assert_eq!((alive, text.as_str()), (200, "ok\n"));
    let (ready, text) = get(&side, "/ready").await;
    assert_eq!(ready, 503);
    assert!(text.contains("has not sent its view"), "{text}");
    side.show(&world(&PIPELINE).versions, vec![]).await;
    // Another task is answered once the view is there.
    let missing = Task::ScoreRows {
        detail: Hash::zero(),
        weights: vec![],
    };
    side.run(missing, Duration::ZERO).await.1.unwrap_err();
    assert_eq!(get(&side, "/ready").await, (200, "ok\n".into()));
    assert_eq!(get(&side, "/").await.0, 404);
    let metrics = get(&side, "/metrics").await.1;
    for line in [
        "quorate_worker_node_connected 1",
        "quorate_worker_view_best_block 1",
        "quorate_worker_backend_info{backend=\"a GPU\"",
        "quorate_worker_gpu_up 1",
        "quorate_worker_disk_free_bytes",
    ] {
        assert!(metrics.contains(line), "{line} is not in\n{metrics}");
    }
    drop(release);
    side.running.stop().await;
}
