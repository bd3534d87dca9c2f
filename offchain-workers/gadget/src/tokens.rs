//! Gateway tokens: short delegations by which a validator's worker, which holds no chain key, reads from its peers.

use crate::decide::Authority;
use quorate_primitives::{crypto::AttestationSignature, AccountId};
use quorate_protocol::{StreamToken, Token};
use std::collections::BTreeMap;

/// How long a token is good for, in seconds.
pub const LIFETIME: u64 = 600;
/// A token with less than this left is renewed, in seconds.
pub const RENEW_BELOW: u64 = 300;

/// The tokens of one bearer.
#[derive(Debug, Default)]
pub struct Tokens {
    bearer: Option<Authority>,
    issued: BTreeMap<AccountId, Token>,
    stream: Option<StreamToken>,
}

impl Tokens {
    /// One token for each of `peers` except the bearer itself, at least [`RENEW_BELOW`] seconds from expiry at Unix time
    /// `now`. `sign` takes the audience and the expiry; a token that cannot be signed is left out. Another
    /// bearer, or the same with another key, starts anew.
    pub fn refresh(
        &mut self,
        bearer: &Authority,
        peers: &[AccountId],
        now: u64,
        mut sign: impl FnMut(&AccountId, u64) -> Option<AttestationSignature>,
    ) -> Vec<Token> {
        if self.bearer.as_ref() != Some(bearer) {
            self.bearer = Some(bearer.clone());
            self.issued.clear();
            self.stream = None;
        }
        self.issued
            .retain(|audience, token| peers.contains(audience) && is_good(token.expires, now));
        for audience in peers.iter().filter(|peer| **peer != bearer.validator) {
            if !self.issued.contains_key(audience) {
                let expires = now.saturating_add(LIFETIME);
                if let Some(signature) = sign(audience, expires) {
                    let token = Token {
                        audience: audience.clone(),
                        expires,
                        signature,
                    };
                    self.issued.insert(audience.clone(), token);
                }
            }
        }
        self.issued.values().cloned().collect()
    }

    /// That the worker with `key` signs streams for the bearer of the last [`Tokens::refresh`], as long from expiry as those tokens. `sign` takes
    /// the expiry.
    pub fn stream(
        &mut self,
        key: [u8; 32],
        now: u64,
        sign: impl FnOnce(u64) -> Option<AttestationSignature>,
    ) -> Option<StreamToken> {
        self.stream
            .take_if(|token| token.key != key || !is_good(token.expires, now));
        if self.stream.is_none() {
            let expires = now.saturating_add(LIFETIME);
            self.stream = sign(expires).map(|signature| StreamToken {
                key,
                expires,
                signature,
            });
        }
        self.stream.clone()
    }
}

/// A token that expires too late comes from a clock that was set back since.
fn is_good(expires: u64, now: u64) -> bool {
    let left = expires.saturating_sub(now);
    (RENEW_BELOW..=LIFETIME).contains(&left)
}

#[cfg(test)]
mod tests {
    use super::*;
    use quorate_primitives::{crypto::AttestationPair, payload::token_payload, Hash};
    use sp_core::Pair;

    fn account(n: u8) -> AccountId {
        AccountId::new([n; 32])
    }

    fn bearer(n: u8) -> Authority {
        Authority {
            key: AttestationPair::from_seed(&[n; 32]).public(),
            validator: account(n),
        }
    }

    fn refresh(tokens: &mut Tokens, peers: &[AccountId], now: u64, signed: &mut u32) -> Vec<Token> {
        let pair = AttestationPair::from_seed(&[7; 32]);
        tokens.refresh(&bearer(1), peers, now, |audience, expires| {
            *signed += 1;
            Some(pair.sign(&token_payload(Hash::zero(), &account(1), audience, expires)))
        })
    }

    #[test]
    fn token_should_last_ten_minutes_and_be_renewed_at_half() {
        let (mut tokens, mut signed) = (Tokens::default(), 0);
        let peers = [account(1), account(2)];
        let first = refresh(&mut tokens, &peers, 1_000, &mut signed);
        assert_eq!((first.len(), first[0].expires, signed), (1, 1_600, 1));
        assert_eq!(refresh(&mut tokens, &peers, 1_300, &mut signed)[0].expires, 1_600);
        assert_eq!(signed, 1);
        assert_eq!(refresh(&mut tokens, &peers, 1_301, &mut signed)[0].expires, 1_901);
        assert_eq!(signed, 2);
    }

    #[test]
    fn clock_that_is_set_back_should_make_new_tokens() {
        let (mut tokens, mut signed) = (Tokens::default(), 0);
        let peers = [account(2)];
        refresh(&mut tokens, &peers, 1_000, &mut signed);
        assert_eq!(refresh(&mut tokens, &peers, 900, &mut signed)[0].expires, 1_500);
    }

    #[test]
    fn peer_that_left_should_lose_its_token_and_a_new_bearer_start_anew() {
        let (mut tokens, mut signed) = (Tokens::default(), 0);
        refresh(&mut tokens, &[account(2), account(3)], 1_000, &mut signed);
        let left = refresh(&mut tokens, &[account(3)], 1_001, &mut signed);
        assert_eq!(
            left.iter().map(|token| token.audience.clone()).collect::<Vec<_>>(),
            [account(3)]
        );
        assert_eq!(signed, 2);
        let none = tokens.refresh(&bearer(3), &[account(3)], 1_001, |_, _| {
            unreachable!("no peer but itself")
        });
        assert!(none.is_empty());
    }

    #[test]
    fn streams_token_should_be_renewed_like_others_and_for_another_key() {
        let (mut tokens, mut signed) = (Tokens::default(), 0);
        let pair = AttestationPair::from_seed(&[7; 32]);
        let mut stream = |tokens: &mut Tokens, key: u8, now| {
            let token = tokens.stream([key; 32], now, |expires| {
                signed += 1;
                Some(pair.sign(&expires.to_le_bytes()))
            });
            (token.map(|token| (token.key, token.expires)), signed)
        };
        refresh(&mut tokens, &[account(2)], 1_000, &mut 0);
        assert_eq!(stream(&mut tokens, 5, 1_000), (Some(([5; 32], 1_600)), 1));
        assert_eq!(stream(&mut tokens, 5, 1_300), (Some(([5; 32], 1_600)), 1));
        assert_eq!(stream(&mut tokens, 5, 1_301), (Some(([5; 32], 1_901)), 2));
        // The worker has started again.
        assert_eq!(stream(&mut tokens, 6, 1_301), (Some(([6; 32], 1_901)), 3));
        tokens.refresh(&bearer(3), &[account(2)], 1_301, |_, _| None);
        assert_eq!(stream(&mut tokens, 6, 1_301), (Some(([6; 32], 1_901)), 4));
    }

    #[test]
    fn token_that_cannot_be_signed_should_be_left_out() {
        assert!(Tokens::default()
            .refresh(&bearer(1), &[account(2)], 1, |_, _| None)
            .is_empty());
    }
}
