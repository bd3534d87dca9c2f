//! Files that are made to cost whoever reads them: each is read or refused with little time and memory. What they cost is seen in
//! how long these tests take.

use std::fmt::Write;

use quorate_exact::infer::Fault;
use quorate_program::{NodeFault, Program, ProgramError, MAX_HEADER};

/// A file with this JSON and these constants.
pub fn file(text: &str, data: &[u8]) -> Vec<u8> {
    let len = (text.len() + 8).next_multiple_of(1024);
    let mut bytes = (len as u64 - 8).to_le_bytes().to_vec();
    bytes.extend(text.bytes());
    bytes.resize(len, b' ');
    bytes.extend(data);
    bytes
}

/// Parts of a header; what is empty is none.
#[derive(Default)]
struct Parts {
    constants: String,
    dimensions: String,
    inputs: String,
    nodes: String,
    outputs: String,
    tensors: String,
}

impl Parts {
    fn text(&self) -> String {
        format!(
            "{{\"constants\":[{}],\"dimensions\":[{}],\"inputs\":[{}],\"nodes\":[{}],\"outputs\":[{}],\"quorate_program\":1,\"tensors\":[{}]}}",
            self.constants, self.dimensions, self.inputs, self.nodes, self.outputs, self.tensors
        )
    }

    fn read(&self, data: &[u8]) -> Result<Program, ProgramError> {
        let file = file(&self.text(), data);
        assert!(
            file.len() as u64 <= MAX_HEADER + data.len() as u64,
            "a header of {} bytes",
            file.len()
        );
        Program::decode(&file)
    }
}

fn list(items: impl IntoIterator<Item = String>) -> String {
    items.into_iter().collect::<Vec<_>>().join(",")
}

fn dimensions(names: &[&str]) -> String {
    list(
        names
            .iter()
            .map(|name| format!("{{\"max\":2,\"min\":1,\"name\":\"{name}\"}}")),
    )
}

fn input(name: &str, shape: &str, element: &str) -> String {
    format!("{{\"name\":\"{name}\",\"shape\":[{shape}],\"type\":\"{element}\"}}")
}

fn output(value: usize) -> String {
    format!("{{\"name\":\"o{value}\",\"value\":{value}}}")
}

fn node(operands: &str, op: &str) -> String {
    format!("{{\"in\":[{operands}],\"op\":{op}}}")
}

fn fault(answer: Result<Program, ProgramError>) -> NodeFault {
    match answer {
        Err(ProgramError::Node { fault, .. }) => *fault,
        other => panic!("{:?}", other.err()),
    }
}

/// A polynomial with many parts: quotients of the dimensions a, b, c and d, each with an own divisor.
fn wide(quotients: usize, first: usize) -> String {
    let products = (0..quotients).map(|i| {
        let floor = "[[1,\"a\"],[1,\"a\",\"b\"],[1,\"b\"],[1,\"c\"],[1,\"d\"]]";
        format!("[1,{{\"floor\":{floor},\"of\":{}}}]", first + i)
    });
    format!("[{}]", list(products))
}

/// Inputs that say the sizes of a, b, c and d, and an output for each.
fn four() -> Parts {
    Parts {
        dimensions: dimensions(&["a", "b", "c", "d"]),
        inputs: list(["a", "b", "c", "d"].map(|d| input(d, &format!("[[1,\"{d}\"]]"), "u8"))),
        outputs: list((0..4).map(output)),
        ..Parts::default()
    }
}

#[test]
fn nested_expressions_should_not_be_copied_level_by_level() {
    let inner = list(std::iter::repeat_n("[]".to_string(), 1_000_000));
    for depth in 1..42 {
        let mut shape = format!("[{inner}]");
        for _ in 0..depth {
            shape = format!("[[1,{{\"floor\":{shape},\"of\":2}}]]");
        }
        let parts = Parts {
            inputs: input("x", &shape, "u8"),
            ..Parts::default()
        };
        assert!(matches!(parts.read(&[]), Err(ProgramError::Json(_))), "{depth}");
    }
    for many in ["[]", "0", "\"a\"", "{}", "[1]", "[1,\"a\"]"] {
        let long = list(std::iter::repeat_n(many.to_string(), 4_000_000 / (many.len() + 1)));
        for shape in [format!("[{long}]"), format!("[[{long}]]"), long] {
            let parts = Parts {
                inputs: input("x", &shape, "u8"),
                ..Parts::default()
            };
            assert!(parts.read(&[]).is_err(), "{many}");
        }
    }
}

