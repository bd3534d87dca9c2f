//! Committing to a shard, and taking it back while it waits.

use super::{check::Measure, in_rounds, journal};
use crate::{
    commands::{naming, preflight},
    context::Context,
    failure::{nothing_sent, usage, Result},
    output::tokens,
};
use quorate_ask::paying::paying;
use quorate_client::{
    calls::shards as calls,
    naming::name_of,
    shard_journal::{SealedShard, ShardJournal},
    Client, Error, Until,
};
use quorate_primitives::{
    policy::{Assessment, Contribution, MIN_BOND},
    views::{assessments::ShardView, ModelView},
    Balance, BlockNumber, ModelId, OrganisationId,
};
use rand::{rngs::OsRng, TryRngCore};
use serde_json::json;
use std::path::PathBuf;

/// What is committed to.
pub struct Wanted {
    pub model: ModelId,
    pub file: PathBuf,
    /// What is held; as much as a round pays contributors, unless given.
    pub bond: Option<Balance>,
    /// Where the salt is kept.
    pub state: Option<PathBuf>,
}

/// Commit to a data set for the model's next round.
pub async fn commit(context: &Context, wanted: Wanted) -> Result {
    let (account, client) = (context.account()?, context.client().await?);
    let journal = journal(wanted.state.clone())?;
    let model = client.model(wanted.model).await?;
    let (assessment, rules) = rules(&model)?;
    let len = length(&wanted, &rules)?;
    let supplier = paying(&client, &account.id()).await?;
    preflight::fees(&client, &account.id()).await?;
    if let Some(waiting) = waiting(&client, wanted.model, supplier).await? {
        return already(context, &journal, &wanted, &waiting);
    }
    let bond = bond(&client, &wanted, &rules).await?;
    let payer = preflight::organisation(&client, supplier).await?.account;
    preflight::fund(&client, &payer, bond).await?;
    let measure = Measure::of(context, &client, &assessment, supplier).await?;
    let rows = measure.check(&wanted.file, &rules)?;
    let sealed = sealed(&client, &wanted, (supplier, rows, len))?;
    if client.is_used(wanted.model, sealed.root).await? {
        return Err(nothing_sent(format!(
            "{} was revealed for model {} before, and is public",
            wanted.file.display(),
            wanted.model
        )));
    }
    let kept = journal.path(sealed.commitment());
    if !context.is_json() {
        if !measure.is_known() {
            eprintln!("the policy's program is not shown to organisation {supplier}: whether it fits the data set was not checked");
        }
        let (rows, bond, model) = (sealed.rows, tokens(bond), wanted.model);
        eprintln!("{rows} rows, a bond of {bond} from {payer}: lost unless the shard is revealed, uploaded, and counts in model {model}'s round");
    }
    // Nothing goes out in a dry run, and nothing is kept.
    if !context.is_dry_run() {
        journal.write(&sealed)?;
    }
    let call = calls::commit(wanted.model, sealed.commitment(), rows, bond);
    // A commitment that is refused has nothing to open.
    let over = || drop(journal.forget(sealed.commitment()));
    let block = client.submit_or(&account, &call, Until::InBlock, over).await?.number();
    print(context, (&journal, &sealed), bond, block);
    if !context.is_json() {
        eprintln!(
            "keep {} and {} as they are, and copies of both elsewhere: without them the bond is lost. `quorate shard reveal --watch` reveals \
             the shard in time",
            kept.display(),
            sealed.file.display()
        );
    }
    Ok(())
}

/// Take back the shard that waits for a round of the model.
pub async fn withdraw(context: &Context, model: ModelId) -> Result {
    let (account, client) = (context.account()?, context.client().await?);
    let supplier = paying(&client, &account.id()).await?;
    let Some(shard) = waiting(&client, model, supplier).await? else {
        let mut in_rounds = in_rounds(&client, supplier).await?.into_iter();
        let taken = in_rounds
            .find(|shard| shard.model == model)
            .and_then(|shard| shard.round);
        return Err(usage(match taken {
            Some(round) => format!(
                "round {round} has taken organisation {supplier}'s shard of model {model}: it has to be revealed"
            ),
            None => format!("no shard of organisation {supplier} waits for a round of model {model}"),
        }));
    };
    let done = client.submit(&account, &calls::withdraw(model), Until::InBlock).await?;
    let value = json!({ "model": model, "supplier": supplier, "commitment": shard.commitment, "bond": shard.bond.to_string(), "block": done.number() });
    context.print(&value, || {
        println!(
            "withdrawn in block {}; a bond of {} returned",
            done.number(),
            tokens(shard.bond)
        );
    });
    Ok(())
}

