//! The first bytes of a blob, for whoever needs no more of it.

use super::{Client, Source, TransferError};
use crate::{name, Root};
use bytes::Bytes;
use std::future::ready;

impl Client {
    /// The first bytes of a blob of exactly `len` bytes, verified: in whole groups, up to the first one with which they are enough, or else
    /// all of them. Sources are asked in their order, each for as long as it brings what is right.
    ///
    /// # Errors
    /// `Nowhere`.
    pub async fn beginning(
        &self,
        sources: &[Source],
        root: Root,
        len: u64,
        is_enough: impl Fn(&[u8]) -> bool,
    ) -> Result<Vec<u8>, TransferError> {
        let (mut causes, mut denials) = (Vec::new(), 0);
        for source in sources {
            let (mut bytes, mut enough) = (Vec::new(), false);
            let give = |_, group: Bytes| {
                bytes.extend_from_slice(&group);
                enough = is_enough(&bytes);
                ready(match enough {
                    // Whatever else would come is not waited for.
                    true => Err(ended(&source.gateway.url)),
                    false => Ok(()),
                })
            };
            let wanted = super::pull::Wanted { root, len, first: 0 };
            match self.pull(source, &wanted, give).await {
                Ok(()) => return Ok(bytes),
                Err(_) if enough => return Ok(bytes),
                Err(error) => {
                    denials += usize::from(error.is_denial());
                    causes.push(error.to_string());
                }
            }
        }
        Err(TransferError::Nowhere {
            name: name(&root),
            denied: denials > 0 && denials == causes.len(),
            causes,
        })
    }
}

fn ended(gateway: &str) -> TransferError {
    TransferError::Http {
        gateway: gateway.into(),
        reason: "no more of its bytes are wanted".into(),
    }
}
