//! What was read of a request's streams.

use quorate_client::gateways::stream::Said;
use quorate_primitives::BatchId;
use std::cell::RefCell;

/// What was read, stream by stream, each with the batch that it is of.
#[derive(Debug, Default)]
pub struct Read(RefCell<Vec<(BatchId, Said)>>);

impl Read {
    /// What goes on with what was read takes its place; what says something else stands beside it, for both were signed.
    pub(super) fn keep(&self, batch: BatchId, said: &Said) {
        let mut all = self.0.borrow_mut();
        let same =
            |known: &Said| known.job == said.job && known.validator == said.validator && known.key.key == said.key.key;
        for (_, known) in all.iter_mut().filter(|(_, known)| same(known)) {
            if known.chunks.starts_with(&said.chunks) {
                return;
            }
            if said.chunks.starts_with(&known.chunks) {
                known.clone_from(said);
                return;
            }
        }
        all.push((batch, said.clone()));
    }

    /// Those of a batch.
    pub fn of(&self, batch: BatchId) -> Vec<Said> {
        let all = self.0.borrow();
        let own = all.iter().filter(|(of, _)| *of == batch);
        own.map(|(_, said)| said.clone()).collect()
    }

    pub fn is_empty(&self) -> bool {
        self.0.borrow().is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stream::follow::tests::chunk;
    use quorate_client::gateways::stream::{Chunk, StreamKey};
    use quorate_primitives::JobId;

    fn said(chunks: &[Chunk]) -> Said {
        Said {
            genesis: [1; 32].into(),
            validator: [2; 32].into(),
            attestation_key: codec::Decode::decode(&mut &[3u8; 32][..]).unwrap(),
            job: JobId::repeat_byte(4),
            request: 5,
            key: StreamKey {
                key: [6; 32],
                expires: 7,
                signature: [8; 64],
            },
            chunks: chunks.to_vec(),
        }
    }

    #[test]
    fn all_that_was_signed_should_be_kept_whatever_came_later() {
        let read = Read::default();
        let (first, more, other) = (chunk(0, &[5], false), chunk(1, &[6], true), chunk(0, &[9], false));
        for chunks in [
            vec![first.clone()],
            vec![first.clone(), more.clone()],
            vec![first.clone()],
        ] {
            read.keep(1, &said(&chunks));
        }
        assert_eq!(read.of(1).len(), 1, "it goes on, or begins anew");
        let other = said(&[other]);
        read.keep(1, &other);
        read.keep(1, &other);
        let tokens: Vec<_> = read.of(1).iter().map(Said::tokens).collect();
        assert_eq!(tokens, [vec![5, 6], vec![9]]);
    }
}
