//! What is going on with what was asked, in words.

use quorate_client::Client;
use quorate_primitives::{
    job::{Job, JobPhase},
    views::{
        inference::{RequestState, RequestView},
        EvaluationState, EvaluationView,
    },
};
use std::cell::RefCell;

/// Who is told.
pub trait Tell {
    /// Something begins, or has happened.
    fn stage(&self, text: &str);

    /// How far it is.
    fn far(&self, text: &str);
}

impl<F: Fn(&str)> Tell for F {
    fn stage(&self, text: &str) {
        self(text);
    }

    fn far(&self, text: &str) {
        self(text);
    }
}

/// What is going on, and how far it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stage {
    pub text: String,
    pub far: Option<String>,
}

impl Stage {
    fn new(text: impl Into<String>) -> Self {
        Self {
            text: text.into(),
            far: None,
        }
    }
}

/// Of a request.
pub async fn of_request(client: &Client, known: &RequestView) -> Stage {
    match &known.state {
        RequestState::Pending { until } => Stage::new(format!(
            "validators fetch and check the input, until block {until} at most"
        )),
        RequestState::Waiting => Stage::new("a quorum holds the input; the request waits for a batch"),
        RequestState::Computing { batch } => {
            let what = format!("in batch {batch}");
            // What a fork has taken back is there again in a moment.
            let job = match client.batch_at(*batch, None).await {
                Ok(Some(batch)) => client.job(batch.job).await.ok(),
                _ => None,
            };
            match job {
                Some(job) => of_job(&what, &job.job),
                None => Stage::new(what),
            }
        }
        RequestState::Provisional { batch, until } => Stage::new(format!(
            "all that were drawn for batch {batch} agree; their outcome counts from block {until} on"
        )),
        RequestState::Answered { .. } => Stage::new("answered"),
        RequestState::Failed(_) => Stage::new("ended without an answer"),
    }
}

/// Of an evaluation.
pub async fn of_evaluation(client: &Client, known: &EvaluationView) -> Stage {
    match known.state {
        EvaluationState::Computing => match client.job(known.job).await {
            Ok(job) => of_job("the evaluation has a job", &job.job),
            // What a fork has taken back is there again in a moment.
            Err(_) => Stage::new("the evaluation waits for its job"),
        },
        EvaluationState::Done(_) => Stage::new("evaluated"),
        EvaluationState::Failed(_) => Stage::new("ended without an outcome"),
    }
}

fn of_job(what: &str, job: &Job) -> Stage {
    let (members, all) = (job.committee.len(), &job.statements);
    match job.phase {
        JobPhase::Commit { until } => {
            let done = all.iter().filter(|one| one.commit.is_some()).count();
            Stage {
                text: format!("{what}, which {members} validators compute until block {until} at most"),
                far: Some(format!("{done} of {members} validators are done")),
            }
        }
        JobPhase::Reveal { until, .. } => {
            let done = all.iter().filter(|one| one.reveal.is_some()).count();
            Stage {
                text: format!("validators say what they found, until block {until} at most"),
                far: Some(format!("{done} of {members} have said it")),
            }
        }
        JobPhase::Closed { .. } => Stage::new(match job.agreed {
            Some(_) => "a quorum agreed; its record is awaited",
            None => "no quorum agreed",
        }),
    }
}

/// Says what differs from what was said last.
pub struct Said<'a> {
    tell: &'a dyn Tell,
    last: RefCell<[String; 2]>,
}

impl<'a> Said<'a> {
    pub fn new(tell: &'a dyn Tell) -> Self {
        Self {
            tell,
            last: RefCell::default(),
        }
    }

    /// A stage without more.
    pub fn text(&self, text: &str) {
        self.stage(&Stage::new(text));
    }

    pub fn stage(&self, stage: &Stage) {
        let mut last = self.last.borrow_mut();
        let [text, far] = &mut *last;
        if *text != stage.text {
            text.clone_from(&stage.text);
            self.tell.stage(text);
        }
        if let Some(new) = stage.far.as_ref().filter(|new| *new != far) {
            far.clone_from(new);
            self.tell.far(far);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stage_should_be_said_once() {
        let heard = RefCell::new(Vec::new());
        let say = |text: &str| heard.borrow_mut().push(text.to_string());
        let said = Said::new(&say);
        ["a", "a", "b", "a"].iter().for_each(|text| said.text(text));
        let far = |far: &str| Stage {
            text: "a".into(),
            far: Some(far.into()),
        };
        ["1", "1", "2"].iter().for_each(|one| said.stage(&far(one)));
        assert_eq!(*heard.borrow(), ["a", "b", "a", "1", "2"]);
    }
}