#[test]
fn what_is_wrong_should_not_be_quoted_at_length() {
    let long = "x".repeat(4_000_000);
    let parts = Parts {
        nodes: node("0", &format!("\"{long}\"")),
        ..Parts::default()
    };
    let Err(ProgramError::Json(text)) = parts.read(&[]) else {
        panic!("another error")
    };
    assert!(text.len() < 1_100);
    let parts = Parts {
        inputs: input(&long, "1", "u8"),
        ..Parts::default()
    };
    assert!(parts.read(&[]).unwrap_err().to_string().len() < 400);
}

#[test]
fn shapes_of_many_parts_should_be_few() {
    // An expression of 833 parts, and as many nodes as there may be.
    let mut parts = four();
    parts.inputs += &format!(",{}", input("x", &wide(64, 1_000), "f32"));
    parts.nodes = list((0..65_000).map(|i| node(&(4 + i).to_string(), "{\"Unary\":\"Relu\"}")));
    let refused = parts.read(&[]);
    assert!(
        matches!(&refused, Err(ProgramError::TooMany { what, .. }) if what.contains("parts")),
        "{:?}",
        refused.err()
    );
    // One operand may be there 1,024 times.
    let thousand = list(std::iter::repeat_n("4".to_string(), 1_024));
    parts.nodes = list((0..1_500).map(|_| node(&thousand, "{\"Concat\":{\"axis\":0}}")));
    assert!(matches!(
        parts.read(&[]),
        Err(ProgramError::TooMany { .. } | ProgramError::Node { .. })
    ));
    let mut parts = four();
    parts.inputs += &format!(",{}", input("x", "2,2,2,2,2,2,2,[[1,\"a\"]]", "f32"));
    parts.nodes = list((0..1_900).map(|_| node(&thousand, "{\"Concat\":{\"axis\":0}}")));
    assert!(matches!(parts.read(&[]), Err(ProgramError::TooMany { .. })));
}

#[test]
fn a_split_should_not_make_more_values_than_there_may_be() {
    for (shape, sizes) in [
        ("1200000,1,1,1,1,1,1,1", 1_200_000),
        ("200000,[[1,\"a\"]],1,1,1,1,1,1", 200_000),
    ] {
        let mut parts = four();
        parts.inputs += &format!(",{}", input("x", shape, "u8"));
        let sizes = list(std::iter::repeat_n("1".to_string(), sizes));
        parts.nodes = node("4", &format!("{{\"Split\":{{\"axis\":0,\"sizes\":[{sizes}]}}}}"));
        parts.outputs += ",{\"name\":\"y\",\"value\":5}";
        let refused = parts.read(&[]);
        assert_eq!(refused.is_err(), sizes.len() > 1_000_000, "{:?}", refused.err());
    }
    let mut parts = four();
    parts.inputs += &format!(
        ",{}",
        input(
            "x",
            &format!("200000,{}", list(std::iter::repeat_n(wide(64, 1_000), 7))),
            "u8"
        )
    );
    let sizes = list(std::iter::repeat_n("1".to_string(), 200_000));
    parts.nodes = node("4", &format!("{{\"Split\":{{\"axis\":0,\"sizes\":[{sizes}]}}}}"));
    assert!(matches!(parts.read(&[]), Err(ProgramError::TooMany { .. })));
}

#[test]
fn axes_should_not_grow_beyond_those_of_a_tensor() {
    // Each Gather by a tensor of itself has nearly twice as many axes.
    let parts = Parts {
        inputs: input("x", "1,1", "i64"),
        nodes: list((0..60).map(|i| node(&format!("{i},{i}"), "{\"Gather\":{\"axis\":0}}"))),
        outputs: output(60),
        ..Parts::default()
    };
    assert_eq!(fault(parts.read(&[])), NodeFault::Sizes(Fault::Size));
}

