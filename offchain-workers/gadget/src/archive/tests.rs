//! The archive over a made-up chain: nodes that were down, models that fail, evidence that is pruned, files that are moved away.

use super::{
    made::{lineage, model_view},
    *,
};
use crate::chain::partial::Partial;
use parking_lot::Mutex;
use std::{collections::BTreeMap, fs, ops::Range};

/// Versions of some models, and what was asked.
#[derive(Default)]
struct Made {
    lineages: BTreeMap<(ModelId, VersionIndex), Lineage>,
    /// The runtime answers nothing about these.
    failing_model: Option<ModelId>,
    failing_version: Option<(ModelId, VersionIndex)>,
    asked: Mutex<Vec<(ModelId, VersionIndex)>>,
    shown: Mutex<u32>,
}

impl Made {
    /// A chain on which model `model` has these versions, all settled.
    fn with(mut self, model: ModelId, versions: Range<VersionIndex>) -> Self {
        self.lineages
            .extend(versions.map(|version| ((model, version), lineage(model, version, true))));
        self
    }

    fn of(&mut self, model: ModelId, version: VersionIndex) -> &mut Lineage {
        self.lineages.get_mut(&(model, version)).expect("a version")
    }

    fn prune(&mut self, model: ModelId, versions: Range<VersionIndex>) {
        for version in versions {
            let lineage = self.of(model, version);
            (lineage.updates, lineage.job) = (vec![], None);
        }
    }

    fn asked(&self) -> Vec<(ModelId, VersionIndex)> {
        std::mem::take(&mut self.asked.lock())
    }
}

impl Partial for Made {
    fn models(&self, _: Hash, from: ModelId, limit: u32) -> Result<Vec<ModelView>, String> {
        let latest: BTreeMap<ModelId, VersionIndex> = self.lineages.keys().copied().collect();
        let views = latest.range(from..).map(|(model, latest)| model_view(*model, *latest));
        Ok(views.take(limit as usize).collect())
    }

    fn versions(&self, _: Hash, model: ModelId, from: VersionIndex, limit: u32) -> Result<Vec<VersionView>, String> {
        if self.failing_model == Some(model) {
            return Err("the runtime fails".to_owned());
        }
        let range = self.lineages.range((model, from)..=(model, VersionIndex::MAX));
        let views: Vec<_> = range
            .take(limit as usize)
            .map(|(_, lineage)| lineage.version.clone())
            .collect();
        *self.shown.lock() += views.len() as u32;
        Ok(views)
    }

    fn lineage(&self, _: Hash, model: ModelId, version: VersionIndex) -> Result<Option<Lineage>, String> {
        self.asked.lock().push((model, version));
        match self.failing_version == Some((model, version)) {
            true => Err("the runtime fails".to_owned()),
            false => Ok(self.lineages.get(&(model, version)).cloned()),
        }
    }
}

struct World {
    folder: tempfile::TempDir,
    archive: Archive,
}

impl World {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let archive = Archive::open(folder.path().to_path_buf(), Hash::zero());
        Self { folder, archive }
    }

    fn restart(&mut self) {
        self.archive = Archive::open(self.folder.path().to_path_buf(), Hash::zero());
    }

    fn look(&mut self, chain: &Made) {
        self.archive.export(chain, Hash::zero());
    }

    fn path(&self, model: ModelId, version: VersionIndex) -> PathBuf {
        self.folder.path().join(format!("{model}@{version}.evidence"))
    }

    /// Versions of a model whose files are there; each must be a file of evidence.
    fn files(&self, model: ModelId) -> Vec<VersionIndex> {
        let names = fs::read_dir(self.folder.path()).unwrap();
        let mut found: Vec<VersionIndex> = names
            .filter_map(|entry| {
                let path = entry.unwrap().path();
                let name = path.file_name()?.to_str()?.strip_suffix(".evidence")?;
                let (of, version) = name.split_once('@')?;
                let evidence = Evidence::from_bytes(&fs::read(&path).unwrap()).expect("a file of evidence");
                assert_eq!(format!("{}@{}", evidence.model, evidence.version), name);
                (of == model.to_string()).then(|| version.parse().unwrap())
            })
            .collect();
        found.sort_unstable();
        found
    }

    fn progress(&self) -> PathBuf {
        self.folder.path().join(PROGRESS)
    }

    fn take_all_away(&self) {
        for entry in fs::read_dir(self.folder.path()).unwrap() {
            let path = entry.unwrap().path();
            if path.extension().is_some_and(|extension| extension == "evidence") {
                fs::remove_file(path).unwrap();
            }
        }
    }
}

fn numbers(range: Range<VersionIndex>) -> Vec<VersionIndex> {
    range.collect()
}

#[test]
fn node_that_was_down_for_long_should_export_all_that_was_settled_meanwhile() {
    let mut world = World::new();
    world.look(&Made::default().with(3, 0..3));
    assert_eq!(world.files(3), [1, 2], "version 0 is the owner's");
    world.restart();
    let chain = Made::default().with(3, 0..300);
    world.look(&chain);
    assert_eq!(world.files(3), numbers(1..300));
    let shown = *chain.shown.lock();
    assert_eq!(shown, 297, "it goes on where it was");
    world.look(&chain);
    assert_eq!(*chain.shown.lock(), shown, "nothing is left to do");
}

