//! Each operation as a program of one node, beside direct calls of the reference.

use std::collections::{BTreeMap, BTreeSet};

use quorate_exact::infer::Fault;
use quorate_program::{
    Constant, Dimension, Expression, Graph, Input, Node, NodeFault, Op, Output, Program, ProgramError, Sizes, Type,
    Value,
};

use self::{
    direct::direct,
    make::{Case, KINDS},
};
use crate::random::{seed, Random};

mod direct;
pub mod make;

fn cases() -> usize {
    let given = std::env::var("QUORATE_CASES").ok().and_then(|cases| cases.parse().ok());
    given.unwrap_or(40_000)
}

fn structural(fault: &Fault) -> bool {
    !matches!(fault, Fault::NaN | Fault::Index { .. } | Fault::Range)
}

/// Values for the operands, at these sizes.
fn values(random: &mut Random, case: &Case) -> Option<Vec<Value>> {
    let len = |shape: &[usize]| shape.iter().try_fold(1usize, |len, &d| len.checked_mul(d));
    let fits = |(_, shape): &(Type, Vec<usize>)| shape.len() <= 8 && matches!(len(shape), Some(1..=100_000));
    if !case.operands.iter().all(fits) {
        return None;
    }
    let mut values: Vec<Value> = case
        .operands
        .iter()
        .map(|(element, shape)| random.value(*element, shape))
        .collect();
    if let Some(Value::F32(inverse)) = case.constant.and_then(|i| values.get(i)) {
        // In sin's domain, mostly.
        let small = |x: f32| if x.is_finite() { x / 4_096.0 } else { 0.0 };
        let inverse = inverse.map(small).unwrap();
        values[1] = Value::F32(inverse);
    }
    Some(values)
}

/// A program of this operation alone. `dimension` gives a size its expression.
fn graph(case: &Case, values: &[Value], dimensions: Vec<Dimension>, dimension: impl Fn(usize) -> Expression) -> Graph {
    let mut graph = Graph {
        dimensions,
        ..Graph::default()
    };
    let constant = |i: usize| case.constant == Some(i) && i < values.len();
    let mut operands = Vec::new();
    let inputs = (0..values.len()).filter(|&i| !constant(i)).count() as u32;
    for (i, value) in values.iter().enumerate() {
        if constant(i) {
            operands.push(inputs);
            graph.constants.push(Constant {
                shape: value.shape().iter().map(|&d| d as u64).collect(),
                element: value.element(),
                bytes: value.bytes(),
            });
        } else {
            operands.push(graph.inputs.len() as u32);
            graph.inputs.push(Input {
                name: format!("x{i}"),
                shape: value.shape().iter().map(|&d| dimension(d)).collect(),
                element: value.element(),
            });
        }
    }
    let op = mapped(&case.op, |e| match e.size() {
        Some(n) => dimension(n),
        None => e.clone(),
    });
    graph.nodes.push(Node { operands, op });
    let first = (graph.inputs.len() + graph.constants.len()) as u32;
    graph.outputs.push(Output {
        name: "0".into(),
        value: first,
    });
    graph
}

/// The operation with other expressions.
pub fn mapped(op: &Op, f: impl Fn(&Expression) -> Expression) -> Op {
    let mut op = op.clone();
    match &mut op {
        Op::Expand { shape } | Op::Reshape { shape } => shape.iter_mut().for_each(|e| *e = f(e)),
        Op::Split { sizes, .. } => sizes.iter_mut().for_each(|e| *e = f(e)),
        Op::Slice { count, start, .. } => (*count, *start) = (f(count), f(start)),
        Op::TopK { k, .. } => *k = f(k),
        _ => {}
    }
    op
}

fn references(values: &[Value]) -> Vec<&Value> {
    values.iter().collect()
}

/// All results are outputs: the graph again, with those that it has.
fn with_outputs(mut graph: Graph) -> Result<Program, ProgramError> {
    let program = Program::new(graph.clone())?;
    graph.outputs = program
        .results(0)
        .enumerate()
        .map(|(i, value)| Output {
            name: i.to_string(),
            value: value as u32,
        })
        .collect();
    Program::new(graph)
}

/// A program runs as the direct call does; its results have the shapes that it said.
fn check_run(program: &Program, values: Vec<Value>, case: &Case, expected: Option<Result<Vec<Value>, Fault>>) {
    let inputs = (0..values.len())
        .filter(|&i| case.constant != Some(i))
        .map(|i| values[i].clone())
        .collect();
    let answer = program.run(inputs, &[]);
    assert_eq!(Some(&answer), expected.as_ref(), "{case:?}");
    match answer {
        Err(fault) => assert!(!structural(&fault), "{fault} after the program was accepted: {case:?}"),
        Ok(results) => {
            let inputs = (0..values.len())
                .filter(|&i| case.constant != Some(i))
                .map(|i| values[i].shape());
            let shapes = program
                .at(&program.sizes_of(&inputs.collect::<Vec<_>>()).unwrap())
                .unwrap();
            for (number, result) in program.results(0).zip(&results) {
                assert_eq!(shapes.of(number as u32), result.shape(), "{case:?}");
                assert_eq!(program.types()[number].element, result.element(), "{case:?}");
            }
            assert_eq!(program.results(0).len(), results.len(), "{case:?}");
        }
    }
}

/// What is refused of programs, and taken by the operations of `quorate-exact` beyond section 18.
fn stricter(fault: &NodeFault) -> bool {
    matches!(fault, NodeFault::NotConstant { .. } | NodeFault::Parameter("strides"))
}

