//! What an assessment needs, found out before a policy is sent.

use crate::{
    commands::artifact_cache::cached,
    context::Context,
    failure::{nothing_sent, usage, Result},
    output::tokens,
};
use quorate_ask::{artifact::read_program, evaluation::header};
use quorate_client::{policy_file::Draft, words, Client};
use quorate_evaluation::{assessment::rows_run, operations, Fit};
use quorate_primitives::{
    availability::ArtifactKind,
    policy::{Assessment, Policy},
    views::{ArtifactState, ArtifactView},
    Balance, OrganisationId,
};

/// The policy as it is sent, with operations counted where that was asked for. Its artifacts have to be there, for the organisation that owns the
/// model.
pub async fn counted(context: &Context, client: &Client, draft: Draft, owner: OrganisationId) -> Result<Policy> {
    let Some(assessment) = draft.policy().assessment else {
        return Ok(*draft.policy());
    };
    artifacts(client, &assessment, owner).await?;
    let policy = match draft.to_count() {
        Some((_, policy)) => {
            let operations = count(context, client, &assessment, policy.max_updates).await?;
            draft.with_operations(operations)
        }
        None => *draft.policy(),
    };
    if let (Some(fee), Some(assessment), false) = (fee(client, &policy).await?, policy.assessment, context.is_json()) {
        let (operations, fee) = (assessment.operations, tokens(fee));
        eprintln!("assessing a round takes at most {operations} thousand million operations, and costs {fee} beside its reward");
    }
    Ok(policy)
}

/// What the assessment of a round with this policy costs; None where it asks for none.
pub async fn fee(client: &Client, policy: &Policy) -> Result<Option<Balance>> {
    match &policy.assessment {
        Some(assessment) => Ok(Some(client.assessment_fee(assessment.operations).await?)),
        None => Ok(None),
    }
}

async fn artifacts(client: &Client, assessment: &Assessment, owner: OrganisationId) -> Result {
    let data = assessment.benchmark.map(|data| (data, ArtifactKind::DataSet));
    for (id, kind) in [Some((assessment.program, ArtifactKind::Program)), data]
        .into_iter()
        .flatten()
    {
        usable(&client.artifact(id).await?, kind, owner).map_err(usage)?;
    }
    Ok(())
}

/// Rounds of `owner`'s models cannot be opened with others.
fn usable(artifact: &ArtifactView, kind: ArtifactKind, owner: OrganisationId) -> std::result::Result<(), String> {
    let ArtifactView { id, state, .. } = artifact;
    if artifact.kind != kind {
        return Err(format!(
            "artifact {id} is a {}, and the assessment needs a {} there",
            words::artifact_kind(artifact.kind),
            words::artifact_kind(kind)
        ));
    }
    if !matches!(state, ArtifactState::Held { .. }) {
        return Err(format!(
            "artifact {id} is {}: versions are assessed by held ones alone",
            words::artifact_state(state)
        ));
    }
    match artifact.access.admits(owner, artifact.organisation, &artifact.readers) {
        true => Ok(()),
        false => Err(format!(
            "organisation {owner} may not read artifact {id}: its owner admits readers with `quorate artifact set-access`"
        )),
    }
}

async fn count(context: &Context, client: &Client, assessment: &Assessment, players: u32) -> Result<u64> {
    let program = cached(context, client, assessment.program, ArtifactKind::Program).await?;
    let program = read_program(&program)?;
    let outputs = || program.graph().outputs.iter();
    if !outputs().any(|output| output.name == "loss") {
        return Err(usage(format!("artifact {} has no output \"loss\"", assessment.program)));
    }
    let right = assessment.gate.is_some_and(|gate| gate.min_correct > 0);
    if right && !outputs().any(|output| output.name == "correct") {
        return Err(usage(format!(
            "artifact {} has no output \"correct\", so that no version would ever pass min_correct",
            assessment.program
        )));
    }
    let benchmark = match assessment.benchmark {
        None => 0,
        Some(data) => {
            let set = header(&cached(context, client, data, ArtifactKind::DataSet).await?)?;
            Fit::new(&program, &set).map_err(nothing_sent)?;
            set.rows()
        }
    };
    let rows = rows(assessment, players, benchmark);
    rows.and_then(|rows| operations(&program, rows))
        .ok_or_else(|| nothing_sent("nobody pays for so many operations"))
}

/// Rows of all runs, where as many organisations and suppliers as may take part do (docs/exactness.md, section 21).
fn rows(assessment: &Assessment, players: u32, benchmark: u64) -> Option<u64> {
    let (suppliers, each) = assessment
        .contribution
        .map_or((0, 0), |rules| (rules.max_suppliers, rules.max_rows));
    let shards = u64::from(suppliers).checked_mul(each.into())?;
    let players = assessment.contribution.map(|_| players as usize);
    rows_run(benchmark, shards, players)
}

#[cfg(test)]
mod tests {
    use super::*;
    use quorate_client::policy_file::contribution;
    use quorate_primitives::{policy::Access, Root};

    fn assessment() -> Assessment {
        Assessment {
            program: 0,
            benchmark: Some(1),
            operations: 1,
            gate: None,
            contribution: None,
        }
    }

    #[test]
    fn rows_should_be_those_of_the_largest_round() {
        assert_eq!(rows(&assessment(), 10, 300), Some(600));
        let paid = Assessment {
            contribution: Some(contribution(1_000)),
            ..assessment()
        };
        // Eight shards of 2,000 rows, 23 times.
        assert_eq!(rows(&paid, 10, 300), Some(600 + 16_000 * 23));
        assert_eq!(rows(&paid, 10, u64::MAX), None);
    }

    #[test]
    fn artifacts_that_no_round_can_use_should_be_named() {
        let artifact = ArtifactView {
            id: 5,
            organisation: 1,
            kind: ArtifactKind::Program,
            root: Root::zero(),
            len: 1,
            licence: String::new(),
            access: Access::Organisations,
            readers: vec![2],
            state: ArtifactState::Held { since: 1 },
            registered_at: 1,
        };
        assert!(
            usable(&artifact, ArtifactKind::Program, 1).is_ok() && usable(&artifact, ArtifactKind::Program, 2).is_ok()
        );
        let held = |state| ArtifactView {
            state,
            ..artifact.clone()
        };
        for (artifact, kind, owner, named) in [
            (artifact.clone(), ArtifactKind::DataSet, 1, "is a program"),
            (artifact.clone(), ArtifactKind::Program, 3, "set-access"),
            (
                held(ArtifactState::Retired { at: 3 }),
                ArtifactKind::Program,
                1,
                "held ones alone",
            ),
        ] {
            let error = usable(&artifact, kind, owner).unwrap_err();
            assert!(error.contains(named), "{error}");
        }
    }
}