/// The rules of a model whose rounds take shards.
fn rules(model: &ModelView) -> Result<(Assessment, Contribution)> {
    let assessment = model.policy.assessment;
    let rules = assessment.and_then(|assessment| Some((assessment, assessment.contribution?)));
    rules.ok_or_else(|| {
        usage(format!(
            "model {} pays for no contribution by sealed shards: its policy has no `contribution` (`quorate model show {}`)",
            model.id, model.id
        ))
    })
}

/// Bytes of the file, before it is read.
fn length(wanted: &Wanted, rules: &Contribution) -> Result<u64> {
    let unreadable = |error| usage(format!("{}: {error}", wanted.file.display()));
    let len = naming::open(&wanted.file)?.metadata().map_err(unreadable)?.len();
    match len <= rules.max_len {
        true => Ok(len),
        false => Err(usage(format!(
            "{} has {len} bytes, and the policy takes shards of at most {}",
            wanted.file.display(),
            rules.max_len
        ))),
    }
}

/// What is held. Every round takes a shard that is bonded with as much as it pays contributors; with less only one for which more than the
/// fewest wait.
async fn bond(client: &Client, wanted: &Wanted, rules: &Contribution) -> Result<Balance> {
    let whole = client.shard_bond(wanted.model).await?;
    let whole = whole.ok_or_else(|| {
        usage(format!(
            "no round of model {} can be opened now (`quorate model show {}`)",
            wanted.model, wanted.model
        ))
    })?;
    let spare = rules.max_suppliers.saturating_sub(rules.min_suppliers);
    let least = whole.div_ceil(Balance::from(spare) + 1).max(MIN_BOND);
    match wanted.bond.unwrap_or(whole) {
        bond if bond < least => Err(usage(format!(
            "no round of model {} takes a shard with a bond of {}: it takes {} at least, and {} where no more than {} shards wait",
            wanted.model,
            tokens(bond),
            tokens(least),
            tokens(whole),
            rules.min_suppliers
        ))),
        bond => Ok(bond),
    }
}

/// The organisation's shard that waits for a round of the model.
async fn waiting(client: &Client, model: ModelId, supplier: OrganisationId) -> Result<Option<ShardView>> {
    let mut all = client.waiting_shards(model).await?.into_iter();
    Ok(all.find(|shard| shard.supplier == supplier))
}

/// The commitment, with a new salt.
fn sealed(client: &Client, wanted: &Wanted, (supplier, rows, len): (OrganisationId, u32, u64)) -> Result<SealedShard> {
    let mut salt = [0; 32];
    let drawn = OsRng.try_fill_bytes(&mut salt);
    drawn.map_err(|error| usage(format!("the system gives no random bytes: {error}")))?;
    // A reveal may be run elsewhere.
    let file = std::path::absolute(&wanted.file).map_err(Error::io(&wanted.file))?;
    let genesis = client.genesis();
    let (named, read) = name_of(&naming::open(&file)?, supplier, genesis)?;
    if read != len {
        return Err(usage(format!(
            "{} is being written: it had {len} bytes, and has {read} now",
            file.display()
        )));
    }
    Ok(SealedShard {
        genesis,
        model: wanted.model,
        supplier,
        root: named.root,
        len,
        rows,
        salt,
        file,
    })
}

/// A shard waits already: this one, if the command was interrupted after it was sent.
fn already(context: &Context, journal: &ShardJournal, wanted: &Wanted, waiting: &ShardView) -> Result {
    let (root, _) = quorate_client::root_of(&naming::open(&wanted.file)?)?;
    match journal.read(waiting.commitment)?.filter(|sealed| sealed.root == root) {
        Some(sealed) => {
            print(context, (journal, &sealed), waiting.bond, waiting.committed_at);
            Ok(())
        }
        None => Err(usage(format!(
            "a shard of organisation {} waits for a round of model {} already, committed to in block {}: `quorate shard withdraw {}` takes it \
             back",
            waiting.supplier, waiting.model, waiting.committed_at, waiting.model
        ))),
    }
}

fn print(context: &Context, (journal, sealed): (&ShardJournal, &SealedShard), bond: Balance, block: BlockNumber) {
    let (commitment, kept) = (sealed.commitment(), journal.path(sealed.commitment()));
    let value = json!({
        "model": sealed.model,
        "supplier": sealed.supplier,
        "commitment": commitment,
        "root": sealed.root,
        "rows": sealed.rows,
        "bond": bond.to_string(),
        "block": block,
        "salt": kept.display().to_string(),
    });
    context.print(&value, || {
        println!("shard of organisation {} for model {}", sealed.supplier, sealed.model);
        println!("  commitment  {commitment:?}, block {block}");
        println!("  root        {:?}", sealed.root);
        println!("  rows        {}", sealed.rows);
        println!("  bond        {}", tokens(bond));
        println!("  salt        {}", kept.display());
    });
}
