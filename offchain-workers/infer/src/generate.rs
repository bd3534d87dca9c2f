//! Text as numbers: a prompt's continuation, token after token, and its check by one run.

use quorate_exact::infer::{
    sample::{sample, Sampler},
    Fault, Tensor,
};
use quorate_program::Value;

use crate::{error::Stop, runner::Runner, session::Session};

/// How tokens are chosen (section 16).
#[derive(Clone, Copy, Debug)]
pub struct Choice {
    /// By what rule.
    pub sampler: Sampler,
    /// Of all draws.
    pub seed: [u8; 32],
}

impl Choice {
    /// The token that stands at a position, from the logits of the position before.
    ///
    /// # Errors
    /// As [`sample`].
    pub fn token(&self, logits: &[f32], position: usize) -> Result<i64, Fault> {
        let logits = Tensor::new(vec![logits.len()], logits.to_vec())?;
        sample(&logits, self.sampler, &self.seed, position as u64).map(|token| token as i64)
    }
}

impl Runner {
    /// Goes on from a session and a prompt, which has at least one token: the program's one input is token ids, its first output logits. Each
    /// token is told with the logits that it was chosen by, until `go_on` says no. The last token is not in the session yet.
    ///
    /// # Errors
    /// As [`Stop`] says.
    pub fn generate(
        &mut self,
        session: &mut Session,
        prompt: &[i64],
        choice: &Choice,
        chunk: usize,
        go_on: &mut dyn FnMut(i64, &[f32]) -> bool,
    ) -> Result<(), Stop> {
        let mut logits = vec![];
        self.extend(session, &[ids(prompt)?], chunk, &|_, _| true, &mut |rows| {
            logits.clear();
            logits.extend_from_slice(last_row(&rows));
            true
        })?;
        loop {
            let token = choice.token(&logits, session.len())?;
            if !go_on(token, &logits) {
                return Ok(());
            }
            self.extend(session, &[ids(&[token])?], 1, &|_, _| true, &mut |rows| {
                logits.clear();
                logits.extend_from_slice(last_row(&rows));
                true
            })?;
        }
    }

    /// Whether an answer is the one that [`Runner::generate`] gives, by one run over prompt and answer: the number of its first token that is
    /// another one. The logits of each are told.
    ///
    /// # Errors
    /// As [`Stop`] says.
    pub fn check(
        &mut self,
        session: &mut Session,
        prompt: &[i64],
        answer: &[i64],
        choice: &Choice,
        chunk: usize,
        each: &mut dyn FnMut(&[f32]),
    ) -> Result<Option<usize>, Stop> {
        let Some((_, known)) = answer.split_last() else {
            return Ok(None);
        };
        let first = session.len();
        let (mut position, mut wrong, mut fault) = (first, None, None);
        self.extend(
            session,
            &[ids(&[prompt, known].concat())?],
            chunk,
            &|_, _| true,
            &mut |rows| {
                for logits in all_rows(&rows) {
                    position += 1;
                    let Some(number) = position.checked_sub(first + prompt.len()) else {
                        continue;
                    };
                    if wrong.is_none() && fault.is_none() {
                        each(logits);
                        match choice.token(logits, position) {
                            Ok(token) => wrong = (answer.get(number) != Some(&token)).then_some(number),
                            Err(own) => fault = Some(own),
                        }
                    }
                }
                true
            },
        )?;
        match fault {
            Some(fault) => Err(fault.into()),
            None => Ok(wrong),
        }
    }
}

fn ids(tokens: &[i64]) -> Result<Value, Fault> {
    Ok(Value::I64(Tensor::new(vec![tokens.len()], tokens.to_vec())?))
}

/// The rows of the first output.
fn all_rows(rows: &[Value]) -> impl Iterator<Item = &[f32]> {
    let logits = match rows.first() {
        Some(Value::F32(logits)) => Some(logits),
        _ => None,
    };
    logits
        .into_iter()
        .flat_map(|logits| logits.data().chunks_exact(logits.shape().last().copied().unwrap_or(1)))
}

fn last_row(rows: &[Value]) -> &[f32] {
    all_rows(rows).last().unwrap_or(&[])
}
