//! The reference beside onnxruntime's answers (`oracle/peers/with_onnxruntime.py`), where a definition is easily misread: gates,
//! transposed windows, places and divisors of pools, ties, rounding.

use quorate_exact::infer::{cast::cast, Tensor};
use serde_json::Value;

use crate::infer_answer::{results, tensor, Any};

/// The numbers of a tensor of any type.
fn numbers(x: &Any) -> Tensor {
    match x {
        Any::F32(x) => Ok(x.clone()),
        Any::I64(x) => cast(x),
        Any::I32(x) => cast(x),
        Any::I8(x) => cast(x),
        Any::U8(x) => cast(x),
        Any::Bool(x) => cast(x),
    }
    .unwrap()
}

#[test]
fn operations_should_be_close_to_onnxruntime_s() {
    let cases: Vec<Value> = serde_json::from_str(include_str!("../../golden/infer_peer.json")).unwrap();
    assert!(cases.len() > 50);
    for pair in cases {
        let case = &pair["case"];
        let (name, parameters) = (&case["name"], &case["parameters"]);
        let ours = results(case).unwrap();
        let theirs = pair["answer"]["outputs"].as_array().unwrap();
        assert_eq!(ours.len(), theirs.len());
        for (ours, theirs) in ours.iter().zip(theirs) {
            let theirs = tensor(theirs).unwrap();
            assert_eq!(std::mem::discriminant(ours), std::mem::discriminant(&theirs), "{name}");
            let (ours, theirs) = (numbers(ours), numbers(&theirs));
            assert_eq!(ours.shape(), theirs.shape(), "{name} {parameters}");
            let range = theirs.data().iter().fold(1e-3f32, |range, y| range.max(y.abs()));
            for (a, b) in ours.data().iter().zip(theirs.data()) {
                assert!((a - b).abs() <= 1e-5 * range, "{name} {parameters}: {a} {b}");
            }
        }
    }
}
