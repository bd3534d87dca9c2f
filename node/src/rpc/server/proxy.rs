//! Whom a proxy that is trusted speaks for.

use forwarded_header_value::ForwardedHeaderValue;
use jsonrpsee::server::HttpRequest;
use std::net::IpAddr;

/// The address that the headers name: `Forwarded`, `X-Forwarded-For` or `X-Real-IP`, in this order. Of several it is the last one, which the
/// proxy itself added: whoever asks can write the others.
pub fn address<B>(request: &HttpRequest<B>) -> Option<IpAddr> {
    let header = |name: &str| request.headers().get_all(name).iter().next_back()?.to_str().ok();
    header("forwarded")
        .and_then(|value| ForwardedHeaderValue::from_forwarded(value).ok())
        .and_then(|value| value.proximate_forwarded_for_ip())
        .or_else(|| header("x-forwarded-for")?.rsplit(',').next()?.trim().parse().ok())
        .or_else(|| header("x-real-ip")?.trim().parse().ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(name: &str, value: &str) -> Option<IpAddr> {
        address(&HttpRequest::builder().header(name, value).body(()).unwrap())
    }

    #[test]
    fn each_header_should_be_understood_and_none_believed_that_names_no_address() {
        let client: Option<IpAddr> = Some([192, 0, 2, 60].into());
        assert_eq!(named("Forwarded", "for=192.0.2.60;proto=http;by=203.0.113.43"), client);
        assert_eq!(named("X-Forwarded-For", "192.0.2.60"), client);
        assert_eq!(named("X-Real-IP", "192.0.2.60"), client);
        assert_eq!(named("X-Real-IP", "anybody"), None);
        assert_eq!(named("Forwarded", "for=unknown"), None);
        assert_eq!(named("Host", "192.0.2.60"), None);
    }

    #[test]
    fn address_that_the_client_wrote_itself_should_not_be_believed() {
        let client: Option<IpAddr> = Some([192, 0, 2, 60].into());
        assert_eq!(named("X-Forwarded-For", "10.0.0.1, 192.0.2.60"), client);
        assert_eq!(named("Forwarded", "for=10.0.0.1, for=192.0.2.60"), client);
    }
}