#[test]
fn look_should_do_bounded_work_and_the_next_should_begin_with_the_models_that_had_no_room() {
    let mut world = World::new();
    world.archive.most = 100;
    let chain = Made::default().with(3, 1..251).with(4, 1..31).with(5, 1..11);
    let mut shown = 0;
    for expected in [(100, 0, 0), (160, 30, 10), (250, 30, 10)] {
        world.look(&chain);
        let files = [3, 4, 5].map(|model| world.files(model).len());
        assert_eq!(files, [expected.0, expected.1, expected.2]);
        let now = *chain.shown.lock();
        assert!(now - shown <= 100, "{} versions in one look", now - shown);
        shown = now;
    }
}

#[test]
fn model_that_fails_should_hold_up_no_other() {
    let mut world = World::new();
    let mut chain = Made::default().with(3, 1..5).with(4, 1..5).with(5, 1..5);
    chain.failing_model = Some(3);
    chain.failing_version = Some((4, 2));
    world.look(&chain);
    assert_eq!(
        [3, 4, 5].map(|model| world.files(model)),
        [vec![], vec![1, 3, 4], numbers(1..5)]
    );
    world.restart();
    (chain.failing_model, chain.failing_version) = (None, None);
    world.look(&chain);
    assert_eq!(
        [3, 4, 5].map(|model| world.files(model)),
        [1, 2, 3].map(|_| numbers(1..5))
    );
}

#[test]
fn evidence_that_was_pruned_before_should_be_skipped_for_good() {
    let mut world = World::new();
    let mut chain = Made::default().with(3, 1..100);
    chain.prune(3, 1..80);
    world.look(&chain);
    assert_eq!(world.files(3), numbers(80..100));
    assert_eq!(chain.asked().len(), 99);
    world.look(&chain);
    world.restart();
    world.look(&chain);
    assert!(chain.asked().is_empty(), "nobody asks again");
}

#[test]
fn evidence_whose_updates_are_gone_should_not_be_written_though_the_job_is_there() {
    let mut world = World::new();
    let mut chain = Made::default().with(3, 1..3);
    chain.of(3, 1).updates.clear();
    world.look(&chain);
    assert_eq!(world.files(3), [2]);
}

#[test]
fn version_that_is_not_settled_should_hold_up_no_later_one_and_follow_when_it_is() {
    let mut world = World::new();
    let mut chain = Made::default().with(3, 1..6);
    let settlement = chain.of(3, 2).version.settlement.take();
    chain.of(3, 3).version.settlement = None;
    world.look(&chain);
    assert_eq!(world.files(3), [1, 4, 5]);
    chain.of(3, 2).version.settlement = settlement;
    // Its round was ended before it settled.
    chain.prune(3, 3..4);
    world.restart();
    world.look(&chain);
    assert_eq!(world.files(3), [1, 2, 4, 5]);
    chain.asked();
    world.look(&chain);
    assert!(chain.asked().is_empty(), "the one that ended is skipped for good");
}

#[test]
fn files_that_were_moved_away_should_not_be_written_again() {
    let mut world = World::new();
    let chain = Made::default().with(3, 1..10);
    world.look(&chain);
    world.take_all_away();
    world.look(&chain);
    world.restart();
    world.look(&chain);
    assert!(world.files(3).is_empty());
    world.look(&Made::default().with(3, 1..12));
    assert_eq!(world.files(3), [10, 11]);
}

#[test]
fn list_that_is_lost_damaged_or_ahead_of_the_chain_should_not_be_trusted() {
    let chain = Made::default().with(3, 1..6);
    let genesis = Hash::zero();
    let texts = [
        None,
        Some(String::new()),
        Some("3 6\n".to_owned()),
        Some(format!("quorate/evidence/1 {:?}\n3 6\n", Hash::repeat_byte(1))),
        Some(format!("quorate/evidence/1 {genesis:?}\n3 6 7\n")),
        Some(format!("quorate/evidence/1 {genesis:?}\n3 06\n")),
        Some(format!("quorate/evidence/1 {genesis:?}\n3 6\n3 6\n")),
        Some(format!("quorate/evidence/1 {genesis:?}\n3\n")),
    ];
    for text in texts {
        let mut world = World::new();
        world.look(&chain);
        fs::remove_file(world.path(3, 2)).unwrap();
        match &text {
            None => fs::remove_file(world.progress()).unwrap(),
            Some(text) => fs::write(world.progress(), text).unwrap(),
        }
        let kept = fs::metadata(world.path(3, 4)).unwrap().modified().unwrap();
        world.restart();
        world.look(&chain);
        assert_eq!(world.files(3), numbers(1..6), "{text:?}");
        assert_eq!(fs::metadata(world.path(3, 4)).unwrap().modified().unwrap(), kept);
    }
    let mut world = World::new();
    fs::write(
        world.progress(),
        format!("quorate/evidence/1 {genesis:?}\n3 900 2 800\n"),
    )
    .unwrap();
    world.restart();
    world.look(&chain);
    assert_eq!(
        world.files(3),
        [2],
        "what the list says of versions that are there is taken"
    );
    world.look(&Made::default().with(3, 1..9));
    assert_eq!(world.files(3), [2, 6, 7, 8], "what it says of later ones is not");
}

#[test]
fn folder_that_cannot_be_written_should_lose_nothing() {
    let parent = tempfile::tempdir().unwrap();
    let folder = parent.path().join("evidence");
    fs::write(&folder, "no folder").unwrap();
    let mut archive = Archive::open(folder.clone(), Hash::zero());
    let chain = Made::default().with(3, 1..4);
    archive.export(&chain, Hash::zero());
    fs::remove_file(&folder).unwrap();
    archive.export(&chain, Hash::zero());
    assert_eq!(fs::read_dir(&folder).unwrap().count(), 4, "three files and the list");
}
