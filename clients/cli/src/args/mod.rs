//! The command line as it is written: raw arguments, before [`crate::checked`] makes of them what the commands take.

pub mod artifact;
pub mod batch;
pub mod capability;
pub mod compile;
pub mod contribute;
pub mod convert;
pub mod data_set;
pub mod evaluation;
pub mod form;
pub mod governance;
pub mod infer;
pub mod keys;
pub mod levers;
pub mod model;
pub mod organisation;
pub mod round;
pub mod shard;
pub mod update;
pub mod verify;
pub mod version;

use crate::{context::Global, version_ref::VersionRef};
use clap::{Parser, Subcommand};
use quorate_primitives::AccountId;
use std::path::PathBuf;

/// Models, rounds, updates and their provenance on a Quorate network.
///
/// Exit codes: 0 done; 1 a check failed, or what was asked for came to nothing; 2 wrong usage or input: nothing was sent; 3 the node or a
/// gateway cannot be reached; 4 the chain, the node or a gateway refused; 5 it could not be checked, or its evidence has expired; 6 it is
/// what it claims to be, and is not to be used.
#[derive(Parser, Debug)]
#[command(name = "quorate", version)]
pub struct Cli {
    #[command(flatten)]
    pub global: Global,
    #[command(subcommand)]
    pub command: Command,
}

#[derive(Subcommand, Debug)]
pub enum Command {
    /// Make and inspect keys.
    #[command(subcommand)]
    Keys(keys::Command),
    /// Convert a safetensors file to a canonical version or update.
    Convert(convert::Arguments),
    /// Make a program of a model: of an ONNX file, or by a template.
    Compile(compile::Arguments),
    /// Look into programs, and run them here.
    #[command(subcommand)]
    Program(compile::ProgramCommand),
    /// Register, list, fund models; policies and readers.
    #[command(subcommand)]
    Model(model::Command),
    /// Register, list, fetch programs and data sets.
    #[command(subcommand)]
    Artifact(artifact::Command),
    /// Make data sets of arrays, and look into them.
    #[command(subcommand)]
    DataSet(data_set::Command),
    Evaluate(evaluation::Arguments),
    /// List evaluations, and fill what pays for them.
    #[command(subcommand)]
    Evaluation(evaluation::Command),
    Infer(infer::Arguments),
    /// Requests for answers: list, fetch, cancel them.
    #[command(subcommand)]
    Request(infer::Command),
    /// Batches in which requests are computed: list, show them, or have all validators compute one.
    #[command(subcommand)]
    Batch(batch::Command),
    /// What validators declare that they can answer.
    #[command(subcommand)]
    Capability(capability::Command),
    /// Supply sealed shards: data sets by which contributions are measured.
    #[command(subcommand)]
    Shard(shard::Command),
    /// Open and watch rounds.
    #[command(subcommand)]
    Round(round::Command),
    /// Submit an update, or see what became of it.
    #[command(subcommand)]
    Update(update::Command),
    /// Make updates for a model's rounds, round after round.
    Contribute(contribute::Arguments),
    /// List and fetch versions; promote and revoke them.
    #[command(subcommand)]
    Version(version::Command),
    /// Where a version comes from.
    Lineage {
        /// MODEL@VERSION.
        version: VersionRef,
    },
    /// Derive a version again from its blobs and compare.
    Verify(verify::Arguments),
    /// Organisations: admit, list, keep their accounts; changes that wait.
    #[command(subcommand)]
    Organisation(organisation::OrganisationCommand),
    /// Sponsor contributors, or consent to be sponsored.
    #[command(subcommand)]
    Contributor(organisation::ContributorCommand),
    /// Register and list validators.
    #[command(subcommand)]
    Validator(organisation::ValidatorCommand),
    /// Motions of the council and the technical committee: read, vote, close.
    #[command(subcommand)]
    Motion(governance::MotionCommand),
    /// Polls of contributors: open, read and vote.
    #[command(subcommand)]
    Poll(governance::PollCommand),
    /// Numbers that two thirds of the organisations may change without an upgrade.
    #[command(subcommand)]
    Parameter(levers::ParameterCommand),
    /// What the technical committee does, by two thirds of its seats; --account is the account of an organisation that has one.
    #[command(subcommand)]
    Committee(levers::CommitteeCommand),
    /// What root alone may do: the technical committee whitelists it first, then two thirds of the council carry it out. The same command,
    /// run again, does the second step.
    #[command(subcommand)]
    Root(levers::RootCommand),
    /// Check the node, the chain, the gateways and this machine, and say what to mend.
    Doctor,
    /// Print a shell's completions, for instance into ~/.local/share/bash-completion/completions/quorate.
    Completions {
        shell: clap_complete::Shell,
    },
    /// Write man pages into a folder, one for each command. It is made if need be.
    Man {
        folder: PathBuf,
    },
    /// Reputation and unclaimed pay.
    Standing {
        /// All contributors and validators unless given.
        account_id: Option<AccountId>,
    },
    /// Claim what was earned.
    Claim,
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_command_line_should_be_consistent() {
        Cli::command().debug_assert();
    }

