//! Others' batches that are computed again.

use super::{
    files::{Files, NAME},
    *,
};
use futures::SinkExt;
use quorate_engine::{
    AggregateInput, Aggregated, AssessInput, Assessed, Control, Engine, EngineError, EvaluateInput, Evaluated,
    InferInput, Keep, Settings, TileEngine,
};
use quorate_primitives::job::infer::AnswerRow;
use quorate_protocol::{FromWorker, ToWorker};
use quorate_worker::Config;
use std::{
    collections::BTreeMap,
    path::Path,
    sync::{
        atomic::{AtomicU32, Ordering},
        mpsc::{channel, Sender},
        Arc, Mutex,
    },
    time::{Duration, Instant},
};

#[tokio::test(flavor = "multi_thread")]
async fn batch_of_others_should_be_computed_again_and_nothing_of_it_be_kept() {
    let files = Files::new(NAME);
    let mut side = Side::new(1).await;
    provide(&side, files.all()).await;
    side.show(&files.view(), vec![]).await;
    let named = files.named();
    // Whatever those agreed on that were drawn.
    for agreed in [named.clone(), vec![1, 2, 3]] {
        let (_, found) = side.run(files.spot_check(agreed), PATIENCE).await;
        assert_eq!(found, Ok(Output::Outcome(named.clone())));
    }
    for (row, _) in files.expected() {
        let kept = side.store.get_small(&row.answer.root.0, 1 << 20).await;
        assert!(kept.is_err(), "{row:?}");
    }
    let Task::SpotCheck { job, work, agreed, .. } = files.spot_check(named) else {
        unreachable!()
    };
    let other = Task::SpotCheck {
        job,
        kind: 0,
        exact_version: 1,
        work,
        agreed,
    };
    let (_, refused) = side.run(other, PATIENCE).await;
    assert!(
        matches!(refused, Err(Failure::UnknownWork { kind: 0, .. })),
        "{refused:?}"
    );
    side.running.stop().await;
}

/// Its first batch ends when it is cancelled, and not before.
struct Interrupted {
    engine: TileEngine,
    batches: Arc<AtomicU32>,
    begun: Mutex<Sender<()>>,
}

impl Engine for Interrupted {
    fn name(&self) -> String {
        self.engine.name()
    }

    fn aggregate(&self, _: &AggregateInput, _: &Path, _: &Control<'_>) -> Result<Aggregated, EngineError> {
        Err(EngineError::Cancelled)
    }

    fn evaluate(&self, _: &EvaluateInput, _: &Control<'_>) -> Result<Evaluated, EngineError> {
        Err(EngineError::Cancelled)
    }

    fn assess(&self, _: &AssessInput, _: &Control<'_>) -> Result<Assessed, EngineError> {
        Err(EngineError::Cancelled)
    }

    fn infer(
        &self,
        input: &InferInput,
        keep: &mut Keep<'_>,
        control: &Control<'_>,
    ) -> Result<Vec<AnswerRow>, EngineError> {
        if self.batches.fetch_add(1, Ordering::SeqCst) > 0 {
            return self.engine.infer(input, keep, control);
        }
        self.begun.lock().unwrap().send(()).unwrap();
        let begin = Instant::now();
        while !control.cancel.is_cancelled() {
            assert!(begin.elapsed() < PATIENCE, "it is not cancelled");
            std::thread::sleep(Duration::from_millis(5));
        }
        Err(EngineError::Cancelled)
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn spot_check_should_give_way_to_a_job_of_ones_own_and_begin_again_after_it() {
    let files = Files::new(NAME);
    let ((begun, begins), batches) = (channel(), Arc::<AtomicU32>::default());
    let engine = Interrupted {
        engine: TileEngine::new(Settings::default()),
        batches: batches.clone(),
        begun: Mutex::new(begun),
    };
    let mut side = Side::with(1, |config| Config {
        engine: Arc::new(engine),
        ..config
    })
    .await;
    provide(&side, files.all()).await;
    side.show(&files.view(), vec![]).await;
    let run = |request, task| ToWorker::Run {
        request,
        timeout_ms: PATIENCE.as_millis() as u64,
        task,
    };
    side.sink.send(run(1, files.spot_check(files.named()))).await.unwrap();
    tokio::task::spawn_blocking(move || begins.recv_timeout(PATIENCE).unwrap())
        .await
        .unwrap();
    side.sink.send(run(2, files.task(2))).await.unwrap();
    let mut done = BTreeMap::new();
    while done.len() < 2 {
        if let FromWorker::Done { request, result } = side.next().await {
            done.insert(request, result);
        }
    }
    let outcome = Ok(Output::Outcome(files.named()));
    assert_eq!(done, BTreeMap::from([(1, outcome.clone()), (2, outcome)]));
    assert_eq!(batches.load(Ordering::SeqCst), 3);
    side.running.stop().await;
}
