//! The vectors that `oracle/generate.py` wrote, and `aggregate.json`, which an older one did: one column a case.

use quorate_exact::{
    aggregate_column,
    grid::{apply, dequantize, div_half_even, quantize, step},
    root, scores, Account, Gram, Kind, ModelChecker, ModelHeader, Products, ProductsShape, Rule, UpdateChecker,
};
use serde_json::Value;

use crate::json::{bits, int, list, root as root_in, spec, text, wide};

fn cases(text: &str) -> Vec<Value> {
    serde_json::from_str(text).unwrap()
}

/// A result as the vectors have it: a number or the name of the error.
fn result<T: Into<i64>, E: std::fmt::Debug>(result: Result<T, E>) -> Value {
    match result {
        Ok(value) => Value::from(value.into()),
        Err(error) => Value::from(format!("{error:?}")),
    }
}

#[test]
fn grid_should_give_the_golden_answers() {
    let all: Value = serde_json::from_str(include_str!("../../golden/grid.json")).unwrap();
    let each = |name: &str, check: &dyn Fn(&[Value]) -> Value| {
        let cases = all[name].as_array().unwrap();
        assert!(!cases.is_empty());
        for case in cases {
            let case = case.as_array().unwrap();
            let (expected, inputs) = case.split_last().unwrap();
            assert_eq!(&check(inputs), expected, "{name} {case:?}");
        }
    };
    each("quantize", &|case| {
        result(quantize(bits(&case[0]), int(&case[1]) as i8))
    });
    each("apply", &|case| {
        result(apply(bits(&case[0]), int(&case[1]), int(&case[2]) as i8))
    });
    each("dequantize", &|case| {
        dequantize(int(&case[0]), int(&case[1]) as i8).into()
    });
    each("step", &|case| {
        result(step(bits(&case[0]), bits(&case[1]), int(&case[2]) as i8))
    });
    each("div_half_even", &|case| {
        div_half_even(int(&case[0]), bits(&case[1])).into()
    });
}

#[test]
fn aggregates_should_equal_the_golden_vectors() {
    for case in cases(include_str!("../../golden/aggregate.json")) {
        let rule = match &case["rule"] {
            Value::String(name) if name == "WeightedMean" => Rule::WeightedMean,
            Value::String(_) => Rule::Median,
            trimmed => Rule::TrimmedMean {
                trim_ppm: bits(&trimmed["TrimmedMean"]["trim_ppm"]),
            },
        };
        let mut column = list(&case["column"], |q| int(q) as i32);
        let weights = list(&case["weights"], bits);
        assert_eq!(
            result(aggregate_column(&rule, &mut column, &weights)),
            case["value"],
            "{case}"
        );
    }
}

#[test]
fn gram_matrix_and_scores_should_equal_the_golden_vectors() {
    for case in cases(include_str!("../../golden/scores.json")) {
        let rows = list(&case["rows"], |row| list(row, |q| int(q) as i32));
        let updates = int(&case["updates"]) as usize;
        let mut gram = Gram::new(rows.len()).unwrap();
        let shape = |pairs| ProductsShape {
            updates,
            pairs,
            previous: rows.len() > updates + 1,
        };
        let mut all = Products::new(shape(true)).unwrap();
        let mut few = Products::new(shape(false)).unwrap();
        for (k, shift) in list(&case["shifts"], bits).into_iter().enumerate() {
            let column: Vec<&[i32]> = rows.iter().map(|row| &row[k..=k]).collect();
            gram.add_tile(&column, shift).unwrap();
            all.add_tile(&column, shift).unwrap();
            few.add_tile(&column, shift).unwrap();
        }
        assert_eq!(gram.upper(), all.entries());
        assert_eq!(gram.upper(), list(&case["gram"], wide));
        let expected = Ok(list(&case["scores_ppm"], bits));
        assert_eq!(scores(&all), expected, "{case}");
        assert_eq!(scores(&few), expected, "{case}");
    }
}

#[test]
fn headers_should_equal_the_golden_vectors() {
    for case in cases(include_str!("../../golden/files.json")) {
        let model = ModelHeader::build(Kind::Model, list(&case["tensors"], spec)).unwrap();
        let base = root_in(&case["base"]);
        let update = model.update_header(&base, &Account(root_in(&case["contributor"])));
        assert_eq!(model.header_len() as i64, int(&case["header_len"]));
        assert_eq!(model.data_len() as i64, int(&case["data_len"]));
        assert_eq!(model.group_len() as i64, int(&case["group_len"]));
        for (header, name) in [(&model, "model"), (&update, "update")] {
            let bytes = header.encode();
            let json = String::from_utf8(bytes[8..].to_vec()).unwrap();
            assert_eq!(json.trim_end(), text(&case[name]));
            assert_eq!(hex::encode(root(&bytes)), text(&case[&format!("{name}_root")]));
            assert_eq!(ModelHeader::decode(&bytes).as_ref(), Ok(header));
        }
    }
}

#[test]
fn whole_files_should_equal_the_golden_vectors() {
    let model = include_bytes!("../../golden/model.safetensors");
    let update = include_bytes!("../../golden/update.safetensors");
    let header = ModelHeader::decode(&model[..2048]).unwrap();
    let mut checker = ModelChecker::new(&header);
    checker.push(model).and_then(|()| checker.finish()).unwrap();
    let mut checker = UpdateChecker::new(&header, &root(model), &Account(root(&root(model))));
    checker.push(update).and_then(|()| checker.finish()).unwrap();
}

#[test]
fn roots_should_be_blake3_in_its_default_mode() {
    assert_eq!(
        hex::encode(root(b"")),
        "af1349b9f5f9a1a6a0404dea36dcc9499bcb25c9adc112b7cc9a93cae41f3262"
    );
}
