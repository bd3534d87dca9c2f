//! Random cases that the Python oracle and the reference answer side by side. `QUORATE_CASES` sets their number.

use std::{
    io::Write,
    process::{Command, Stdio},
};

use proptest::{
    prelude::*,
    strategy::ValueTree,
    test_runner::{Config, RngAlgorithm, TestRng, TestRunner},
};
use serde_json::{json, Value};

use crate::{common::seed, interchange::answer};

/// The oracle's answers, one for each case.
fn ask(cases: &[Value]) -> Vec<Value> {
    let program = concat!(env!("CARGO_MANIFEST_DIR"), "/oracle/main.py");
    let mut oracle = Command::new("python3")
        .arg(program)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("this test needs python3");
    let mut input = oracle.stdin.take().unwrap();
    let text: String = cases.iter().map(|case| format!("{case}\n")).collect();
    // The oracle may answer before it has read everything: writing and reading at once keeps both pipes open.
    let writer = std::thread::spawn(move || input.write_all(text.as_bytes()));
    let output = oracle.wait_with_output().unwrap();
    writer.join().unwrap().expect("the oracle reads all cases");
    assert!(output.status.success(), "the oracle failed: {}", output.status);
    let lines = std::str::from_utf8(&output.stdout).unwrap().lines();
    lines.map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// Compares `default` random cases, or as many as `QUORATE_CASES` says; returns how many of them were not errors.
fn compare(default: usize, strategy: impl Strategy<Value = Value>) -> usize {
    let count = std::env::var("QUORATE_CASES").ok().and_then(|n| n.parse().ok());
    let seed = seed();
    let mut bytes = [0; 32];
    bytes[..8].copy_from_slice(&seed.to_le_bytes());
    let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &bytes);
    let mut runner = TestRunner::new_with_rng(Config::default(), rng);
    let cases: Vec<Value> = (0..count.unwrap_or(default))
        .map(|_| strategy.new_tree(&mut runner).unwrap().current())
        .collect();
    let answers = ask(&cases);
    assert_eq!(answers.len(), cases.len());
    for (case, expected) in cases.iter().zip(&answers) {
        assert_eq!(&answer(case), expected, "QUORATE_SEED={seed}: {case}");
    }
    answers.iter().filter(|answer| answer.get("error").is_none()).count()
}

fn f_ppm() -> impl Strategy<Value = u32> {
    prop_oneof![
        Just(0u32),
        Just(100_000),
        Just(200_000),
        Just(250_000),
        0..300_000u32,
        0..510_000u32
    ]
}

/// Lengths from below a grid step to beyond every row.
fn length() -> impl Strategy<Value = u32> {
    (1..=u32::MAX, 0u32..32).prop_map(|(x, shift)| (x >> shift).max(1))
}

fn pre_aggregator() -> impl Strategy<Value = Value> {
    prop_oneof![
        length().prop_map(|tau| json!({"Clip": {"tau": tau}})),
        f_ppm().prop_map(|f| json!({"Arc": {"f_ppm": f}})),
        f_ppm().prop_map(|f| json!({"Nnm": {"f_ppm": f}})),
        (0u32..5).prop_map(|size| json!({"Bucketing": {"size": size}})),
    ]
}

fn pre() -> impl Strategy<Value = Value> {
    prop_oneof![
        2 => Just(json!("None")),
        2 => pre_aggregator().prop_map(|a| json!({ "One": a })),
        1 => (pre_aggregator(), pre_aggregator()).prop_map(|(a, b)| json!({"Two": [a, b]})),
    ]
}

fn rule() -> impl Strategy<Value = Value> {
    let with_f = |name: &'static str, key: &'static str| f_ppm().prop_map(move |f| json!({ name: { key: f } }));
    let iterations = || prop_oneof![4 => 1u8..5, 1 => 0u8..67];
    prop_oneof![
        Just(json!("WeightedMean")),
        Just(json!("Median")),
        with_f("TrimmedMean", "trim_ppm"),
        with_f("MeaMed", "f_ppm"),
        with_f("Krum", "f_ppm"),
        with_f("MultiKrum", "f_ppm"),
        with_f("Bulyan", "f_ppm"),
        with_f("MinimumDiameter", "f_ppm"),
        (length(), iterations()).prop_map(|(nu, l)| json!({"GeometricMedian": {"nu": nu, "iterations": l}})),
        (length(), iterations()).prop_map(|(tau, l)| json!({"CentredClipping": {"tau": tau, "iterations": l}})),
    ]
}

