//! The engine against the in-memory reference, by hash.

use proptest::prelude::*;
use quorate_engine::{
    reference::{self, Computed},
    selftest::{contributor, header, pipelines, sample, sample_of, write},
    state_path, AggregateInput, Cancel, Control, Engine, EngineError, Input, Settings, TileEngine,
};
use quorate_exact::{root, Account, Malformed, Pipeline, PreAggregation, Rule};
use quorate_kernels::{BackendError, Cpu, CpuBackend, Finish, Tile, TileBackend, TileOp, TileResult};
use std::{
    fs::File,
    path::Path,
    sync::{
        atomic::{AtomicUsize, Ordering},
        Arc,
    },
};

fn engine(threads: usize, block: Option<u64>) -> TileEngine {
    let settings = Settings {
        threads,
        block,
        ..Settings::default()
    };
    TileEngine::new(settings)
}

/// What the engine writes and returns, in the form of the reference.
fn run(engine: &TileEngine, pipeline: Pipeline, files: &reference::Files) -> Result<Computed, EngineError> {
    let dir = tempfile::tempdir().unwrap();
    let out = dir.path().join("out");
    let input = write(dir.path(), pipeline, files).unwrap();
    let aggregated = engine.aggregate(&input, &out, &Control::default())?;
    let state = aggregated
        .optimiser
        .as_ref()
        .map(|_| std::fs::read(state_path(&out)).unwrap());
    Ok(Computed {
        version: std::fs::read(&out).unwrap(),
        state,
        aggregated,
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(120))]

    #[test]
    fn result_should_equal_the_reference_for_any_threads_and_blocks(
        pipeline in proptest::sample::select(pipelines()),
        // Above 21 an optimiser goes on from a state.
        seed in 1u64..60,
        updates in 7usize..16,
        previous in any::<bool>(),
        threads in 1usize..4,
        block in 1u64..40_000,
        // Several stripes, and one that ends within a group.
        rows in prop::sample::select(vec![37, 300]),
    ) {
        let files = sample_of(&pipeline, &header(&[rows, 53]), seed, updates, previous);
        let expected = reference::aggregate(&pipeline, &files).unwrap();
        prop_assert_eq!(run(&engine(threads, Some(block)), pipeline, &files).unwrap(), expected);
    }
}

#[test]
fn every_level_should_give_the_same_bits() {
    for (seed, pipeline) in (20..).zip(pipelines()) {
        let files = sample(&pipeline, seed, 9, true);
        let expected = reference::aggregate(&pipeline, &files).unwrap();
        for cpu in Cpu::all() {
            let engine = TileEngine::with_cpu(
                Settings {
                    threads: 2,
                    ..Settings::default()
                },
                cpu,
            );
            assert_eq!(
                run(&engine, pipeline, &files).unwrap(),
                expected,
                "{pipeline:?}, {cpu:?}"
            );
        }
    }
}

#[test]
fn a_small_budget_should_not_change_a_bit() {
    let pipeline = Pipeline::from(Rule::MultiKrum { f_ppm: 200_000 });
    let files = sample(&pipeline, 5, 12, true);
    let small = TileEngine::new(Settings {
        memory: 1,
        threads: 2,
        ..Settings::default()
    });
    assert_eq!(
        run(&small, pipeline, &files).unwrap(),
        run(&engine(1, None), pipeline, &files).unwrap()
    );
}

/// Three tiles of the sum tree, tensors across their borders.
#[test]
fn several_tiles_should_give_what_the_reference_gives() {
    let model = header(&[300, 2_000]);
    let pipelines = pipelines();
    // Multi-Krum, ARC before NNM before Multi-Krum, Yogi.
    for pipeline in [pipelines[5], pipelines[14], pipelines[20]] {
        let files = sample_of(&pipeline, &model, 40, 7, true);
        let expected = reference::aggregate(&pipeline, &files).unwrap();
        for block in [None, Some(100_000)] {
            assert_eq!(
                run(&engine(2, block), pipeline, &files).unwrap(),
                expected,
                "{pipeline:?}, {block:?}"
            );
        }
    }
}

#[test]
fn order_of_inputs_should_not_change_the_version() {
    for rule in [
        Rule::WeightedMean,
        Rule::Median,
        Rule::TrimmedMean { trim_ppm: 200_000 },
        Rule::MultiKrum { f_ppm: 200_000 },
    ] {
        let pipeline = Pipeline::from(rule);
        let mut files = sample(&pipeline, 5, 9, true);
        let first = run(&engine(2, None), pipeline, &files).unwrap().aggregated;
        files.inputs.rotate_left(4);
        let second = run(&engine(2, None), pipeline, &files).unwrap().aggregated;
        assert_eq!(first.output, second.output);
        let mut scores = first.scores.clone();
        scores.rotate_left(4);
        assert_eq!(scores, second.scores);
    }
}

