//! What an account can do in a round now, and the update that it makes.

use crate::{
    cache::Cache,
    forgetting::forget_earlier,
    kept::{kept_for, Kept},
    node::{version_file, Node},
    place::{made, update_in, weight_in, write_weight, Made, Place},
    Failure, Result,
};
use quorate_client::{
    contribution::{is_decided, update_of},
    journal::Journal,
    Account, Client, Error, Hashed,
};
use quorate_convert::{Against, Conversion, Existing, Job, Source};
use quorate_primitives::{
    update::Update,
    version::VersionRecord,
    views::{RoundPhase, RoundView},
    Root, RoundId, VersionIndex,
};
use std::path::PathBuf;

/// Who takes part, and where what must outlive the process lies.
#[derive(Clone)]
pub struct Contributor {
    pub node: Node,
    pub account: Account,
    pub cache: Cache,
    /// The folder of salts and updates.
    pub state: PathBuf,
}

/// Where an account's part in a round stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Part {
    /// Nothing was sent yet.
    New,
    /// An update of this weight was committed to, or may have been: it is the one to go on with.
    Committed {
        weight: u32,
    },
    Decided(Box<Update>),
}

/// A round in which this process alone takes part for the account.
pub struct Beginning {
    pub(crate) contributor: Contributor,
    place: Place,
    folder: PathBuf,
    pub round: RoundView,
    /// The round's base, as it was when the part was begun: a fork may give its number to another file.
    stands_on: VersionRecord,
    /// Its file, where an update may be made.
    base: Option<Hashed>,
    pub part: Part,
    /// What was found on the way, in words.
    pub(crate) notes: Vec<String>,
}

impl Contributor {
    /// Begin, or go on. `base`: number and root of the version that the weights were trained from, if it is known.
    ///
    /// # Errors
    /// `Busy`, `NotSponsored`, `StaleBase`; `Client` with `RoundClosed`, or with a check where an update was committed to, or weights were trained, that stand on
    /// another version than the round does.
    pub async fn begin(&self, client: &Client, id: RoundId, base: Option<(VersionIndex, Root)>) -> Result<Beginning> {
        let account = self.account.id();
        let round = client.own_round(id, &account).await?;
        let place = Place::open(&self.state, (client.genesis(), round.model, account.clone()))?;
        let folder = place.folder(id)?;
        let journal = Journal::open(&self.state)?;
        let committed = update_of(&round, &account);
        let journalled = !journal.entries(client.genesis(), id, &account)?.is_empty();
        let stands_on = client.version(round.model, round.base).await?.record;
        let mut kept = Kept::default();
        if journalled || committed.is_some_and(|update| !is_decided(update)) {
            kept = kept_for(&folder, &round, stands_on.root, committed.is_some())?;
        }
        let part = part_of(&round, committed, kept.weight.filter(|_| journalled))?;
        if part == Part::New {
            if client.contributor(&account).await?.is_none() {
                return Err(Failure::NotSponsored { account });
            }
            if let Some(given) = base {
                check_base(&round, stands_on.root, given)?;
            }
            forget_earlier(&place, &journal, client, &account, id).await?;
        }
        // Before anybody lends weights: it is not waited for then.
        let base = match part {
            Part::New => Some(version_file(client, Some(&self.account), &self.cache, &stands_on).await?),
            Part::Committed { .. } | Part::Decided(_) => None,
        };
        Ok(Beginning {
            contributor: self.clone(),
            place,
            folder,
            round,
            stands_on,
            base,
            part,
            notes: kept.notes,
        })
    }
}

/// Whether weights that were trained from this version fit the round, which stands on another one after a fork, though it may have the same number.
///
/// # Errors
/// `StaleBase`; `Client` with a check.
fn check_base(round: &RoundView, stands_on: Root, (given, root): (VersionIndex, Root)) -> Result<()> {
    if given != round.base {
        return Err(Failure::StaleBase {
            round: round.id,
            model: round.model,
            given,
            base: round.base,
        });
    }
    if root != stands_on {
        return Err(Error::Check(format!(
            "the weights were trained from a version {}@{given} with root {root:?}, and the chain has another file under this number now, {:?}: \
             a fork of the chain lost. Train from that one",
            round.model, stands_on
        ))
        .into());
    }
    Ok(())
}

/// `journalled`: the weight of an update that a commitment was journalled for.
///
/// # Errors
/// `Client` with `RoundClosed`.
fn part_of(round: &RoundView, update: Option<&Update>, journalled: Option<u32>) -> Result<Part> {
    match (update, journalled, round.phase) {
        (Some(update), _, _) if is_decided(update) => Ok(Part::Decided(Box::new(update.clone()))),
        (Some(Update { weight, .. }), _, _) => Ok(Part::Committed { weight: *weight }),
        (None, Some(weight), RoundPhase::Collecting { .. }) => Ok(Part::Committed { weight }),
        (None, None, RoundPhase::Collecting { .. }) => Ok(Part::New),
        (None, _, phase) => Err(Error::RoundClosed { round: round.id, phase }.into()),
    }
}

