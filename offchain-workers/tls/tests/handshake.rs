//! Handshakes over loopback sockets.

use quorate_tls::rustls::{pki_types::ServerName, ClientConfig, ServerConfig};
use quorate_tls::{
    accept, client, explain, mutual_client, mutual_server, server, web_roots, Mismatch, Pin, TlsIdentity,
};
use std::{io, sync::Arc, time::Duration};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    time::timeout,
};
use tokio_rustls::TlsConnector;

const LIMIT: Duration = Duration::from_secs(20);

fn identity(name: &str) -> (tempfile::TempDir, TlsIdentity) {
    let folder = tempfile::tempdir().unwrap();
    let identity = TlsIdentity::load_or_make(&folder.path().join(name)).unwrap();
    (folder, identity)
}

/// What each side learns: the client sends a byte, the server sends it back.
async fn talk(server: Arc<ServerConfig>, client: Arc<ClientConfig>) -> (io::Result<u8>, io::Result<u8>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let serving = async {
        let (stream, _) = listener.accept().await?;
        let mut stream = accept(server, stream).await?;
        let got = stream.read_u8().await?;
        stream.write_u8(got).await?;
        stream.shutdown().await?;
        Ok(got)
    };
    let asking = async {
        let stream = TcpStream::connect(address).await?;
        let name = ServerName::IpAddress(address.ip().into());
        let mut stream = TlsConnector::from(client).connect(name, stream).await?;
        stream.write_u8(7).await?;
        stream.read_u8().await
    };
    timeout(LIMIT, async { tokio::join!(serving, asking) }).await.unwrap()
}

#[tokio::test]
async fn the_right_key_should_be_accepted_and_a_wrong_one_refused_with_both_pins() {
    let (_a, right) = identity("right");
    let (_b, wrong) = identity("wrong");
    let config = || server(&right).unwrap();
    let (served, asked) = talk(config(), Arc::new(client(right.pin()).unwrap())).await;
    assert_eq!((served.unwrap(), asked.unwrap()), (7, 7));

    let (served, asked) = talk(config(), Arc::new(client(wrong.pin()).unwrap())).await;
    assert!(served.is_err());
    let mismatch = Mismatch {
        expected: wrong.pin(),
        got: right.pin(),
    };
    assert_eq!(explain(&asked.unwrap_err()), Some(mismatch.to_string()));
}

#[tokio::test]
async fn both_sides_should_have_to_show_their_keys() {
    let (_a, node) = identity("node");
    let (_b, worker) = identity("worker");
    let (_c, other) = identity("other");
    let config = || mutual_server(&worker, node.pin()).unwrap();
    let (served, asked) = talk(config(), mutual_client(&node, worker.pin()).unwrap()).await;
    assert_eq!((served.unwrap(), asked.unwrap()), (7, 7));

    // A client with another key.
    let (served, asked) = talk(config(), mutual_client(&other, worker.pin()).unwrap()).await;
    let mismatch = Mismatch {
        expected: node.pin(),
        got: other.pin(),
    };
    assert_eq!(explain(&served.unwrap_err()), Some(mismatch.to_string()));
    let told = explain(&asked.unwrap_err()).unwrap();
    assert!(told.contains("another TLS key of this side"), "{told}");

    // One without a certificate.
    let (served, asked) = talk(config(), Arc::new(client(worker.pin()).unwrap())).await;
    assert!(served.is_err());
    let told = explain(&asked.unwrap_err()).unwrap();
    assert!(told.contains("was shown none"), "{told}");

    // A server with another key.
    let (served, asked) = talk(config(), mutual_client(&node, other.pin()).unwrap()).await;
    assert!(served.is_err() && asked.is_err());
}

/// A certificate is public: showing it without its private key must not do.
#[tokio::test]
async fn a_stolen_certificate_should_not_do_without_its_key() {
    use quorate_tls::rustls::{
        pki_types::{pem::PemObject, CertificateDer, PrivateKeyDer},
        server::ResolvesServerCert,
        sign::CertifiedKey,
    };
    #[derive(Debug)]
    struct Thief(Arc<CertifiedKey>);
    impl ResolvesServerCert for Thief {
        fn resolve(&self, _: quorate_tls::rustls::server::ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
            Some(self.0.clone())
        }
    }
    let (owners, owner) = identity("file");
    let (thiefs, _) = identity("file");
    let stolen = CertificateDer::from_pem_file(owners.path().join("file")).unwrap();
    assert_eq!(Pin::of(&stolen).unwrap(), owner.pin());
    let key = PrivateKeyDer::from_pem_file(thiefs.path().join("file")).unwrap();
    let provider = quorate_tls::rustls::crypto::ring::default_provider();
    let key = provider.key_provider.load_private_key(key).unwrap();
    let pair = Arc::new(CertifiedKey::new(vec![stolen], key));
    let config = ServerConfig::builder_with_provider(Arc::new(provider))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_cert_resolver(Arc::new(Thief(pair)));
    let (served, asked) = talk(Arc::new(config), Arc::new(client(owner.pin()).unwrap())).await;
    assert!(served.is_err() && asked.is_err());
}

#[tokio::test]
async fn a_self_signed_certificate_should_not_pass_where_authorities_vouch() {
    let (_a, identity) = identity("key");
    match web_roots() {
        Ok(config) => {
            let (served, asked) = talk(server(&identity).unwrap(), Arc::new(config)).await;
            assert!(served.is_err() && asked.is_err());
        }
        // A machine without authorities says so.
        Err(error) => assert!(!error.to_string().is_empty()),
    }
}

#[tokio::test]
async fn a_server_without_tls_should_be_told_apart() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let serving = async {
        let (mut stream, _) = listener.accept().await.unwrap();
        stream.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n").await.unwrap();
    };
    let asking = async {
        let stream = TcpStream::connect(address).await.unwrap();
        let name = ServerName::IpAddress(address.ip().into());
        let config = Arc::new(client(Pin([0; 32])).unwrap());
        TlsConnector::from(config).connect(name, stream).await
    };
    let ((), asked) = timeout(LIMIT, async { tokio::join!(serving, asking) }).await.unwrap();
    assert_eq!(explain(&asked.unwrap_err()).as_deref(), Some("it does not speak TLS"));
}
