//! Standard output and standard error, and how numbers and progress are shown.
//!
//! Nothing here panics: what cannot be written is remembered, and the program ends with an error. A closed pipe is no error,
//! `quorate … | head` is done when it has read enough; what the command found out still decides the exit code.

use crate::escape::{visible, visible_in_json};
use indicatif::{ProgressBar, ProgressStyle};
use quorate_client::{gateways::Progress, policy::UNIT};
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

/// An amount in tokens.
pub fn tokens(amount: Balance) -> String {
    let (whole, rest) = (amount / UNIT, amount % UNIT);
    let text = format!("{whole}.{rest:012}");
    text.trim_end_matches('0').trim_end_matches('.').to_string()
}

/// An amount of tokens, with at most 12 decimals, as a number of the smallest unit.
pub fn parse_tokens(text: &str) -> Result<Balance, String> {
    let wrong = || format!("{text:?} is no amount of tokens, such as 12.5");
    let (whole, rest) = text.split_once('.').unwrap_or((text, ""));
    let digits = |part: &str| part.bytes().all(|b| b.is_ascii_digit());
    if rest.len() > 12 || !digits(rest) || !digits(whole) {
        return Err(wrong());
    }
    let whole: Balance = whole.parse().map_err(|_| wrong())?;
    let rest: Balance = format!("{rest:0<12}").parse().map_err(|_| wrong())?;
    whole
        .checked_mul(UNIT)
        .and_then(|whole| whole.checked_add(rest))
        .ok_or_else(wrong)
}

/// The same, but for nothing.
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
    fn amounts_should_be_read_as_they_are_shown() {
        for amount in [0, 1, UNIT, 12 * UNIT + UNIT / 2, 1_234_567_890_123_456] {
            assert_eq!(parse_tokens(&tokens(amount)), Ok(amount));
        }
        for text in ["1.0000000000001", "-1", "+1", "", ".", ".5", "1,5", " 1", "1e3"] {
            assert!(parse_tokens(text).is_err(), "{text}");
        }
        assert!(parse_some_tokens("0").is_err() && parse_some_tokens("0.0").is_err());
    }
}
