//! The engine against the in-memory reference, by hash.

use proptest::prelude::*;
use quorate_engine::{
    reference::{self, Computed},
    selftest::{header, pipelines, sample, sample_of, write},
    state_path, AggregateInput, Cancel, Control, Engine, EngineError, Settings, TileEngine,
};
use quorate_exact::{root, Malformed, Pipeline, PreAggregation, Rule};
use quorate_kernels::{BackendError, Cpu, CpuBackend, Tile, TileBackend, TileOp, TileResult};
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
        block: None,
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

#[test]
fn an_update_that_is_not_the_blob_of_its_root_should_be_named() {
    for rule in [Rule::Median, Rule::MultiKrum { f_ppm: 200_000 }] {
        let pipeline = Pipeline::from(rule);
        for files in [sample(&pipeline, 3, 6, true), larger(&pipeline, 3)] {
            let dir = tempfile::tempdir().unwrap();
            let (mut input, out) = (write(dir.path(), pipeline, &files).unwrap(), dir.path().join("out"));
            // One is not verified.
            for (input, (bytes, _)) in input.inputs.iter_mut().zip(&files.inputs).skip(1) {
                input.root = Some(root(bytes));
            }
            for block in [None, Some(1024)] {
                let engine = engine(2, block);
                let verified = engine.aggregate(&input, &out, &Control::default()).unwrap();
                assert_eq!(verified, reference::aggregate(&pipeline, &files).unwrap().aggregated);
            }
            // Another bit of the root, or of the bytes.
            if let Some(root) = &mut input.inputs[4].root {
                root[0] ^= 1;
            }
            let error = engine(2, None)
                .aggregate(&input, &out, &Control::default())
                .unwrap_err();
            assert!(matches!(error, EngineError::Root { update: 4 }), "{error}");
            if let Some(root) = &mut input.inputs[4].root {
                root[0] ^= 1;
            }
            let mut bytes = files.inputs[5].0.clone();
            *bytes.last_mut().unwrap() ^= 1;
            std::fs::write(dir.path().join("update-5"), bytes).unwrap();
            let error = engine(2, Some(1024))
                .aggregate(&input, &out, &Control::default())
                .unwrap_err();
            assert!(matches!(error, EngineError::Root { update: 5 }), "{error}");
            // Bytes that are no value at all: the root says whose fault that is.
            let mut bytes = files.inputs[2].0.clone();
            let at = bytes.len() - 4;
            bytes[at..].copy_from_slice(&f32::NAN.to_le_bytes());
            std::fs::write(dir.path().join("update-5"), &files.inputs[5].0).unwrap();
            std::fs::write(dir.path().join("update-2"), bytes).unwrap();
            let error = engine(2, None)
                .aggregate(&input, &out, &Control::default())
                .unwrap_err();
            assert!(matches!(error, EngineError::Root { update: 2 }), "{error}");
        }
    }
}

#[test]
fn known_groups_of_the_base_should_change_nothing_but_what_is_hashed() {
    let pipeline = Pipeline::from(Rule::Median);
    let mut files = larger(&pipeline, 8);
    // Few values change: the others' updates are zeros.
    let header_len = files.header.header_len() as usize;
    for (bytes, _) in &mut files.inputs {
        bytes[header_len + 400..].fill(0);
    }
    let expected = reference::aggregate(&pipeline, &files).unwrap().aggregated;
    let dir = tempfile::tempdir().unwrap();
    let (mut input, out) = (write(dir.path(), pipeline, &files).unwrap(), dir.path().join("out"));
    let hashed = quorate_hash_tree::of_file(&input.base, None).unwrap();
    let mut groups = quorate_hash_tree::leaves(&hashed.root, hashed.len, &hashed.outboard).unwrap();
    input.base_groups = Some(groups.clone());
    let run = |input: &AggregateInput| engine(2, Some(2048)).aggregate(input, &out, &Control::default());
    assert_eq!(run(&input).unwrap(), expected);
    // They are taken at their word: a wrong one shows that its group was not hashed, another one that it was.
    for (group, matters) in [(0, false), (groups.len() - 1, true)] {
        groups[group][0] ^= 1;
        input.base_groups = Some(groups.clone());
        assert_eq!(
            run(&input).unwrap().output.root != expected.output.root,
            matters,
            "{group}"
        );
        groups[group][0] ^= 1;
    }
    groups.pop();
    input.base_groups = Some(groups);
    assert!(matches!(run(&input), Err(EngineError::Length { .. })));
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
    let files = sample(&Pipeline::from(Rule::Median), 4, 1, false);
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("file");
    let cancel = Cancel::default();
    let check = |bytes: &[u8], model: bool| {
        std::fs::write(&path, bytes).unwrap();
        let file = File::open(&path).unwrap();
        match model {
            true => quorate_engine::check_model(&file, &cancel).unwrap(),
            false => quorate_engine::check_update(&file, &files.header, &cancel).unwrap(),
        }
    };
    let update = &files.inputs[0].0;
    assert_eq!(check(update, false), Ok(()));
    assert_eq!(check(&files.base, true), Ok(()));
    assert_eq!(check(update, true), Err(Malformed::Header));
    assert_eq!(check(&files.base, false), Err(Malformed::Header));
    assert_eq!(check(&[], true), Err(Malformed::Header));
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
