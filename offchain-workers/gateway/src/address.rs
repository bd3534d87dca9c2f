//! Where connections come from, as far as one party can have it for nothing.

use std::net::{IpAddr, Ipv6Addr};

/// An IPv4 address, or an IPv6 network of 64 bits: whoever has one address in it has all.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Address(IpAddr);

impl From<IpAddr> for Address {
    fn from(address: IpAddr) -> Self {
        Self(match address.to_canonical() {
            IpAddr::V6(six) => {
                let network = u128::from(six) >> 64 << 64;
                IpAddr::V6(Ipv6Addr::from(network))
            }
            four => four,
        })
    }
}

impl Address {
    /// The address in a URL such as `https://10.0.0.7:9780`; `None` for a name, which nobody looks up here.
    pub fn in_url(url: &str) -> Option<Self> {
        let (_, rest) = url.split_once("://")?;
        let host = rest.split('/').next()?;
        let host = match host.strip_prefix('[') {
            Some(six) => six.split(']').next()?,
            None => host.split(':').next()?,
        };
        host.parse().map(|address: IpAddr| address.into()).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(text: &str) -> Address {
        text.parse::<IpAddr>().unwrap().into()
    }

    #[test]
    fn addresses_that_one_party_has_together_should_be_one() {
        assert_eq!(of("2001:db8::1"), of("2001:db8::ffff:0:0:1"));
        assert_ne!(of("2001:db8::1"), of("2001:db8:0:1::1"));
        assert_ne!(of("10.0.0.1"), of("10.0.0.2"));
        assert_eq!(of("::ffff:10.0.0.1"), of("10.0.0.1"));
    }

    #[test]
    fn address_in_a_url_should_be_read() {
        assert_eq!(Address::in_url("http://10.0.0.7:9780"), Some(of("10.0.0.7")));
        assert_eq!(Address::in_url("https://10.0.0.7"), Some(of("10.0.0.7")));
        assert_eq!(Address::in_url("https://[2001:db8::1]:9780"), Some(of("2001:db8::1")));
        for none in ["", "https://a.example:1", "10.0.0.7:1", "https://[::x]"] {
            assert_eq!(Address::in_url(none), None, "{none}");
        }
    }
}
