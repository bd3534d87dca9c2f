//! The reference's answers to the cases of `oracle/FORMAT.md`, and results of inference's functions. Without `std`: `wasm/`
//! compiles this file too.

use alloc::{
    string::{String, ToString},
    vec,
    vec::Vec,
};

use codec::Encode;
use quorate_exact::{
    infer::functions,
    masked, pre,
    reference::{evaluate, EvaluateError, RowTensor},
    root, scores, state_header, Account, Detail, GramError, Kind, Malformed, ModelChecker, ModelHeader, Moments,
    Optimiser, Pipeline, PipelineError, PreAggregation, PreAggregator, Products, ProductsError, ProductsShape, Role,
    Root, Rule, ServerOptimiser, SumTree, UpdateChecker,
};
use serde_json::{json, Map, Value};

use crate::{
    infer_answer,
    infer_cases::all,
    json::{bits, int, list, root as root_in, spec, text, wide},
};

/// The answer to a case, with its id.
pub fn answer(case: &Value) -> Value {
    let mut answer = match text(&case["op"]).as_str() {
        "check" => check(case),
        "range" => range(case),
        "permutation" => {
            let pi = pre::permutation(bits(&case["r"]), &seed(case), bits(&case["stage"]) as u8);
            json!({ "pi": pi })
        }
        "round" => round(case),
        "server" => server_step(case),
        "detail" => detail(case),
        "state_header" => state(case),
        "masked" => sum(case),
        "file" => file(case),
        "function" => function(case),
        "infer" => infer_answer::answer(case),
        "inference" => json!(all()),
        op => panic!("unknown op {op}"),
    };
    if let (Some(id), Some(answer)) = (case.get("id"), answer.as_object_mut()) {
        answer.insert("id".into(), id.clone());
    }
    answer
}

fn error(class: &str) -> Value {
    json!({ "error": class })
}

fn seed(case: &Value) -> Root {
    root_in(&case["seed"])
}

/// The name of a variant and its parameters.
fn variant(value: &Value) -> (String, Value) {
    match value {
        Value::String(name) => (name.clone(), Value::Null),
        Value::Object(map) if map.len() == 1 => {
            let (name, body) = map.iter().next().unwrap();
            (name.clone(), body.clone())
        }
        other => panic!("{other} is no variant"),
    }
}

pub fn pipeline(value: &Value) -> Pipeline {
    let (name, body) = variant(&value["pre"]);
    Pipeline {
        pre: match name.as_str() {
            "None" => PreAggregation::None,
            "One" => PreAggregation::One(pre_aggregator(&body)),
            "Two" => PreAggregation::Two(pre_aggregator(&body[0]), pre_aggregator(&body[1])),
            other => panic!("{other}"),
        },
        rule: rule(&value["rule"]),
        server: server(&value["server"]),
    }
}

fn pre_aggregator(value: &Value) -> PreAggregator {
    let (name, body) = variant(value);
    match name.as_str() {
        "Clip" => PreAggregator::Clip {
            tau: bits(&body["tau"]),
        },
        "Arc" => PreAggregator::Arc {
            f_ppm: bits(&body["f_ppm"]),
        },
        "Nnm" => PreAggregator::Nnm {
            f_ppm: bits(&body["f_ppm"]),
        },
        "Bucketing" => PreAggregator::Bucketing {
            size: bits(&body["size"]),
        },
        other => panic!("{other}"),
    }
}

