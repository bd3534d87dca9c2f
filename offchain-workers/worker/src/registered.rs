//! Whether the chain registers this gateway as it is.

use quorate_primitives::views::gateway::Peer;
use quorate_tls::Pin;

/// What the operator has to mend, where this gateway speaks TLS with the key `own`. A gateway without TLS may stand behind a proxy
/// that has it: nothing is known of that one.
pub(crate) fn problem(me: &Peer, own: Option<Pin>) -> Option<String> {
    let own = own?;
    let registered = me.tls_key_hash.map(|hash| Pin(hash.0));
    let mend = format!("register {own} by consortium.update_endpoint");
    match registered {
        _ if !me.gateway.starts_with("https://") => Some(format!(
            "the chain registers the URL {:?} for this gateway, which speaks TLS: register one that begins with https://",
            me.gateway
        )),
        Some(registered) if registered == own => None,
        Some(other) => Some(format!(
            "the chain registers the TLS key {other} for this gateway, which has another: nobody will talk to it; {mend}"
        )),
        None => Some(format!(
            "the chain registers no TLS key for this gateway: unless a certificate authority vouches for its certificate, nobody \
             will talk to it; {mend}"
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use quorate_primitives::{AccountId, Hash};

    #[test]
    fn difference_should_be_named_with_what_to_register() {
        let peer = |gateway: &str, key: Option<u8>| Peer {
            validator: AccountId::new([1; 32]),
            organisation: 0,
            key: None,
            gateway: gateway.into(),
            tls_key_hash: key.map(Hash::repeat_byte),
        };
        let own = Some(Pin([7; 32]));
        assert_eq!(problem(&peer("https://a", Some(7)), own), None);
        assert_eq!(problem(&peer("http://a", None), None), None);
        assert_eq!(problem(&peer("https://a", Some(6)), None), None, "a proxy has that key");
        for key in [None, Some(6)] {
            assert!(problem(&peer("https://a", key), own)
                .unwrap()
                .contains(&"07".repeat(32)));
        }
        assert!(problem(&peer("http://a", Some(7)), own).unwrap().contains("https://"));
    }
}
