//! Numbers, tables and progress bars, human-readable.

use indicatif::{ProgressBar, ProgressStyle};
use quorate_client::{gateways::Progress, policy::UNIT};
use quorate_primitives::{
    version::{Promoter, PromotionRecord},
    Balance, Ppm,
};
use serde_json::Value;
use std::sync::Arc;

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
    if rest.len() > 12 || !rest.bytes().all(|b| b.is_ascii_digit()) {
        return Err(wrong());
    }
    let whole: Balance = whole.parse().map_err(|_| wrong())?;
    let rest: Balance = format!("{rest:0<12}").parse().map_err(|_| wrong())?;
    whole
        .checked_mul(UNIT)
        .and_then(|whole| whole.checked_add(rest))
        .ok_or_else(wrong)
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

/// Print columns under their heads.
pub fn table<const N: usize>(heads: [&str; N], rows: &[[String; N]]) {
    let width = |i: usize| {
        rows.iter()
            .map(|row| row[i].chars().count())
            .chain([heads[i].len()])
            .max()
            .unwrap_or(0)
    };
    let widths: [usize; N] = std::array::from_fn(width);
    let line = |cells: &[String; N]| {
        let cells: Vec<String> = cells
            .iter()
            .zip(widths)
            .map(|(cell, width)| format!("{cell:<width$}"))
            .collect();
        println!("{}", cells.join("  ").trim_end());
    };
    line(&heads.map(String::from));
    rows.iter().for_each(line);
}

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
        assert!(parse_tokens("1.0000000000001").is_err() && parse_tokens("-1").is_err() && parse_tokens("").is_err());
    }
}
