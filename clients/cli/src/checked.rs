//! Raw arguments become what the commands take, or an error that names what is wrong; nothing has been sent by then.

use crate::{
    args::{
        model::{AssessmentArguments, RuleArguments},
        organisation::EndpointArguments,
        organisation::Voters,
        verify,
    },
    commands::verify::Sources,
    context::Context,
    failure::{usage, Result},
};
use quorate_client::{
    calls::consortium::Endpoint,
    gateways::Reader,
    pipeline,
    policy::{deadlines, shard_blocks, standard},
    policy_file::{self, Draft},
    Account, SignedConsent,
};
use quorate_convert::read_header;
use quorate_primitives::{
    policy::{Assessment, Contribution, Gate, Policy},
    OrganisationId,
};
use std::{
    ffi::OsStr,
    io::Read,
    path::{Path, PathBuf},
};

/// A policy from its few words, with phases that are long enough for updates of the model whose version is in `file`.
pub fn policy_of(rule: &RuleArguments, assessment: &AssessmentArguments, file: Option<&Path>) -> Result<Draft> {
    let pipeline = pipeline::pipeline(&rule.pre, rule.rule, rule.server).map_err(usage)?;
    let mut made = standard(pipeline, rule.updates);
    if let Some(file) = file {
        let header = read_header(file)?;
        made.deadlines = deadlines(header.update_len(), rule.updates, rule.rate << 20);
    }
    assess(&mut made, assessment, rule.rate << 20);
    policy(Draft::uncounted(made), "this policy")
}

/// The assessment that the words describe; its operations are still to be counted. Every machine of a round moves at least `rate` bytes a second.
fn assess(policy: &mut Policy, words: &AssessmentArguments, rate: u64) {
    let Some(program) = words.assess else { return };
    let gated = words.max_increase.is_some() || words.min_correct.is_some();
    let gate = Gate {
        max_increase: words.max_increase.unwrap_or(policy_file::ANY_INCREASE),
        min_correct: words.min_correct.unwrap_or(0),
    };
    if words.pay_by_improvement.is_some() {
        policy.max_weight = 1;
    }
    policy.assessment = Some(Assessment {
        program,
        benchmark: words.benchmark,
        operations: 1,
        gate: gated.then_some(gate),
        contribution: words.pay_by_improvement.map(|rows| {
            let usual = policy_file::contribution(rows);
            let blocks = shard_blocks(usual.max_len, usual.max_suppliers, rate);
            Contribution {
                reveal: blocks,
                vote: blocks,
                ..usual
            }
        }),
    });
}

/// A policy from its file.
pub fn policy_in(path: &Path) -> Result<Draft> {
    let read = policy_file::from_text(&read_text(path)?);
    let read = read.map_err(|error| usage(format!("{}: {error}", path.display())))?;
    policy(read, &path.display().to_string())
}

/// A policy that the chain takes.
fn policy(draft: Draft, what: &str) -> Result<Draft> {
    match draft.policy().check() {
        Ok(()) => Ok(draft),
        Err(error) => Err(usage(format!("the chain would refuse {what}: {error}"))),
    }
}

/// The keys that vote beside the proposer's.
pub fn voters(context: &Context, voters: &Voters) -> Result<Vec<Account>> {
    let keyring = context.keys();
    voters.with.iter().map(|key| keyring.open(key)).collect()
}

/// Numbers of organisations in the order that the chain asks for.
pub fn ascending(mut organisations: Vec<OrganisationId>) -> Vec<OrganisationId> {
    organisations.sort_unstable();
    organisations.dedup();
    organisations
}

pub fn endpoint(arguments: EndpointArguments) -> Endpoint {
    Endpoint {
        peer_id: arguments.peer_id,
        gateway: arguments.gateway,
        tls_key_hash: arguments.tls_key_hash,
    }
}

/// A consent: a word of hexadecimal digits, which begins with 0x, or a file that holds it.
pub fn consent(word_or_path: &OsStr) -> Result<SignedConsent> {
    let shown = word_or_path.to_string_lossy();
    let text = match shown.starts_with("0x") {
        true => shown.to_string(),
        false => read_text(Path::new(word_or_path))?,
    };
    text.parse().map_err(|error| usage(format!("{shown}: {error}")))
}