#[test]
fn const_tensors_should_be_copied_bit_for_bit() {
    let pipeline = Pipeline::from(Rule::Median);
    let files = sample(&pipeline, 8, 3, false);
    let bytes = run(&engine(1, None), pipeline, &files).unwrap().version;
    let group_end = (files.header.header_len() + files.header.group_len()) as usize;
    assert_eq!(bytes[group_end..], files.base[group_end..]);
    assert_ne!(bytes[..group_end], files.base[..group_end]);
}

/// A model of several stripes.
fn larger(pipeline: &Pipeline, seed: u64) -> reference::Files {
    sample_of(pipeline, &header(&[700, 53]), seed, 6, true)
}

/// Flips a bit of a file in the folder.
fn flip(path: &Path, at: usize) {
    let mut bytes = std::fs::read(path).unwrap();
    let at = at % bytes.len();
    bytes[at] ^= 1;
    std::fs::write(path, bytes).unwrap();
}

#[test]
fn an_update_that_is_not_the_blob_of_its_root_should_be_named() {
    for rule in [Rule::Median, Rule::MultiKrum { f_ppm: 200_000 }] {
        let pipeline = Pipeline::from(rule);
        for files in [sample(&pipeline, 3, 6, true), larger(&pipeline, 3)] {
            let dir = tempfile::tempdir().unwrap();
            let (mut input, out) = (write(dir.path(), pipeline, &files).unwrap(), dir.path().join("out"));
            let failure = |input: &AggregateInput, block| {
                let engine = engine(2, block);
                engine.aggregate(input, &out, &Control::default()).unwrap_err()
            };
            for block in [None, Some(1024)] {
                let engine = engine(2, block);
                let verified = engine.aggregate(&input, &out, &Control::default()).unwrap();
                assert_eq!(verified, reference::aggregate(&pipeline, &files).unwrap().aggregated);
            }
            let names = |error: EngineError, update| {
                let input = Input::Update(update);
                assert!(
                    matches!(&error, EngineError::Damaged { input: named, .. } if *named == input),
                    "{error}"
                );
            };
            // Another bit of the root, or of the bytes, of the header too.
            input.inputs[4].root[0] ^= 1;
            names(failure(&input, None), 4);
            input.inputs[4].root[0] ^= 1;
            let path = dir.path().join("update-5");
            for at in [files.inputs[5].0.len() - 1, 9, 60] {
                flip(&path, at);
                names(failure(&input, Some(1024)), 5);
                flip(&path, at);
            }
            std::fs::write(&path, &files.inputs[5].0[1..]).unwrap();
            names(failure(&input, None), 5);
            std::fs::write(&path, &files.inputs[5].0).unwrap();
            // Bytes that are no value at all: the root says whose fault that is.
            let mut bytes = files.inputs[2].0.clone();
            let at = bytes.len() - 4;
            bytes[at..].copy_from_slice(&f32::NAN.to_le_bytes());
            std::fs::write(dir.path().join("update-2"), bytes).unwrap();
            names(failure(&input, None), 2);
        }
    }
}

/// Each bit of what is read is read somewhere: wherever the disk changes one, there is no result.
#[test]
fn a_bit_that_the_disk_changes_in_any_input_should_end_the_computation() {
    let all = pipelines();
    // Yogi, from a state, and ARC before NNM before Multi-Krum.
    for pipeline in [all[20], all[14]] {
        let files = larger(&pipeline, 40);
        let dir = tempfile::tempdir().unwrap();
        let (input, out) = (write(dir.path(), pipeline, &files).unwrap(), dir.path().join("out"));
        let run = || engine(2, Some(2048)).aggregate(&input, &out, &Control::default());
        let expected = reference::aggregate(&pipeline, &files).unwrap().aggregated;
        assert_eq!(run().unwrap(), expected);
        let group = (files.header.header_len() + files.header.group_len()) as usize;
        let state = files.optimiser.as_ref().map_or(0, Vec::len);
        let mut cases = vec![
            (
                "base",
                Input::Base,
                vec![0, 8, 70, group - 1, group, files.base.len() - 1],
            ),
            ("previous", Input::Previous, vec![0, 70, 20_000, group - 1]),
            ("update-3", Input::Update(3), vec![0, 70, 20_000, group - 1]),
        ];
        if state > 0 {
            cases.push(("state", Input::Optimiser, vec![0, 70, 20_000, state / 2, state - 1]));
        }
        for (name, input, places) in cases {
            let path = dir.path().join(name);
            for at in places {
                flip(&path, at);
                let error = run().unwrap_err();
                assert!(
                    matches!(&error, EngineError::Damaged { input: named, .. } if *named == input),
                    "{name}, {at}: {error}"
                );
                flip(&path, at);
            }
        }
        assert_eq!(run().unwrap(), expected);
    }
}