fn rule(value: &Value) -> Rule {
    let (name, body) = variant(value);
    let f_ppm = || bits(&body["f_ppm"]);
    let iterations = || u8::try_from(int(&body["iterations"])).unwrap();
    match name.as_str() {
        "WeightedMean" => Rule::WeightedMean,
        "Median" => Rule::Median,
        "TrimmedMean" => Rule::TrimmedMean {
            trim_ppm: bits(&body["trim_ppm"]),
        },
        "MeaMed" => Rule::MeaMed { f_ppm: f_ppm() },
        "Krum" => Rule::Krum { f_ppm: f_ppm() },
        "MultiKrum" => Rule::MultiKrum { f_ppm: f_ppm() },
        "Bulyan" => Rule::Bulyan { f_ppm: f_ppm() },
        "MinimumDiameter" => Rule::MinimumDiameter { f_ppm: f_ppm() },
        "GeometricMedian" => Rule::GeometricMedian {
            nu: bits(&body["nu"]),
            iterations: iterations(),
        },
        "CentredClipping" => Rule::CentredClipping {
            tau: bits(&body["tau"]),
            iterations: iterations(),
        },
        other => panic!("{other}"),
    }
}

fn server(value: &Value) -> ServerOptimiser {
    let (name, body) = variant(value);
    let [eta, beta, beta1, beta2, tau] =
        ["eta", "beta", "beta1", "beta2", "tau"].map(|key| body.get(key).map_or(0, bits));
    match name.as_str() {
        "Plain" => ServerOptimiser::Plain,
        "Momentum" => ServerOptimiser::Momentum { eta, beta },
        "Adagrad" => ServerOptimiser::Adagrad { eta, beta1, tau },
        "Adam" => ServerOptimiser::Adam {
            eta,
            beta1,
            beta2,
            tau,
            bias_correction: body["bias_correction"].as_bool().unwrap(),
        },
        "Yogi" => ServerOptimiser::Yogi { eta, beta1, beta2, tau },
        other => panic!("{other}"),
    }
}

fn pipeline_error(error_: PipelineError) -> Value {
    match error_ {
        PipelineError::Parameter { .. } => error("parameter"),
        PipelineError::Updates { .. } | PipelineError::Range { .. } | PipelineError::Rows { .. } => error("rows"),
    }
}

/// The smallest f of the stages that take one, else 0.
fn least_f(pipeline: &Pipeline, n: u32) -> u32 {
    let pre = pipeline.pre.stages().filter_map(|pre| pre.tolerated(n));
    pre.chain(pipeline.rule.tolerated(n)).min().unwrap_or(0)
}

fn check(case: &Value) -> Value {
    let (pipeline, n) = (pipeline(&case["pipeline"]), bits(&case["n"]));
    match pipeline.check_updates(n) {
        Err(error) => pipeline_error(error),
        Ok(()) => json!({
            "scale": hex::encode(pipeline.encode()),
            "pairs": pipeline.first_stage_pairs(),
            "tolerated": least_f(&pipeline, n),
        }),
    }
}

fn range(case: &Value) -> Value {
    let pipeline = pipeline(&case["pipeline"]);
    let ok = pipeline.check_range(bits(&case["min"]), bits(&case["max"])).is_ok();
    json!({ "ok": ok })
}

fn strings(entries: &[i128]) -> Vec<String> {
    entries.iter().map(i128::to_string).collect()
}

fn role(value: &Value) -> Role {
    Role::ALL.into_iter().find(|role| role.name() == value).unwrap()
}

fn values(value: &Value) -> Vec<i32> {
    list(value, |q| i32::try_from(int(q)).unwrap())
}

pub fn tensors(case: &Value) -> Vec<RowTensor> {
    list(&case["tensors"], |tensor| RowTensor {
        role: role(&tensor["role"]),
        scale: int(&tensor["scale"]) as i8,
        rows: list(&tensor["rows"], values),
        previous: Some(&tensor["previous"]).filter(|p| !p.is_null()).map(values),
    })
}