fn server() -> impl Strategy<Value = Value> {
    let eta = || prop_oneof![4 => 1u32..=1 << 24, 1 => Just(1 << 24), 1 => Just(0)];
    let beta = || prop_oneof![4 => 0u32..1_000_000, 1 => Just(0), 1 => Just(999_999), 1 => Just(1_000_000)];
    let tau = || (1u32..=(1 << 24) + 1, 0u32..25).prop_map(|(tau, shift)| tau >> shift);
    prop_oneof![
        Just(json!("Plain")),
        (eta(), beta()).prop_map(|(eta, beta)| json!({"Momentum": {"eta": eta, "beta": beta}})),
        (eta(), beta(), tau()).prop_map(|(eta, b, tau)| json!({"Adagrad": {"eta": eta, "beta1": b, "tau": tau}})),
        (eta(), beta(), beta(), tau(), any::<bool>()).prop_map(|(eta, b1, b2, tau, correct)| {
            json!({"Adam": {"eta": eta, "beta1": b1, "beta2": b2, "tau": tau, "bias_correction": correct}})
        }),
        (eta(), beta(), beta(), tau())
            .prop_map(|(eta, b1, b2, tau)| json!({"Yogi": {"eta": eta, "beta1": b1, "beta2": b2, "tau": tau}})),
    ]
}

/// Rows that cluster around a direction, some far out, some equal, some extreme.
fn rows(n: usize, width: usize) -> impl Strategy<Value = Vec<Vec<i32>>> {
    let reach = prop_oneof![Just(1i32), Just(3), Just(1000), Just(1 << 20), Just(1 << 30)];
    reach.prop_flat_map(move |reach| {
        let value = move || prop_oneof![8 => -reach..=reach, 1 => Just(0), 1 => Just(reach), 1 => Just(-reach)];
        let direction = prop::collection::vec(value(), width);
        let row = (prop::collection::vec(value(), width), 0u32..8, 0u8..8);
        (direction, prop::collection::vec(row, n)).prop_map(|(direction, rows)| {
            let bend = |(noise, shift, kind): (Vec<i32>, u32, u8)| match kind {
                0 => noise,
                1 => vec![0; direction.len()],
                2 => direction.iter().map(|&d| -d).collect(),
                _ => direction
                    .iter()
                    .zip(noise)
                    .map(|(&d, x)| d / 2 + ((x / 2) >> shift))
                    .collect(),
            };
            rows.into_iter().map(bend).collect()
        })
    })
}

fn tensor(role: &'static str, n: usize, previous: bool) -> impl Strategy<Value = Value> {
    let scale = prop_oneof![3 => Just(24i8), 2 => 18i8..25, 1 => -16i8..=40];
    (scale, 1usize..5).prop_flat_map(move |(scale, width)| {
        (rows(n, width), rows(1, width)).prop_map(move |(rows, more)| {
            let previous = if previous { json!(more[0]) } else { Value::Null };
            json!({"role": role, "scale": scale, "rows": rows, "previous": previous})
        })
    })
}

fn round() -> impl Strategy<Value = Value> {
    let sizes = prop_oneof![4 => 1usize..14, 1 => 14usize..30];
    (sizes, any::<bool>(), 1usize..3, any::<bool>()).prop_flat_map(|(n, previous, train, stat)| {
        let tensors = (
            prop::collection::vec(tensor("train", n, previous), train),
            prop::collection::vec(tensor("stat", n, false), usize::from(stat)),
        );
        let weight = prop_oneof![Just(1u32), 1..100u32, 1..=1u32 << 20];
        let rest = (prop::collection::vec(weight, n), any::<[u8; 32]>());
        (pre(), rule(), tensors, rest).prop_map(|(pre, rule, (train, stat), (weights, seed))| {
            json!({
                "op": "round",
                "pipeline": {"pre": pre, "rule": rule, "server": "Plain"},
                "weights": weights,
                "seed": hex::encode(seed),
                "tensors": ([train, stat].concat()),
            })
        })
    })
}

