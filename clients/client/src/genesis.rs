//! Versions that owners give and that await votes.

use crate::{Client, Error, Result};
use quorate_primitives::{
    views::{
        gateway::{GatewayCursor, GatewayEntry, GatewayPage, VersionBlob},
        BlobRef,
    },
    ModelId, Root,
};

impl Client {
    /// The model that awaits a file of this root and length as a version that its owner gives.
    ///
    /// # Errors
    /// `Input` naming what is awaited: no gateway would take the file.
    pub async fn awaiting(&self, root: Root, len: u64) -> Result<ModelId> {
        let at = Some(self.best().await?.hash);
        let (mut awaited, mut cursor): (_, Option<GatewayCursor>) = (Vec::new(), None);
        loop {
            let page: GatewayPage = self.runtime("GatewayApi_gateway_page", cursor, at).await?;
            let entries = page
                .entries
                .iter()
                .filter_map(|entry| GatewayEntry::try_from(entry).ok());
            awaited.extend(entries.filter_map(|entry| match entry {
                GatewayEntry::Version(version) if version.pending => Some(version),
                _ => None,
            }));
            cursor = page.next;
            if cursor.is_none() {
                return find(&awaited, BlobRef { root, len });
            }
        }
    }
}

fn find(awaited: &[VersionBlob], file: BlobRef) -> Result<ModelId> {
    if let Some(found) = awaited.iter().find(|version| version.blob == file) {
        return Ok(found.model);
    }
    let all: Vec<String> = awaited
        .iter()
        .map(|version| {
            format!(
                "model {}: root {:?}, {} bytes",
                version.model, version.blob.root, version.blob.len
            )
        })
        .collect();
    let awaited = match all.is_empty() {
        true => "no model awaits a version of its owner's".into(),
        false => format!("what is awaited: {}", all.join("; ")),
    };
    Err(Error::Input(format!(
        "no gateway would take this file (root {:?}, {} bytes); {awaited}",
        file.root, file.len
    )))
}

#[cfg(test)]
mod tests {
    use super::*;
    use quorate_primitives::policy::Access;

    fn version(model: ModelId, root: u8) -> VersionBlob {
        VersionBlob {
            model,
            version: 0,
            blob: BlobRef {
                root: Root::repeat_byte(root),
                len: 100,
            },
            access: Access::Public,
            pending: true,
            optimiser: None,
        }
    }

    #[test]
    fn file_that_is_awaited_should_be_found_by_root_and_length() {
        let awaited = [version(3, 1), version(4, 2)];
        assert_eq!(find(&awaited, awaited[1].blob.clone()).unwrap(), 4);
    }

    #[test]
    fn wrong_file_should_be_said_with_what_is_awaited() {
        let awaited = [version(3, 1)];
        for (root, len) in [(1, 99), (2, 100)] {
            let root = Root::repeat_byte(root);
            let error = find(&awaited, BlobRef { root, len }).unwrap_err().to_string();
            assert!(error.contains("model 3") && error.contains("100 bytes"), "{error}");
        }
        let nothing = find(&[], awaited[0].blob.clone()).unwrap_err().to_string();
        assert!(nothing.contains("no model awaits"), "{nothing}");
    }
}
