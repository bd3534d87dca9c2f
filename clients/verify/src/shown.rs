//! What is compared, as people read it.

use quorate_client::words;
use quorate_primitives::{
    job::{
        infer::{AnswerStatus, InferOutcome},
        Requester,
    },
    views::BlobRef,
    Hash,
};

/// A value in plain text.
pub(crate) trait Shown {
    fn shown(&self) -> String;
}

macro_rules! numbers {
    ($($number:ty)*) => { $(impl Shown for $number {
        fn shown(&self) -> String {
            self.to_string()
        }
    })* };
}

numbers!(i32 i64 u32 u64);

impl Shown for Hash {
    fn shown(&self) -> String {
        format!("{self:?}")
    }
}

impl<T: Shown> Shown for Option<T> {
    fn shown(&self) -> String {
        self.as_ref().map_or_else(|| "none".into(), T::shown)
    }
}

impl<T: Shown> Shown for Vec<T> {
    fn shown(&self) -> String {
        match self.is_empty() {
            true => "none".into(),
            false => self.iter().map(T::shown).collect::<Vec<_>>().join(", "),
        }
    }
}

/// A file: its root and length.
impl Shown for (Hash, u64) {
    fn shown(&self) -> String {
        format!("{} ({} bytes)", self.0.shown(), self.1)
    }
}

impl Shown for BlobRef {
    fn shown(&self) -> String {
        (self.root, self.len).shown()
    }
}

impl Shown for InferOutcome {
    fn shown(&self) -> String {
        format!("answers {}, detail {}", self.answers.shown(), self.detail.shown())
    }
}

impl Shown for AnswerStatus {
    fn shown(&self) -> String {
        words::answer_status(*self).into()
    }
}

impl Shown for Requester {
    fn shown(&self) -> String {
        match self {
            Self::Round(round) => format!("round {round}"),
            Self::Evaluation(evaluation) => format!("evaluation {evaluation}"),
            Self::Assessment(round) => format!("the assessment of round {round}"),
            Self::Batch(batch) => format!("batch {batch}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_should_be_shown_without_the_words_of_types() {
        let hash = Hash::repeat_byte(1);
        let file = BlobRef { root: hash, len: 7 };
        let outcome = InferOutcome {
            answers: hash,
            detail: hash,
        };
        assert_eq!(Some(file.clone()).shown(), format!("{hash:?} (7 bytes)"));
        assert_eq!(None::<BlobRef>.shown(), "none");
        assert_eq!(vec![1u32, 2].shown(), "1, 2");
        for shown in [
            file.shown(),
            outcome.shown(),
            AnswerStatus::Unfit.shown(),
            Requester::Assessment(3).shown(),
        ] {
            assert!(!shown.contains(['{', '}', '[', ':']), "{shown}");
        }
    }
}
