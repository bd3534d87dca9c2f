//! Whom a proxy that is trusted speaks for.

use forwarded_header_value::ForwardedHeaderValue;
use jsonrpsee::server::HttpRequest;
use std::net::{IpAddr, SocketAddr};

/// What the headers say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Named {
    /// There are none.
    Nobody,
    Address(IpAddr),
    /// One of them names no address, or they name several: whoever asks wrote one, and the proxy passed it on.
    Unclear,
}

impl Named {
    pub fn address(self) -> Option<IpAddr> {
        match self {
            Self::Address(address) => Some(address),
            Self::Nobody | Self::Unclear => None,
        }
    }
}

/// Reads an address out of a header.
type Read = fn(&str) -> Option<IpAddr>;

/// Whom `Forwarded`, `X-Forwarded-For` and `X-Real-IP` name, all that are there. Of several addresses in one of them it is the last, which
/// the proxy itself added: whoever asks can write the others, and whole headers that its proxy does not set.
pub fn named<B>(request: &HttpRequest<B>) -> Named {
    let mut named = Named::Nobody;
    let kinds: [(&str, Read); 3] = [
        ("forwarded", |value| {
            let value = ForwardedHeaderValue::from_forwarded(value).ok()?;
            value.proximate().forwarded_for_ip()
        }),
        ("x-forwarded-for", |value| parse(value.rsplit(',').next()?)),
        ("x-real-ip", parse),
    ];
    for (name, address) in kinds {
        let Some(value) = request.headers().get_all(name).iter().next_back() else {
            continue;
        };
        let address = value.to_str().ok().and_then(address);
        named = match (named, address.map(|address| address.to_canonical())) {
            (Named::Nobody, Some(address)) => Named::Address(address),
            (Named::Address(other), Some(address)) if other == address => named,
            _ => return Named::Unclear,
        };
    }
    named
}

/// An address, with or without a port.
fn parse(text: &str) -> Option<IpAddr> {
    let text = text.trim();
    let bare = text.strip_prefix('[').and_then(|text| text.strip_suffix(']'));
    let with_port = || text.parse().ok().map(|address: SocketAddr| address.ip());
    bare.unwrap_or(text).parse().ok().or_else(with_port)
}

#[cfg(test)]
mod tests {
    use super::*;

    const CLIENT: Named = Named::Address(IpAddr::V4(std::net::Ipv4Addr::new(192, 0, 2, 60)));

    fn of(headers: &[(&str, &str)]) -> Named {
        let request = headers.iter().fold(HttpRequest::builder(), |request, (name, value)| {
            request.header(*name, *value)
        });
        named(&request.body(()).unwrap())
    }

    #[test]
    fn each_header_should_be_understood_and_none_believed_that_names_no_address() {
        assert_eq!(
            of(&[("Forwarded", "for=192.0.2.60;proto=http;by=203.0.113.43")]),
            CLIENT
        );
        assert_eq!(of(&[("X-Forwarded-For", "192.0.2.60")]), CLIENT);
        assert_eq!(of(&[("X-Real-IP", "192.0.2.60")]), CLIENT);
        assert_eq!(of(&[("X-Real-IP", "anybody")]), Named::Unclear);
        assert_eq!(of(&[("Forwarded", "for=unknown")]), Named::Unclear);
        assert_eq!(of(&[("Host", "192.0.2.60")]), Named::Nobody);
    }

    #[test]
    fn ports_should_be_left_out() {
        let client = Named::Address("2001:db8::1".parse().unwrap());
        assert_eq!(of(&[("X-Forwarded-For", "10.0.0.1, 192.0.2.60:4711")]), CLIENT);
        assert_eq!(of(&[("X-Real-IP", "::ffff:192.0.2.60")]), CLIENT);
        for text in ["2001:db8::1", "[2001:db8::1]", "[2001:db8::1]:4711"] {
            assert_eq!(of(&[("X-Forwarded-For", text)]), client, "{text}");
        }
    }

    #[test]
    fn address_that_the_client_wrote_itself_should_not_be_believed() {
        assert_eq!(of(&[("X-Forwarded-For", "10.0.0.1, 192.0.2.60")]), CLIENT);
        assert_eq!(
            of(&[("X-Forwarded-For", "10.0.0.1"), ("X-Forwarded-For", "192.0.2.60")]),
            CLIENT
        );
        assert_eq!(of(&[("Forwarded", "for=10.0.0.1, for=192.0.2.60")]), CLIENT);
        assert_eq!(of(&[("Forwarded", "for=10.0.0.1, for=unknown")]), Named::Unclear);
    }

    #[test]
    fn headers_that_disagree_should_name_nobody() {
        for theirs in ["for=10.0.0.1", "for=unknown", "no header at all"] {
            assert_eq!(
                of(&[("Forwarded", theirs), ("X-Forwarded-For", "192.0.2.60")]),
                Named::Unclear
            );
            assert_eq!(
                of(&[("Forwarded", theirs), ("X-Real-IP", "192.0.2.60")]),
                Named::Unclear
            );
        }
        assert_eq!(
            of(&[("X-Forwarded-For", "10.0.0.1"), ("X-Real-IP", "192.0.2.60")]),
            Named::Unclear
        );
        assert_eq!(
            of(&[("X-Forwarded-For", "192.0.2.60"), ("X-Real-IP", "192.0.2.60")]),
            CLIENT
        );
    }
}
