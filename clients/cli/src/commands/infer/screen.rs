//! What is said on standard error while a request is answered: lines, and between them pieces of a text that grows.

use crate::{
    context::Context,
    escape::{visible, visible_in_json},
    output::spinner,
};
use indicatif::ProgressBar;
use quorate_ask::stages::Tell;
use serde_json::Value;
use std::{
    cell::Cell,
    io::{stderr, Write},
};

/// Standard error, and the line at its end.
pub struct Screen {
    /// Shown where no text grows.
    bar: ProgressBar,
    json: bool,
    /// Whether the last line has no end yet.
    open: Cell<bool>,
}

impl Tell for Screen {
    fn stage(&self, text: &str) {
        self.far(text);
        self.line(text);
    }

    fn far(&self, text: &str) {
        self.bar.set_message(text.to_string());
    }
}

impl Screen {
    /// `streams`: whether a text will grow.
    pub fn new(context: &Context, what: &str, streams: bool) -> Self {
        Self {
            bar: match streams {
                true => ProgressBar::hidden(),
                false => spinner(what),
            },
            json: context.is_json(),
            open: Cell::new(false),
        }
    }

    /// A line, also where the rest is JSON.
    pub fn warn(&self, text: &str) {
        self.end();
        self.bar.suspend(|| eprintln!("{text}"));
    }

    /// A line that people read.
    pub fn line(&self, text: &str) {
        if !self.json {
            self.warn(text);
        }
    }

    /// Goes on with the last line. Whether it can be written changes nothing.
    pub fn piece(&self, text: &str) {
        if !self.json && !text.is_empty() {
            let mut out = stderr().lock();
            let _ = out.write_all(visible(text).as_bytes()).and_then(|()| out.flush());
            self.open.set(!text.ends_with('\n'));
        }
    }

    /// An event, for programs: a line of JSON.
    pub fn event(&self, event: &Value) {
        if self.json {
            eprintln!("{}", visible_in_json(&event.to_string()));
        }
    }

    pub fn clear(&self) {
        self.end();
        self.bar.finish_and_clear();
    }

    fn end(&self) {
        if self.open.replace(false) {
            eprintln!("");
        }
    }
}
