//! Faults: the first one in the order of the program, whatever is done together.

use quorate_exact::{
    infer::{Fault, Tensor},
    Dtype, Kind, ModelHeader, Role, TensorSpec,
};
use quorate_infer::{Model, ModelError, ModelFile, Options, Runner};
use quorate_program::{
    op::{Binary, Comparison, Unary},
    Op, Type, Value,
};

use crate::{
    build::{floats, Builder},
    models::real,
};

fn float(data: &[f32]) -> Value {
    Value::F32(Tensor::new(vec![data.len()], data.to_vec()).unwrap())
}

#[test]
fn a_nan_that_later_nodes_hide_should_be_a_fault() {
    let mut b = Builder::default();
    b.dimension("n", 1, 100);
    let x = b.input(Type::F32, &["n"]);
    let zero = b.constant(&float(&[0.0]));
    let log = b.node(Op::Unary(Unary::Log), &[x]);
    let less = b.node(Op::Compare(Comparison::Less), &[log, zero]);
    let y = b.node(Op::Where, &[less, x, zero]);
    b.output(y);
    b.check(&[
        vec![float(&[1.0, 0.5, 3.0])],
        vec![float(&[1.0, -0.5, 3.0])],
        vec![float(&[0.0])],
    ]);
}

#[test]
fn the_first_fault_in_the_programs_order_should_count() {
    // A product, an index, and what would be done together with the product.
    let mut b = Builder::default();
    b.dimension("n", 1, 4);
    let x = b.input(Type::F32, &["n", "2"]);
    let at = b.input(Type::I64, &["n"]);
    let w = b.tensor(&[3, 2], 1.0);
    let table = b.tensor(&[5, 3], 1.0);
    let y = b.node(Op::Linear, &[x, w]);
    let rows = b.node(Op::Gather { axis: 0 }, &[table, at]);
    let y = b.node(Op::Unary(Unary::Relu), &[y]);
    let y = b.node(Op::Binary(Binary::Add), &[y, rows]);
    b.output(y);
    let request = |x: f32, index: i64| {
        let x = Value::F32(Tensor::new(vec![1, 2], vec![x, -x]).unwrap());
        vec![x, Value::I64(Tensor::new(vec![1], vec![index]).unwrap())]
    };
    let inf = f32::INFINITY;
    b.check(&[
        request(1.0, 4),
        request(inf, 4),
        request(inf, 5),
        request(1.0, -6),
        request(1.0, -5),
    ]);
}

#[test]
fn a_fault_of_the_weights_alone_should_be_one_of_the_run() {
    let mut b = Builder::default();
    b.dimension("n", 1, 4);
    let x = b.input(Type::F32, &["n"]);
    let at = b.input(Type::I64, &["n"]);
    let w = b.given(float(&[-1.0]));
    let picked = b.node(Op::Gather { axis: 0 }, &[w, at]);
    let root = b.node(Op::Unary(Unary::Sqrt), &[w]);
    let y = b.node(Op::Binary(Binary::Add), &[x, root]);
    let y = b.node(Op::Binary(Binary::Add), &[y, picked]);
    b.output(y);
    let request = |index: i64| vec![float(&[1.0]), Value::I64(Tensor::new(vec![1], vec![index]).unwrap())];
    b.check(&[request(0), request(3)]);
    assert_eq!(b.reference(&request(0)), Err(Fault::NaN));
    assert_eq!(b.reference(&request(3)), Err(Fault::Index { index: 3, size: 1 }));
}

#[test]
fn an_all_masked_softmax_should_be_a_fault() {
    let mut b = Builder::default();
    b.dimension("n", 1, 40);
    let x = b.input(Type::F32, &["n", "3"]);
    let y = b.node(Op::Softmax { axis: 1 }, &[x]);
    let y = b.node(
        Op::Unary(Unary::Clip(quorate_program::op::Clip {
            low: real(0.0),
            high: real(1.0),
        })),
        &[y],
    );
    b.output(y);
    let masked = Value::F32(Tensor::new(vec![2, 3], [[1.0; 3], [f32::NEG_INFINITY; 3]].concat()).unwrap());
    b.check(&[vec![floats(1, &[33, 3], 1.0)], vec![masked]]);
}