#[test]
fn constants_should_be_read_once_however_many_nodes_have_them() {
    let half = 2_000_000;
    let nodes = 40_000;
    let data: Vec<u8> = (0..half).flat_map(|_| 0.001f32.to_le_bytes()).collect();
    let parts = Parts {
        constants: format!("{{\"shape\":[{half}],\"type\":\"f32\"}}"),
        inputs: input("x", &format!("1,1,{}", 2 * half), "f32"),
        nodes: list((0..nodes).map(|i| {
            let x = if i == 0 { 0 } else { i + 1 };
            node(&format!("{x},1"), "{\"Rope\":{\"largest\":16}}")
        })),
        outputs: output(nodes + 1),
        ..Parts::default()
    };
    assert!(parts.read(&data).is_ok());
}

#[test]
fn pools_should_not_be_tried_place_by_place() {
    let window = |before: u32| {
        let stride = format!("{{\"after\":0,\"before\":{before},\"dilation\":1,\"step\":1}}");
        let still = "{\"after\":0,\"before\":0,\"dilation\":1,\"step\":1}";
        format!(
            "{{\"MaxPool\":{{\"ceil\":false,\"kernel\":[{},1],\"strides\":[{stride},{still}]}}}}",
            before + 1
        )
    };
    for before in [1_023, 1_024, 65_535] {
        let nodes = 16_000;
        let parts = Parts {
            inputs: input("x", "1,1000,1,1", "f32"),
            nodes: list((0..nodes).map(|_| node("0", &window(before)))),
            outputs: list((1..=nodes).map(output)),
            ..Parts::default()
        };
        let read = parts.read(&[]);
        assert_eq!(read.is_ok(), before == 1_023, "{:?}", read.err());
    }
}

#[test]
fn many_products_of_sums_should_be_read_soon() {
    // Shapes are multiplied for each node's cost. (a + b + c + d + 1)³ has 35 products, four of these factors have 70; the sum of all
    // products of at most four a and b has 15, its square 45.
    let few = "[[1],[1,\"a\"],[1,\"b\"],[1,\"c\"],[1,\"d\"]]".to_string();
    let mut powers: Vec<_> = (0..5)
        .flat_map(|i| (0..5 - i).map(move |j| [vec!["a"; i], vec!["b"; j]].concat()))
        .collect();
    powers.sort();
    let many = list(powers.iter().map(|factors| {
        let factors: String = factors.iter().map(|factor| format!(",\"{factor}\"")).collect();
        format!("[1{factors}]")
    }));
    for (axis, axes, read) in [(&few, 3, true), (&few, 4, false), (&format!("[{many}]"), 2, true)] {
        let nodes = 30_000;
        let mut parts = four();
        parts.inputs += &format!(",{}", input("x", &list(std::iter::repeat_n(axis.clone(), axes)), "f32"));
        let all = list((0..axes).map(|axis| axis.to_string()));
        let reduce = format!("{{\"Reduce\":{{\"axes\":[{all}],\"how\":\"L1\",\"keep\":false}}}}");
        parts.nodes = list((0..nodes).map(|_| node("4", &reduce)));
        (0..nodes).for_each(|i| write!(parts.outputs, ",{}", output(5 + i)).unwrap());
        let answer = parts.read(&[]);
        assert_eq!(answer.is_ok(), read, "{axes} axes: {:?}", answer.err());
    }
}

#[test]
fn as_many_nodes_as_there_may_be_should_be_read() {
    let nodes = 65_536;
    let parts = Parts {
        inputs: input("x", "1,2,3,4,5,6,7,8", "bool"),
        nodes: list((0..nodes).map(|i| node(&i.to_string(), "\"Not\""))),
        outputs: output(nodes),
        ..Parts::default()
    };
    assert!(parts.read(&[]).is_ok());
}

