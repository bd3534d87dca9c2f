//! `quorate motion` and `quorate poll`.

use crate::version_ref::VersionRef;
use quorate_primitives::Hash;
use std::{ffi::OsString, str::FromStr};

/// Which body.
#[derive(clap::Args, Clone, Copy, Debug)]
pub struct BodyArguments {
    /// The technical committee's instead of the council's.
    #[arg(long)]
    pub technical: bool,
}

/// An open motion: its number, or the hash of its call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MotionRef {
    Index(u32),
    Hash(Hash),
}

impl FromStr for MotionRef {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || {
            format!("{text:?} is no motion: its number, or 0x and 64 hex digits, as `quorate motion list` shows them")
        };
        match text.starts_with("0x") {
            true => text.parse().map(Self::Hash).map_err(|_| wrong()),
            false => text.parse().map(Self::Index).map_err(|_| wrong()),
        }
    }
}

#[derive(clap::Subcommand, Debug)]
pub enum MotionCommand {
    /// Open motions, with what they do and their votes.
    List {
        #[command(flatten)]
        body: BodyArguments,
    },
    /// One open motion in full.
    Show {
        motion: MotionRef,
        #[command(flatten)]
        body: BodyArguments,
    },
    /// Vote for a motion, or against it; --account is a member organisation's.
    Vote {
        motion: MotionRef,
        /// Against it.
        #[arg(long)]
        nay: bool,
        /// Further members that vote the same, for people who hold several keys.
        #[arg(long = "with", value_name = "KEY")]
        with: Vec<OsString>,
        #[command(flatten)]
        body: BodyArguments,
    },
    /// Close a motion that has its votes, which carries it out, or one whose time is over.
    Close {
        motion: MotionRef,
        #[command(flatten)]
        body: BodyArguments,
    },
}

#[derive(clap::Subcommand, Debug)]
pub enum PollCommand {
    /// Polls of the contributors that have a rank.
    List,
    /// One poll with what it decides on.
    Show { poll: u32 },
    /// Open a poll on whether a version be promoted; --account is a contributor's that has a rank, and tokens for a deposit. It is decided
    /// once somebody has placed its decision deposit.
    Open {
        /// MODEL@VERSION.
        version: VersionRef,
        /// Contributors of this rank, 1 to 3, and above vote.
        #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u16).range(1..=3))]
        rank: u16,
    },
    /// Place the deposit without which a poll is not decided, and which comes back; anyone may.
    Deposit { poll: u32 },
    /// Vote for what a poll decides on, or against it; --account is a contributor's that has a rank.
    Vote {
        poll: u32,
        /// Against it.
        #[arg(long)]
        nay: bool,
    },
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn motions_should_be_named_by_number_or_hash() {
        assert_eq!("7".parse(), Ok(MotionRef::Index(7)));
        let hash = format!("0x{}", "ab".repeat(32));
        assert_eq!(hash.parse(), Ok(MotionRef::Hash(Hash::repeat_byte(0xab))));
        for text in ["", "x", "-1", "0x12", "4294967296"] {
            assert!(text.parse::<MotionRef>().is_err(), "{text}");
        }
    }
}