/// A text file, which is a short one.
fn read_text(path: &Path) -> Result<String> {
    const LONGEST: u64 = 1 << 20;
    let wrong = |error: std::io::Error| usage(format!("{}: {error}", path.display()));
    let mut text = String::new();
    let file = std::fs::File::open(path).map_err(wrong)?;
    let read = file.take(LONGEST + 1).read_to_string(&mut text).map_err(wrong)?;
    match read as u64 <= LONGEST {
        true => Ok(text),
        false => Err(usage(format!("{}: longer than what is expected here", path.display()))),
    }
}

/// What `verify` reads.
pub fn sources(context: &Context, files: verify::Files, (recursive, evidence): (bool, &[PathBuf])) -> Result<Sources> {
    let reader = match (files.reader, files.reader_key) {
        (Some(validator), Some(key)) => Some(Reader::Validator {
            validator,
            key: context.keys().given(key.as_ref(), "QUORATE_READER_KEY")?,
        }),
        (None, None) => None,
        _ => return Err(usage("--reader and --reader-key belong together")),
    };
    let evidence = evidence.iter().map(|path| quorate_verify::read(path));
    Ok(Sources {
        stores: files.store,
        reader,
        evidence: evidence.collect::<quorate_client::Result<_>>()?,
        recursive,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn consent_should_be_read_from_a_word_or_a_file() {
        let signed = Account::from_uri("//Contributor0")
            .unwrap()
            .consent(Default::default(), 2, 900);
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("consent");
        std::fs::write(&path, format!("{signed}\n")).unwrap();
        for given in [signed.to_string(), path.display().to_string()] {
            assert_eq!(consent(given.as_ref()).unwrap().to_string(), signed.to_string());
        }
        for wrong in ["0x1234", "", "1234", "/no/such/consent"] {
            assert!(consent(wrong.as_ref()).is_err(), "{wrong}");
        }
    }

    #[test]
    fn policy_that_the_chain_refuses_should_be_refused_before_anything_is_sent() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("policy.json");
        let mut policy = standard(quorate_exact::Rule::Median, 10);
        let write = |policy: Policy| std::fs::write(&path, policy_file::to_value(&policy.into()).to_string()).unwrap();
        write(policy);
        assert_eq!(*policy_in(&path).unwrap().policy(), policy);
        policy.deadlines.commit = 1;
        write(policy);
        assert!(policy_in(&path).is_err());
    }

    #[test]
    fn words_of_an_assessment_should_make_one_that_the_chain_takes() {
        #[derive(clap::Parser)]
        struct Words {
            #[command(flatten)]
            rule: RuleArguments,
            #[command(flatten)]
            assessment: AssessmentArguments,
        }
        let made = |words: &str| {
            let words = <Words as clap::Parser>::try_parse_from(std::iter::once("x").chain(words.split_whitespace()));
            let words = words.map_err(|error| error.to_string())?;
            policy_of(&words.rule, &words.assessment, None).map_err(|failure| failure.text())
        };
        assert!(made("").unwrap().to_count().is_none());
        let draft = made("--assess 3 --benchmark 4 --max-increase 0.5 --min-correct 0.9").unwrap();
        let (assessment, _) = draft.to_count().unwrap();
        let gate = Gate {
            max_increase: 1 << 19,
            min_correct: 900_000,
        };
        assert_eq!(
            (assessment.program, assessment.benchmark, assessment.gate),
            (3, Some(4), Some(gate))
        );
        let draft = made("--assess 3 --pay-by-improvement 1000").unwrap();
        assert_eq!((draft.policy().max_weight, draft.to_count().unwrap().0.gate), (1, None));
        let slower = made("--assess 3 --pay-by-improvement 1000 --rate 5").unwrap();
        for (draft, mib) in [(draft, 10), (slower, 5)] {
            // Two seconds of it are a block.
            assert_eq!(draft.policy().check_transfers(0, mib << 21), Ok(()));
        }
        for (wrong, named) in [
            ("--benchmark 4", "--assess"),
            ("--assess 3", "a gate, a contribution, or both"),
            ("--assess 3 --max-increase 0.1", "needs a benchmark"),
            ("--assess 3 --benchmark 4 --min-correct 90", "no part of the rows"),
            ("--assess 3 --benchmark 4 --max-increase 99", "from 0 to 32"),
            ("--assess 3 --pay-by-improvement 999", "1000"),
        ] {
            let error = made(wrong).unwrap_err();
            assert!(error.contains(named), "{wrong}: {error}");
        }
    }
}
