//! Data sets: making them of arrays, and looking into them.

mod column;

use crate::{
    args::data_set::{Command, MakeArguments},
    commands::{
        naming,
        whole_file::{is_free, read},
    },
    context::Context,
    failure::{usage, Failure, Result},
    output::table,
};
use column::{named, Column, Lengths};
use quorate_ask::evaluation::header;
use quorate_client::Error;
use quorate_compile::read_npy;
use quorate_convert::names::shown;
use quorate_data_set::{Checker, DataSet, Row};
use quorate_output::Output;
use quorate_primitives::Root;
use quorate_program::{types::shape_text, Value};
use serde_json::json;
use std::{
    collections::BTreeSet,
    io::{BufWriter, Read, Write},
    ops::Range,
    path::Path,
};

/// Bytes that are read at a time.
const READ: usize = 1 << 20;

pub fn run(context: &Context, command: Command) -> Result {
    match command {
        Command::Make(arguments) => make(context, &arguments),
        Command::Show { file } => show(context, &file),
    }
}

fn make(context: &Context, arguments: &MakeArguments) -> Result {
    // Before arrays are read, which may be long.
    is_free(&arguments.file.output, arguments.file.existing())?;
    let array = |path: &str| -> Result<Value> {
        read_npy(&read(Path::new(path))?).map_err(|error| usage(format!("{path}: {error}")))
    };
    for (option, all) in [
        ("--size", &arguments.sizes),
        ("--column", &arguments.columns),
        ("--shape", &arguments.shapes),
    ] {
        once(option, all)?;
    }
    let mut lengths = Vec::new();
    for text in &arguments.sizes {
        let (name, path) = named(text, "DIMENSION=FILE.npy")?;
        lengths.push(Lengths::new(name, &array(path)?)?);
    }
    let mut columns = Vec::new();
    for text in &arguments.columns {
        let (name, path) = named(text, "NAME=FILE.npy")?;
        columns.push(Column::new(name, &array(path)?)?);
    }
    for text in &arguments.shapes {
        let (name, shape) = named(text, "NAME=SHAPE")?;
        let column = columns.iter_mut().find(|column| column.name() == name);
        let column = column.ok_or_else(|| usage(format!("--shape {text}: there is no column {}", shown(name))))?;
        column.reshape(shape, &lengths)?;
    }
    let rows = taken(&columns, &lengths, arguments.rows.clone())?;
    let dimensions = lengths
        .iter()
        .map(|lengths| lengths.dimension(rows.clone()))
        .collect::<Result<_>>()?;
    let inputs = columns.iter().map(Column::input).collect();
    let set = DataSet::new(inputs, dimensions, rows.len() as u64).map_err(|error| usage(error.to_string()))?;
    let output = Output::create(&arguments.file.output, arguments.file.existing()).map_err(Error::from)?;
    let mut output = BufWriter::new(output);
    let unwritten = |error: std::io::Error| usage(format!("{}: {error}", arguments.file.output.display()));
    output.write_all(&set.header()).map_err(unwritten)?;
    for number in rows {
        let wrong = |fault: &dyn std::fmt::Display| usage(format!("row {number}: {fault}"));
        let sizes = lengths.iter().map(|lengths| lengths.of(number)).collect();
        let values = columns.iter().map(|column| column.row(number, &sizes));
        let values = values
            .collect::<std::result::Result<_, _>>()
            .map_err(|fault| wrong(&fault))?;
        let bytes = set.write_row(&Row { sizes, values }).map_err(|fault| wrong(&fault))?;
        output.write_all(&bytes).map_err(unwritten)?;
    }
    let output = output.into_inner().map_err(|error| unwritten(error.into_error()))?;
    output.commit().map_err(Error::from)?;
    show(context, &arguments.file.output)
}

/// That each name is given once.
fn once(option: &str, all: &[String]) -> Result {
    let mut names = BTreeSet::new();
    for text in all {
        let (name, _) = named(text, "NAME=…")?;
        if !names.insert(name) {
            return Err(usage(format!("{option} {} is given twice", shown(name))));
        }
    }
    Ok(())
}

