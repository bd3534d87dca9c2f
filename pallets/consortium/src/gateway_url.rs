//! The URL of a validator's gateway: scheme, host, perhaps a port, and nothing else. Workers and clients of all organisations
//! send requests to it, so it must not be able to name a path, a query or a host inside somebody's own network.
//!
//! ```text
//! url  = ("http" / "https") "://" host [":" port]
//! host = name / IPv4 / "[" IPv6 "]"
//! ```
//! A name is lower case; its labels are 1 to 63 letters, digits and inner hyphens, and its last label begins with a letter: what
//! browsers and libraries would read as a number (`127.1`, `0x7f000001`) is no host.

use core::net::{Ipv4Addr, Ipv6Addr};

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Scheme {
    Http,
    Https,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Host<'a> {
    Name(&'a str),
    V4(Ipv4Addr),
    V6(Ipv6Addr),
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Url<'a> {
    pub scheme: Scheme,
    pub host: Host<'a>,
    pub port: Option<u16>,
}

pub(crate) fn parse(bytes: &[u8]) -> Option<Url<'_>> {
    let text = core::str::from_utf8(bytes).ok()?;
    let (scheme, authority) = match text.strip_prefix("https://") {
        Some(authority) => (Scheme::Https, authority),
        None => (Scheme::Http, text.strip_prefix("http://")?),
    };
    let (host, port) = split(authority)?;
    let port = match port {
        Some(port) => Some(parse_port(port)?),
        None => None,
    };
    Some(Url { scheme, host, port })
}

/// The host, and the text behind its colon if there is one.
fn split(authority: &str) -> Option<(Host<'_>, Option<&str>)> {
    if let Some(bracketed) = authority.strip_prefix('[') {
        let (address, rest) = bracketed.split_once(']')?;
        let host = Host::V6(address.parse().ok()?);
        return match rest.strip_prefix(':') {
            Some(port) => Some((host, Some(port))),
            None => rest.is_empty().then_some((host, None)),
        };
    }
    let (host, port) = match authority.split_once(':') {
        Some((host, port)) => (host, Some(port)),
        None => (authority, None),
    };
    let host = match host.parse() {
        Ok(address) => Host::V4(address),
        Err(_) => Host::Name(is_name(host).then_some(host)?),
    };
    Some((host, port))
}

/// 1 to 65,535, without leading zeros.
fn parse_port(text: &str) -> Option<u16> {
    let plain = text.bytes().all(|byte| byte.is_ascii_digit()) && !text.starts_with('0');
    if plain {
        text.parse().ok()
    } else {
        None
    }
}

fn is_name(text: &str) -> bool {
    let is_label = |label: &str| {
        (1..=63).contains(&label.len())
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label
                .bytes()
                .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
    };
    let last = text.rsplit('.').next();
    text.split('.').all(is_label)
        && last.is_some_and(|label| label.starts_with(|first: char| first.is_ascii_lowercase()))
}

impl Host<'_> {
    /// Whether the host is inside a machine or a local network, or no single host at all.
    pub fn is_private(&self) -> bool {
        match self {
            Self::Name(name) => is_private_name(name),
            Self::V4(address) => is_private_v4(*address),
            Self::V6(address) => is_private_v6(*address),
        }
    }
}

/// `localhost`, names without a dot and those of domains that are local by convention (RFC 6761, RFC 6762, RFC 8375).
fn is_private_name(name: &str) -> bool {
    let last = name.rsplit('.').next().unwrap_or(name);
    !name.contains('.') || matches!(last, "localhost" | "local" | "internal") || name.ends_with(".home.arpa")
}

fn is_private_v4(address: Ipv4Addr) -> bool {
    let [a, b, c, _] = address.octets();
    address.is_private()
        || address.is_loopback()
        || address.is_link_local()
        || address.is_multicast()
        || a == 0
        // Reserved, with the broadcast address.
        || a >= 240
        // Shared by the customers of a provider (RFC 6598), protocol assignments, benchmarks (RFC 2544).
        || (a == 100 && (64..128).contains(&b))
        || (a, b, c) == (192, 0, 0)
        || (a == 198 && (b == 18 || b == 19))
}