#[test]
fn an_operation_should_be_accepted_where_it_runs_and_run_as_the_reference() {
    let mut random = Random(seed());
    let mut counts = BTreeMap::<&str, [usize; 3]>::new();
    for i in 0..cases() {
        let mut case = random.operation(i % KINDS);
        if random.one_in(3) {
            random.spoil(&mut case);
        }
        let Some(values) = values(&mut random, &case) else {
            continue;
        };
        let expected = direct(&case.op, &references(&values));
        let count = counts.entry(case.op.name()).or_default();
        match with_outputs(graph(&case, &values, vec![], |d| (d as i64).into())) {
            Ok(program) => {
                count[usize::from(matches!(expected, Some(Err(_))))] += 1;
                let file = program.encode();
                assert_eq!(Program::decode(&file).as_ref(), Ok(&program), "{case:?}");
                check_run(&program, values, &case, expected);
            }
            Err(ProgramError::Node { fault, .. }) => {
                count[2] += 1;
                let refused = expected.as_ref().is_none_or(|y| y.as_ref().is_err_and(structural));
                assert!(refused || stricter(&fault), "{fault}: {case:?}");
            }
            Err(error) => panic!("{error}: {case:?}"),
        }
    }
    println!("accepted, of these at fault by their values, refused: {counts:#?}");
    assert!(counts.len() == 42 && counts.values().all(|[ran, ..]| *ran > 0));
}

#[test]
fn an_operation_that_is_accepted_at_sizes_should_run_at_them() {
    let mut random = Random(seed());
    let mut counts = BTreeMap::<&str, [usize; 3]>::new();
    for i in 0..cases() {
        let mut case = random.operation(i % KINDS);
        if random.one_in(12) {
            random.spoil(&mut case);
        }
        let Some(values_of_case) = values(&mut random, &case) else {
            continue;
        };
        // One or two sizes become dimensions, and what is twice as large, or larger by one, follows them.
        let all: BTreeSet<usize> = case.operands.iter().flat_map(|(_, shape)| shape).copied().collect();
        let all: Vec<usize> = all.into_iter().filter(|&d| d > 1).collect();
        if all.is_empty() {
            continue;
        }
        let of = [random.pick(&all), random.pick(&all)];
        let how = random.below(3);
        let expression = |d: usize| {
            let (n, m) = (Expression::dimension("n"), Expression::dimension("m"));
            match d {
                d if d == of[0] => n,
                d if d == of[1] => m,
                d if how == 1 && d == 2 * of[0] => n.times(&2.into()).unwrap(),
                d if how == 2 && d == of[0] + 1 => n.plus(&1.into()).unwrap(),
                d => Expression::from(d as i64),
            }
        };
        let bounds = |random: &mut Random, size: usize, name: &str| Dimension {
            max: (size + random.below(4)) as u32,
            min: (size - random.below(size)) as u32,
            name: name.into(),
        };
        let mut dimensions = vec![bounds(&mut random, of[0], "n")];
        if of[1] != of[0] {
            dimensions.insert(0, bounds(&mut random, of[1], "m"));
        }
        let graph = graph(&case, &values_of_case, dimensions.clone(), expression);
        let count = counts.entry(case.op.name()).or_default();
        let program = match with_outputs(graph.clone()) {
            Ok(program) => program,
            Err(_) => {
                count[2] += 1;
                continue;
            }
        };
        for _ in 0..4 {
            let pick = |d: &Dimension| (d.name.clone(), random.size(d.min as usize, d.max as usize) as u64);
            let sizes: Sizes = dimensions.iter().map(pick).collect();
            let size = |e: &Expression| e.value(&sizes).unwrap() as usize;
            let mut at_sizes = case.clone();
            let mut shapes = graph.inputs.iter().map(|input| input.shape.iter().map(size).collect());
            for (i, (_, shape)) in at_sizes.operands.iter_mut().enumerate() {
                if case.constant != Some(i) {
                    *shape = shapes.next().unwrap();
                }
            }
            at_sizes.op = mapped(&graph.nodes[0].op, |e| e.value(&sizes).unwrap_or(-1).into());
            let Some(mut values) = values(&mut random, &at_sizes) else {
                continue;
            };
            if let Some(i) = case.constant.filter(|&i| i < values.len()) {
                values[i] = values_of_case[i].clone();
            }
            let expected = direct(&at_sizes.op, &references(&values));
            match program.at(&sizes) {
                Ok(_) => {
                    count[0] += 1;
                    check_run(&program, values, &at_sizes, expected);
                }
                Err(fault) => {
                    count[1] += 1;
                    let refused = expected.as_ref().is_none_or(|y| y.as_ref().is_err_and(structural));
                    assert!(refused, "{fault}: {at_sizes:?} at {sizes:?} of {program:?}");
                }
            }
        }
    }
    println!("sizes accepted, refused; programs refused: {counts:#?}");
    assert!(counts.values().map(|[ran, ..]| ran).sum::<usize>() > 1_000);
}

#[test]
fn members_of_an_operation_should_stand_in_the_order_of_their_names() {
    fn walk(value: &serde_json::Value, text: &str) {
        // serde_json keeps members sorted: what it writes again is the same only if they were.
        assert_eq!(value.to_string(), text);
    }
    let mut random = Random(seed());
    let mut names = BTreeSet::new();
    for i in 0..cases() / 10 {
        let case = random.operation(i % KINDS);
        let text = serde_json::to_string(&case.op).unwrap();
        walk(&serde_json::from_str(&text).unwrap(), &text);
        assert_eq!(serde_json::from_str::<Op>(&text).unwrap(), case.op);
        names.insert(case.op.name());
    }
    println!("{} operations: {names:?}", names.len());
    assert!(names.len() == 42);
}