/// Which rows are taken: all arrays have them.
fn taken(columns: &[Column], lengths: &[Lengths], wanted: Option<Range<usize>>) -> Result<Range<usize>> {
    let of_columns = columns.iter().map(|column| (column.name(), column.rows()));
    let mut all = of_columns.chain(lengths.iter().map(|lengths| (lengths.name(), lengths.rows())));
    let first = all.next();
    let (name, rows) = first.ok_or_else(|| usage("a data set has at least one --column"))?;
    if let Some((other, others)) = all.find(|(_, others)| *others != rows) {
        return Err(usage(format!(
            "{} has {rows} rows, and {} has {others}",
            shown(name),
            shown(other)
        )));
    }
    match wanted {
        Some(wanted) if wanted.end <= rows => Ok(wanted),
        Some(wanted) => Err(usage(format!("there are {rows} rows, and none up to {}", wanted.end))),
        None => Ok(0..rows),
    }
}

/// Checks every byte, and shows what is there.
fn show(context: &Context, path: &Path) -> Result {
    let set = header(path)?;
    check(path)?;
    let (root, len): (Root, u64) = quorate_client::root_of(&naming::open(path)?)?;
    let columns = set.columns().iter().map(
        |column| json!({ "name": column.name, "type": column.element.to_string(), "shape": shape_text(&column.shape) }),
    );
    let dimensions = set
        .dimensions()
        .iter()
        .map(|d| json!({ "name": d.name, "min": d.min, "max": d.max }));
    let document = json!({
        "root": root, "bytes": len, "rows": set.rows(),
        "columns": columns.collect::<Vec<_>>(), "dimensions": dimensions.collect::<Vec<_>>(),
    });
    context.print(&document, || {
        for dimension in set.dimensions() {
            println!(
                "dimension   {}: {} to {} in a row",
                dimension.name, dimension.min, dimension.max
            );
        }
        println!("rows        {}", set.rows());
        println!("bytes       {len}");
        println!("root        {root:?}");
        let row = |column: &quorate_program::Input| {
            let name = shown(&column.name).into_owned();
            [name, column.element.to_string(), shape_text(&column.shape)]
        };
        table(
            ["column", "type", "shape"],
            &set.columns().iter().map(row).collect::<Vec<_>>(),
        );
    });
    Ok(())
}

