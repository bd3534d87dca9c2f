//! `quorate parameter`, `quorate committee` and `quorate root`.

use crate::{args::organisation::Voters, output::parse_tokens};
use quorate_client::calls::governance::parameters::Periods;
use quorate_primitives::{Balance, BlockNumber, Hash};
use std::{path::PathBuf, str::FromStr};

/// A call by the names of its pallet and its function.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CallName {
    pub pallet: String,
    pub call: String,
}

impl FromStr for CallName {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let name = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
        match text.split_once('.') {
            Some((pallet, call)) if name(pallet) && name(call) => Ok(Self {
                pallet: pallet.into(),
                call: call.into(),
            }),
            _ => Err(format!("{text:?} is no call, such as Rounds.submit")),
        }
    }
}

/// What a parameter is set to.
#[derive(clap::Subcommand, Clone, Debug)]
pub enum Setting {
    /// Blocks for which votes on a version that an owner gives are counted.
    GenesisVoting {
        #[arg(required_unless_present = "standard", conflicts_with = "standard")]
        blocks: Option<BlockNumber>,
        #[command(flatten)]
        how: SettingArguments,
    },
    /// Blocks between a decision about who votes or validates and its enactment.
    ChangeDelay {
        #[arg(required_unless_present = "standard", conflicts_with = "standard")]
        blocks: Option<BlockNumber>,
        #[command(flatten)]
        how: SettingArguments,
    },
    /// Tokens that are held for each preimage.
    PreimageBaseDeposit {
        #[arg(value_parser = parse_tokens, required_unless_present = "standard", conflicts_with = "standard")]
        amount: Option<Balance>,
        #[command(flatten)]
        how: SettingArguments,
    },
    /// Tokens that are held for each byte of a preimage.
    PreimageByteDeposit {
        #[arg(value_parser = parse_tokens, required_unless_present = "standard", conflicts_with = "standard")]
        amount: Option<Balance>,
        #[command(flatten)]
        how: SettingArguments,
    },
    /// The periods of ranked polls, in blocks: PREPARE,DECIDE,CONFIRM,ENACT.
    PollPeriods {
        #[arg(value_parser = periods, required_unless_present = "standard", conflicts_with = "standard", value_name = "PREPARE,DECIDE,CONFIRM,ENACT")]
        periods: Option<Periods>,
        #[command(flatten)]
        how: SettingArguments,
    },
}

#[derive(clap::Args, Clone, Debug)]
pub struct SettingArguments {
    /// Back to what the runtime has by itself.
    #[arg(long)]
    pub standard: bool,
    #[command(flatten)]
    pub voters: Voters,
}

fn periods(text: &str) -> Result<Periods, String> {
    let numbers: Vec<BlockNumber> = text
        .split(',')
        .map(str::parse)
        .collect::<Result<_, _>>()
        .map_err(|_| format!("{text:?}: four numbers of blocks are expected, such as 1800,302400,1800,1800"))?;
    match numbers[..] {
        [prepare, decide, confirm, enact] => Ok(Periods {
            prepare,
            decide,
            confirm,
            enact,
        }),
        _ => Err(format!(
            "{text:?} has {} numbers, not four: PREPARE,DECIDE,CONFIRM,ENACT",
            numbers.len()
        )),
    }
}

#[derive(clap::Subcommand, Debug)]
pub enum ParameterCommand {
    /// All parameters, with what two thirds have set.
    List,
    /// Propose another value; two thirds of all organisations are needed. A value beyond the runtime's own limits counts as the limit.
    Set {
        #[command(subcommand)]
        setting: Setting,
    },
}

#[derive(clap::Subcommand, Debug)]
pub enum CommitteeCommand {
    /// Propose to stop all calls but those that governance, attestation and reveals need, for a day.
    EnterSafeMode {
        #[command(flatten)]
        voters: Voters,
    },
    /// Propose to let all calls go on.
    ExitSafeMode {
        #[command(flatten)]
        voters: Voters,
    },
    /// Propose to pause one call.
    Pause {
        /// PALLET.CALL, such as Rounds.submit.
        call: CallName,
        #[command(flatten)]
        voters: Voters,
    },
    /// Propose to let a paused call go on.
    Unpause {
        /// PALLET.CALL, as `quorate doctor` shows what is paused.
        call: CallName,
        #[command(flatten)]
        voters: Voters,
    },
    /// Propose that the council may carry out a call as root, by the call's hash.
    Whitelist {
        hash: Hash,
        #[command(flatten)]
        voters: Voters,
    },
}

/// A runtime: its hash, or the file that has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CodeRef {
    Hash(Hash),
    File(PathBuf),
}

impl FromStr for CodeRef {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text.starts_with("0x") {
            true => text
                .parse()
                .map(Self::Hash)
                .map_err(|_| format!("{text:?} is no hash: 0x and 64 hex digits")),
            false => Ok(Self::File(text.into())),
        }
    }
}

#[derive(clap::Subcommand, Debug)]
pub enum RootCommand {
    /// Let a runtime take the place of the present one; `apply-upgrade` then brings it.
    AuthorizeUpgrade {
        /// Its BLAKE2-256 hash (0x…), or its file (compact or compressed Wasm).
        code: CodeRef,
        #[command(flatten)]
        voters: Voters,
    },
    /// Bring the runtime that was authorized; anyone may. --account signs and pays nothing but the fee.
    ApplyUpgrade {
        /// The runtime's file.
        file: PathBuf,
    },
    /// When finality stands still because more than a third of the validators are lost for good: at the beginning of the next session its
    /// validators become those that finalize.
    NoteStalled {
        /// Blocks after that session's beginning at which the change takes effect.
        #[arg(long)]
        delay: BlockNumber,
        /// The highest block that any validator knows to be final.
        #[arg(long, value_name = "BLOCK")]
        final_block: BlockNumber,
        #[command(flatten)]
        voters: Voters,
    },
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn calls_should_be_named_by_pallet_and_call() {
        let name: CallName = "Balances.transfer_keep_alive".parse().unwrap();
        assert_eq!(
            (name.pallet.as_str(), name.call.as_str()),
            ("Balances", "transfer_keep_alive")
        );
        for wrong in ["", "Balances", ".x", "x.", "a.b.c", "a b.c", "a.b "] {
            assert!(wrong.parse::<CallName>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn periods_should_be_four_numbers() {
        assert_eq!(
            periods("30,300,31,32").map(|p| (p.prepare, p.decide, p.confirm, p.enact)),
            Ok((30, 300, 31, 32))
        );
        for wrong in ["", "1,2,3", "1,2,3,4,5", "1,2,3,x", "1,2,3,-4", "1,2,3,4294967296"] {
            assert!(periods(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn runtime_should_be_a_hash_or_a_file() {
        let hash = format!("0x{}", "ab".repeat(32));
        assert_eq!(hash.parse(), Ok(CodeRef::Hash(Hash::repeat_byte(0xab))));
        assert_eq!("./0xab".parse(), Ok(CodeRef::File("./0xab".into())));
        assert!("0xab".parse::<CodeRef>().is_err());
    }
}
