//! Assessments by the reference beside the Python oracle, which was written from the text alone.

use std::{
    io::Write,
    process::{Command, Stdio},
};

use proptest::{
    prelude::*,
    strategy::ValueTree,
    test_runner::{Config, RngAlgorithm, TestRng, TestRunner},
};
use quorate_evaluation::assessment::{
    counting, factor, measures, moved, players, scores, shares, value, Losses, RowKey, SetRecord, Sums, Update,
};
use quorate_exact::{Gram, Products, ProductsShape};
use serde_json::{json, Value};

fn ask(cases: &[Value]) -> Vec<Value> {
    let program = concat!(env!("CARGO_MANIFEST_DIR"), "/../exact/oracle/main.py");
    let mut oracle = Command::new("python3")
        .arg(program)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("this test needs python3");
    let mut input = oracle.stdin.take().unwrap();
    let text: String = cases.iter().map(|case| format!("{case}\n")).collect();
    // Both pipes stay open: the oracle may answer before it has read everything.
    let writer = std::thread::spawn(move || input.write_all(text.as_bytes()));
    let output = oracle.wait_with_output().unwrap();
    writer.join().unwrap().expect("the oracle reads all cases");
    assert!(output.status.success(), "the oracle failed: {}", output.status);
    let lines = std::str::from_utf8(&output.stdout).unwrap().lines();
    lines.map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// As many cases as `QUORATE_CASES` says, else `default`, with the seed that `QUORATE_SEED` says, else another one each time.
fn compare(default: usize, strategy: impl Strategy<Value = Value>, answer: fn(&Value) -> Value) {
    let number = |name: &str| std::env::var(name).ok().and_then(|n| n.parse::<u64>().ok());
    let now = || std::time::UNIX_EPOCH.elapsed().map_or(0, |time| time.as_nanos() as u64);
    let seed = number("QUORATE_SEED").unwrap_or_else(now);
    let mut bytes = [0; 32];
    bytes[..8].copy_from_slice(&seed.to_le_bytes());
    let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &bytes);
    let mut runner = TestRunner::new_with_rng(Config::default(), rng);
    let count = number("QUORATE_CASES").map_or(default, |count| count as usize);
    let cases: Vec<Value> = (0..count)
        .map(|_| strategy.new_tree(&mut runner).unwrap().current())
        .collect();
    let answers = ask(&cases);
    assert_eq!(answers.len(), cases.len());
    for (case, expected) in cases.iter().zip(&answers) {
        assert_eq!(&answer(case), expected, "QUORATE_SEED={seed}: {case}");
    }
}

fn list<T>(value: &Value, item: impl Fn(&Value) -> T) -> Vec<T> {
    value.as_array().unwrap().iter().map(item).collect()
}

fn int(value: &Value) -> i64 {
    value.as_i64().unwrap()
}

fn updates(case: &Value) -> Vec<Update> {
    let pairs = list(&case["organisations"], int)
        .into_iter()
        .zip(list(&case["weights"], int));
    pairs
        .map(|(organisation, weight)| Update {
            organisation: organisation as u32,
            weight: weight as u32,
        })
        .collect()
}

fn answer_players(case: &Value) -> Value {
    let players = players(&updates(case));
    let tensors = case["tensors"].as_array().unwrap();
    let scale = |tensor: &Value| int(&tensor["scale"]) as i8;
    let train: Vec<&Value> = tensors.iter().filter(|tensor| tensor["role"] == "train").collect();
    let s_max = train.iter().map(|tensor| scale(tensor)).max().unwrap();
    let rows: Vec<Vec<Vec<i32>>> = players
        .iter()
        .map(|player| {
            let row = |tensor: &&Value| {
                let columns = list(&tensor["rows"], |row| list(row, |q| int(q) as i32));
                let value = |k: usize| player.value(player.updates.iter().map(|&(update, _)| columns[update][k]));
                (0..tensor["base"].as_array().unwrap().len()).map(value).collect()
            };
            train.iter().map(row).collect()
        })
        .collect();
    let norm = |row: &Vec<Vec<i32>>| {
        let mut gram = Gram::new(1).unwrap();
        for (part, tensor) in row.iter().zip(&train) {
            gram.add_tile(&[part], s_max.abs_diff(scale(tensor)).into()).unwrap();
        }
        gram.get(0, 0).unwrap() as u128
    };
    let norms: Vec<u128> = rows.iter().map(norm).collect();
    let shares = shares(&players, &norms);
    let variant = |chosen: &dyn Fn(usize) -> bool| {
        let mut of = 0;
        let tensor = |tensor: &Value| {
            let base = list(&tensor["base"], |bits| int(bits) as u32);
            if tensor["role"] != "train" {
                return base;
            }
            let sum = |k: usize| -> i64 {
                let part = |player: usize| i64::from(shares[player].share) * i64::from(rows[player][of][k]);
                (0..players.len()).filter(|&player| chosen(player)).map(part).sum()
            };
            let moved = |(k, &bits): (usize, &u32)| moved(bits, sum(k), scale(tensor)).unwrap();
            let values = base.iter().enumerate().map(moved).collect();
            of += 1;
            values
        };
        tensors.iter().map(tensor).collect::<Vec<Vec<u32>>>()
    };
    let each = |with: bool| {
        let of = |player: usize| variant(&|other| (other == player) == with);
        (0..players.len()).map(of).collect::<Vec<_>>()
    };
    let record = |(k, player): (usize, &quorate_evaluation::assessment::Player)| {
        json!({"organisation": player.organisation, "weight": player.weight, "rows": rows[k], "norm": norms[k].to_string(),
               "lambda": shares[k].lambda, "share": shares[k].share})
    };
    let records: Vec<Value> = players.iter().enumerate().map(record).collect();
    json!({"players": records, "variants": {"all": variant(&|_| true), "alone": each(true), "without": each(false)}})
}