/// An engine whose backend changes a file once, when the last pass begins.
struct Late {
    cpu: CpuBackend,
    path: std::path::PathBuf,
    done: AtomicUsize,
}

impl TileBackend for Late {
    fn name(&self) -> String {
        "late".into()
    }

    fn run(&self, tile: &Tile<'_>, work: &TileOp) -> Result<TileResult, BackendError> {
        let last = matches!(work.finish, Finish::Aggregate { .. });
        if last && self.done.fetch_add(1, Ordering::Relaxed) == 0 {
            flip(&self.path, usize::MAX);
        }
        self.cpu.run(tile, work)
    }
}

#[test]
fn an_update_that_changes_between_two_passes_should_be_found() {
    let pipeline = Pipeline::from(Rule::MultiKrum { f_ppm: 200_000 });
    let files = larger(&pipeline, 3);
    let dir = tempfile::tempdir().unwrap();
    let input = write(dir.path(), pipeline, &files).unwrap();
    let late = Late {
        cpu: CpuBackend::new(Cpu::best()),
        path: dir.path().join("update-1"),
        done: AtomicUsize::new(0),
    };
    let engine = engine(1, Some(1024)).with_device(Arc::new(late));
    let error = engine
        .aggregate(&input, &dir.path().join("out"), &Control::default())
        .unwrap_err();
    assert!(
        matches!(
            error,
            EngineError::Damaged {
                input: Input::Update(1),
                ..
            }
        ),
        "{error}"
    );
}

/// A device that does the first tiles and then fails.
struct Failing {
    cpu: CpuBackend,
    left: AtomicUsize,
}

impl TileBackend for Failing {
    fn name(&self) -> String {
        "failing".into()
    }

    fn run(&self, tile: &Tile<'_>, work: &TileOp) -> Result<TileResult, BackendError> {
        match self
            .left
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(1))
        {
            Ok(_) => self.cpu.run(tile, work),
            Err(_) => Err(BackendError::Device("unplugged".into())),
        }
    }
}

#[test]
fn the_cpu_should_take_over_from_a_device_that_fails() {
    let pipeline = Pipeline::from(Rule::Bulyan { f_ppm: 150_000 });
    let files = sample(&pipeline, 5, 9, true);
    let device = Failing {
        cpu: CpuBackend::new(Cpu::best()),
        left: AtomicUsize::new(3),
    };
    let engine = engine(2, Some(500)).with_device(Arc::new(device));
    assert_eq!(engine.name(), "failing");
    assert_eq!(
        run(&engine, pipeline, &files).unwrap(),
        reference::aggregate(&pipeline, &files).unwrap()
    );
    assert_eq!(engine.device_fault(), Some("unplugged".into()));
    assert!(engine.name().starts_with("CPU"), "{}", engine.name());
}

#[test]
fn a_state_of_another_optimiser_should_be_refused() {
    let pipelines = pipelines();
    let (momentum, yogi) = (pipelines[16], pipelines[20]);
    let mut files = sample(&momentum, 30, 7, false);
    files.optimiser = sample(&yogi, 30, 7, false).optimiser;
    let error = run(&engine(1, None), momentum, &files).unwrap_err();
    assert!(
        matches!(error, EngineError::Length { .. } | EngineError::OtherModel { .. }),
        "{error}"
    );
    let plain = Pipeline {
        pre: PreAggregation::None,
        ..Pipeline::from(Rule::Median)
    };
    let error = run(&engine(1, None), plain, &files).unwrap_err();
    assert!(matches!(error, EngineError::OtherModel { .. }), "{error}");
}

#[test]
fn nowhere_to_write_should_be_an_error() {
    let pipeline = Pipeline::from(Rule::Median);
    let dir = tempfile::tempdir().unwrap();
    let input = write(dir.path(), pipeline, &sample(&pipeline, 3, 3, false)).unwrap();
    let out = Path::new("/dev/full");
    // Syncing or writing fails, depending on the system; a lost version must not look like one that was made.
    if out.exists() {
        let error = engine(2, Some(100))
            .aggregate(&input, out, &Control::default())
            .unwrap_err();
        assert!(matches!(error, EngineError::Io { .. }), "{error}");
    }
}

