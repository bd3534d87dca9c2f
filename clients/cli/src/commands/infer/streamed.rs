//! Tokens while they are generated, on standard error: provisional, until validators attest to the answer.

use super::{screen::Screen, text::Text};
use crate::{context::Context, failure::Result};
use quorate_ask::stream::{compared, Compared, Event, Read};
use quorate_client::{gateways::stream::Chunk, inputs::Inputs};
use quorate_primitives::{views::inference::RequestView, BatchId};
use serde_json::{json, Value};
use std::cell::RefCell;

/// Shows what is streamed.
pub struct Streamed<'a> {
    screen: &'a Screen,
    text: RefCell<Growing>,
}

impl<'a> Streamed<'a> {
    pub fn new(screen: &'a Screen, text: Option<Text>) -> Self {
        let text = Growing {
            text,
            printed: String::new(),
        };
        Self {
            screen,
            text: RefCell::new(text),
        }
    }

    pub fn tell(&self, event: Event<'_>) {
        match event {
            Event::Begins { by } => {
                self.text.borrow_mut().printed.clear();
                self.screen.line(&format!(
                    "provisional, as validator {by} streams it; nobody has attested to it yet:"
                ));
            }
            Event::Tokens {
                request,
                by,
                chunk,
                shown,
                known,
            } => {
                let piece = match self.text.borrow_mut().take(chunk, shown) {
                    Ok(piece) => piece,
                    Err(failure) => return self.screen.warn(&failure.text()),
                };
                self.screen.piece(&piece);
                self.screen.event(&json!({ "provisional": {
                    "request": request, "validator": by.to_string(), "first": chunk.first, "tokens": chunk.tokens, "end": chunk.end,
                    "text": piece,
                } }));
                if chunk.end {
                    self.screen.line(&format!(
                        "provisional: these are all {known} tokens; validators attest to them now"
                    ));
                }
            }
            Event::Differs { by } => self.screen.warn(&format!(
                "validator {by} streams other tokens than the one before: wait for the answer, one of them is wrong"
            )),
            Event::Silent { why } => self.screen.line(&format!("no stream just now: {why}")),
        }
    }
}

/// A text that grows.
struct Growing {
    text: Option<Text>,
    printed: String,
}

impl Growing {
    /// What a chunk adds to the text of `shown`, which are all tokens up to its end.
    fn take(&mut self, chunk: &Chunk, shown: &[u32]) -> Result<String> {
        let all = match &self.text {
            Some(text) => text.text(shown)?,
            None => shown.iter().map(|token| format!("{token} ")).collect(),
        };
        // Half a character ends like this.
        let all = match chunk.end {
            true => all.as_str(),
            false => all.trim_end_matches('\u{fffd}'),
        };
        let new = all.strip_prefix(&self.printed).unwrap_or_default().to_owned();
        if !new.is_empty() {
            self.printed = all.to_owned();
        }
        Ok(new)
    }
}

/// Says how what was streamed of a batch compares with what was attested.
pub fn report(
    context: &Context,
    read: &Read,
    (known, batch): (&RequestView, BatchId),
    attested: &[u32],
    inputs: &Inputs,
) -> Result {
    let all = compared(read, batch, attested, inputs, known.input.root);
    let documents: Vec<Value> = all
        .iter()
        .map(|one| {
            let mut document = json!({
                "validator": one.validator.to_string(), "tokens": one.tokens.len(), "ended": one.has_ended, "attested": true,
            });
            if let Compared::Differs { at, file } = &one.compared {
                document["attested"] = false.into();
                document["differs_at"] = (*at).into();
                match file {
                    Ok(file) => document["file"] = file.display().to_string().into(),
                    Err(why) => document["not_kept"] = why.as_str().into(),
                }
            }
            document
        })
        .collect();
    if !context.is_json() {
        all.iter().for_each(|one| eprintln!("{}", one.words(attested.len())));
    }
    if !documents.is_empty() {
        context.print(&json!({ "streams": documents }), || ());
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_should_grow_by_what_is_new() {
        let mut growing = Growing {
            text: None,
            printed: String::new(),
        };
        let chunk = |first, tokens: &[u32], end| Chunk {
            first,
            tokens: tokens.to_vec(),
            end,
            previous: [0; 32],
            signature: [0; 64],
        };
        let pieces = [
            growing.take(&chunk(0, &[5, 6], false), &[5, 6]),
            growing.take(&chunk(2, &[7], false), &[5, 6, 7]),
            growing.take(&chunk(3, &[], true), &[5, 6, 7]),
        ];
        let pieces: Vec<_> = pieces.into_iter().map(Result::unwrap).collect();
        assert_eq!(pieces, ["5 6 ", "7 ", ""]);
    }
}