    #[test]
    fn every_option_should_say_what_it_is_for() {
        fn check(command: &clap::Command) {
            for argument in command.get_arguments().filter(|argument| !argument.is_positional()) {
                let (command, option) = (command.get_name(), argument.get_id());
                assert!(argument.get_help().is_some(), "{command}: {option} has no help");
            }
            command.get_subcommands().for_each(check);
        }
        check(&Cli::command());
    }

    #[test]
    fn what_changes_nothing_should_be_refused() {
        for line in [
            "evaluate 0@3 --program 1",
            "evaluation fund 1 0",
            "infer 0 --program 1",
            "infer 0 --program 1 --text what",
            "infer 0 --program 1 --tokens 1,2 --input x=x.npy",
            "infer 0 --program 1 --input x=x.npy --max-tokens 4",
            "infer 0 --program 1 --tokens 1,2 --top 4",
            "infer 0 --program 1 --tokens 1,2 --force",
            "infer 0 --program 1 --tokens 1,b",
            "verify answer",
            "batch watch",
            "shard commit 0",
            "shard reveal --file set",
            "shard reveal 3 --watch",
            "shard list 0 --round 3",
            "shard withdraw",
            "data-set make -o set",
            "compile m.onnx --label y --out p.qp",
            "verify",
            "verify evaluation",
            "verify --recursive",
            "validator move",
            "compile --out p.qp",
            "compile m.onnx --template mlp --model m.safetensors --out p.qp",
            "parameter set change-delay",
            "parameter set change-delay 3 --standard",
            "committee pause Rounds",
        ] {
            let words = std::iter::once("quorate").chain(line.split(' '));
            assert!(Cli::try_parse_from(words).is_err(), "{line}");
        }
    }

