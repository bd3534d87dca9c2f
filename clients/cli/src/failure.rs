//! Errors and their exit codes.

use crate::output::{self, tokens};
use quorate_client::{trial::Trial, Error};
use quorate_contribute::failure::{code_of, code_of_conversion};
use quorate_convert::ConvertError;
use serde_json::{json, Value};
use std::{fmt, process::ExitCode};

pub type Result<T = ()> = std::result::Result<T, Failure>;

/// Exit code of wrong usage.
pub const USAGE: u8 = 2;

/// Why a command ended without success.
#[derive(Debug)]
pub enum Failure {
    Client(Error),
    Convert(ConvertError),
    Usage(String),
    /// A check found a difference; the difference has been printed.
    Check(String),
    /// What would be checked could not be read or computed, or the chain has pruned it: nothing is proved about it.
    Unchecked(String),
    /// It is what it claims to be, and is not to be used any more.
    Revoked(String),
}

impl Failure {
    fn code(&self) -> u8 {
        match self {
            Self::Check(_) => 1,
            Self::Usage(_) => USAGE,
            Self::Convert(error) => code_of_conversion(error),
            Self::Unchecked(_) => 5,
            Self::Revoked(_) => 6,
            Self::Client(error) => code_of(error),
        }
    }

    /// Whether the same may succeed later.
    pub fn may_pass(&self) -> bool {
        matches!(self, Self::Client(Error::Network(_) | Error::Timeout(_)))
    }

    pub fn text(&self) -> String {
        match self {
            Self::Client(error) => error.to_string(),
            Self::Convert(error) => error.to_string(),
            Self::Usage(text) | Self::Check(text) | Self::Unchecked(text) | Self::Revoked(text) => text.clone(),
        }
    }

    /// Print what happened.
    pub fn report(&self, json: bool) -> ExitCode {
        let code = ExitCode::from(self.code());
        match (self, json) {
            (Self::Client(Error::Tried(trial)), true) => output::json(&tried(trial, None)),
            (Self::Client(Error::Tried(trial)), false) => {
                println!("{trial}");
                println!(
                    "fee of {} at most: only what a contributor does in a round is free, if it succeeds",
                    tokens(trial.fee)
                );
            }
            (_, true) => output::json(&self.as_json(None)),
            (_, false) => eprintln!("error: {}", self.text()),
        }
        code
    }

    /// The error, and what was found out before it.
    fn as_json(&self, result: Option<Value>) -> Value {
        let mut document = json!({ "error": self.text(), "code": self.code() });
        if let (Some(result), Some(fields)) = (result, document.as_object_mut()) {
            fields.insert("result".into(), result);
        }
        document
    }
}

/// A transaction that was tried, beside what was found out before it, such as a price.
fn tried(trial: &Trial, result: Option<Value>) -> Value {
    let mut document = json!({
        "dryRun": true, "call": trial.call, "signer": trial.signer, "fee": trial.fee.to_string(),
        "succeeds": trial.refusal.is_none(), "error": trial.refusal,
    });
    if let (Some(result), Some(fields)) = (result, document.as_object_mut()) {
        fields.insert("result".into(), result);
    }
    document
}

/// End the program: what the command printed with [`Context::print`](crate::context::Context::print) as JSON is one document
/// with its error.
pub fn end(json: bool, (done, result): (Result, Option<Value>)) -> ExitCode {
    let code = match (&done, result) {
        (Ok(()), Some(result)) => {
            output::json(&result);
            ExitCode::SUCCESS
        }
        (Ok(()), None) => ExitCode::SUCCESS,
        (Err(failure @ Failure::Client(Error::Tried(trial))), Some(result)) => {
            output::json(&tried(trial, Some(result)));
            ExitCode::from(failure.code())
        }
        (Err(failure), Some(result)) => {
            output::json(&failure.as_json(Some(result)));
            ExitCode::from(failure.code())
        }
        (Err(failure), None) => failure.report(json),
    };
    match (output::broken(), done) {
        (Some(error), Ok(())) => {
            eprintln!("error: standard output: {error}; what was to be done is done, its report is not whole");
            ExitCode::from(USAGE)
        }
        (Some(error), Err(failure)) => {
            // The report may have been lost with the rest.
            eprintln!("error: standard output: {error}; {}", failure.text());
            code
        }
        (None, _) => code,
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text())
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self::Client(error)
    }
}

impl From<quorate_contribute::Failure> for Failure {
    fn from(failure: quorate_contribute::Failure) -> Self {
        match failure {
            quorate_contribute::Failure::Client(error) => Self::Client(error),
            quorate_contribute::Failure::Convert(error) => Self::Convert(error),
            other if other.code() == 1 => Self::Check(other.to_string()),
            other => Self::Usage(other.to_string()),
        }
    }
}

impl From<ConvertError> for Failure {
    fn from(error: ConvertError) -> Self {
        Self::Convert(error)
    }
}

pub fn usage(text: impl Into<String>) -> Failure {
    Failure::Usage(text.into())
}

/// What is wrong was found here: nothing went out, and nothing was paid. The same exit code wherever it is found.
pub fn nothing_sent(why: impl fmt::Display) -> Failure {
    Failure::Usage(format!("nothing was sent: {why}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn try_should_be_shown_with_the_price_that_was_found_before_it() {
        let trial = Trial {
            call: "Inference.request".into(),
            signer: quorate_primitives::AccountId::new([1; 32]),
            fee: 7,
            refusal: None,
        };
        let document = tried(&trial, Some(json!({ "quote": { "fee": "12" } })));
        assert_eq!(
            (&document["fee"], &document["result"]["quote"]["fee"]),
            (&json!("7"), &json!("12"))
        );
        assert!(tried(&trial, None).get("result").is_none());
    }

    #[test]
    fn what_was_not_sent_should_end_with_the_code_of_wrong_input() {
        let failure = nothing_sent("it is too long");
        assert_eq!(
            (failure.code(), failure.text().as_str()),
            (USAGE, "nothing was sent: it is too long")
        );
    }

    #[test]
    fn only_what_may_pass_should_be_tried_again() {
        for error in [Error::Network(String::new()), Error::Timeout(String::new())] {
            assert!(Failure::from(error).may_pass());
        }
        for error in [
            Error::Rejected(String::new()),
            Error::Input(String::new()),
            Error::Check(String::new()),
        ] {
            assert!(!Failure::from(error).may_pass());
        }
        assert!(!usage("wrong").may_pass());
    }
}
