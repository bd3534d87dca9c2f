//! Errors, each with what to do and the exit code of the command line.

use quorate_client::Error;
use quorate_convert::ConvertError;
use quorate_primitives::{update::Malformed, AccountId, ModelId, Root, RoundId, VersionIndex};

/// Result of what a contributor does.
pub type Result<T, E = Failure> = std::result::Result<T, E>;

/// Why a contributor's part was not done.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    #[error(transparent)]
    Client(#[from] Error),
    #[error(transparent)]
    Convert(#[from] ConvertError),
    /// Another process, or another thread of this one, takes part for the account in the model.
    #[error("{0}")]
    Busy(String),
    #[error("{account} is no contributor: an organisation sponsors it with `quorate contributor sponsor`, and its consent is `quorate contributor consent`")]
    NotSponsored { account: AccountId },
    #[error("round {round} stands on version {model}@{base}, and the weights were trained from {model}@{given}: train from {model}@{base}")]
    StaleBase {
        round: RoundId,
        model: ModelId,
        given: VersionIndex,
        base: VersionIndex,
    },
    #[error("the weight is {weight}; this round takes 1 to {most}: it is the number of samples that the update was trained on")]
    WrongWeight { weight: u64, most: u32 },
    #[error("the weights have tensors that the base does not have: {}; leave them out, or allow that they are ignored", quorate_convert::names::list(.names))]
    UnexpectedTensors { names: Vec<String> },
    #[error("another update was committed to in round {round}, with the root {root:?}: one for each round is all")]
    AlreadyCommitted { round: RoundId, root: Root },
    #[error("validators refused the update of round {round}: {}{fault}", place(.tensor, *.fault))]
    Invalid {
        round: RoundId,
        fault: Malformed,
        /// Name of the tensor that the fault is in.
        tensor: Option<String>,
    },
    #[error("the update of round {round} expired: it was not revealed in time, or no quorum of validators held it")]
    Expired { round: RoundId },
    #[error("the update of round {round} was withdrawn")]
    Withdrawn { round: RoundId },
}

impl Failure {
    /// The exit code of the command line.
    pub fn code(&self) -> u8 {
        match self {
            Self::Client(error) => code_of(error),
            Self::Convert(error) => code_of_conversion(error),
            Self::Invalid { .. } | Self::Expired { .. } | Self::Withdrawn { .. } | Self::StaleBase { .. } => 1,
            Self::NotSponsored { .. } => 4,
            Self::Busy(_)
            | Self::WrongWeight { .. }
            | Self::UnexpectedTensors { .. }
            | Self::AlreadyCommitted { .. } => 2,
        }
    }
}

/// The exit code of an error of the client: 1 a check, 2 usage, 3 the network, 4 refused.
pub fn code_of(error: &Error) -> u8 {
    match error {
        Error::Check(_) | Error::RoundFailed { .. } => 1,
        Error::NotFound(_) | Error::Input(_) | Error::Unavailable(_) | Error::RoundClosed { .. } | Error::Io { .. } => {
            2
        }
        Error::Network(_) | Error::Timeout(_) | Error::Incompatible(_) | Error::NotUploaded { .. } => 3,
        Error::Refused { .. } | Error::Rejected(_) | Error::Denied(_) => 4,
        Error::Tried(trial) => match trial.refusal {
            None => 0,
            Some(_) => 4,
        },
    }
}

/// The exit code of an error of a conversion.
pub fn code_of_conversion(error: &ConvertError) -> u8 {
    match error {
        ConvertError::Malformed { .. } | ConvertError::OtherBase { .. } => 1,
        _ => 2,
    }
}

/// A tensor's element, such as `layer.weight[17]: `.
fn place(tensor: &Option<String>, fault: Malformed) -> String {
    match (tensor, fault) {
        (Some(name), Malformed::NonFinite { index, .. } | Malformed::OutOfRange { index, .. }) => {
            format!("{}[{index}]: ", quorate_convert::names::shown(name))
        }
        _ => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fault_should_be_named_by_tensor_and_element() {
        let invalid = Failure::Invalid {
            round: 3,
            fault: Malformed::NonFinite { tensor: 0, index: 17 },
            tensor: Some("layer.weight".into()),
        };
        assert!(invalid.to_string().contains("layer.weight[17]"), "{invalid}");
        assert_eq!(invalid.code(), 1);
    }

    #[test]
    fn errors_of_the_client_should_keep_their_codes() {
        assert_eq!(Failure::from(Error::Network(String::new())).code(), 3);
        assert_eq!(Failure::from(Error::Denied(String::new())).code(), 4);
        assert_eq!(Failure::from(Error::Input(String::new())).code(), 2);
        let (round, phase) = (7, quorate_primitives::views::RoundPhase::Aborted);
        assert_eq!(
            Failure::from(Error::RoundClosed { round, phase }).code(),
            2,
            "nothing was sent"
        );
        let why = String::new();
        assert_eq!(Failure::from(Error::RoundFailed { round, why }).code(), 1);
    }
}
