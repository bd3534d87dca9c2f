//! Assessments from files beside the reference in memory.

#[path = "../../../../primitives/evaluation/tests/common/mod.rs"]
mod common;

use super::{run, AssessInput, Assessed};
use crate::{evaluation::Bounds, BlobFile, Cancel, Control, EngineError, Input};
use common::{data, world, Random, Sent, World, DIMENSIONS};
use quorate_evaluation::assessment::{assess as reference, Assessed as Expected, Fewest};
use quorate_exact::{Dtype, Kind, ModelHeader, Role, TensorSpec};
use quorate_infer::Level;
use quorate_kernels::Cpu;
use quorate_program::{op::Binary, ModelTensor, Node, Op, Program, Type};
use std::{
    fs::File,
    io::Write,
    os::unix::fs::FileExt,
    sync::atomic::{AtomicU32, AtomicU64, Ordering},
};

fn blob(bytes: &[u8]) -> BlobFile {
    let mut file = tempfile::tempfile().unwrap();
    file.write_all(bytes).unwrap();
    BlobFile::of(file).unwrap()
}

fn input(world: &World, contribution: Option<Fewest>, operations: u64) -> AssessInput {
    AssessInput {
        base: blob(&world.base),
        version: blob(&world.version),
        frozen_base: None,
        program: blob(&world.program),
        benchmark: world.benchmark.as_deref().map(blob),
        shards: world
            .shards
            .iter()
            .map(|(supplier, data)| (*supplier, blob(data)))
            .collect(),
        updates: world
            .updates
            .iter()
            .map(|(update, file)| (*update, blob(file)))
            .collect(),
        aggregation: world.aggregation.clone(),
        contribution,
        operations,
        folder: std::env::temp_dir(),
    }
}

const FEWEST: Option<Fewest> = Some(Fewest { rows: 200, shards: 4 });

fn bounds(threads: usize) -> Bounds<'static> {
    Bounds {
        threads,
        memory: None,
        instructions: Level::Avx512,
        device: None,
    }
}

fn assessed(input: &AssessInput, threads: usize, chunk: u64) -> Assessed {
    let (ran, of) = (AtomicU64::new(0), AtomicU64::new(0));
    let control = Control {
        cancel: Cancel::default(),
        progress: &|done, all| {
            assert!(ran.fetch_max(done, Ordering::Relaxed) < done && done <= all);
            of.store(all, Ordering::Relaxed);
        },
    };
    let run = run(input, (Cpu::best(), bounds(threads), chunk), &control);
    match run {
        Ok((measures, detail)) => {
            assert_eq!(ran.into_inner(), of.into_inner());
            Assessed::Done { measures, detail }
        }
        Err(crate::evaluation::Stop::Unfit(reason)) => Assessed::Unfit(reason),
        Err(crate::evaluation::Stop::Failed(error)) => panic!("{error}"),
    }
}

fn compare(world: &World, contribution: Option<Fewest>, operations: u64) -> Assessed {
    let round = quorate_evaluation::assessment::AssessedRound {
        contribution,
        operations,
        ..world.round()
    };
    let expected = reference(&round).unwrap();
    let input = input(world, contribution, operations);
    let got = [(1, 1 << 16), (3, 64)].map(|(threads, chunk)| assessed(&input, threads, chunk));
    for got in &got {
        match (&expected, got) {
            (Expected::Unfit(_), Assessed::Unfit(_)) => (),
            (Expected::Done(expected, rows), Assessed::Done { measures, detail }) => {
                assert_eq!((expected, rows), (measures, detail));
            }
            other => panic!("{other:?}"),
        }
    }
    got.into_iter().next().unwrap()
}

/// Organisations with one update and with several, of any weights.
fn mixed(seed: u64) -> World {
    let random = &mut Random(seed ^ 77);
    let count = 1 + random.word() % 7;
    let sent: Vec<(u32, u32, Sent)> = (0..count)
        .map(|_| {
            let sent = match random.word() % 5 {
                0 => Sent::Replay(2),
                1 => Sent::Noise,
                _ => Sent::Honest,
            };
            (100 + (random.word() % 6) as u32, 1 + (random.word() % 9) as u32, sent)
        })
        .collect();
    world(seed, &sent)
}

