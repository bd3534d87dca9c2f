//! Gateways, and how one knows that it is them.

use super::{failed, TransferError};
use hyper_util::client::proxy::matcher::Matcher;
use quorate_tls::{rustls::ClientConfig, Pin};
use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
    time::Duration,
};

/// Clients that are kept, one for each pin: more than a chain has validators.
const REMEMBERED: usize = 256;

/// A gateway.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
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

/// What a client may talk to.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Policy {
    /// Plain HTTP also to other machines.
    pub plaintext: bool,
    /// On other machines only gateways whose key is known.
    pub pinned: bool,
}

/// HTTP clients: a verifier learns the name of the server it talks to and not its port, so each key has a client of its own.
#[derive(Clone, Debug)]
pub(super) struct Connections {
    clients: Arc<Mutex<HashMap<Kind, reqwest::Client>>>,
    connect: Duration,
    policy: Policy,
    proxies: Arc<Matcher>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Kind {
    tls: bool,
    pin: Option<Pin>,
    /// Without a proxy.
    direct: bool,
}

impl Endpoint {
    /// Whether it is on this machine, by its address or the name `localhost`.
    pub(super) fn is_local(&self) -> bool {
        let url = url::Url::parse(&self.url).ok();
        match url.as_ref().and_then(url::Url::host) {
            Some(url::Host::Ipv4(address)) => address.is_loopback(),
            Some(url::Host::Ipv6(address)) => address.to_canonical().is_loopback(),
            Some(url::Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
            None => false,
        }
    }
}

impl Connections {
    pub fn new(connect: Duration) -> Result<Self, TransferError> {
        let connections = Self {
            clients: Arc::default(),
            connect,
            policy: Policy::default(),
            proxies: Arc::new(Matcher::from_env()),
        };
        connections.client(Kind {
            tls: false,
            pin: None,
            direct: true,
        })?;
        Ok(connections)
    }

    pub fn with(mut self, change: impl FnOnce(&mut Policy)) -> Self {
        change(&mut self.policy);
        self
    }

    /// The client for a gateway.
    pub fn to(&self, endpoint: &Endpoint) -> Result<reqwest::Client, TransferError> {
        let wrong = |reason: String| TransferError::Http {
            gateway: endpoint.url.clone(),
            reason,
        };
        let (pin, direct) = (endpoint.pin, endpoint.is_local());
        let scheme = endpoint.url.split_once("://").map(|(scheme, _)| scheme);
        let tls = match scheme.map(str::to_ascii_lowercase).as_deref() {
            Some("http") => false,
            Some("https") => true,
            _ => return Err(wrong("the URL of a gateway begins with https:// or http://".into())),
        };
        let refused = match (tls, pin) {
            (false, Some(_)) => Some(
                "a TLS key is registered for it, and its URL begins with http: its operator has to register one that begins \
                 with https, or no key",
            ),
            (false, None) if !direct && !self.policy.plaintext => Some(
                "it speaks plain HTTP and is on another machine: anybody on the way could read and change what is sent. Its \
                 operator has to serve it over https (--tls); where the network itself is private, allow it: --allow-plaintext",
            ),
            (true, None) if !direct && self.policy.pinned && !self.policy.plaintext => Some(
                "no TLS key is registered for it, and validators talk to known keys only: its operator has to register the \
                 key's pin (tls_key_hash)",
            ),
            _ => None,
        };
        if let Some(reason) = refused {
            return Err(wrong(reason.into()));
        }
        let client = self.client(Kind { tls, pin, direct });
        client.map_err(|error| match error {
            TransferError::Http { reason, .. } => wrong(reason),
            other => other,
        })
    }

    fn client(&self, kind: Kind) -> Result<reqwest::Client, TransferError> {
        let known = self.clients.lock().ok().and_then(|clients| clients.get(&kind).cloned());
        if let Some(known) = known {
            return Ok(known);
        }
        let config = match (kind.tls, kind.pin) {
            (false, _) => quorate_tls::no_roots().map_err(|error| failed("client", &error))?,
            (true, Some(pin)) => quorate_tls::client(pin).map_err(|error| failed("client", &error))?,
            (true, None) => web()?,
        };
        let client = build(config, self.connect, kind.direct)?;
        if let Ok(mut clients) = self.clients.lock() {
            if clients.len() >= REMEMBERED {
                clients.clear();
            }
            clients.insert(kind, client.clone());
        }
        Ok(client)
    }

