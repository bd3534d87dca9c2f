//! Programs of models.

use crate::{
    args::compile::{existing, Arguments, Loss, Template},
    commands::{
        program,
        whole_file::{is_free, read, write},
    },
    context::Context,
    failure::{usage, Result},
};
use quorate_compile::{
    bert, cross_entropy, llama, mlp, onnx, safetensors, BertOutput, Compiled, Options, Report, Sizes, TemplateOptions,
    TensorSource, Weights,
};
use quorate_convert::{names::shown, Source};
use quorate_exact::Root;
use serde_json::{json, Value};
use std::path::PathBuf;

pub fn run(context: &Context, arguments: &Arguments) -> Result {
    let existing = existing(arguments.force);
    // Before anything is computed.
    for path in std::iter::once(&arguments.out).chain(&arguments.tensors) {
        is_free(path, existing)?;
    }
    let mut compiled = match arguments.template {
        Some(template) => of_template(arguments, template)?,
        None => of_onnx(arguments)?,
    };
    if let Some(Loss::CrossEntropy) = arguments.loss {
        let label = arguments.label.as_deref().unwrap_or("label");
        let with = cross_entropy(&compiled.program, arguments.logits.as_deref(), label);
        compiled.program = with.map_err(|error| usage(error.to_string()))?;
    }
    if let Some(path) = &arguments.tensors {
        write(path, &safetensors(&compiled.tensors), existing)?;
    }
    let file = compiled.program.encode();
    write(&arguments.out, &file, existing)?;
    let mut document = program::as_json(&compiled.program, false);
    if let Some(fields) = document.as_object_mut() {
        fields.insert("compiled".into(), as_json(&compiled.report));
    }
    context.print(&document, || {
        show(&compiled.report);
        program::show_program(&compiled.program, false);
    });
    Ok(())
}

fn of_onnx(arguments: &Arguments) -> Result<Compiled> {
    let path = arguments
        .input
        .as_deref()
        .ok_or_else(|| usage("an ONNX file is missing"))?;
    let bytes = read(path)?;
    let mut weights = match &arguments.model {
        Some(path) => Some(Weights::new(Source::open(path)?)),
        None => None,
    };
    let options = Options {
        sizes: Sizes {
            dimensions: arguments.dimension.clone(),
            inputs: arguments.shapes.clone(),
        },
        outputs: arguments.output.clone(),
        extract: arguments.tensors.is_some(),
        keep_nodes: arguments.keep_nodes,
        constants_at_most: arguments.constants_at_most,
        tokenizer: tokenizer(arguments)?,
    };
    let compiled = onnx(&bytes, weights.as_mut(), &options);
    compiled.map_err(|error| usage(format!("{}: {error}", path.display())))
}

fn of_template(arguments: &Arguments, template: Template) -> Result<Compiled> {
    let path = arguments
        .model
        .as_deref()
        .ok_or_else(|| usage("--template takes --model"))?;
    let config: Option<Value> = match &arguments.config {
        Some(path) => {
            let wrong = |error: serde_json::Error| usage(format!("{}: {error}", path.display()));
            Some(serde_json::from_slice(&read(path)?).map_err(wrong)?)
        }
        None => None,
    };
    let name = if template == Template::Mlp { "rows" } else { "tokens" };
    let [given] = &arguments.dimension[..] else {
        return Err(usage(format!(
            "the template takes one dimension, such as --dimension {name}=1..128"
        )));
    };
    let length = Sizes::range(given, name).map_err(usage)?;
    let output = match (template, &arguments.output[..]) {
        (_, []) => BertOutput::Hidden,
        (Template::Bert, [one]) if one == "last_hidden_state" => BertOutput::Hidden,
        (Template::Bert, [one]) if one == "embedding" => BertOutput::Embedding,
        (Template::Bert, _) => return Err(usage("--output: last_hidden_state or embedding")),
        _ => return Err(usage("--output is for the template bert; the others have one output")),
    };
    let weights = Weights::new(Source::open(path)?);
    let options = TemplateOptions {
        weights: &weights,
        config: config.as_ref(),
        length,
        tokenizer: tokenizer(arguments)?,
    };
    let compiled = match template {
        Template::Mlp => mlp(&options),
        Template::Bert => bert(&options, output),
        Template::Llama => llama(&options),
    };
    compiled.map_err(|error| usage(format!("{}: {error}", path.display())))
}

/// The root of the tokenizer's file, if one is given.
fn tokenizer(arguments: &Arguments) -> Result<Option<Root>> {
    let root = |path: &PathBuf| Ok(quorate_exact::root(&read(path)?));
    arguments.tokenizer.as_ref().map(root).transpose()
}

fn found(how: TensorSource) -> &'static str {
    match how {
        TensorSource::Name => "by name",
        TensorSource::Bytes => "by bytes",
        TensorSource::Transposed => "transposed",
    }
}

fn as_json(report: &Report) -> Value {
    let counted: serde_json::Map<String, Value> = report
        .found
        .iter()
        .map(|(how, count)| (found(*how).into(), json!(count)))
        .collect();
    json!({
        "recognised": report.recognised, "found": counted, "dropped": report.dropped,
        "ambiguous": report.ambiguous.iter().map(|(name, tensors)| json!({ "name": name, "tensors": tensors })).collect::<Vec<_>>(),
    })
}

fn show(report: &Report) {
    for (pattern, count) in &report.recognised {
        println!("recognised  {pattern}: {count}");
    }
    for (how, count) in &report.found {
        println!("tensors     {} {}", count, found(*how));
    }
    for name in &report.dropped {
        eprintln!(
            "note: no output depends on input {}; the program does not have it",
            shown(name)
        );
    }
    for (name, tensors) in &report.ambiguous {
        eprintln!(
            "warning: {} has the bytes of several tensors, {}: it is a constant; rename one of them if it is to be the model's",
            shown(name),
            quorate_convert::names::list(tensors)
        );
    }
}
