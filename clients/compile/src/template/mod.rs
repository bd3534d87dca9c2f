//! Models of known architectures, from the names and shapes of their tensors.

mod bert;
mod llama;
mod mlp;

use std::{cell::RefCell, collections::BTreeSet};

use quorate_convert::names::shown;
use quorate_exact::Root;
use quorate_program::{Dimension, Expression, Input, Type};
use serde_json::Value;

pub use bert::{bert, BertOutput};
pub use llama::llama;
pub use mlp::mlp;

use crate::{
    build::{Builder, Id},
    error::{CompileError, Reason},
    report::Report,
    weights::Weights,
    Compiled,
};

/// What all templates take.
#[derive(Debug)]
pub struct TemplateOptions<'a> {
    /// The model's tensors.
    pub weights: &'a Weights,
    /// The model's `config.json`.
    pub config: Option<&'a Value>,
    /// The longest request: tokens, or rows of an `mlp`.
    pub length: (u32, u32),
    /// What makes token ids of text.
    pub tokenizer: Option<Root>,
}

/// A model that is being built from its tensors.
struct Draft<'a> {
    build: Builder,
    weights: &'a Weights,
    config: Option<&'a Value>,
    used: RefCell<BTreeSet<String>>,
    prefix: String,
}

type Made<T> = Result<T, CompileError>;

fn refused<T>(text: impl Into<String>) -> Made<T> {
    Err(CompileError::Template(text.into()))
}

impl From<Reason> for CompileError {
    fn from(reason: Reason) -> Self {
        Self::Template(format!("the tensors do not fit the template: {reason}"))
    }
}

impl<'a> Draft<'a> {
    /// `marker` ends the name of a tensor that every model of the template has; what is before it is before all.
    fn after(options: &TemplateOptions<'a>, dimension: &str, marker: &str) -> Made<(Self, Expression)> {
        let mut prefixes = options.weights.names().filter_map(|name| name.strip_suffix(marker));
        match (prefixes.next(), prefixes.next()) {
            (Some(prefix), None) => Ok(Self::new(options, dimension, prefix)),
            (None, _) => refused(format!(
                "no tensor's name ends with {marker}, as in every model of this template"
            )),
            (Some(first), Some(second)) => refused(format!(
                "two tensors' names end with {marker}: {} and {}",
                shown(&format!("{first}{marker}")),
                shown(&format!("{second}{marker}"))
            )),
        }
    }

    /// A draft whose tensors' names all begin with `prefix`, and the length of a request.
    fn new(options: &TemplateOptions<'a>, dimension: &str, prefix: &str) -> (Self, Expression) {
        let (min, max) = options.length;
        let (dimensions, length) = match min == max {
            true => (Vec::new(), Expression::from(i64::from(min))),
            false => {
                let name = dimension.to_string();
                (vec![Dimension { max, min, name }], Expression::dimension(dimension))
            }
        };
        let draft = Self {
            build: Builder::new(dimensions, 0),
            weights: options.weights,
            config: options.config,
            used: RefCell::default(),
            prefix: prefix.into(),
        };
        (draft, length)
    }

    fn input(&mut self, name: &str, shape: Vec<Expression>, element: Type) -> Id {
        let name = name.to_string();
        self.build.input(Input { name, shape, element })
    }

    /// A tensor, which is f32.
    fn tensor(&mut self, name: &str) -> Made<Id> {
        let name = format!("{}{name}", self.prefix);
        match self.optional(&name)? {
            Some(id) => Ok(id),
            None => refused(format!("the model has no tensor {}", shown(&name))),
        }
    }

    /// A tensor that may be missing, by its whole name.
    fn optional(&mut self, name: &str) -> Made<Option<Id>> {
        let Some((first, entry)) = self.weights.entry(name) else {
            return Ok(None);
        };
        let tensor = self.weights.tensor(name).filter(|tensor| tensor.element == Type::F32);
        let Some(tensor) = tensor else {
            return refused(format!(
                "tensor {} is {}; a program's weights are F32: make a version with `quorate convert`, and give that",
                shown(name),
                entry.element.name()
            ));
        };
        self.used.borrow_mut().insert(first.into());
        Ok(Some(self.build.tensor(tensor)))
    }

    /// x by `NAME.weight` and, if there is one, `NAME.bias`.
    fn linear(&mut self, x: Id, name: &str) -> Made<Id> {
        let weights = self.tensor(&format!("{name}.weight"))?;
        let bias = format!("{}{name}.bias", self.prefix);
        let operands: Vec<Id> = [x, weights].into_iter().chain(self.optional(&bias)?).collect();
        Ok(self.build.one(quorate_program::Op::Linear, &operands)?)
    }

    /// A number of the configuration.
    fn size(&self, key: &str) -> Made<Option<i64>> {
        match self.config.and_then(|config| config.get(key)) {
            None | Some(Value::Null) => Ok(None),
            Some(value) => match value.as_i64().filter(|&size| size > 0) {
                Some(size) => Ok(Some(size)),
                None => refused(format!("config.json: {key} is {value}; a number above 0 was expected")),
            },
        }
    }

    fn number(&self, key: &str, default: f64) -> Made<f64> {
        match self.config.and_then(|config| config.get(key)) {
            None | Some(Value::Null) => Ok(default),
            Some(value) => value.as_f64().map_or_else(
                || refused(format!("config.json: {key} is {value}; a number was expected")),
                Ok,
            ),
        }
    }

    /// That the configuration has one of these words, if it has one at all.
    fn word(&self, key: &str, allowed: &[&str]) -> Made<Option<&'a str>> {
        match self.config.and_then(|config| config.get(key)) {
            None | Some(Value::Null) => Ok(None),
            Some(value) => match value.as_str().filter(|word| allowed.contains(word)) {
                Some(word) => Ok(Some(word)),
                None => refused(format!("config.json: {key} is {value}; the template has {allowed:?}")),
            },
        }
    }

    /// How many layers there are: from 0 on, all of whose tensors begin so.
    fn layers(&self, before: &str) -> usize {
        let names = &self.weights.source().tensors;
        let has = |layer: &usize| {
            let start = format!("{}{before}{layer}.", self.prefix);
            names
                .range(start.clone()..)
                .next()
                .is_some_and(|(name, _)| name.starts_with(&start))
        };
        (0..).take_while(has).count()
    }

    /// The program, unless the model has tensors that the template does not know.
    fn finish(self, outputs: &[(&str, Id)], unused: impl Fn(&str) -> bool, tokenizer: Option<Root>) -> Made<Compiled> {
        let used = self.used.into_inner();
        let foreign: Vec<&String> = self
            .weights
            .source()
            .tensors
            .keys()
            .filter(|name| !used.contains(*name) && !unused(name))
            .collect();
        if !foreign.is_empty() {
            return refused(format!(
                "the model has tensors that this template does not know, so that it is another architecture: {}; compile it from ONNX",
                quorate_convert::names::list(&foreign)
            ));
        }
        let outputs: Vec<(String, Id)> = outputs.iter().map(|(name, id)| ((*name).into(), *id)).collect();
        let finished = self.build.finish(&outputs, tokenizer).map_err(CompileError::Program)?;
        let mut report = Report::default();
        report.of(&finished);
        Ok(Compiled {
            program: finished.program,
            report,
            tensors: Vec::new(),
        })
    }
}

/// 1 ÷ √d.
fn scale(d: i64) -> Result<quorate_program::Real, Reason> {
    crate::build::real((1.0 / (d as f64).sqrt()) as f32)
}