fn round(case: &Value) -> Value {
    let (pipeline, tensors) = (pipeline(&case["pipeline"]), tensors(case));
    let weights = list(&case["weights"], bits);
    let evaluated = match evaluate(&pipeline, &tensors, &weights, seed(case)) {
        Ok(evaluated) => evaluated,
        Err(EvaluateError::Pipeline(error)) => return pipeline_error(error),
        Err(EvaluateError::Gram(GramError::TooWide) | EvaluateError::Products(ProductsError::TooWide)) => {
            return error("products")
        }
        Err(other) => panic!("{other:?}"),
    };
    let mut rows = tensors;
    let mut stages = Vec::new();
    for map in &evaluated.maps {
        rows = quorate_exact::reference::apply_map(map, &rows).unwrap();
        stages.push(rows.iter().map(|tensor| tensor.rows.clone()).collect::<Vec<_>>());
    }
    json!({
        "aggregate": evaluated.aggregate,
        "selection": evaluated.selection,
        "stages": stages,
        "flags": evaluated.products.shape().flags(),
        "products": strings(evaluated.products.entries()),
        "scores_ppm": evaluated.scores_ppm,
    })
}

fn server_step(case: &Value) -> Value {
    let server = server(&case["server"]);
    if server.check().is_err() {
        return error("parameter");
    }
    let powers = Some(&case["powers"]).filter(|p| !p.is_null());
    let powers = powers.map(|p| [bits(&p[0]), bits(&p[1])]);
    let stepped = Optimiser::new(&server, powers).and_then(|optimiser| {
        let mut answer = Map::new();
        for key in ["values", "m", "v"] {
            answer.insert(key.into(), json!([]));
        }
        for tensor in case["tensors"].as_array().unwrap() {
            let (values, m, v) = step_tensor(&server, &optimiser, tensor)?;
            for (key, value) in [("values", values), ("m", m), ("v", v)] {
                answer[key].as_array_mut().unwrap().push(value);
            }
        }
        answer.insert("powers".into(), json!(optimiser.powers()));
        Ok(Value::from(answer))
    });
    stepped.unwrap_or_else(|_| error("finite"))
}

fn step_tensor(
    server: &ServerOptimiser,
    optimiser: &Optimiser,
    tensor: &Value,
) -> Result<(Value, Value, Value), quorate_exact::StepError> {
    let scale = int(&tensor["scale"]) as i8;
    let base = list(&tensor["base"], bits);
    let aggregate = list(&tensor["aggregate"], int);
    let is_train = role(&tensor["role"]) == Role::Train;
    let plain = Optimiser::new(&ServerOptimiser::Plain, None).unwrap();
    let (optimiser, server) = if is_train {
        (optimiser, server)
    } else {
        (&plain, &ServerOptimiser::Plain)
    };
    let (mut values, mut m, mut v) = (vec![], vec![], vec![]);
    for (k, (&b, &a)) in base.iter().zip(&aggregate).enumerate() {
        let start = server.start();
        let given = |key: &str, start: u32| tensor[key].get(k).map_or(start, bits);
        let moments = Moments {
            m: given("m", start.m),
            v: given("v", start.v),
        };
        let (value, moments) = optimiser.step(b, a, scale, moments)?;
        values.push(value);
        m.push(moments.m);
        v.push(moments.v);
    }
    let kept = |keep, list: Vec<u32>| if keep { json!(list) } else { Value::Null };
    Ok((
        json!(values),
        kept(server.has_state(), m),
        kept(server.has_second_moment(), v),
    ))
}

fn detail(case: &Value) -> Value {
    let shape = ProductsShape::from_flags(int(&case["updates"]) as usize, bits(&case["flags"]) as u8).unwrap();
    let mut tree = SumTree::new(shape).unwrap();
    for partial in list(&case["partials"], |partial| list(partial, wide)) {
        tree.push(Products::from_entries(shape, partial).unwrap()).unwrap();
    }
    let (tree, sum) = tree.finish().unwrap();
    let detail = Detail {
        version: quorate_exact::detail::VERSION,
        scores_ppm: scores(&sum).unwrap(),
        selection_weights: list(&case["selection"], bits),
        flags: shape.flags(),
        products: sum.entries().to_vec(),
        tree,
    };
    let blob = detail.encode();
    assert_eq!(Detail::decode(&blob).as_ref(), Ok(&detail));
    json!({
        "leaves": detail.tree.leaves.iter().map(hex::encode).collect::<Vec<_>>(),
        "root": hex::encode(detail.tree.root),
        "products": strings(&detail.products),
        "scores_ppm": detail.scores_ppm,
        "blob": hex::encode(&blob),
        "blob_root": hex::encode(root(&blob)),
    })
}