    #[test]
    fn daily_commands_of_an_organisation_should_be_read() {
        let account = "5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQY";
        for line in [
            "contributor consent --organisation 3 --blocks 100",
            "contributor sponsor --consent 0x00",
            "compile m.onnx --out p.qp --tensors m.safetensors --dimension batch=1 --dimension tokens=1..128",
            "compile --template llama --model m.safetensors --config config.json --dimension tokens=1..128 --out p.qp",
            "program show p.qp --nodes",
            "program run p.qp --model m.safetensors --input x=x.npy --out results --reference",
            "model fund 0 12.5",
            "model withdraw 0 12.5",
            "model readers 0 1 4",
            "artifact register set --kind data-set --licence CC0-1.0 --access contributors",
            "artifact retry 3 program",
            "artifact fetch 3 -o program",
            "artifact set-access 3 organisations 1 4",
            "artifact set-access 3 public",
            "artifact retire 3 --council --with //Org1",
            "compile --template mlp --model m.safetensors --dimension rows=1 --loss cross-entropy --label y --logits logits --out p.qp",
            "data-set make --column x=x.npy --column label=y.npy --shape x=1,784 --size tokens=t.npy --rows 0..1000 -o set",
            "data-set show set",
            "evaluate 0@3 --program 1 --data 2",
            "evaluate 0@3 --program 1 --data 2 --max-fee 2.5 --operations 40 --wait",
            "infer 0@3 --program 1 --input x=x.npy --input y=y.npy --out results --force",
            "infer 0 --program 1 --text what --tokenizer tokenizer.json --max-tokens 16 --temperature 0.7 --top 20 --stop <end>",
            "infer 0 --program 1 --prompt-file prompt --tokenizer tokenizer.json --max-fee 2.5",
            "infer 0 --program 1 --tokens 1,2,3 --no-wait --state inputs",
            "request list",
            "request list --organisation 3",
            "request show 4",
            "batch show 4",
            "batch call-all 4 --dry-run",
            "capability list",
            "capability list --memory 700",
            "request fetch 4 --out results --tokenizer tokenizer.json --state inputs",
            "request cancel 4",
            "request cancel 0xabababababababababababababababababababababababababababababababab",
            "request forget 4",
            "verify answer 4",
            "verify answer 4 --store blobs",
            "verify answer 4 --instructions portable",
            "batch list",
            "batch call-all 4 --max-bond 2.5",
            "batch disputed",
            "batch watch --max-bond 2.5",
            "shard commit 0 shard.data",
            "shard commit 0 shard.data --bond 2.5 --state salts",
            "shard reveal",
            "shard reveal 3 --file shard.data --state salts",
            "shard reveal --watch --state salts",
            "shard list",
            "shard list 0",
            "shard list --round 3",
            "shard withdraw 0",
            "evaluation list",
            "evaluation list 0@3",
            "evaluation show 4",
            "evaluation funds 1",
            "evaluation fund 1 12.5",
            "evaluation withdraw 12.5",
            "evaluation prune 4",
            "verify evaluation 4",
            "verify evaluation 4 --store blobs",
            "version promote 0@7 --with //Org1 --with //Org2",
            "version unrevoke 0@7",
            "version evidence 0@7 -o evidence",
            "verify 0@7 --evidence evidence",
            "organisation changes",
            "organisation cancel 4",
            &format!("organisation admit Somebody {account} --recovery {account}"),
            &format!("organisation recover-account 3 {account}"),
            "organisation accept-account 3",
            "organisation suspend 3 --with //Org1",
            "organisation suspend 3 --long",
            "organisation reinstate 3",
            "organisation allow-suspension 3",
            "organisation technical-seats 0 2 --with //Org1",
            &format!("organisation set-account 3 {account}"),
            &format!("validator suspend {account}"),
            &format!("validator reinstate {account}"),
            &format!("validator allow-suspension {account}"),
            "model new-genesis 0 v.safetensors --with //Org1",
            "model upload v.safetensors",
            "model name v.safetensors --organisation 3",
            &format!("convert trained.safetensors u.safetensors --base 0@3 --contributor {account}"),
            "validator move --gateway https://gateway.example",
            "validator move --no-pin",
            &format!("validator register {account} --organisation 3 --peer-id 12D3 --gateway http://127.0.0.1:9101"),
            "round abort 3",
            "round abort 3 --council --with //Org1",
            "model freeze 0 --council",
            "motion list --technical",
            "motion show 3",
            "motion vote 3 --nay --with //Org1",
            "motion close 3",
            "poll list",
            "poll show 1",
            "poll vote 1 --nay",
            "poll open 0@3 --rank 2",
            "poll deposit 4",
            "parameter list",
            "parameter set change-delay 30 --with //Org1",
            "parameter set change-delay --standard",
            "parameter set preimage-base-deposit 1.5",
            "parameter set poll-periods 30,300,30,30",
            "committee enter-safe-mode --with //Org1",
            "committee exit-safe-mode",
            "committee pause Rounds.submit",
            "committee unpause Rounds.submit",
            &format!("committee whitelist 0x{}", "ab".repeat(32)),
            &format!("root authorize-upgrade 0x{}", "ab".repeat(32)),
            "root authorize-upgrade runtime.wasm --with //Org1",
            "root apply-upgrade runtime.wasm",
            "root note-stalled --delay 30 --final-block 1000",
            "validator keys",
            "validator keys --node ws://127.0.0.1:9945",
            "doctor",
            "completions bash",
            "man /tmp",
            "claim --dry-run --finalized",
            "update withdraw 3",
        ] {
            let words = std::iter::once("quorate").chain(line.split(' '));
            assert!(Cli::try_parse_from(words).is_ok(), "{line}");
        }
    }
}
