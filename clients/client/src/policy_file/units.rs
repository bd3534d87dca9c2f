//! Numbers of a gate in people's units: a loss, and a part of the rows.

use quorate_primitives::{Ppm, PPM};

/// A loss counts in units of 2^−20.
const LOSS: f64 = (1u32 << 20) as f64;
/// A row's loss is cut to −16 … 16: no mean grows by more.
const MOST: f64 = 32.0;
/// A growth, in units of 2^−20, that every version stays below.
pub const ANY_INCREASE: u32 = 32 << 20;
/// Digits after the point of a part in millionths.
const DIGITS: usize = 6;

/// By how much the mean loss may grow, in units of 2^−20, rounded down: exactly the growths up to `loss` are allowed, as they are whole units.
///
/// # Errors
/// It is not from 0 to 32.
pub fn increase(loss: f64) -> Result<u32, String> {
    if !(0.0..=MOST).contains(&loss) {
        return Err(format!(
            "{loss} is no growth of the mean loss: it is from 0 to 32, as rows count from −16 to 16"
        ));
    }
    // Scaling by a power of two is exact; at most 2^25.
    Ok((loss * LOSS).floor() as u32)
}

/// The loss that [`increase`] reads as these units.
pub fn from_increase(units: u32) -> f64 {
    f64::from(units) / LOSS
}

/// A part of one in millionths, by the shortest digits that are this number: those that somebody wrote.
///
/// # Errors
/// It is not from 0 to 1, or has more than six digits after the point that are not 0.
pub fn part(part: f64) -> Result<Ppm, String> {
    let text = part.to_string();
    let wrong =
        || format!("{text} is no part of the rows: it is from 0 to 1, with six digits after the point, such as 0.9");
    let (whole, rest) = text.split_once('.').unwrap_or((&text, "0"));
    let rest = rest.trim_end_matches('0');
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if whole.is_empty() || !digits(whole) || !digits(rest) || rest.len() > DIGITS {
        return Err(wrong());
    }
    let whole: Ppm = whole.parse().map_err(|_| wrong())?;
    let rest: Ppm = format!("{rest:0<DIGITS$}").parse().map_err(|_| wrong())?;
    let sum = whole.checked_mul(PPM).and_then(|whole| whole.checked_add(rest));
    sum.filter(|sum| *sum <= PPM).ok_or_else(wrong)
}

/// The part that [`part`] reads as these millionths.
pub fn from_part(part: Ppm) -> f64 {
    f64::from(part) / f64::from(PPM)
}