fn answer_scores(case: &Value) -> Value {
    let updates = updates(case);
    let players = players(&updates);
    let wide = |value: &Value| value.as_str().unwrap().parse::<i128>().unwrap();
    let previous = !case["pp"].is_null();
    let shape = ProductsShape {
        updates: updates.len(),
        pairs: false,
        previous,
    };
    let entries = match previous {
        false => vec![0; shape.len()],
        true => {
            let of_updates = list(&case["up"], wide).into_iter().flat_map(|up| [0, 0, up]);
            of_updates.chain([0, 0, wide(&case["pp"])]).collect()
        }
    };
    let products = Products::from_entries(shape, entries).unwrap();
    let norms = list(&case["norms"], |norm| wide(norm) as u128);
    let shards = list(&case["shards"], |shard| Losses {
        supplier: int(&shard["supplier"]) as u32,
        rows: int(&shard["rows"]) as u64,
        none: int(&shard["none"]),
        all: int(&shard["all"]),
        alone: list(&shard["alone"], int),
        without: list(&shard["without"], int),
    });
    let values: Vec<i64> = players
        .iter()
        .enumerate()
        .map(|(k, player)| value(k, player, &shards))
        .collect();
    let factors: Vec<u32> = players
        .iter()
        .zip(norms)
        .map(|(player, norm)| factor(player, norm, &products).unwrap())
        .collect();
    let scores = scores(&players, &values, &factors, updates.len());
    json!({"values": values, "factors": factors, "scores": scores})
}

fn answer_measures(case: &Value) -> Value {
    let sums = |set: &Value, loss: &str, correct: &str| Sums {
        loss: int(&set[loss]),
        correct: int(&set[correct]) as u64,
        faults: 0,
    };
    let sets = list(&case["sets"], |set| SetRecord {
        place: 0,
        rows: 0,
        counted: int(&set["rows"]) as u64,
        before: sums(set, "loss_before", "correct_before"),
        after: sums(set, "loss", "correct"),
    });
    let got = measures(&sets).unwrap();
    json!({"sets": got.sets, "loss_before": got.loss_before, "loss": got.loss, "increase": got.increase,
           "correct_before": got.correct_before, "correct": got.correct})
}

fn answer_rows(case: &Value) -> Value {
    let key = |row: &Value| -> RowKey {
        let mut key = [0; 32];
        key[..8].copy_from_slice(&int(row).to_le_bytes());
        key
    };
    let shards = list(&case["shards"], |shard| list(shard, key));
    json!({"counting": counting(&list(&case["benchmark"], key), &shards)})
}

fn organisations() -> impl Strategy<Value = (Vec<u32>, Vec<u32>)> {
    let weight = prop_oneof![Just(1u32), 1..20u32, 1..=1u32 << 20, Just(1 << 20)];
    let all = prop::collection::vec((prop_oneof![0..4u32, 0..12u32, any::<u32>()], weight), 1..12);
    all.prop_map(|all| all.into_iter().unzip())
}

