//! Tokens: what lets validators' workers read from each other, and readers the versions of models that are not public.

use crate::{refusal::Refusal, snapshot::ReadersOf, Snapshot};
use axum::http::{header::AUTHORIZATION, HeaderMap, StatusCode};
use codec::DecodeAll;
use quorate_gateway_api::{Authorization, Scheme, LONGEST_LIFETIME};
use quorate_primitives::{
    crypto::AttestationSignature,
    payload::{reader_payload, token_payload},
    AccountId,
};
use sp_application_crypto::RuntimeAppPublic;
use sp_core::crypto::Ss58Codec;
use sp_runtime::{traits::Verify, MultiSignature};
use std::time::{SystemTime, UNIX_EPOCH};

/// How far two clocks may be apart, in seconds.
const CLOCKS: u64 = 60;

/// Reads an account in SS58 form.
pub(crate) fn account(text: &str) -> Option<[u8; 32]> {
    AccountId::from_ss58check(text).ok().map(Into::into)
}

/// Whether the request carries a token for this gateway of a validator, or of one of the readers.
pub(crate) fn check(snapshot: &Snapshot, headers: &HeaderMap, readers: &[ReadersOf]) -> Result<(), Refusal> {
    let Some(header) = headers.get(AUTHORIZATION) else {
        let who = match readers {
            [] => "only validators may read this: a token is needed",
            _ => "only readers whom the model's owner admits, and validators, may read this: a token is needed",
        };
        return Err(Refusal::new(StatusCode::UNAUTHORIZED, who));
    };
    let token = header
        .to_str()
        .ok()
        .and_then(|text| Authorization::parse(text, account));
    let token = token.ok_or_else(|| {
        let form = "authorization: Quorate or Quorate-Reader, then <account>:<expires>:<hex signature>";
        Refusal::new(StatusCode::UNAUTHORIZED, "the token cannot be read").with("expected", form)
    })?;
    verify(snapshot, &token, readers).map_err(|reason| Refusal::new(StatusCode::FORBIDDEN, reason))
}

fn verify(snapshot: &Snapshot, token: &Authorization, readers: &[ReadersOf]) -> Result<(), &'static str> {
    let Some(me) = &snapshot.me else {
        return Err("this gateway serves no registered validator now");
    };
    let now = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(u64::MAX, |now| now.as_secs());
    if token.expires <= now {
        return Err("the token has expired; check both clocks");
    }
    if token.expires > now.saturating_add(LONGEST_LIFETIME + CLOCKS) {
        return Err("the token holds for too long: let it expire within the hour");
    }
    let bearer = AccountId::from(token.bearer);
    let good = match token.scheme {
        Scheme::Validator => {
            let peer = snapshot
                .allowed
                .peer(&bearer)
                .ok_or("the token's bearer is no validator")?;
            let key = peer.key.as_ref().ok_or("the token's bearer has no attestation key")?;
            let signature = AttestationSignature::try_from(token.signature.as_slice());
            let signature = signature.map_err(|()| "the token's signature has not 64 bytes")?;
            key.verify(&token_payload(snapshot.genesis, &bearer, me, token.expires), &signature)
        }
        Scheme::Reader => {
            if !snapshot.allowed.is_reader(&bearer, readers) {
                return Err("the token's bearer is no reader of this model: its owner may admit the organisation");
            }
            let signature = MultiSignature::decode_all(&mut token.signature.as_slice());
            let signature = signature.map_err(|_| "the token's signature is no MultiSignature")?;
            let payload = reader_payload(snapshot.genesis, &bearer, me, token.expires);
            signature.verify(payload.as_slice(), &bearer)
        }
    };
    match good {
        true => Ok(()),
        false => Err("the token's signature is not the bearer's for this gateway and chain"),
    }
}
