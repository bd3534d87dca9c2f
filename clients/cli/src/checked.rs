//! Raw arguments become what the commands take, or an error that names what is wrong; nothing has been sent by then.

use crate::{
    args::{convert, model::RuleArguments, organisation::EndpointArguments, organisation::Voters, verify},
    commands::{
        convert::{Base, Wanted},
        verify::Sources,
    },
    failure::{usage, Result},
};
use quorate_client::{
    calls::consortium::Endpoint, gateways::Reader, pipeline, policy::standard, Account, SignedConsent,
};
use quorate_convert::Options;
use quorate_primitives::{policy::Policy, OrganisationId};
use std::path::Path;

/// What `convert` is to make.
pub fn wanted(arguments: convert::Arguments) -> Result<Wanted> {
    if arguments.input == arguments.output {
        return Err(usage("input and output are the same file"));
    }
    Ok(match arguments.base {
        None => Wanted::Version(Options {
            roles: arguments.roles,
            scales: arguments.scale,
            ties: arguments.tie,
        }),
        Some(text) => Wanted::Update {
            base: text.parse().map_or_else(|_| Base::File(text.into()), Base::Version),
            delta: arguments.delta,
        },
    })
}

/// A policy from its few words.
pub fn policy_of(rule: &RuleArguments) -> Result<Policy> {
    let pipeline = pipeline::pipeline(&rule.pre, rule.rule, rule.server).map_err(usage)?;
    policy(standard(pipeline, rule.updates), "this policy")
}

/// A policy from its JSON.
pub fn policy_in(path: &Path) -> Result<Policy> {
    let wrong = |error: &dyn std::fmt::Display| usage(format!("{}: {error}", path.display()));
    let text = std::fs::read_to_string(path).map_err(|error| wrong(&error))?;
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
pub fn voters(voters: &Voters) -> Result<Vec<Account>> {
    let keys = voters.with.iter().map(|key| Account::load(key));
    Ok(keys.collect::<quorate_client::Result<Vec<_>>>()?)
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

/// A consent, as a word or in a file.
pub fn consent(text_or_path: &str) -> Result<SignedConsent> {
    let path = Path::new(text_or_path);
    let text = match path.is_file() {
        true => std::fs::read_to_string(path).map_err(|error| usage(format!("{}: {error}", path.display())))?,
        false => text_or_path.to_owned(),
    };
    text.parse().map_err(|error| usage(format!("{text_or_path}: {error}")))
}

/// What `verify` reads.
pub fn sources(arguments: verify::Arguments) -> Result<Sources> {
    let reader = match (arguments.reader, arguments.reader_key) {
        (Some(validator), Some(key)) => Some(Reader::Validator {
            validator,
            key: Account::load(&key)?,
        }),
        (None, None) => None,
        _ => return Err(usage("--reader and --reader-key belong together")),
    };
    let evidence = arguments.evidence.as_deref().map(quorate_verify::read);
    Ok(Sources {
        stores: arguments.store,
        reader,
        evidence: evidence.transpose()?,
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
            assert_eq!(consent(&given).unwrap().to_string(), signed.to_string());
        }
        assert!(consent("0x1234").is_err());
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