fn is_private_v6(address: Ipv6Addr) -> bool {
    let [first, second, third, ..] = address.segments();
    let [.., e, f, g, h] = address.octets();
    let last = Ipv4Addr::new(e, f, g, h);
    let zeros = |segments: usize| address.segments().iter().take(segments).all(|segment| *segment == 0);
    address.is_loopback()
        || address.is_unspecified()
        || address.is_multicast()
        // Unique local, link local, site local.
        || first & 0xfe00 == 0xfc00
        || first & 0xffc0 == 0xfe80
        || first & 0xffc0 == 0xfec0
        // Addresses that carry an IPv4 address: mapped, compatible, by NAT64, by 6to4; Teredo hides one.
        || (address.to_ipv4_mapped().is_some() && is_private_v4(last))
        || (zeros(6) && is_private_v4(last))
        || (first == 0x64 && second == 0xff9b && (third != 0 || is_private_v4(last)))
        || (first == 0x2002 && is_private_v4(embedded_in_6to4(second, third)))
        || (first == 0x2001 && second == 0)
}

fn embedded_in_6to4(high: u16, low: u16) -> Ipv4Addr {
    let ([a, b], [c, d]) = (high.to_be_bytes(), low.to_be_bytes());
    Ipv4Addr::new(a, b, c, d)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn private(text: &str) -> bool {
        parse(text.as_bytes())
            .unwrap_or_else(|| panic!("{text}"))
            .host
            .is_private()
    }

    #[test]
    fn scheme_host_and_port_should_be_all_that_is_read() {
        let url = parse(b"https://gateway-1.example.org:8443").unwrap();
        assert_eq!(
            (url.scheme, url.host, url.port),
            (Scheme::Https, Host::Name("gateway-1.example.org"), Some(8443))
        );
        let url = parse(b"http://203.0.113.9").unwrap();
        assert_eq!(
            (url.scheme, url.host, url.port),
            (Scheme::Http, Host::V4(Ipv4Addr::new(203, 0, 113, 9)), None)
        );
        let url = parse(b"https://[2001:db8::1]:1").unwrap();
        assert_eq!(
            (url.host, url.port),
            (Host::V6("2001:db8::1".parse().unwrap()), Some(1))
        );
    }

    #[test]
    fn anything_else_should_be_refused() {
        for bad in [
            "",
            "http://",
            "ftp://host.example",
            "HTTP://host.example",
            "http:/host.example",
            "http://host.example/",
            "http://127.0.0.1:22/x?y=",
            "http://host.example/path",
            "http://host.example?query",
            "http://host.example#fragment",
            "http://user@host.example",
            "http://user:password@host.example",
            "http://host.example:",
            "http://host.example:0",
            "http://host.example:080",
            "http://host.example:65536",
            "http://host.example:+80",
            "http://host.example:80:80",
            "http://host.example.",
            "http://.example",
            "http://a..b",
            "http://-a.example",
            "http://a-.example",
            "http://a_b.example",
            "http://Host.example",
            "http://h\u{f6}st.example",
            "http://ho st.example",
            "http://host.example\\@x",
            "http://host%2eexample",
            "http://127.1",
            "http://127.0.0.01",
            "http://0x7f.0.0.1",
            "http://0x7f000001",
            "http://2130706433",
            "http://1.2.3.4.5",
            "http://[::1",
            "http://[::1]x",
            "http://[::1%25eth0]",
            "http://[127.0.0.1]",
            "http://::1",
        ] {
            assert_eq!(parse(bad.as_bytes()), None, "{bad}");
        }
    }

    #[test]
    fn hosts_inside_a_network_should_be_private() {
        for text in [
            "http://localhost",
            "http://localhost:80",
            "http://a.localhost",
            "http://gateway",
            "http://printer.local",
            "http://db.internal",
            "http://x.home.arpa",
            "http://0.0.0.0",
            "http://0.1.2.3",
            "http://10.1.2.3",
            "http://100.64.0.1",
            "http://127.0.0.1",
            "http://127.255.0.1",
            "http://169.254.169.254",
            "http://172.16.0.1",
            "http://172.31.255.255",
            "http://192.0.0.8",
            "http://192.168.0.1",
            "http://198.18.0.1",
            "http://224.0.0.1",
            "http://255.255.255.255",
            "http://[::]",
            "http://[::1]",
            "http://[::10.0.0.1]",
            "http://[::ffff:127.0.0.1]",
            "http://[64:ff9b::10.0.0.1]",
            "http://[64:ff9b:1::1]",
            "http://[2002:a00:1::]",
            "http://[2001:0:1::]",
            "http://[fc00::1]",
            "http://[fd12::1]",
            "http://[fe80::1]",
            "http://[fec0::1]",
            "http://[ff02::1]",
        ] {
            assert!(private(text), "{text}");
        }
    }

    #[test]
    fn other_hosts_should_be_public() {
        for text in [
            "http://gateway.example",
            "http://localhost.example",
            "http://9.9.9.9",
            "http://100.128.0.1",
            "http://172.32.0.1",
            "http://192.169.0.1",
            "http://[2606:4700::1111]",
            "http://[::ffff:9.9.9.9]",
            "http://[2002:909:909::]",
        ] {
            assert!(!private(text), "{text}");
        }
    }

    /// Bytes that URLs are made of, more often than others.
    fn text() -> impl Strategy<Value = String> {
        prop_oneof![
            "https?://[a-z0-9.:@/?#\\[\\]%-]{0,24}",
            "https?://[a-z0-9.-]{1,20}(:[0-9]{1,6})?",
            "https?://[0-9]{1,3}(\\.[0-9x]{1,4}){0,4}(:[0-9]{1,6})?",
            "https?://\\[[0-9a-f:.]{1,30}\\](:[0-9]{1,6})?",
            ".{0,40}",
        ]
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, cases: 4_000, ..ProptestConfig::default() })]

        /// What is accepted here is read alike by the library that clients use.
        #[test]
        fn an_accepted_url_should_mean_the_same_to_the_url_library(text in text()) {
            if let Some(read) = parse(text.as_bytes()) {
                let url = url::Url::parse(&text).unwrap();
                prop_assert_eq!(url.path(), "/");
                prop_assert!(url.query().is_none() && url.fragment().is_none());
                prop_assert!(url.username().is_empty() && url.password().is_none());
                prop_assert_eq!(url.scheme(), match read.scheme { Scheme::Http => "http", Scheme::Https => "https" });
                prop_assert_eq!(url.port_or_known_default(), read.port.or(match read.scheme {
                    Scheme::Http => Some(80),
                    Scheme::Https => Some(443),
                }));
                match (url.host().unwrap(), read.host) {
                    (url::Host::Domain(theirs), Host::Name(ours)) => prop_assert_eq!(theirs, ours),
                    (url::Host::Ipv4(theirs), Host::V4(ours)) => prop_assert_eq!(theirs, ours),
                    (url::Host::Ipv6(theirs), Host::V6(ours)) => prop_assert_eq!(theirs, ours),
                    (theirs, ours) => prop_assert!(false, "{theirs:?} is not {ours:?}"),
                }
            }
        }

        #[test]
        fn any_address_and_port_should_be_accepted(v4: u32, v6: u128, port in 1..=u16::MAX) {
            for host in [Ipv4Addr::from(v4).to_string(), format!("[{}]", Ipv6Addr::from(v6))] {
                let text = format!("https://{host}:{port}");
                prop_assert_eq!(parse(text.as_bytes()).and_then(|url| url.port), Some(port));
            }
        }

        #[test]
        fn any_bytes_should_be_read_without_a_panic(bytes: Vec<u8>) {
            if let Some(url) = parse(&bytes) {
                url.host.is_private();
            }
        }
    }
}