#[test]
fn a_model_that_does_not_fit_should_be_refused_with_what_is_wrong() {
    let mut b = Builder::default();
    b.dimension("n", 1, 4);
    let x = b.input(Type::F32, &["n"]);
    let w = b.given(float(&[-1.0]));
    let y = b.node(Op::Binary(Binary::Add), &[x, w]);
    b.output(y);
    let refused = |other: &dyn Fn(&mut Builder)| {
        let mut wrong = Builder::default();
        wrong.given(float(&[-1.0]));
        other(&mut wrong);
        Model::new(b.program(), &wrong.held(), Options::default())
            .err()
            .unwrap()
    };
    let error = refused(&|wrong| wrong.graph.tensors[0].name = "w".into());
    assert!(matches!(error, ModelError::Missing { name } if name == "tensor0"));
    let error = refused(&|wrong| wrong.graph.tensors[0].shape = vec![1, 1]);
    assert!(matches!(error, ModelError::Shape { .. }));
    let error = refused(&|wrong| wrong.graph.tensors[0].element = Type::I32);
    assert_eq!(
        error.to_string(),
        "tensor \"tensor0\" has elements of i32; the program expects f32"
    );
    struct Nan;
    impl quorate_infer::Tensors for Nan {
        fn tensor(&self, _: &str) -> Option<quorate_infer::TensorBytes<'_>> {
            Some(quorate_infer::TensorBytes {
                shape: &[1],
                element: Ok(Type::F32),
                bytes: &[0xff; 4],
            })
        }
    }
    let error = Model::new(b.program(), &Nan, Options::default()).err().unwrap();
    assert!(matches!(error, ModelError::Values { fault: Fault::NaN, .. }));
}

#[test]
fn a_canonical_file_should_be_a_models_tensors() {
    let spec = |name: &str, shape: &[u64], alias: Option<&str>| TensorSpec {
        name: name.into(),
        dtype: Dtype::F32,
        shape: shape.to_vec(),
        role: Role::Train,
        scale: 20,
        original_dtype: Dtype::F32,
        aliases: alias.into_iter().map(str::to_owned).collect(),
    };
    let specs = vec![spec("bias", &[2], None), spec("other", &[2, 3], Some("weights"))];
    let header = ModelHeader::build(Kind::Model, specs).unwrap();
    let mut file = header.encode();
    file.extend(
        [0.5f32, 0.25, 1.0, 2.0, 3.0, -1.0, -2.0, -3.0]
            .iter()
            .flat_map(|x| x.to_le_bytes()),
    );
    let mut b = Builder::default();
    b.dimension("n", 1, 4);
    let x = b.input(Type::F32, &["n", "3"]);
    let weights = b.tensor(&[2, 3], 1.0);
    let bias = b.tensor(&[2], 1.0);
    let y = b.node(Op::Linear, &[x, weights, bias]);
    b.output(y);
    b.graph.tensors[0].name = "weights".into();
    b.graph.tensors[1].name = "bias".into();
    let tensors = ModelFile::new(&file).unwrap();
    let model = Model::new(b.program(), &tensors, Options::default()).unwrap();
    let inputs = [Value::F32(Tensor::new(vec![1, 3], vec![1.0; 3]).unwrap())];
    let outputs = Runner::new(model.into()).run(&inputs).unwrap();
    assert_eq!(
        outputs,
        [Value::F32(Tensor::new(vec![1, 2], vec![6.5, -5.75]).unwrap())]
    );
    for len in 0..file.len() {
        assert!(
            matches!(ModelFile::new(&file[..len]), Err(ModelError::File(_))),
            "{len} bytes"
        );
    }
}
