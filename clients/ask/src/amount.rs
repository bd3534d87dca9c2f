//! Amounts of tokens.

use quorate_client::policy::UNIT;
use quorate_primitives::Balance;

/// Decimals of a token.
const DECIMALS: usize = 12;

/// An amount in tokens.
pub fn tokens(amount: Balance) -> String {
    let (whole, rest) = (amount / UNIT, amount % UNIT);
    let text = format!("{whole}.{rest:0DECIMALS$}");
    text.trim_end_matches('0').trim_end_matches('.').to_string()
}

/// An amount of tokens, with at most 12 decimals, as a number of the smallest unit.
pub fn parse_tokens(text: &str) -> Result<Balance, String> {
    let wrong = || format!("{text:?} is no amount of tokens, such as 12.5");
    let (whole, rest) = text.split_once('.').unwrap_or((text, ""));
    let digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    if rest.len() > DECIMALS || !digits(rest) || !digits(whole) {
        return Err(wrong());
    }
    let whole: Balance = whole.parse().map_err(|_| wrong())?;
    let rest: Balance = format!("{rest:0<DECIMALS$}").parse().map_err(|_| wrong())?;
    whole
        .checked_mul(UNIT)
        .and_then(|whole| whole.checked_add(rest))
        .ok_or_else(wrong)
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
    }
}
