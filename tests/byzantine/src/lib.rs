#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

mod behaviour;
pub mod copied;

pub use behaviour::Behaviour;

use quorate_engine::{
    read_header, AggregateInput, Aggregated, AnswerRow, AssessInput, Assessed, Control, Engine, EngineError,
    EvaluateInput, Evaluated, Hashed, InferInput, Keep,
};
use quorate_exact::{root, Detail};
use quorate_hash_tree::of_file;
use std::{
    fs::File,
    os::unix::fs::FileExt,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

/// How often the file is looked at while an answer is held back.
const POLL: Duration = Duration::from_millis(100);

/// An engine that errs as a file says.
pub struct Byzantine {
    honest: Arc<dyn Engine>,
    file: PathBuf,
}

impl Byzantine {
    /// `store` is the worker's folder of blobs.
    pub fn new(honest: Arc<dyn Engine>, store: &Path) -> Self {
        Self {
            honest,
            file: Behaviour::file(store),
        }
    }

    /// What it says of a result: the right one, one that is wrong, one with wrong scores, or nothing for as long as it is told so.
    fn behave<T>(
        &self,
        behaviour: Behaviour,
        control: &Control<'_>,
        honest: T,
        wrong: impl FnOnce(T) -> Result<T, EngineError>,
        scores: impl FnOnce(T) -> Result<T, EngineError>,
    ) -> Result<T, EngineError> {
        match behaviour {
            Behaviour::Honest
            | Behaviour::WrongAssessment
            | Behaviour::WrongContributions
            | Behaviour::CopiesStream => Ok(honest),
            Behaviour::WrongResult => wrong(honest),
            Behaviour::WrongScores => scores(honest),
            Behaviour::Silent => {
                self.wait_while(behaviour, control);
                Err(EngineError::Cancelled)
            }
            Behaviour::Late => {
                self.wait_while(behaviour, control);
                Ok(honest)
            }
        }
    }

    fn wait_while(&self, behaviour: Behaviour, control: &Control<'_>) {
        while Behaviour::read(&self.file) == behaviour && !control.cancel.is_cancelled() {
            std::thread::sleep(POLL);
        }
    }
}

impl Engine for Byzantine {
    fn name(&self) -> String {
        self.honest.name()
    }

    fn aggregate(&self, input: &AggregateInput, out: &Path, control: &Control<'_>) -> Result<Aggregated, EngineError> {
        let behaviour = Behaviour::read(&self.file);
        let honest = self.honest.aggregate(input, out, control)?;
        let wrong = |honest| {
            let output = flip(out)?;
            Ok(Aggregated { output, ..honest })
        };
        self.behave(behaviour, control, honest, wrong, wrong_scores)
    }

    fn evaluate(&self, input: &EvaluateInput, control: &Control<'_>) -> Result<Evaluated, EngineError> {
        let behaviour = Behaviour::read(&self.file);
        let honest = self.honest.evaluate(input, control)?;
        let (loss, detail) = (|honest| Ok(wrong_loss(honest)), |honest| Ok(wrong_detail(honest)));
        self.behave(behaviour, control, honest, loss, detail)
    }

    fn assess(&self, input: &AssessInput, control: &Control<'_>) -> Result<Assessed, EngineError> {
        let behaviour = match Behaviour::read(&self.file) {
            Behaviour::WrongAssessment => Behaviour::WrongResult,
            Behaviour::WrongContributions => Behaviour::WrongScores,
            other => other,
        };
        let honest = self.honest.assess(input, control)?;
        let (measures, worth) = (|honest| Ok(wrong_measures(honest)), |honest| Ok(wrong_worth(honest)));
        self.behave(behaviour, control, honest, measures, worth)
    }

    fn infer(
        &self,
        input: &InferInput,
        keep: &mut Keep<'_>,
        control: &Control<'_>,
    ) -> Result<Vec<AnswerRow>, EngineError> {
        let behaviour = Behaviour::read(&self.file);
        if behaviour == Behaviour::CopiesStream {
            return copied::answer(&self.file.with_file_name(copied::NAME), input, keep, control);
        }
        let honest = self.honest.infer(input, keep, control)?;
        let (trace, operations) = (|honest| Ok(wrong_trace(honest)), |honest| Ok(wrong_operations(honest)));
        self.behave(behaviour, control, honest, trace, operations)
    }
}

/// The right answers, as somebody has them who copied them: without the logits of the first one.
fn wrong_trace(mut honest: Vec<AnswerRow>) -> Vec<AnswerRow> {
    if let Some(row) = honest.first_mut() {
        row.trace.0[0] ^= 1;
    }
    honest
}

/// The right answers, of which the first one is said to have taken more.
fn wrong_operations(mut honest: Vec<AnswerRow>) -> Vec<AnswerRow> {
    if let Some(row) = honest.first_mut() {
        row.operations += 1;
    }
    honest
}

/// A version that looks a little better than it is.
fn wrong_measures(mut honest: Assessed) -> Assessed {
    if let Assessed::Done { measures, .. } = &mut honest {
        measures.loss -= 1;
        measures.increase -= 1;
    }
    honest
}

/// The scores of an assessment in another order.
fn wrong_worth(mut honest: Assessed) -> Assessed {
    if let Assessed::Done { detail, .. } = &mut honest {
        detail.scores.reverse();
    }
    honest
}

/// The sum of the losses with one unit more. What does not fit is said to, with nothing in it.
fn wrong_loss(honest: Evaluated) -> Evaluated {
    let (mut tally, detail) = match honest {
        Evaluated::Unfit(_) => Default::default(),
        Evaluated::Done { tally, detail } => (tally, detail),
    };
    tally.loss += 1;
    Evaluated::Done { tally, detail }
}

/// The right sums, and one bit less right of the first row.
fn wrong_detail(honest: Evaluated) -> Evaluated {
    match honest {
        Evaluated::Done { tally, mut detail } => {
            detail.iter_mut().take(1).for_each(|byte| *byte ^= 1);
            Evaluated::Done { tally, detail }
        }
        unfit @ Evaluated::Unfit(_) => unfit,
    }
}

fn lie(source: std::io::Error) -> EngineError {
    EngineError::Io {
        what: "the lie".into(),
        source,
    }
}

/// Flips the lowest bit of the first value in the version's file, and hashes it again.
fn flip(path: &Path) -> Result<Hashed, EngineError> {
    let file = File::options().read(true).write(true).open(path).map_err(lie)?;
    let at = read_header(&file, "version")?.header_len();
    let mut byte = [0];
    file.read_exact_at(&mut byte, at).map_err(lie)?;
    file.write_all_at(&[byte[0] ^ 1], at).map_err(lie)?;
    of_file(&file, None).map_err(lie)
}

/// The same version with another score for the first update.
fn wrong_scores(honest: Aggregated) -> Result<Aggregated, EngineError> {
    let broken = || lie(std::io::Error::other("the detail cannot be read"));
    let mut detail = Detail::decode(&honest.detail).map_err(|_| broken())?;
    *detail.scores_ppm.first_mut().ok_or_else(broken)? ^= 1;
    let (scores, detail) = (detail.scores_ppm.clone(), detail.encode());
    Ok(Aggregated {
        detail_root: root(&detail),
        detail,
        scores,
        ..honest
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use quorate_engine::{selftest, Settings, TileEngine};
    use quorate_evaluation::assessment::{AssessmentDetail, Measures};
    use quorate_exact::{Pipeline, Rule};

    fn made(behaviour: Behaviour) -> Aggregated {
        let dir = tempfile::tempdir().unwrap();
        let store = dir.path().join("blobs");
        behaviour.write(&Behaviour::file(&store)).unwrap();
        let pipeline = Pipeline::from(Rule::Median);
        let files = selftest::sample(&pipeline, 1, 5, true);
        let input = selftest::write(dir.path(), pipeline, &files).unwrap();
        let engine = Byzantine::new(Arc::new(TileEngine::new(Settings::default())), &store);
        let out = dir.path().join("out");
        let made = engine.aggregate(&input, &out, &Control::default()).unwrap();
        assert_eq!(of_file(&File::open(&out).unwrap(), None).unwrap(), made.output);
        assert_eq!(root(&made.detail), made.detail_root);
        made
    }

    #[test]
    fn wrong_result_should_differ_from_the_truth_in_the_output_only() {
        let (truth, lie) = (made(Behaviour::Honest), made(Behaviour::WrongResult));
        assert_ne!(lie.output, truth.output);
        let output = truth.output.clone();
        assert_eq!(Aggregated { output, ..lie }, truth);
    }

    #[test]
    fn wrong_evaluations_should_differ_in_one_number() {
        let honest = Evaluated::Done {
            tally: Default::default(),
            detail: vec![4; 10],
        };
        let sums = |made: &Evaluated| match made {
            Evaluated::Done { tally, detail } => (tally.loss, detail.clone()),
            Evaluated::Unfit(_) => panic!("{made:?}"),
        };
        assert_eq!(sums(&wrong_loss(honest.clone())), (1, vec![4; 10]));
        let detail = [vec![5], vec![4; 9]].concat();
        assert_eq!(sums(&wrong_detail(honest)), (0, detail));
        assert_eq!(sums(&wrong_loss(Evaluated::Unfit("it".into()))).0, 1);
    }

    #[test]
    fn lies_about_an_assessment_should_leave_the_rest_of_it_right() {
        let measures = Measures {
            sets: 1,
            loss_before: 5,
            loss: 4,
            increase: -1,
            correct_before: 0,
            correct: 0,
        };
        let mut detail = AssessmentDetail::of(Vec::new());
        detail.scores = vec![1, 2, 3];
        let honest = Assessed::Done { measures, detail };
        let parts = |made: &Assessed| match made {
            Assessed::Done { measures, detail } => (*measures, detail.scores.clone()),
            Assessed::Unfit(_) => panic!("{made:?}"),
        };
        let (measured, scores) = parts(&wrong_measures(honest.clone()));
        assert_eq!((measured.loss, measured.increase, scores), (3, -2, vec![1, 2, 3]));
        assert_eq!(parts(&wrong_worth(honest)), (measures, vec![3, 2, 1]));
    }

    #[test]
    fn wrong_scores_should_come_with_the_right_version() {
        let (truth, lie) = (made(Behaviour::Honest), made(Behaviour::WrongScores));
        assert_eq!(lie.output, truth.output);
        assert_ne!((lie.detail_root, &lie.scores), (truth.detail_root, &truth.scores));
        assert_eq!(Detail::decode(&lie.detail).unwrap().scores_ppm, lie.scores);
    }
}
