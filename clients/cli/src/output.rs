//! Standard output and standard error, and how numbers and progress are shown.
//!
//! Nothing here panics: what cannot be written is remembered, and the program ends with an error. A closed pipe is no error,
//! `quorate … | head` is done when it has read enough; what the command found out still decides the exit code.

use crate::escape::{visible, visible_in_json};
use indicatif::{ProgressBar, ProgressStyle};
pub use quorate_ask::amount::{parse_tokens, tokens};
use quorate_client::gateways::Progress;
use quorate_primitives::{
    version::{Promoter, PromotionRecord},
    Balance, Ppm,
};
use serde_json::Value;
use std::{
    fmt::Arguments,
    io::{self, stderr, stdout, ErrorKind, Write},
    sync::{Arc, Mutex, PoisonError},
};

/// Why standard output could not be written, the first time.
static BROKEN: Mutex<Option<io::Error>> = Mutex::new(None);

/// A line of text on standard output; names that come from the chain or from files cannot move the terminal's cursor.
pub fn line(text: Arguments) {
    write(&visible(&text.to_string()));
}

/// A line on standard error. Whether it can be written changes nothing.
pub fn error_line(text: Arguments) {
    let _ = stderr().write_all(format!("{}\n", visible(&text.to_string())).as_bytes());
}

/// A document on standard output.
pub fn json(value: &Value) {
    write(&visible_in_json(&format!("{value:#}")));
}

/// One of several documents, in a line of its own.
pub fn json_line(value: &Value) {
    write(&visible_in_json(&value.to_string()));
}

/// A text as it is, which this program made itself.
pub fn text(text: &str) {
    write(text.trim_end_matches('\n'));
}

fn write(text: &str) {
    let mut out = stdout().lock();
    let written = out
        .write_all(text.as_bytes())
        .and_then(|()| out.write_all(b"\n"))
        .and_then(|()| out.flush());
    if let Err(error) = written {
        let mut broken = BROKEN.lock().unwrap_or_else(PoisonError::into_inner);
        broken.get_or_insert(error);
    }
}

/// Why standard output is not whole, unless its reader went away.
pub fn broken() -> Option<io::Error> {
    let broken = BROKEN.lock().unwrap_or_else(PoisonError::into_inner).take();
    broken.filter(|error| error.kind() != ErrorKind::BrokenPipe)
}

/// An amount of tokens that is not nothing.
pub fn parse_some_tokens(text: &str) -> Result<Balance, String> {
    match parse_tokens(text)? {
        0 => Err("an amount of 0 moves nothing".into()),
        amount => Ok(amount),
    }
}

/// Parts per million as a fraction of one.
pub fn ppm(part: Ppm) -> String {
    format!("{:.3}", f64::from(part) / 1e6)
}

pub fn optional<T>(value: Option<T>, show: impl FnOnce(T) -> String) -> String {
    value.map_or_else(|| "-".into(), show)
}

/// Who voted for a version.
pub fn promotion(record: Option<&PromotionRecord>) -> String {
    optional(record, |record| match record.by {
        Promoter::Council { ayes, of } => format!("block {}, by {ayes} of {of} organisations", record.block),
        Promoter::Poll { rank } => format!("block {}, by a poll from rank {rank} on", record.block),
    })
}

pub use crate::table::table;

/// A view of the chain as JSON.
pub fn json_of<T: serde::Serialize>(value: &T) -> Value {
    serde_json::to_value(value).unwrap_or(Value::Null)
}

/// A progress bar of bytes on standard error, where that is a terminal.
pub fn bytes_bar(what: &str, len: u64) -> (ProgressBar, Progress) {
    let style = "{prefix} {wide_bar} {bytes}/{total_bytes} {bytes_per_sec} {eta}";
    let bar = ProgressBar::new(len).with_prefix(what.to_string());
    let bar = bar.with_style(ProgressStyle::with_template(style).unwrap_or_else(|_| ProgressStyle::default_bar()));
    let shown = bar.clone();
    (bar, Arc::new(move |done, _| shown.set_position(done)))
}

/// A line on standard error with what is going on.
pub fn spinner(text: &str) -> ProgressBar {
    let bar = ProgressBar::new_spinner().with_message(text.to_string());
    bar.enable_steady_tick(std::time::Duration::from_millis(120));
    bar
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_should_be_no_amount_to_move() {
        assert_eq!(parse_some_tokens("0.5"), parse_tokens("0.5"));
        assert!(parse_some_tokens("0").is_err() && parse_some_tokens("0.0").is_err());
    }
}
