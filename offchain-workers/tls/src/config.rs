//! Configurations of `rustls`.

use crate::{verify::Pinned, Pin, TlsError, TlsIdentity};
use rustls::{
    client::Resumption,
    crypto::{ring, CryptoProvider},
    server::NoServerSessionStorage,
    version::TLS13,
    ClientConfig, RootCertStore, ServerConfig,
};
use std::sync::Arc;

const HTTP: &[u8] = b"http/1.1";

fn provider() -> Arc<CryptoProvider> {
    Arc::new(ring::default_provider())
}

/// For an HTTP server that everybody may talk to.
///
/// # Errors
/// `Unusable`.
pub fn server(identity: &TlsIdentity) -> Result<Arc<ServerConfig>, TlsError> {
    let (chain, key) = identity.parts();
    let mut config = ServerConfig::builder_with_provider(provider())
        .with_protocol_versions(&[&TLS13])?
        .with_no_client_auth()
        .with_single_cert(chain, key)?;
    config.alpn_protocols = vec![HTTP.to_vec()];
    Ok(Arc::new(config))
}

/// For an HTTP client of the server whose key has this pin.
///
/// # Errors
/// `Unusable`.
pub fn client(pin: Pin) -> Result<ClientConfig, TlsError> {
    let provider = provider();
    let config = ClientConfig::builder_with_provider(provider.clone())
        .with_protocol_versions(&[&TLS13])?
        .dangerous()
        .with_custom_certificate_verifier(Pinned::new(pin, provider))
        .with_no_client_auth();
    Ok(config)
}

/// For a server that talks to nobody but the holder of the key with this pin.
///
/// # Errors
/// `Unusable`.
pub fn mutual_server(identity: &TlsIdentity, client: Pin) -> Result<Arc<ServerConfig>, TlsError> {
    let (provider, (chain, key)) = (provider(), identity.parts());
    let mut config = ServerConfig::builder_with_provider(provider.clone())
        .with_protocol_versions(&[&TLS13])?
        .with_client_cert_verifier(Pinned::new(client, provider))
        .with_single_cert(chain, key)?;
    // Every connection shows its key anew.
    config.session_storage = Arc::new(NoServerSessionStorage {});
    config.send_tls13_tickets = 0;
    Ok(Arc::new(config))
}

/// For the other side of [`mutual_server`].
///
/// # Errors
/// `Unusable`.
pub fn mutual_client(identity: &TlsIdentity, server: Pin) -> Result<Arc<ClientConfig>, TlsError> {
    let (provider, (chain, key)) = (provider(), identity.parts());
    let mut config = ClientConfig::builder_with_provider(provider.clone())
        .with_protocol_versions(&[&TLS13])?
        .dangerous()
        .with_custom_certificate_verifier(Pinned::new(server, provider))
        .with_client_auth_cert(chain, key)?;
    // The name is looked at by nobody.
    config.enable_sni = false;
    config.resumption = Resumption::disabled();
    Ok(Arc::new(config))
}

/// For an HTTP client of a server whose name the operating system's certificate authorities vouch for.
///
/// # Errors
/// `Unusable` if the operating system has no certificates of authorities.
pub fn web_roots() -> Result<ClientConfig, TlsError> {
    let provider = provider();
    let verifier = rustls_platform_verifier::Verifier::new(provider.clone())?;
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(verifier))
        .with_no_client_auth();
    Ok(config)
}

/// For an HTTP client that speaks no TLS: every server's certificate is refused.
///
/// # Errors
/// `Unusable`.
pub fn no_roots() -> Result<ClientConfig, TlsError> {
    let config = ClientConfig::builder_with_provider(provider())
        .with_protocol_versions(&[&TLS13])?
        .with_root_certificates(RootCertStore::empty())
        .with_no_client_auth();
    Ok(config)
}
