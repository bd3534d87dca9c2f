//! Raw arguments become what the commands take, or an error that names what is wrong; nothing has been sent by then.

use crate::{
    args::{model::RuleArguments, organisation::EndpointArguments, organisation::Voters, verify},
    commands::verify::Sources,
    context::Context,
    failure::{usage, Result},
};
use quorate_client::{
    calls::consortium::Endpoint,
    gateways::Reader,
    pipeline,
    policy::{deadlines, standard},
    Account, SignedConsent,
};
use quorate_convert::read_header;
use quorate_primitives::{policy::Policy, OrganisationId};
use std::{
    ffi::OsStr,
    io::Read,
    path::{Path, PathBuf},
};

/// A policy from its few words, with phases that are long enough for updates of the model whose version is in `file`.
pub fn policy_of(rule: &RuleArguments, file: Option<&Path>) -> Result<Policy> {
    let pipeline = pipeline::pipeline(&rule.pre, rule.rule, rule.server).map_err(usage)?;
    let mut made = standard(pipeline, rule.updates);
    if let Some(file) = file {
        let header = read_header(file)?;
        made.deadlines = deadlines(header.update_len(), rule.updates, rule.rate << 20);
    }
    policy(made, "this policy")
}

/// A policy from its JSON.
pub fn policy_in(path: &Path) -> Result<Policy> {
    let wrong = |error: &dyn std::fmt::Display| usage(format!("{}: {error}", path.display()));
    let text = read_text(path)?;
    let read: Policy = serde_json::from_str(&text).map_err(|error| wrong(&error))?;
    policy(read, &path.display().to_string())
}

/// A policy that the chain takes.
fn policy(policy: Policy, what: &str) -> Result<Policy> {
    match policy.check() {
        Ok(()) => Ok(policy),
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
        std::fs::write(&path, serde_json::to_string(&policy).unwrap()).unwrap();
        assert_eq!(policy_in(&path).unwrap(), policy);
        policy.deadlines.commit = 1;
        std::fs::write(&path, serde_json::to_string(&policy).unwrap()).unwrap();
        assert!(policy_in(&path).is_err());
    }
}