/// Bits of f32s of all sizes, now and then infinite or not a number.
fn float(special: bool) -> impl Strategy<Value = u32> {
    let usual = (any::<u32>(), 90u32..160).prop_map(|(bits, field)| bits & 0x807f_ffff | field << 23);
    let any_finite = any::<u32>().prop_map(|bits| {
        if bits >> 23 & 0xff == 0xff {
            bits ^ 1 << 30
        } else {
            bits
        }
    });
    let edge = prop::sample::select(vec![0u32, 1 << 31, 1, 0x7f7f_ffff, 0xff7f_ffff]);
    let beyond = prop::sample::select(vec![0x7f80_0000u32, 0x7fc0_0000]);
    prop_oneof![40 => usual, 3 => any_finite, 3 => edge, u32::from(special) => beyond]
}

fn server_case() -> impl Strategy<Value = Value> {
    (server(), 1usize..5, any::<bool>(), any::<bool>()).prop_flat_map(|(server, width, has_state, stat)| {
        let name = server
            .as_object()
            .and_then(|map| map.keys().next().cloned())
            .unwrap_or_default();
        let corrects = server["Adam"]["bias_correction"] == json!(true);
        let column = |special| prop::collection::vec(float(special), width);
        let positive = column(false).prop_map(|v| v.into_iter().map(|v| v & !(1 << 31)).collect::<Vec<_>>());
        let v = prop_oneof![9 => positive, 1 => column(true)];
        let aggregate = || prop::collection::vec((-(1i32 << 30)..=1 << 30, 0u32..31).prop_map(|(a, s)| a >> s), width);
        let powers = (0u32..0x3f80_0000, 0u32..0x3f80_0000);
        let scales = (-16i8..=40, -16i8..=40);
        let stat_part = (column(false), aggregate());
        (column(false), aggregate(), column(true), v, powers, scales, stat_part).prop_map(
            move |(base, aggregate, m, v, (p1, p2), (scale, other), stat_part)| {
                let stateful = has_state && !name.is_empty();
                let second = stateful && name != "Momentum";
                let train = json!({
                    "role": "train", "scale": scale, "base": base, "aggregate": aggregate,
                    "m": if stateful { json!(m) } else { Value::Null },
                    "v": if second { json!(v) } else { Value::Null },
                });
                let stat_tensor = json!({
                    "role": "stat", "scale": other, "base": stat_part.0, "aggregate": stat_part.1,
                    "m": null, "v": null,
                });
                let powers = if stateful && corrects {
                    json!([p1, p2])
                } else {
                    Value::Null
                };
                let tensors = if stat { vec![train, stat_tensor] } else { vec![train] };
                json!({"op": "server", "server": server, "powers": powers, "tensors": tensors})
            },
        )
    })
}

fn check_case() -> impl Strategy<Value = Value> {
    let n = prop_oneof![8 => 1u32..60, 1 => 0u32..1030];
    let pipeline = || {
        (pre(), rule(), server()).prop_map(|(pre, rule, server)| json!({"pre": pre, "rule": rule, "server": server}))
    };
    prop_oneof![
        (pipeline(), n).prop_map(|(pipeline, n)| json!({"op": "check", "pipeline": pipeline, "n": n})),
        (pipeline(), 1u32..60, 0u32..60).prop_map(
            |(pipeline, min, more)| json!({"op": "range", "pipeline": pipeline, "min": min, "max": min + more})
        ),
    ]
}

#[test]
fn rounds_should_agree_with_the_oracle() {
    let valued = compare(2_500, round());
    println!("{valued} rounds have a value");
    assert!(valued > 0);
}

#[test]
fn server_steps_should_agree_with_the_oracle() {
    let valued = compare(1_500, server_case());
    println!("{valued} steps have a value");
    assert!(valued > 0);
}

#[test]
fn pipeline_checks_should_agree_with_the_oracle() {
    assert!(compare(2_000, check_case()) > 0);
}
