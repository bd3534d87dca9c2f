//! The corpus of the fuzz target for data sets, replayed and spoilt.

mod checks;
#[path = "../../../../fuzz/replay.rs"]
mod replay;

use quorate_data_set::{DataSet, Row};
use quorate_exact::infer::Tensor;
use quorate_program::{Dimension, Expression, Input, Sizes, Type, Value};

fn column(name: &str, shape: Vec<Expression>, element: Type) -> Input {
    Input {
        name: name.into(),
        shape,
        element,
    }
}

fn dimension(name: &str) -> Dimension {
    Dimension {
        max: 5,
        min: 1,
        name: name.into(),
    }
}

fn file(set: &DataSet, rows: Vec<Row>) -> Vec<u8> {
    let rows = rows.iter().flat_map(|row| set.write_row(row).unwrap());
    set.header().into_iter().chain(rows).collect()
}

#[test]
fn data_sets_should_be_read_as_they_are_written_or_refused() {
    let (n, m) = (Expression::dimension("n"), Expression::dimension("m"));
    let twice = n.times(&2.into()).unwrap().plus(&1.into()).unwrap();
    let columns = vec![
        column("ids", vec![n], Type::I64),
        column("pairs", vec![twice, m], Type::F32),
        column("good", vec![], Type::Bool),
    ];
    let set = DataSet::new(columns, vec![dimension("n"), dimension("m")], 3).unwrap();
    let row = |n: usize, m: usize| Row {
        sizes: Sizes::from([("n".into(), n as u64), ("m".into(), m as u64)]),
        values: vec![
            Value::I64(Tensor::new(vec![n], (0..n as i64).collect()).unwrap()),
            Value::F32(Tensor::new(vec![2 * n + 1, m], vec![-0.0; (2 * n + 1) * m]).unwrap()),
            Value::Bool(Tensor::new(vec![], vec![n % 2 == 1]).unwrap()),
        ],
    };
    let of_sizes = file(&set, vec![row(1, 5), row(5, 1), row(2, 2)]);
    let all = [
        (Type::I32, Value::I32(Tensor::new(vec![1], vec![-1]).unwrap())),
        (Type::I8, Value::I8(Tensor::new(vec![1], vec![-1]).unwrap())),
        (Type::U8, Value::U8(Tensor::new(vec![1], vec![255]).unwrap())),
    ];
    let columns = all.iter().enumerate();
    let columns = columns.map(|(i, (element, _))| column(&i.to_string(), vec![1.into()], *element));
    let set = DataSet::new(columns.collect(), vec![], 2).unwrap();
    let row = Row {
        sizes: Sizes::new(),
        values: all.into_iter().map(|(_, value)| value).collect(),
    };
    let of_types = file(&set, vec![row.clone(), row]);
    let short = of_types[..of_types.len() - 1].to_vec();
    let seeds = [("sizes", of_sizes), ("types", of_types), ("short", short)];
    replay::run("data_set", &seeds, 20_000, checks::data_set);
}
