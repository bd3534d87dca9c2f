//! The Unix socket on which the node is awaited.

use anyhow::{bail, Context};
use std::{
    fs::{remove_file, rename, set_permissions, Permissions},
    io::ErrorKind,
    os::unix::fs::PermissionsExt,
    path::Path,
};
use tokio::net::{UnixListener, UnixStream};

/// Listens at `path` with mode 0600; takes the place of a socket on which nobody listens.
pub(crate) async fn listen(path: &Path) -> anyhow::Result<UnixListener> {
    match UnixStream::connect(path).await {
        Ok(_) => bail!("{}: another worker listens here", path.display()),
        Err(error) if error.kind() == ErrorKind::NotFound => (),
        // Whoever made it is gone.
        Err(error) if error.kind() == ErrorKind::ConnectionRefused => (),
        Err(error) => return Err(error).with_context(|| path.display().to_string()),
    }
    // Nobody can connect before the mode is set: the socket comes to its place only then.
    let mut fresh = path.as_os_str().to_owned();
    fresh.push(".new");
    let fresh = Path::new(&fresh);
    match remove_file(fresh) {
        Err(error) if error.kind() != ErrorKind::NotFound => {
            return Err(error).with_context(|| fresh.display().to_string());
        }
        _ => (),
    }
    let listener = UnixListener::bind(fresh).with_context(|| fresh.display().to_string())?;
    set_permissions(fresh, Permissions::from_mode(0o600)).with_context(|| fresh.display().to_string())?;
    rename(fresh, path).with_context(|| path.display().to_string())?;
    Ok(listener)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_stale_socket_should_be_replaced_and_a_live_one_respected() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("socket");
        drop(listen(&path).await.unwrap());
        let listener = listen(&path).await.unwrap();
        assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        assert!(listen(&path).await.is_err());
        drop(listener);
    }
}
