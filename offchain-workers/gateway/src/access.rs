//! Tokens: what lets the workers of validators read from each other.

use crate::{refusal::Refusal, Snapshot};
use axum::http::{header::AUTHORIZATION, HeaderMap, StatusCode};
use quorate_blobs::transfer::Authorization;
use quorate_primitives::{crypto::AttestationSignature, payload::token_payload, AccountId, Hash};
use sp_application_crypto::RuntimeAppPublic;
use sp_core::crypto::Ss58Codec;
use std::time::{SystemTime, UNIX_EPOCH};

/// The header value for a token that `bearer`'s key has signed.
pub fn token(bearer: &AccountId, expires: u64, signature: &AttestationSignature) -> Authorization {
    Authorization {
        bearer: *bearer.as_ref(),
        expires,
        signature: AsRef::<[u8]>::as_ref(signature).to_vec(),
    }
}

/// Reads an account in SS58 form.
pub(crate) fn account(text: &str) -> Option<[u8; 32]> {
    AccountId::from_ss58check(text).ok().map(Into::into)
}

/// Whether the request carries a token of a validator for this gateway.
pub(crate) fn check(snapshot: &Snapshot, headers: &HeaderMap) -> Result<(), Refusal> {
    let Some(header) = headers.get(AUTHORIZATION) else {
        return Err(Refusal::new(
            StatusCode::UNAUTHORIZED,
            "only validators may read this: a token is needed",
        ));
    };
    let token = header
        .to_str()
        .ok()
        .and_then(|text| Authorization::parse(text, account));
    let token = token.ok_or_else(|| {
        Refusal::new(StatusCode::UNAUTHORIZED, "the token cannot be read")
            .with("expected", "authorization: Quorate <account>:<expires>:<hex signature>")
    })?;
    verify(snapshot, &token).map_err(|reason| Refusal::new(StatusCode::FORBIDDEN, reason))
}

fn verify(snapshot: &Snapshot, token: &Authorization) -> Result<(), &'static str> {
    let Some(me) = &snapshot.me else {
        return Err("this gateway serves no registered validator now");
    };
    let now = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(u64::MAX, |now| now.as_secs());
    if token.expires <= now {
        return Err("the token has expired; check both clocks");
    }
    let bearer = AccountId::from(token.bearer);
    let peer = snapshot.peer(&bearer).ok_or("the token's bearer is no validator")?;
    let key = peer.key.as_ref().ok_or("the token's bearer has no attestation key")?;
    let signature = AttestationSignature::try_from(token.signature.as_slice());
    let signature = signature.map_err(|()| "the token's signature has not 64 bytes")?;
    match signed(snapshot.genesis, &bearer, me, token.expires, key, &signature) {
        true => Ok(()),
        false => Err("the token's signature is not the bearer's for this gateway and chain"),
    }
}

fn signed(
    genesis: Hash,
    bearer: &AccountId,
    audience: &AccountId,
    expires: u64,
    key: &quorate_primitives::crypto::AttestationId,
    signature: &AttestationSignature,
) -> bool {
    key.verify(&token_payload(genesis, bearer, audience, expires), signature)
}