/// A file of weights, which is removed when nobody reads it any more.
struct Trained(PathBuf);

impl Drop for Trained {
    fn drop(&mut self) {
        // It is private, and the next one takes its place.
        let _ = quorate_output::remove(&self.0);
    }
}

impl Beginning {
    /// Where weights may be written for [`Self::make`], which removes them: a safetensors file that nobody else can read.
    pub fn trained(&self) -> PathBuf {
        self.folder.join("trained.safetensors")
    }

    /// The update to go on with: the one that was committed to, or a new one from `weights`, open already, in [`Self::trained`] or anywhere else.
    /// Checked as validators check it.
    ///
    /// `ignore_extra`: whether tensors that the base does not have are left out.
    ///
    /// # Errors
    /// `WrongWeight`, `UnexpectedTensors`, `Convert`; `AlreadyCommitted` where another update was decided.
    pub async fn make(
        &self,
        client: &Client,
        weights: Option<Source>,
        weight: u64,
        ignore_extra: bool,
    ) -> Result<Made> {
        let trained = Trained(self.trained());
        let weights =
            || weights.ok_or_else(|| Failure::from(Error::Input("there are no weights to make an update of".into())));
        match &self.part {
            Part::Committed { weight } => Ok(self.place.made(self.round.id, *weight)?),
            Part::New => {
                let weight = taken_weight(weight, self.round.policy.max_weight)?;
                let file = update_in(&self.folder);
                // The number first: an update that is there is there with its number.
                quorate_output::remove(&file).map_err(Error::from)?;
                write_weight(&weight_in(&self.folder), weight)?;
                let made = self
                    .convert(client, (weights()?, trained), file.clone(), ignore_extra)
                    .await?;
                Ok(Made {
                    file,
                    hashed: Some(made),
                    weight,
                })
            }
            Part::Decided(update) => {
                let weight = taken_weight(weight, self.round.policy.max_weight)?;
                let file = self.folder.join("again.safetensors");
                let made = self
                    .convert(client, (weights()?, trained), file.clone(), ignore_extra)
                    .await;
                quorate_output::remove(&file).map_err(Error::from)?;
                let root = made?.root;
                match self.committed_root(client, update)? {
                    Some(known) if known != root || update.weight != weight => Err(Failure::AlreadyCommitted {
                        round: self.round.id,
                        root: known,
                    }),
                    _ => Ok(Made {
                        file,
                        hashed: None,
                        weight,
                    }),
                }
            }
        }
    }

    /// The root behind a commitment: on chain once it is revealed, else in the journal.
    fn committed_root(&self, client: &Client, update: &Update) -> Result<Option<Root>> {
        if update.root.is_some() {
            return Ok(update.root);
        }
        let journal = Journal::open(&self.contributor.state)?;
        let entries = journal.entries(client.genesis(), self.round.id, &update.contributor)?;
        let ours = entries
            .into_iter()
            .find(|entry| entry.commitment() == update.commitment);
        Ok(ours.map(|entry| entry.root))
    }

    /// The base's file. While weights were trained it may have been removed from the cache.
    async fn base(&self, client: &Client) -> Result<Hashed> {
        let Contributor { account, cache, .. } = &self.contributor;
        match &self.base {
            Some(base) if base.is(&base.path) => Ok(base.clone()),
            _ => Ok(version_file(client, Some(account), cache, &self.stands_on).await?),
        }
    }

    /// The conversion goes on where its caller is not waited for any more: until it ends nobody else takes the place.
    async fn convert(
        &self,
        client: &Client,
        (weights, trained): (Source, Trained),
        output: PathBuf,
        ignore_extra: bool,
    ) -> Result<Hashed> {
        let base = self.base(client).await?;
        let (place, contributor) = (self.place.clone(), *self.contributor.account.id().as_ref());
        let converting = tokio::task::spawn_blocking(move || {
            let conversion = Conversion {
                output: &output,
                job: Job::Difference(Against {
                    base: &base.path,
                    root: Some(base.root.0),
                    contributor: quorate_exact::Account(contributor),
                }),
                strip: Vec::new(),
                existing: Existing::Replace,
            };
            held(place, trained, || {
                let report = conversion.run(weights, &|_, _| ())?;
                if !ignore_extra && !report.ignored.is_empty() {
                    quorate_output::remove(&output).map_err(Error::from)?;
                    return Err(Failure::UnexpectedTensors { names: report.ignored });
                }
                Ok(made(&base, output.clone(), report.root.into())?)
            })
        });
        converting
            .await
            .map_err(|error| Error::Input(format!("the conversion: {error}")))?
    }
}

