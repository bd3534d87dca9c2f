//! Computing an assessment again, from the files.

use super::{compare::compare, computed::Computed, record::has_shards};
use crate::{
    blobs::Blobs,
    frozen,
    job::known,
    record::inputs,
    replay::Replayed,
    report::{Checks, Stop},
    scores,
};
use quorate_client::Client;
use quorate_engine::{AssessInput, Assessed, BlobFile, Control, Engine, EngineError, Settings, TileEngine};
use quorate_evaluation::assessment::{AssessmentDetail, Fewest, Update};
use quorate_exact::{Detail, ProductsTree};
use quorate_primitives::{
    job::{
        aggregate::Input,
        assess::{AssessOutcome, EXACT_VERSION},
        Assess,
    },
    policy::Assessment,
    version::VersionRecord,
    views::{assessments::AssessmentJobs, Lineage},
};

/// Most bytes of a recorded detail that is read to show where it differs.
const MAX_DETAIL: u64 = 64 << 20;

/// Compute the assessment of a version again, if it came to an outcome and the chain or the evidence has its job; `replayed` is what the
/// aggregation left for it. Without scores nothing is needed of that: gateways show all files but a Held version's to everybody who may
/// read the model.
///
/// # Errors
/// As [`Stop`] says.
pub(crate) async fn again(
    client: &Client,
    checks: &mut Checks,
    (lineage, earlier): (&Lineage, &[VersionRecord]),
    replayed: Option<Replayed>,
    blobs: &Blobs,
    progress: &(dyn Fn(&str) + Sync),
) -> Result<(), Stop> {
    // What is missing here has been reported with the record.
    let (Some(rules), Some(jobs)) = (&lineage.policy.assessment, &lineage.assessment) else {
        return Ok(());
    };
    let recorded = lineage.version.assessment.and_then(|record| record.outcome);
    let (Some(recorded), Some(work)) = (recorded, jobs.job.spec.work.assess()) else {
        return Ok(());
    };
    if !has_shards(work, jobs) {
        return Ok(());
    }
    known(Some(&jobs.job), EXACT_VERSION)?;
    progress("reading the files of the assessment");
    let input = open(client, (lineage, earlier), (rules, work, jobs), replayed, blobs).await?;
    progress("assessing again");
    let claimed: Vec<u32> = input.updates.iter().map(|(update, _)| update.weight).collect();
    let control = blobs.control();
    let made = tokio::task::spawn_blocking(move || assess(&input, &control)).await;
    let made = made.map_err(|error| Stop::Unchecked(error.to_string()))??;
    let made = Computed::new(made, &claimed);
    let theirs = opened(client, blobs, &recorded, &made.outcome).await;
    compare(checks, &recorded, &made, theirs.as_ref());
    if let (Some(rows), Some(_)) = (&made.rows, &rules.contribution) {
        scores::check(checks, lineage, Some(rows));
    }
    Ok(())
}

fn assess(input: &AssessInput, control: &Control) -> Result<Assessed, EngineError> {
    TileEngine::new(Settings::default()).assess(input, control)
}

/// What nobody looks at where no scores are asked for.
fn no_detail() -> Detail {
    Detail {
        version: quorate_exact::detail::VERSION,
        scores_ppm: Vec::new(),
        selection_weights: Vec::new(),
        flags: 0,
        products: Vec::new(),
        tree: ProductsTree {
            leaves: Vec::new(),
            root: [0; 32],
        },
    }
}

async fn open(
    client: &Client,
    (lineage, earlier): (&Lineage, &[VersionRecord]),
    (rules, work, jobs): (&Assessment, &Assess, &AssessmentJobs),
    replayed: Option<Replayed>,
    blobs: &Blobs,
) -> Result<AssessInput, Stop> {
    let record = &lineage.version.record;
    let base = earlier.iter().find(|record| record.version == work.base);
    let base = base.ok_or_else(|| Stop::Differs(format!("version {}, the base, has no record", work.base)))?;
    let registered = frozen::registered(client, work.model).await;
    let registered = registered.map_err(|error| Stop::Unchecked(error.to_string()))?;
    if registered != work.frozen_base {
        return Err(Stop::Differs(
            "the work names another frozen base than its model".into(),
        ));
    }
    let (version, updates, aggregation) = match (replayed, rules.contribution) {
        (Some(replayed), _) => (replayed.version, replayed.updates, replayed.detail),
        (None, None) => (None, Vec::new(), no_detail()),
        (None, Some(_)) => {
            let reason = "its scores follow from the updates and the aggregation of the round, which was not replayed";
            return Err(Stop::Unchecked(reason.into()));
        }
    };
    let version = match version {
        Some(version) => version,
        None => blobs.open(client, "version", record.root, record.len).await?,
    };
    let benchmark = match &work.benchmark {
        Some(data) => Some(blobs.open(client, "benchmark", data.root, data.len).await?),
        None => None,
    };
    let mut shards: Vec<(u32, BlobFile)> = Vec::with_capacity(jobs.shards.len());
    for shard in &jobs.shards {
        let what = format!("shard of organisation {}", shard.supplier);
        shards.push((shard.supplier, blobs.open(client, &what, shard.root, shard.len).await?));
    }
    let of_update = |input: Input| Update {
        organisation: input.organisation,
        weight: input.weight,
    };
    Ok(AssessInput {
        base: blobs.open(client, "base version", base.root, base.len).await?,
        version,
        frozen_base: blobs.open_frozen_base(client, work.frozen_base.as_ref()).await?,
        program: blobs
            .open(client, "program", work.program_root, work.program_len)
            .await?,
        benchmark,
        shards,
        updates: inputs(lineage).into_iter().map(of_update).zip(updates).collect(),
        aggregation,
        contribution: rules.contribution.map(|rules| Fewest {
            rows: rules.min_rows,
            shards: rules.min_suppliers,
        }),
        operations: work.operations,
        folder: blobs.folder().to_path_buf(),
    })
}

/// The recorded detail, if it is another one than was made here, and somebody shows it.
async fn opened(
    client: &Client,
    blobs: &Blobs,
    recorded: &AssessOutcome,
    own: &AssessOutcome,
) -> Option<AssessmentDetail> {
    match (recorded, own) {
        (AssessOutcome::Done { detail, detail_len, .. }, AssessOutcome::Done { detail: mine, .. })
            if detail != mine && *detail_len <= MAX_DETAIL =>
        {
            let blob = blobs
                .open(client, "detail of the assessment", *detail, *detail_len)
                .await
                .ok()?;
            let mut bytes = vec![0; usize::try_from(*detail_len).ok()?];
            std::os::unix::fs::FileExt::read_exact_at(blob.file(), &mut bytes, 0).ok()?;
            AssessmentDetail::decode(&bytes).ok()
        }
        _ => None,
    }
}