#[test]
fn a_source_with_a_shape_that_no_tensor_has_should_be_named() {
    let mut parts = four();
    parts.inputs += &format!(",{},{}", input("x", "1", "u8"), input("y", "65536,65536", "u8"));
    parts.outputs += &format!(",{},{}", output(4), output(5));
    let wrong = |what, index| Err(ProgramError::Shape { what, index });
    assert_eq!(parts.read(&[]), wrong("input", 5));
    for shape in ["[[-1],[1,\"a\"]]", "0", "-1", "1,1,1,1,1,1,1,1,1"] {
        let mut parts = four();
        parts.inputs += &format!(",{}", input("x", shape, "u8"));
        parts.outputs += &format!(",{}", output(4));
        assert_eq!(parts.read(&[]), wrong("input", 4), "{shape}");
    }
    for shape in [
        "0",
        "2147483648",
        "9223372036854775808",
        "18446744073709551615,2",
        "1,1,1,1,1,1,1,1,1",
        "65536,65536",
    ] {
        let mut parts = four();
        parts.tensors = format!(
            "{{\"name\":\"t\",\"shape\":[1],\"type\":\"u8\"}},{{\"name\":\"w\",\"shape\":[{shape}],\"type\":\"u8\"}}"
        );
        parts.outputs += &format!(",{},{}", output(4), output(5));
        assert_eq!(parts.read(&[]), wrong("tensor", 1), "{shape}");
    }
    let mut parts = four();
    parts.constants = "{\"shape\":[2],\"type\":\"u8\"},{\"shape\":[0],\"type\":\"u8\"}".into();
    parts.outputs += &format!(",{},{}", output(4), output(5));
    assert_eq!(parts.read(&[1, 2]), wrong("constant", 1));
    parts.constants = "{\"shape\":[2],\"type\":\"u8\"},{\"shape\":[4611686018427387904,4],\"type\":\"u8\"}".into();
    assert_eq!(parts.read(&[1, 2]), wrong("constant", 1));
    parts.constants = "{\"shape\":[2],\"type\":\"u8\"},{\"shape\":[],\"type\":\"u8\"}".into();
    assert!(parts.read(&[1, 2, 3]).is_ok());
    assert_eq!(
        parts.read(&[1, 2]),
        Err(ProgramError::Short {
            expected: 1027,
            got: 1026
        })
    );
    assert_eq!(
        parts.read(&[1, 2, 3, 4]),
        Err(ProgramError::Long {
            expected: 1027,
            got: 1028
        })
    );
}

#[test]
fn every_dimension_should_have_an_axis_that_says_its_size() {
    for (shape, says) in [
        ("[[1,\"n\"]]", true),
        ("[[3],[2,\"n\"]]", true),
        ("[[1,\"n\",\"n\"]]", false),
        ("[[1,{\"floor\":[[1],[1,\"n\"]],\"of\":2}]]", false),
        ("[[1],[1,\"n\"],[1,{\"floor\":[[1,\"n\"]],\"of\":2}]]", false),
    ] {
        let parts = Parts {
            dimensions: dimensions(&["n"]),
            inputs: input("x", shape, "u8"),
            outputs: output(0),
            ..Parts::default()
        };
        let unused = ProgramError::UnusedDimension("n".into());
        assert_eq!(parts.read(&[]).err(), (!says).then_some(unused), "{shape}");
    }
}

#[test]
fn windows_should_have_no_more_taps_than_a_tensor_has_elements() {
    let stride = "{\"after\":1023,\"before\":1023,\"dilation\":1,\"step\":1}";
    let pool = |kernel: &str| {
        format!("{{\"MaxPool\":{{\"ceil\":false,\"kernel\":[{kernel}],\"strides\":[{stride},{stride}]}}}}")
    };
    for (kernel, fits) in [("33767,66535", false), ("32767,65535", true)] {
        let parts = Parts {
            inputs: input("x", "1,32767,65535,1", "f32"),
            nodes: node("0", &pool(kernel)),
            outputs: output(1),
            ..Parts::default()
        };
        let read = parts.read(&[]);
        assert_eq!(read.is_ok(), fits, "{:?}", read.err());
    }
}

#[test]
fn integers_in_operations_should_be_those_that_json_keeps() {
    let most = (1i64 << 53) - 1;
    for (number, kept) in [
        (most, true),
        (most + 1, false),
        (-most, true),
        (-most - 1, false),
        (i64::MIN, false),
    ] {
        let pad = format!("{{\"Pad\":{{\"after\":1,\"axis\":0,\"before\":0,\"fill\":{{\"Integer\":{number}}}}}}}");
        let slice = format!("{{\"Slice\":{{\"axis\":0,\"count\":1,\"start\":0,\"step\":{number}}}}}");
        for op in [pad, slice] {
            let parts = Parts {
                inputs: input("x", "2", "i64"),
                nodes: node("0", &op),
                outputs: output(1),
                ..Parts::default()
            };
            assert_eq!(parts.read(&[]).is_ok(), kept, "{op}");
        }
    }
}