/// What is made of weights, with the place held and the weights there as long as it takes.
fn held<T>(place: Place, trained: Trained, make: impl FnOnce() -> Result<T>) -> Result<T> {
    let made = make();
    drop(trained);
    drop(place);
    made
}

/// The weight that a round takes: 1 where numbers of samples do not count.
///
/// # Errors
/// `WrongWeight`.
fn taken_weight(weight: u64, most: u32) -> Result<u32> {
    let wrong = Failure::WrongWeight { weight, most };
    match (weight, most) {
        (0, _) => Err(wrong),
        (_, 1) => Ok(1),
        _ => u32::try_from(weight).ok().filter(|weight| *weight <= most).ok_or(wrong),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use quorate_client::fixtures::{collecting, update};
    use quorate_primitives::{update::UpdateStatus, AccountId};
    use std::{fs, sync::mpsc};

    const CONTRIBUTOR: [u8; 32] = [1; 32];

    fn round(phase: RoundPhase) -> RoundView {
        RoundView {
            phase,
            ..collecting(7, (0, 3))
        }
    }

    #[test]
    fn committed_update_should_be_gone_on_with_whatever_the_round_does() {
        let (collecting, computing) = (RoundPhase::Collecting { until: 9 }, RoundPhase::Computing);
        let committed = update(&AccountId::new(CONTRIBUTOR), UpdateStatus::Committed);
        for phase in [collecting, computing] {
            let part = part_of(&round(phase), Some(&committed), None).unwrap();
            assert_eq!(part, Part::Committed { weight: 5 });
        }
        // Journalled, and not on chain yet: the transaction may still come.
        let part = part_of(&round(collecting), None, Some(8)).unwrap();
        assert_eq!(part, Part::Committed { weight: 8 });
        assert_eq!(part_of(&round(collecting), None, None).unwrap(), Part::New);
        for journalled in [None, Some(8)] {
            let closed = part_of(&round(computing), None, journalled).unwrap_err();
            assert!(
                matches!(closed, Failure::Client(Error::RoundClosed { round: 7, .. })),
                "{closed}"
            );
        }
        let decided = update(&AccountId::new(CONTRIBUTOR), UpdateStatus::Available);
        let part = part_of(&round(computing), Some(&decided), Some(8)).unwrap();
        assert_eq!(part, Part::Decided(Box::new(decided)));
    }

    #[test]
    fn place_should_stay_taken_until_a_conversion_ends_that_nobody_waits_for() {
        let state = tempfile::tempdir().unwrap();
        let open = || Place::open(state.path(), (Default::default(), 1, AccountId::new(CONTRIBUTOR)));
        let (place, trained) = (open().unwrap(), state.path().join("trained"));
        fs::write(&trained, "weights").unwrap();
        let ((began, begun), (end, ended)) = (mpsc::channel(), mpsc::channel::<()>());
        let (of_the_conversion, weights) = (place.clone(), Trained(trained.clone()));
        let thread = std::thread::spawn(move || {
            held(of_the_conversion, weights, || {
                began.send(()).unwrap();
                Ok(ended.recv())
            })
        });
        begun.recv().unwrap();
        assert!(trained.exists());
        // As when Ctrl-C drops the call that waits for it.
        drop(place);
        assert!(matches!(open(), Err(Failure::Busy(_))));
        end.send(()).unwrap();
        thread.join().unwrap().unwrap().unwrap();
        assert!(!trained.exists());
        open().unwrap();
    }

    #[test]
    fn weights_from_another_file_should_be_refused_though_its_number_is_the_same() {
        let (round, root) = (round(RoundPhase::Collecting { until: 9 }), Root::repeat_byte(1));
        check_base(&round, root, (round.base, root)).unwrap();
        let stale = check_base(&round, root, (round.base + 1, root)).unwrap_err();
        assert!(matches!(stale, Failure::StaleBase { .. }), "{stale}");
        let other = check_base(&round, root, (round.base, Root::repeat_byte(2))).unwrap_err();
        assert!(matches!(other, Failure::Client(Error::Check(_))), "{other}");
    }

    #[test]
    fn weight_should_be_one_where_samples_do_not_count() {
        assert_eq!(taken_weight(700, 1).unwrap(), 1);
        assert_eq!(taken_weight(700, 1_000).unwrap(), 700);
        for (weight, most) in [(0, 1), (0, 9), (10, 9), (1 << 33, 9)] {
            let wrong = taken_weight(weight, most).unwrap_err();
            assert!(matches!(wrong, Failure::WrongWeight { .. }), "{weight} of {most}");
        }
    }
}
