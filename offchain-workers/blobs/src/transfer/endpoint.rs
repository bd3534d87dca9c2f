//! Gateways, and how one knows that it is them.

use super::{failed, TransferError};
use quorate_tls::{rustls::ClientConfig, Pin};
use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
    time::Duration,
};

/// Clients that are kept, one for each pin: more than a chain has validators.
const REMEMBERED: usize = 256;

/// A gateway.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Endpoint {
    /// Such as `https://10.0.0.7:9780`, or `http://` where the network itself is private.
    pub url: String,
    /// Pin of its TLS key as the chain registers it. `None` for plain HTTP, or where certificate authorities vouch for its name.
    pub pin: Option<Pin>,
}

impl<T: Into<String>> From<T> for Endpoint {
    fn from(url: T) -> Self {
        Self {
            url: url.into(),
            pin: None,
        }
    }
}

/// HTTP clients: a verifier learns the name of the server it talks to and not its port, so each key has a client of its own.
#[derive(Clone, Debug)]
pub(super) struct Connections {
    plain: reqwest::Client,
    secure: Arc<Mutex<HashMap<Option<Pin>, reqwest::Client>>>,
    connect: Duration,
}

impl Connections {
    pub fn new(connect: Duration) -> Result<Self, TransferError> {
        let plain = quorate_tls::no_roots().map_err(|error| failed("client", &error))?;
        Ok(Self {
            plain: build(plain, connect)?,
            secure: Arc::default(),
            connect,
        })
    }

    /// The client for a gateway.
    pub fn to(&self, endpoint: &Endpoint) -> Result<reqwest::Client, TransferError> {
        let wrong = |reason: String| TransferError::Http {
            gateway: endpoint.url.clone(),
            reason,
        };
        let scheme = endpoint
            .url
            .split_once("://")
            .map(|(scheme, _)| scheme.to_ascii_lowercase());
        match (scheme.as_deref(), endpoint.pin) {
            (Some("http"), None) => Ok(self.plain.clone()),
            (Some("http"), Some(_)) => Err(wrong(
                "a TLS key is registered for it, and its URL begins with http: its operator has to register one that begins \
                 with https, or no key"
                    .into(),
            )),
            (Some("https"), pin) => self.secure(pin).map_err(|error| match error {
                TransferError::Http { reason, .. } => wrong(reason),
                other => other,
            }),
            _ => Err(wrong("the URL of a gateway begins with https:// or http://".into())),
        }
    }

    fn secure(&self, pin: Option<Pin>) -> Result<reqwest::Client, TransferError> {
        let known = self.secure.lock().ok().and_then(|secure| secure.get(&pin).cloned());
        if let Some(known) = known {
            return Ok(known);
        }
        let config = match pin {
            Some(pin) => quorate_tls::client(pin).map_err(|error| failed("client", &error))?,
            None => web()?,
        };
        let client = build(config, self.connect)?;
        if let Ok(mut secure) = self.secure.lock() {
            if secure.len() >= REMEMBERED {
                secure.clear();
            }
            secure.insert(pin, client.clone());
        }
        Ok(client)
    }
}

fn web() -> Result<ClientConfig, TransferError> {
    quorate_tls::web_roots().map_err(|error| TransferError::Http {
        gateway: "client".into(),
        reason: format!(
            "no TLS key is registered for it, and this machine's certificate authorities cannot be used ({error}): its \
             operator has to register the key, or this machine needs its package of CA certificates"
        ),
    })
}

fn build(tls: ClientConfig, connect: Duration) -> Result<reqwest::Client, TransferError> {
    reqwest::Client::builder()
        .tls_backend_preconfigured(tls)
        .connect_timeout(connect)
        .redirect(reqwest::redirect::Policy::none())
        .user_agent(concat!("quorate/", env!("CARGO_PKG_VERSION")))
        .build()
        .map_err(|error| failed("client", &error))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_registered_key_should_not_be_talked_around() {
        let connections = Connections::new(Duration::from_secs(1)).unwrap();
        let to = |url: &str, pin| connections.to(&Endpoint { url: url.into(), pin }).map(drop);
        let pin = Some(Pin([1; 32]));
        to("http://127.0.0.1:1", None).unwrap();
        to("https://127.0.0.1:1", pin).unwrap();
        to("HTTPS://127.0.0.1:1", pin).unwrap();
        for (url, pin) in [
            ("http://127.0.0.1:1", pin),
            ("ftp://127.0.0.1:1", None),
            ("127.0.0.1:1", None),
        ] {
            let error = to(url, pin).unwrap_err().to_string();
            assert!(error.contains(url) && error.contains("https"), "{error}");
        }
    }
}
