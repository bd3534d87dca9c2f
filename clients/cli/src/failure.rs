//! Errors and their exit codes.

use quorate_client::Error;
use quorate_convert::ConvertError;
use serde_json::json;
use std::process::ExitCode;

pub type Result<T = ()> = std::result::Result<T, Failure>;

/// Why a command ended without success.
#[derive(Debug)]
pub enum Failure {
    Client(Error),
    Convert(ConvertError),
    Usage(String),
    /// A check found a difference; the difference has been printed.
    Check(String),
    /// The chain has pruned what would be checked: nothing is proved about it.
    Expired(String),
}

impl Failure {
    fn code(&self) -> u8 {
        match self {
            Self::Check(_) | Self::Client(Error::Check(_)) | Self::Convert(ConvertError::Malformed { .. }) => 1,
            Self::Usage(_) | Self::Convert(_) => 2,
            Self::Expired(_) => 5,
            Self::Client(error) => match error {
                Error::Network(_) | Error::Timeout(_) | Error::Incompatible(_) => 3,
                Error::Refused { .. } | Error::Rejected(_) => 4,
                Error::Check(_) | Error::NotFound(_) | Error::Input(_) | Error::Io { .. } => 2,
            },
        }
    }

    fn text(&self) -> String {
        match self {
            Self::Client(Error::Rejected(reason)) if reason.contains("pay some fees") => format!(
                "the node refused the transaction: {reason}. A call of Quorate's protocol is free only when it would \
                 succeed: is the account a contributor that an organisation sponsors, or the owner where the owner is asked for; \
                 is the round or the model in the right phase; does the model's fund hold the reward of a round?"
            ),
            Self::Client(error) => error.to_string(),
            Self::Convert(error) => error.to_string(),
            Self::Usage(text) | Self::Check(text) | Self::Expired(text) => text.clone(),
        }
    }

    /// Print what happened.
    pub fn report(&self, json: bool) -> ExitCode {
        match json {
            true => println!("{}", json!({ "error": self.text(), "code": self.code() })),
            false => eprintln!("error: {}", self.text()),
        }
        ExitCode::from(self.code())
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self::Client(error)
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