#[test]
fn assessments_should_be_the_references_bit_for_bit() {
    let mut scored = 0;
    for seed in 0..12 {
        let mut world = mixed(seed);
        if seed % 4 == 1 {
            world.benchmark = None;
        }
        if seed % 4 == 2 {
            // Rows that two shards have, and rows that everybody knows.
            let more = world.task.examples(&mut Random(seed), 260);
            world.shards[0].1 = data(&more, 0);
            world.shards[3].1 = data(
                &[&more[..30], &world.task.examples(&mut Random(99), 200)[..]].concat(),
                1,
            );
            world.benchmark = Some(data(&more[40..60], 3));
        }
        let done = compare(&world, FEWEST, 1_000);
        scored += usize::from(matches!(done, Assessed::Done { detail, .. } if !detail.scores.is_empty()));
    }
    assert_eq!(scored, 12);
}

#[test]
fn what_cannot_be_scored_or_does_not_fit_should_be_as_the_reference_says() {
    let mut world = mixed(40);
    assert!(matches!(compare(&world, None, 1_000), Assessed::Done { detail, .. } if detail.players.is_empty()));
    assert!(matches!(compare(&world, FEWEST, 1), Assessed::Unfit(_)));
    world.shards[1].1 = world.program.clone();
    assert!(matches!(compare(&world, FEWEST, 1_000), Assessed::Done { detail, .. } if detail.counted() == 0b1101));
    world.shards[2].1.pop();
    assert!(matches!(compare(&world, FEWEST, 1_000), Assessed::Done { detail, .. } if detail.counted() == 0b1001));
    let many = Some(Fewest { rows: 300, shards: 4 });
    assert!(matches!(compare(&world, many, 1_000), Assessed::Done { detail, .. } if detail.counted() == 0));
    let sound = world.benchmark.clone();
    world.benchmark = None;
    assert!(matches!(compare(&world, many, 1_000), Assessed::Unfit(_)));
    world.benchmark = sound.map(|mut bytes| {
        bytes.pop();
        bytes
    });
    assert!(matches!(compare(&world, FEWEST, 1_000), Assessed::Unfit(_)));
}

#[test]
fn damage_memory_and_an_end_should_be_failures_of_this_machine() {
    let world = mixed(41);
    let sound = || input(&world, FEWEST, 1_000);
    let failed = |input: &AssessInput, memory, control: &Control<'_>| {
        let bounds = Bounds { memory, ..bounds(2) };
        super::assess(input, (Cpu::best(), bounds), control).unwrap_err()
    };
    let damaged = |bytes: &[u8]| {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), bytes).unwrap();
        let blob = BlobFile::of(File::open(file.path()).unwrap()).unwrap();
        let writable = File::options().write(true).open(file.path()).unwrap();
        let last = bytes.len() as u64 - 1;
        writable.write_all_at(&[bytes[last as usize] ^ 1], last).unwrap();
        blob
    };
    type Spoil<'a> = (Input, fn(&mut AssessInput, BlobFile), &'a [u8]);
    let spoil: [Spoil<'_>; 6] = [
        (Input::Base, |input, blob| input.base = blob, &world.base),
        (Input::Version, |input, blob| input.version = blob, &world.version),
        (Input::Program, |input, blob| input.program = blob, &world.program),
        (
            Input::DataSet,
            |input, blob| input.benchmark = Some(blob),
            world.benchmark.as_ref().unwrap(),
        ),
        (
            Input::Shard(2),
            |input, blob| input.shards[2].1 = blob,
            &world.shards[2].1,
        ),
        (
            Input::Update(0),
            |input, blob| input.updates[0].1 = blob,
            &world.updates[0].1,
        ),
    ];
    for (expected, spoil, bytes) in spoil {
        let mut input = sound();
        spoil(&mut input, damaged(bytes));
        let error = failed(&input, None, &Control::default());
        assert!(
            matches!(error, EngineError::Damaged { input, .. } if input == expected),
            "{expected:?}: {error}"
        );
    }
    let long = [&world.updates[0].1[..], &[0; 4]].concat();
    let mut input = sound();
    input.updates[0].1 = blob(&long);
    assert!(matches!(
        failed(&input, None, &Control::default()),
        EngineError::Length { .. }
    ));
    for memory in [0, 1 << 20, 64 << 20] {
        let error = failed(&sound(), Some(memory), &Control::default());
        assert!(
            matches!(error, EngineError::Memory { needed, allowed } if needed > allowed),
            "{error}"
        );
    }
    let control = Control::default();
    control.cancel.cancel();
    assert!(matches!(failed(&sound(), None, &control), EngineError::Cancelled));
    // 403 coordinates of a row for each organisation, and sums of eight bytes.
    let players = sound().players().len() as u64;
    assert_eq!(sound().scratch_len().unwrap(), 403 * (4 * players + 8));
}