#[test]
fn a_bad_input_should_be_named() {
    let mut files = sample(&Pipeline::from(Rule::Median), 3, 3, false);
    let last = files.inputs[1].0.len() - 4;
    files.inputs[1].0[last..].copy_from_slice(&f32::NAN.to_le_bytes());
    let dir = tempfile::tempdir().unwrap();
    let input = write(dir.path(), Pipeline::from(Rule::Median), &files).unwrap();
    let error = engine(2, None)
        .aggregate(&input, &dir.path().join("out"), &Control::default())
        .unwrap_err();
    assert_eq!(
        error.to_string(),
        "update 1, tensor \"norm.running_var\", element 52: the value is infinite or not a number"
    );

    files.inputs[1].0.pop();
    let input = write(dir.path(), Pipeline::from(Rule::Median), &files).unwrap();
    let error = engine(2, None)
        .aggregate(&input, &dir.path().join("out"), &Control::default())
        .unwrap_err();
    assert!(matches!(error, EngineError::Length { .. }), "{error}");
}

#[test]
fn an_update_of_another_model_or_base_should_be_refused_and_any_contributors_be_taken() {
    let pipeline = Pipeline::from(Rule::Median);
    let mut files = sample(&pipeline, 3, 3, false);
    let base = root(&files.base);
    let mut head = |base: &[u8; 32], account| {
        let header = files.header.update_header(base, &Account(account)).encode();
        files.inputs[1].0[..header.len()].copy_from_slice(&header);
        run(&engine(2, None), pipeline, &files)
    };
    assert!(head(&base, [7; 32]).is_ok());
    let error = head(&[7; 32], [7; 32]).unwrap_err();
    assert!(
        matches!(&error, EngineError::OtherModel { what } if what == "update 1"),
        "{error}"
    );
}

#[test]
fn a_cancelled_computation_should_stop() {
    let dir = tempfile::tempdir().unwrap();
    let input = write(
        dir.path(),
        Pipeline::from(Rule::Median),
        &sample(&Pipeline::from(Rule::Median), 3, 3, false),
    )
    .unwrap();
    let control = Control::default();
    control.cancel.cancel();
    let error = engine(1, None)
        .aggregate(&input, &dir.path().join("out"), &control)
        .unwrap_err();
    assert!(matches!(error, EngineError::Cancelled));
}

#[test]
fn checks_should_find_what_the_reference_finds() {
    const KEY: [u8; 32] = [9; 32];
    let files = sample(&Pipeline::from(Rule::Median), 4, 1, false);
    let base = quorate_exact::root(&files.base);
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("file");
    let cancel = Cancel::default();
    let check = |bytes: &[u8], model: bool| {
        std::fs::write(&path, bytes).unwrap();
        let file = File::open(&path).unwrap();
        let checked = match model {
            true => quorate_engine::check_model(&file, Some(&KEY), &cancel).unwrap(),
            false => {
                let named = (&files.header, &base, &contributor(0));
                quorate_engine::check_update(&file, named, &cancel).unwrap()
            }
        };
        // Of all bytes, wherever the fault is.
        assert_eq!(checked.root, root(bytes));
        let possession = model.then(|| quorate_exact::hash::possession(&KEY, bytes));
        assert_eq!(checked.possession, possession);
        checked.found
    };
    let update = &files.inputs[0].0;
    assert_eq!(check(update, false), Ok(()));
    assert_eq!(check(&files.base, true), Ok(()));
    assert_eq!(check(update, true), Err(Malformed::Header));
    assert_eq!(check(&files.base, false), Err(Malformed::Header));
    assert_eq!(check(&[], true), Err(Malformed::Header));
    let named = |base, number| {
        let mut bytes = files.header.update_header(base, &contributor(number)).encode();
        bytes.extend(&update[bytes.len()..]);
        bytes
    };
    assert_eq!(check(&named(&base, 0), false), Ok(()));
    assert_eq!(check(&named(&[7; 32], 0), false), Err(Malformed::OtherBase));
    assert_eq!(check(&named(&base, 1), false), Err(Malformed::OtherContributor));
    let expected = update.len() as u64;
    assert_eq!(
        check(&update[..update.len() - 1], false),
        Err(Malformed::Length {
            expected,
            got: expected - 1
        })
    );
    let mut large = update.clone();
    let at = files.header.header_len() as usize;
    large[at..at + 4].copy_from_slice(&5000f32.to_le_bytes());
    assert_eq!(check(&large, false), Err(Malformed::OutOfRange { tensor: 0, index: 0 }));
}

#[test]
fn selftest_should_pass() {
    quorate_engine::selftest::run(&engine(3, Some(777))).unwrap();
}