fn state(case: &Value) -> Value {
    // Some cases have scales too far apart for a model's products, which these cases are not about.
    let model = ModelHeader::build(Kind::State, list(&case["tensors"], spec)).unwrap();
    let header = state_header(&model, &server(&case["server"])).unwrap().unwrap();
    let bytes = header.encode();
    assert_eq!(ModelHeader::decode(&bytes).as_ref(), Ok(&header));
    json!({
        "text": String::from_utf8(bytes[8..].to_vec()).unwrap().trim_end_matches(' '),
        "header_len": header.header_len(),
        "root": hex::encode(root(&bytes)),
    })
}

fn sum(case: &Value) -> Value {
    let rows = list(&case["rows"], |row| list(row, |x| text(x).parse::<u64>().unwrap()));
    let width = rows.first().map_or(0, Vec::len);
    let sums: Vec<u64> = if int(&case["bits"]) == 64 {
        let mut out = vec![0; width];
        let rows: Vec<&[u64]> = rows.iter().map(Vec::as_slice).collect();
        assert!(masked::sum64(&rows, &mut out));
        out
    } else {
        let mut out = vec![0; width];
        let narrow = |row: &Vec<u64>| row.iter().map(|&x| u32::try_from(x).unwrap()).collect();
        let rows: Vec<Vec<u32>> = rows.iter().map(narrow).collect();
        let rows: Vec<&[u32]> = rows.iter().map(Vec::as_slice).collect();
        assert!(masked::sum32(&rows, &mut out));
        out.into_iter().map(u64::from).collect()
    };
    json!({ "sum": sums.iter().map(u64::to_string).collect::<Vec<_>>() })
}

fn file(case: &Value) -> Value {
    let model = ModelHeader::build(Kind::Model, list(&case["tensors"], spec)).unwrap();
    let bytes = hex::decode(text(&case["bytes"])).unwrap();
    let checked = if case["kind"] == "model" {
        let mut checker = ModelChecker::new(&model);
        checker.push(&bytes).and_then(|()| checker.finish())
    } else {
        let mut checker = UpdateChecker::new(&model, &root_in(&case["base"]), &Account(root_in(&case["contributor"])));
        checker.push(&bytes).and_then(|()| checker.finish())
    };
    let fault = match checked {
        Ok(()) => Value::Null,
        Err(Malformed::Header) => json!(["Header"]),
        Err(Malformed::Length { expected, got }) => json!(["Length", expected, got]),
        Err(Malformed::NonFinite { tensor, index }) => json!(["NonFinite", tensor, index]),
        Err(Malformed::OutOfRange { tensor, index }) => json!(["OutOfRange", tensor, index]),
        Err(Malformed::OtherBase) => json!(["OtherBase"]),
        Err(Malformed::OtherContributor) => json!(["OtherContributor"]),
        Err(Malformed::NotPossessed | Malformed::Artifact | Malformed::Rows { .. } | Malformed::Columns) => {
            unreachable!("nobody names a file, an artifact or a shard here")
        }
    };
    json!({ "fault": fault })
}

/// `{"op": "function", "name": "exp", "x": [bits, …]}`: `{"y": [bits, …]}`.
fn function(case: &Value) -> Value {
    let function = match text(&case["name"]).as_str() {
        "exp" => functions::exp,
        "tanh" => functions::tanh,
        "erf" => functions::erf,
        "log" => functions::log,
        "sin" => functions::sin,
        "cos" => functions::cos,
        "sigmoid" => functions::sigmoid,
        "silu" => functions::silu,
        "gelu" => functions::gelu,
        "gelu_tanh" => functions::gelu_tanh,
        name => panic!("unknown function {name}"),
    };
    json!({ "y": list(&case["x"], |x| function(f32::from_bits(bits(x))).to_bits()) })
}