/// The program of [`World`], which multiplies by a further tensor.
fn program_on_a_base() -> Vec<u8> {
    let mut graph = common::program();
    let further = ModelTensor {
        name: "further".into(),
        shape: vec![DIMENSIONS as u64],
        element: Type::F32,
    };
    graph.tensors.insert(0, further);
    // x and y keep their numbers, all others have the next one, and after the first product there is another.
    for node in &mut graph.nodes {
        for operand in node.operands.iter_mut().filter(|operand| **operand >= 2) {
            *operand += if *operand >= 4 { 2 } else { 1 };
        }
    }
    let product = Node {
        operands: vec![5, 2],
        op: Op::Binary(Binary::Mul),
    };
    graph.nodes.insert(1, product);
    graph.outputs.iter_mut().for_each(|output| output.value += 2);
    Program::new(graph).unwrap().encode()
}

/// A base with that tensor, of ones.
fn ones() -> Vec<u8> {
    let spec = TensorSpec {
        name: "further".into(),
        dtype: Dtype::F32,
        shape: vec![DIMENSIONS as u64],
        role: Role::Train,
        scale: 20,
        original_dtype: Dtype::F32,
        aliases: vec![],
    };
    let header = ModelHeader::build(Kind::Model, vec![spec]).unwrap();
    let values = [1f32; DIMENSIONS].into_iter().flat_map(f32::to_le_bytes);
    header.encode().into_iter().chain(values).collect()
}

#[test]
fn frozen_base_should_be_read_once_however_many_variants_are_run_on_it() {
    let world = mixed(42);
    let alone = assessed(&input(&world, FEWEST, 1_000), 2, 1 << 16);
    let file = tempfile::NamedTempFile::new().unwrap();
    let on_it = || {
        std::fs::write(file.path(), ones()).unwrap();
        AssessInput {
            frozen_base: Some(BlobFile::of(File::open(file.path()).unwrap()).unwrap()),
            program: blob(&program_on_a_base()),
            ..input(&world, FEWEST, 1_000)
        }
    };
    let input = on_it();
    let told = AtomicU32::new(0);
    let control = Control {
        cancel: Cancel::default(),
        progress: &|_, _| {
            told.fetch_add(1, Ordering::Relaxed);
            // Whoever reads it again finds nothing there.
            File::create(file.path()).unwrap();
        },
    };
    let made = super::assess(&input, (Cpu::best(), bounds(2)), &control).unwrap();
    assert!(told.into_inner() > 1);
    assert_eq!(made, alone);
    // Damage is found the first time.
    let input = on_it();
    File::create(file.path()).unwrap();
    let error = super::assess(&input, (Cpu::best(), bounds(2)), &Control::default()).unwrap_err();
    assert!(
        matches!(
            error,
            EngineError::Damaged {
                input: Input::FrozenBase,
                ..
            }
        ),
        "{error}"
    );
}
