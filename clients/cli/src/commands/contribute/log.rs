//! One line for each thing that happens.

use crate::context::Context;
use quorate_client::{
    gateways::{no_progress, Progress},
    submission::{Note, Observer},
};
use quorate_contribute::words;
use quorate_primitives::{ModelId, RoundId};
use serde_json::{json, Value};

/// Says what happens in a model's rounds.
#[derive(Clone, Copy)]
pub struct Log<'a> {
    pub context: &'a Context,
    pub model: ModelId,
    pub round: Option<RoundId>,
}

impl Log<'_> {
    pub fn say(&self, text: &str) {
        self.say_with(text, json!({}));
    }

    /// `more`: further fields of the line where it is JSON.
    pub fn say_with(&self, text: &str, more: Value) {
        let mut value = json!({ "model": self.model, "round": self.round, "event": text });
        if let (Some(fields), Value::Object(more)) = (value.as_object_mut(), more) {
            fields.extend(more);
        }
        let line = match self.round {
            Some(round) => format!("round {round}: {text}"),
            None => text.to_string(),
        };
        self.context.print_line(&value, &line);
    }
}

impl Observer for Log<'_> {
    fn note(&self, note: Note<'_>) {
        self.say(&words::step(&note));
    }

    fn upload(&self, _: u64) -> Progress {
        no_progress()
    }
}
