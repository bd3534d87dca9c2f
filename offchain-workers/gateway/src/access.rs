//! Tokens: what lets validators' workers read from each other, readers the versions of models that are not public, and uploaders
//! bring what is theirs.

use crate::{
    readers::{Owned, ReadersOf},
    refusal::Refusal,
    Snapshot,
};
use axum::http::{header::AUTHORIZATION, HeaderMap, StatusCode};
use codec::DecodeAll;
use quorate_gateway_api::{Authorization, Root, Scheme, LONGEST_LIFETIME};
use quorate_primitives::{
    crypto::AttestationSignature,
    payload::{reader_payload, token_payload, uploader_payload},
    AccountId, RequestId,
};
use sp_application_crypto::RuntimeAppPublic;
use sp_core::crypto::Ss58Codec;
use sp_runtime::{traits::Verify, MultiSignature};
use std::time::{SystemTime, UNIX_EPOCH};

/// How far two clocks may be apart, in seconds.
const CLOCKS: u64 = 60;
const WRONG: &str = "the token's signature is not the bearer's for this gateway and chain";

/// Reads an account in SS58 form.
pub(crate) fn account(text: &str) -> Option<[u8; 32]> {
    AccountId::from_ss58check(text).ok().map(Into::into)
}

/// Whether the request carries a token for this gateway of a validator, or of one of the readers.
pub(crate) fn reader(snapshot: &Snapshot, headers: &HeaderMap, readers: &[ReadersOf]) -> Result<(), Refusal> {
    let who = match readers {
        [] => "only validators may read this: a token is needed",
        _ => "only readers whom the owner admits, and validators, may read this: a token is needed",
    };
    let token = token(headers, who, &[Scheme::Validator, Scheme::Reader])?;
    let verified = match token.scheme {
        Scheme::Validator => verify_validator(snapshot, &token),
        Scheme::Reader => verify_reader(snapshot, &token, readers),
        Scheme::Uploader => Err("an uploader's token reads nothing"),
    };
    verified.map_err(forbidden)
}

/// Whether it carries a token for this gateway of whoever asked `request`. A validator's will not do: it has the answer when it has computed it.
pub(crate) fn asker(snapshot: &Snapshot, headers: &HeaderMap, request: RequestId) -> Result<(), Refusal> {
    let who = "only the account and the contributors of the organisation that asked may read this: a token is needed";
    let token = token(headers, who, &[Scheme::Reader])?;
    let readers = [ReadersOf {
        owned: Owned::Request(request),
        contributors: true,
    }];
    match token.scheme {
        Scheme::Reader => verify_reader(snapshot, &token, &readers).map_err(forbidden),
        Scheme::Validator | Scheme::Uploader => Err(forbidden(who)),
    }
}

/// The validator whose token the request carries, if it does.
pub(crate) fn validator(snapshot: &Snapshot, headers: &HeaderMap) -> Option<AccountId> {
    let token = parse(headers)?;
    let verified = token.scheme == Scheme::Validator && verify_validator(snapshot, &token).is_ok();
    verified.then(|| token.bearer.into())
}

/// Whether the request carries an uploader's token, right or wrong.
pub(crate) fn is_uploader(headers: &HeaderMap) -> bool {
    parse(headers).is_some_and(|token| token.scheme == Scheme::Uploader)
}

/// Who brings the blob `root`: the account whose token for that and for this gateway the request carries.
pub(crate) fn uploader(snapshot: &Snapshot, headers: &HeaderMap, root: &Root) -> Result<AccountId, Refusal> {
    let who =
        "an upload needs a token that the contributor signs, or the account of an organisation for a version, an \
               artifact or the input of a request";
    let token = token(headers, who, &[Scheme::Uploader])?;
    if token.scheme != Scheme::Uploader {
        return Err(forbidden("this token is for reading; an upload needs one of its own"));
    }
    let bearer = AccountId::from(token.bearer);
    let verified = check_time(snapshot, &token).and_then(|me| {
        let payload = uploader_payload(snapshot.genesis, &bearer, me, root.into(), token.expires);
        verify_account(&token, &bearer, &payload)
    });
    verified.map(|()| bearer).map_err(forbidden)
}

fn forbidden(reason: &str) -> Refusal {
    Refusal::new(StatusCode::FORBIDDEN, reason)
}

/// The token of a request that needs one.
fn token(headers: &HeaderMap, who: &str, schemes: &'static [Scheme]) -> Result<Authorization, Refusal> {
    if !headers.contains_key(AUTHORIZATION) {
        return Err(Refusal::unauthorized(who, schemes));
    }
    parse(headers).ok_or_else(|| {
        let form =
            "authorization: Quorate, Quorate-Reader or Quorate-Uploader, then <account>:<expires>:<hex signature>";
        Refusal::unauthorized("the token cannot be read", schemes).with("expected", form)
    })
}

fn parse(headers: &HeaderMap) -> Option<Authorization> {
    let text = headers.get(AUTHORIZATION)?.to_str().ok()?;
    Authorization::parse(text, account)
}

/// Whom the token has to be for, if it holds now.
fn check_time<'a>(snapshot: &'a Snapshot, token: &Authorization) -> Result<&'a AccountId, &'static str> {
    let me = snapshot.me.as_ref();
    let me = me.ok_or("this gateway serves no registered validator now")?;
    let now = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(u64::MAX, |now| now.as_secs());
    if token.expires <= now {
        return Err("the token has expired; check both clocks");
    }
    if token.expires > now.saturating_add(LONGEST_LIFETIME + CLOCKS) {
        return Err("the token holds for too long: let it expire within the hour");
    }
    Ok(me)
}

fn verify_validator(snapshot: &Snapshot, token: &Authorization) -> Result<(), &'static str> {
    let me = check_time(snapshot, token)?;
    let bearer = AccountId::from(token.bearer);
    let peer = snapshot.allowed.peer(&bearer);
    let peer = peer.ok_or("the token's bearer is no validator")?;
    let key = peer.key.as_ref().ok_or("the token's bearer has no attestation key")?;
    let signature = AttestationSignature::try_from(token.signature.as_slice());
    let signature = signature.map_err(|()| "the token's signature has not 64 bytes")?;
    let payload = token_payload(snapshot.genesis, &bearer, me, token.expires);
    key.verify(&payload, &signature).then_some(()).ok_or(WRONG)
}

fn verify_reader(snapshot: &Snapshot, token: &Authorization, readers: &[ReadersOf]) -> Result<(), &'static str> {
    let me = check_time(snapshot, token)?;
    let bearer = AccountId::from(token.bearer);
    if !snapshot.allowed.is_reader(&bearer, readers) {
        return Err("the token's bearer is no reader of this blob: its owner may admit the organisation");
    }
    let payload = reader_payload(snapshot.genesis, &bearer, me, token.expires);
    verify_account(token, &bearer, &payload)
}

fn verify_account(token: &Authorization, bearer: &AccountId, payload: &[u8]) -> Result<(), &'static str> {
    let signature = MultiSignature::decode_all(&mut token.signature.as_slice());
    let signature = signature.map_err(|_| "the token's signature is no MultiSignature")?;
    signature.verify(payload, bearer).then_some(()).ok_or(WRONG)
}