fn tensor(role: &'static str, updates: usize, scale: impl Strategy<Value = i8>) -> impl Strategy<Value = Value> {
    let reach = prop_oneof![Just(1i32), Just(1000), Just(1 << 20), Just(1 << 30)];
    (1usize..4, reach, scale).prop_flat_map(move |(width, reach, scale)| {
        let row = prop::collection::vec(prop_oneof![8 => -reach..=reach, 1 => Just(0), 1 => Just(reach)], width);
        let finite = any::<u32>().prop_map(|bits| {
            if bits << 1 >= 0xff00_0000 {
                bits & 0x807f_ffff
            } else {
                bits
            }
        });
        let near = (-2.0f32..2.0).prop_map(f32::to_bits);
        let base = prop::collection::vec(prop_oneof![2 => finite, 3 => near, 1 => Just(0x8000_0000u32)], width);
        (base, prop::collection::vec(row, updates))
            .prop_map(move |(base, rows)| json!({"role": role, "scale": scale, "base": base, "rows": rows}))
    })
}

fn round() -> impl Strategy<Value = Value> {
    organisations().prop_flat_map(|(organisations, weights)| {
        let n = weights.len();
        let scale = prop_oneof![3 => Just(24i8), 1 => -12i8..=40];
        let of = scale.prop_flat_map(move |scale| (tensor("train", n, Just(scale)), tensor("stat", n, Just(20)), tensor("train", n, scale - 4..=scale)));
        of.prop_map(move |(a, b, c)| {
            json!({"op": "assessment", "part": "players", "organisations": organisations, "weights": weights, "tensors": [a, b, c]})
        })
    })
}

fn game() -> impl Strategy<Value = Value> {
    organisations().prop_flat_map(|(organisations, weights)| {
        let (n, own) = (weights.len(), organisations.clone());
        let mut of = organisations.clone();
        of.sort_unstable();
        of.dedup();
        let m = of.len();
        let shard = move || {
            let suppliers = prop_oneof![prop::sample::select(own.clone()), any::<u32>()];
            (suppliers, 1u64..1 << 21).prop_flat_map(move |(supplier, rows)| {
                let most = (rows as i64) << 24;
                let sum = || prop_oneof![4 => -most..=most, 1 => -5i64..5, 1 => Just(most), 1 => Just(-most)];
                (sum(), sum(), prop::collection::vec(sum(), m), prop::collection::vec(sum(), m)).prop_map(
                    move |(none, all, alone, without)| {
                        json!({"supplier": supplier, "rows": rows, "none": none, "all": all, "alone": alone, "without": without})
                    },
                )
            })
        };
        let wide = || (-(1i128 << 95)..=1 << 95, 0u32..90).prop_map(|(x, shift)| x >> shift);
        let previous = (prop::collection::vec(wide(), n), wide()).prop_map(|(up, pp)| {
            let up: Vec<String> = up.iter().map(i128::to_string).collect();
            json!({"up": up, "pp": pp.abs().to_string()})
        });
        let none = json!({"up": null, "pp": null});
        (
            prop::collection::vec(wide(), m),
            prop_oneof![3 => previous, 1 => Just(none)],
            prop::collection::vec(shard(), 0..7),
        )
            .prop_map(move |(norms, previous, shards)| {
                let norms: Vec<String> = norms.iter().map(|norm| norm.abs().to_string()).collect();
                json!({"op": "assessment", "part": "scores", "organisations": organisations, "weights": weights, "norms": norms,
                       "up": previous["up"], "pp": previous["pp"], "shards": shards})
            })
    })
}

fn sets() -> impl Strategy<Value = Value> {
    let set = (1u64..1 << 21).prop_flat_map(|rows| {
        let most = (rows as i64) << 24;
        (-most..=most, -most..=most, 0..=rows, 0..=rows).prop_map(move |(before, loss, right, correct)| {
            json!({"rows": rows, "loss_before": before, "loss": loss, "correct_before": right, "correct": correct})
        })
    });
    prop::collection::vec(set, 1..18).prop_map(|sets| json!({"op": "assessment", "part": "measures", "sets": sets}))
}

fn rows() -> impl Strategy<Value = Value> {
    let rows = || prop::collection::vec(0..60u32, 0..15);
    (rows(), prop::collection::vec(rows(), 0..6)).prop_map(
        |(benchmark, shards)| json!({"op": "assessment", "part": "rows", "benchmark": benchmark, "shards": shards}),
    )
}

#[test]
fn players_and_variants_should_be_the_oracles() {
    compare(2_000, round(), answer_players);
}

#[test]
fn scores_should_be_the_oracles() {
    compare(4_000, game(), answer_scores);
}

#[test]
fn measures_should_be_the_oracles() {
    compare(2_000, sets(), answer_measures);
}

#[test]
fn rows_that_count_should_be_the_oracles() {
    compare(2_000, rows(), answer_rows);
}