    /// Why a request failed. If it went through a proxy, that is named.
    pub fn failed(&self, endpoint: &Endpoint, error: &reqwest::Error) -> TransferError {
        match (failed(&endpoint.url, error), self.proxy(endpoint)) {
            (TransferError::Http { gateway, reason }, Some(proxy)) => TransferError::Http {
                gateway,
                reason: format!(
                    "{reason} (through the proxy {proxy} of this program's environment: see HTTP_PROXY, HTTPS_PROXY, ALL_PROXY \
                     and, for what is to go without it, NO_PROXY)"
                ),
            },
            (other, _) => other,
        }
    }

    /// The proxy for a gateway, without a password that its URL may have.
    fn proxy(&self, endpoint: &Endpoint) -> Option<String> {
        if endpoint.is_local() {
            return None;
        }
        let found = self.proxies.intercept(&endpoint.url.parse().ok()?)?;
        let uri = found.uri();
        Some(format!(
            "{}://{}",
            uri.scheme_str().unwrap_or("http"),
            uri.authority()?.as_str().rsplit('@').next()?
        ))
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

fn build(tls: ClientConfig, connect: Duration, direct: bool) -> Result<reqwest::Client, TransferError> {
    let mut builder = reqwest::Client::builder()
        .tls_backend_preconfigured(tls)
        .connect_timeout(connect)
        .redirect(reqwest::redirect::Policy::none())
        .user_agent(concat!("quorate/", env!("CARGO_PKG_VERSION")));
    if direct {
        builder = builder.no_proxy();
    }
    builder.build().map_err(|error| failed("client", &error))
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

    fn refused(connections: &Connections, url: &str, pin: Option<Pin>) -> Option<String> {
        let endpoint = Endpoint { url: url.into(), pin };
        connections.to(&endpoint).err().map(|error| error.to_string())
    }

    #[test]
    fn plain_http_should_go_to_this_machine_only_unless_it_is_allowed() {
        let new = || Connections::new(Duration::from_secs(1)).unwrap();
        for local in [
            "http://127.0.0.1:1",
            "http://127.9.9.9",
            "http://[::1]:1",
            "http://localhost:1",
            "http://[::ffff:127.0.0.1]",
        ] {
            assert_eq!(refused(&new(), local, None), None);
        }
        for other in [
            "http://10.0.0.1:1",
            "http://127.0.0.1.example",
            "http://localhost.example",
            "http://[2001:db8::1]",
            "http://0.0.0.0:1",
        ] {
            let reason = refused(&new(), other, None).unwrap();
            assert!(
                reason.contains(other) && reason.contains("--allow-plaintext"),
                "{reason}"
            );
            let allowing = new().with(|policy| policy.plaintext = true);
            assert_eq!(refused(&allowing, other, None), None);
        }
    }

    #[test]
    fn validators_should_talk_to_known_keys_only() {
        let pinned = || {
            Connections::new(Duration::from_secs(1))
                .unwrap()
                .with(|policy| policy.pinned = true)
        };
        let reason = refused(&pinned(), "https://10.0.0.1:1", None).unwrap();
        assert!(reason.contains("tls_key_hash"), "{reason}");
        assert_eq!(refused(&pinned(), "https://10.0.0.1:1", Some(Pin([1; 32]))), None);
        assert_eq!(refused(&pinned(), "http://127.0.0.1:1", None), None);
    }

    #[test]
    fn proxy_should_be_named_without_its_password_and_not_for_this_machine() {
        let connections = Connections {
            proxies: Arc::new(Matcher::builder().all("http://user:secret@10.0.0.9:3128").build()),
            ..Connections::new(Duration::from_secs(1)).unwrap()
        };
        let proxy = |url: &str| connections.proxy(&url.into());
        assert_eq!(proxy("http://10.0.0.1:1").as_deref(), Some("http://10.0.0.9:3128"));
        assert_eq!(proxy("https://a.example").as_deref(), Some("http://10.0.0.9:3128"));
        assert_eq!(proxy("http://127.0.0.1:1"), None);
    }
}