fn check(path: &Path) -> Result {
    let wrong = |error: &dyn std::fmt::Display| Failure::Check(format!("{} is no data set: {error}", path.display()));
    let (mut file, mut checker, mut buffer) = (naming::open(path)?, Checker::default(), vec![0; READ]);
    loop {
        let count = file.read(&mut buffer);
        let count = count.map_err(|error| usage(format!("{}: {error}", path.display())))?;
        match buffer.get(..count) {
            Some([]) | None => break,
            Some(bytes) => checker.push(bytes, |_, _| ()).map_err(|error| wrong(&error))?,
        }
    }
    checker.finish().map(drop).map_err(|error| wrong(&error))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::args::version::OutputArguments;
    use clap::Parser;
    use quorate_compile::write_npy;
    use quorate_exact::infer::Tensor;
    use std::path::PathBuf;

    #[derive(Parser)]
    struct Wrapped {
        #[command(flatten)]
        global: crate::context::Global,
    }

    struct Place(tempfile::TempDir);

    impl Place {
        fn array(&self, name: &str, value: &Value) -> String {
            let path = self.path(name);
            std::fs::write(&path, write_npy(value)).unwrap();
            path.display().to_string()
        }

        fn path(&self, name: &str) -> PathBuf {
            self.0.path().join(name)
        }

        fn make(&self, columns: &[String], shapes: &[&str], sizes: &[String], rows: Option<Range<usize>>) -> Result {
            let context = Context::new(Wrapped::parse_from(["quorate"]).global);
            let file = OutputArguments {
                output: self.path("set"),
                force: true,
            };
            let shapes = shapes.iter().map(|shape| (*shape).into()).collect();
            let (columns, sizes) = (columns.to_vec(), sizes.to_vec());
            let arguments = MakeArguments {
                columns,
                shapes,
                sizes,
                rows,
                file,
            };
            make(&context, &arguments)
        }

        fn rows(&self) -> (DataSet, Vec<Row>) {
            let (mut checker, mut rows) = (Checker::default(), Vec::new());
            let bytes = std::fs::read(self.path("set")).unwrap();
            checker.push(&bytes, |_, row| rows.push(row)).unwrap();
            (checker.finish().unwrap(), rows)
        }
    }

    fn integers(shape: &[usize], values: &[i64]) -> Value {
        Value::I64(Tensor::new(shape.to_vec(), values.to_vec()).unwrap())
    }

    fn floats(shape: &[usize]) -> Value {
        let count = shape.iter().product::<usize>();
        Value::F32(Tensor::new(shape.to_vec(), (0..count).map(|i| i as f32).collect()).unwrap())
    }

    #[test]
    fn rows_should_be_those_of_the_arrays() {
        let place = Place(tempfile::tempdir().unwrap());
        let x = format!("x={}", place.array("x", &floats(&[3, 2, 2])));
        let label = format!("label={}", place.array("label", &integers(&[3], &[7, 8, 9])));
        let columns = [x, label];
        place.make(&columns, &["x=1,4"], &[], Some(1..3)).unwrap();
        let (set, rows) = place.rows();
        assert_eq!((set.rows(), set.columns()[0].shape.len()), (2, 2));
        let expected = Value::F32(Tensor::new(vec![1, 4], vec![4.0, 5.0, 6.0, 7.0]).unwrap());
        assert_eq!(rows[0].values, [expected, integers(&[], &[8])]);
        assert_eq!(rows[1].values[1], integers(&[], &[9]));
        for (shapes, rows) in [
            (&["x=3"][..], None),
            (&["y=4"], None),
            (&["x=tokens"], None),
            (&["x=0,4"], None),
            (&["x=4", "x=2,2"], None),
            (&[], Some(0..4)),
        ] {
            assert!(place.make(&columns, shapes, &[], rows).is_err(), "{shapes:?}");
        }
        let short = format!("label={}", place.array("short", &integers(&[2], &[7, 8])));
        assert!(place.make(&[columns[0].clone(), short], &[], &[], None).is_err());
    }

    #[test]
    fn padding_should_not_belong_to_a_row() {
        let place = Place(tempfile::tempdir().unwrap());
        let x = format!("x={}", place.array("x", &floats(&[2, 3, 2])));
        let sizes = format!("tokens={}", place.array("sizes", &integers(&[2], &[1, 3])));
        let columns = [x];
        place
            .make(&columns, &["x=tokens,2"], std::slice::from_ref(&sizes), None)
            .unwrap();
        let (set, rows) = place.rows();
        assert_eq!((set.dimensions()[0].min, set.dimensions()[0].max), (1, 3));
        let first = Value::F32(Tensor::new(vec![1, 2], vec![0.0, 1.0]).unwrap());
        assert_eq!(rows[0].values, [first]);
        let second = (6..12).map(|i| i as f32).collect();
        assert_eq!(rows[1].values, [Value::F32(Tensor::new(vec![3, 2], second).unwrap())]);
        // Of the second axis too.
        place
            .make(
                &columns,
                &["x=3,tokens"],
                &[format!("tokens={}", place.array("two", &integers(&[2], &[1, 2])))],
                None,
            )
            .unwrap();
        let first = Value::F32(Tensor::new(vec![3, 1], vec![0.0, 2.0, 4.0]).unwrap());
        assert_eq!(place.rows().1[0].values, [first]);
        for wrong in [&[0, 3], &[1, 4], &[-1, 2]] {
            let sizes = format!("tokens={}", place.array("wrong", &integers(&[2], wrong)));
            assert!(
                place.make(&columns, &["x=tokens,2"], &[sizes], None).is_err(),
                "{wrong:?}"
            );
        }
        // A dimension that no column has.
        assert!(place.make(&columns, &[], &[sizes], None).is_err());
    }
}
