//! Where the blobs live: in the worker's folder, or in a bucket with copies in the folder.

use crate::size::Size;
use anyhow::{bail, Context};
use quorate_blobs::{BlobStore, Bounds, Credentials, S3};
use std::{
    io::Read,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
};
use toml::{Table, Value};

/// A file of credentials is shorter.
const LONGEST: u64 = 64 << 10;

/// The place of the blobs.
#[derive(Debug, clap::Args)]
pub(crate) struct Blobs {
    /// Where the blobs live, if not in the folder of --store: `s3://<bucket>/<prefix>`. No other worker may have that prefix. The folder then
    /// has copies, and what has not been uploaded yet.
    #[arg(long, value_name = "URL")]
    blobs: Option<String>,
    /// URL of an S3 server that is not Amazon's; without --s3-credentials `AWS_ENDPOINT_URL` unless set.
    #[arg(long, value_name = "URL", requires = "blobs")]
    s3_endpoint: Option<String>,
    /// Region of the bucket; `us-east-1`, or without --s3-credentials `AWS_REGION`, unless set.
    #[arg(long, value_name = "NAME", requires = "blobs")]
    s3_region: Option<String>,
    /// File with `access-key-id`, `secret-access-key` and perhaps `session-token` in TOML, for the worker's user alone. Unless set, the
    /// environment has them (`AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY`, …; empty where a node starts the worker), or the machine has a
    /// role.
    #[arg(long, value_name = "FILE", requires = "blobs")]
    s3_credentials: Option<PathBuf>,
    /// Bytes of copies in the folder: those that were used longest ago go first. What is in use stays on the disk until then.
    #[arg(long, value_name = "SIZE", requires = "blobs", default_value_t = Size(64 << 30))]
    cache: Size,
}

impl Blobs {
    /// Opens the store.
    ///
    /// # Errors
    /// In words, with the flag that they are about.
    pub async fn open(&self, folder: &Path, keep_free: u64, allow_plaintext: bool) -> anyhow::Result<BlobStore> {
        let Some(location) = &self.blobs else {
            return BlobStore::local(folder).context("--store");
        };
        let credentials = self.s3_credentials.as_deref().map(credentials).transpose()?;
        let s3 = S3 {
            location: location.clone(),
            endpoint: self.s3_endpoint.clone(),
            region: self.s3_region.clone(),
            credentials,
            allow_plaintext,
        };
        let bounds = Bounds {
            max: self.cache.0,
            keep_free,
        };
        let remote = s3.connect().context("--blobs")?;
        BlobStore::cached(folder, remote, bounds)
            .await
            .context("--store, --blobs")
    }
}

/// Reads a file of credentials.
fn credentials(path: &Path) -> anyhow::Result<Credentials> {
    let named = || format!("--s3-credentials {}", path.display());
    let file = std::fs::File::open(path).with_context(named)?;
    let mode = file.metadata().with_context(named)?.permissions().mode();
    if mode & 0o077 != 0 {
        bail!("{}: others may read it (mode {:o}): chmod 600", named(), mode & 0o777);
    }
    let mut text = String::new();
    file.take(LONGEST).read_to_string(&mut text).with_context(named)?;
    // What stands there is not shown.
    let Ok(mut table) = text.parse::<Table>() else {
        bail!("{}: it is no TOML, such as access-key-id = \"…\"", named());
    };
    let mut text_of = |key: &str| match table.remove(key) {
        None => Ok(None),
        Some(Value::String(text)) if !text.is_empty() => Ok(Some(text)),
        Some(_) => Err(anyhow::anyhow!("{}: {key} is no text", named())),
    };
    let (id, secret, session_token) = (
        text_of("access-key-id")?,
        text_of("secret-access-key")?,
        text_of("session-token")?,
    );
    if let Some((key, _)) = table.iter().next() {
        bail!(
            "{}: {key} is none of access-key-id, secret-access-key and session-token",
            named()
        );
    }
    match (id, secret) {
        (Some(access_key_id), Some(secret_access_key)) => Ok(Credentials {
            access_key_id,
            secret_access_key,
            session_token,
        }),
        _ => bail!("{}: access-key-id and secret-access-key are needed", named()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn credentials_should_be_whole_and_for_the_user_alone() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("s3.toml");
        let read = |text: &str, mode: u32| {
            std::fs::write(&path, text).unwrap();
            std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode)).unwrap();
            credentials(&path)
        };
        let both = "access-key-id = \"id\"\nsecret-access-key = \"do-not-show\"\n";
        let got = read(both, 0o600).unwrap();
        assert_eq!(
            (got.access_key_id.as_str(), got.secret_access_key.as_str()),
            ("id", "do-not-show")
        );
        assert_eq!(got.session_token, None);
        let got = read(&format!("{both}session-token = \"t\""), 0o400).unwrap();
        assert_eq!(got.session_token.as_deref(), Some("t"));
        for (text, mode, words) in [
            (both, 0o640, "chmod 600"),
            (both, 0o604, "chmod 600"),
            ("access-key-id = \"id\"", 0o600, "are needed"),
            ("secret-access-key = do-not-show", 0o600, "no TOML"),
            ("access-key-id = 3", 0o600, "no text"),
            (
                &format!("{both}password = \"do-not-show\""),
                0o600,
                "password is none of",
            ),
        ] {
            let error = format!("{:#}", read(text, mode).unwrap_err());
            assert!(error.contains(words) && !error.contains("do-not-show"), "{error}");
        }
    }
}
