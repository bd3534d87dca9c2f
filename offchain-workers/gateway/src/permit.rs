//! Who may upload what.

use crate::{access, refusal::Refusal, slots::Uploader, Snapshot};
use axum::http::{HeaderMap, StatusCode};
use bytes::Bytes;
use quorate_gateway_api::{Opening, Root, OPENING_HEADER};
use quorate_primitives::{payload::update_commitment, AccountId, Hash};

/// Kind of the note beside an update's blob. It holds the commitment that the upload opened, or zeros.
pub const UPDATE_MARK: &str = "updates";

/// What may be uploaded.
pub(crate) struct Permit {
    pub len: u64,
    pub uploader: Uploader,
    pub brings: Brings,
}

/// What an upload is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Brings {
    /// An update that opens this commitment.
    Update(Hash),
    /// A version that an owner gives.
    Version,
    /// An artifact, a sealed shard that was revealed, or the input of a request: it goes when the chain no longer names it.
    Awaited,
}

impl Permit {
    /// The commitment that an update opens.
    pub fn commitment(&self) -> Option<Hash> {
        match self.brings {
            Brings::Update(commitment) => Some(commitment),
            Brings::Version | Brings::Awaited => None,
        }
    }

    /// The note of what goes when the chain no longer names it: a version has none.
    pub fn note(&self) -> Option<Bytes> {
        match self.brings {
            Brings::Update(commitment) => Some(Bytes::copy_from_slice(&commitment.0)),
            Brings::Awaited => Some(Bytes::from_static(&[0; 32])),
            Brings::Version => None,
        }
    }
}

/// What an organisation gives, a version, an artifact, a shard or the input of a request: named by its root alone.
fn given(snapshot: &Snapshot, root: &Root, headers: &HeaderMap) -> Result<Permit, Refusal> {
    let forbidden = |reason: &str| Refusal::new(StatusCode::FORBIDDEN, reason);
    let (allowed, version) = (&snapshot.allowed, snapshot.allowed.pending(root));
    if version.is_none() && !allowed.awaits(root) {
        let reason = "no model awaits this blob as a version that its owner gives, and no artifact, no shard and no request awaits it; an \
                      update needs the header with its opening";
        return Err(forbidden(reason).with("header", OPENING_HEADER));
    }
    let account = access::uploader(snapshot, headers, root)?;
    if let Some(awaited) = allowed.awaited_from(root, &account) {
        let organisation = awaited.organisation;
        return Ok(Permit {
            len: awaited.len,
            uploader: Uploader { account, organisation },
            brings: Brings::Awaited,
        });
    }
    let version = version.ok_or_else(|| {
        forbidden(
            "an artifact, a shard or the input of a request is brought by the account or a contributor of the organisation that \
             registered or supplies it or asked, and this account is neither",
        )
    })?;
    let organisation = allowed.organisation(&account).ok_or_else(|| {
        forbidden(
            "a version is brought by the account or a contributor of an organisation in good standing, and this account is neither",
        )
    })?;
    Ok(Permit {
        len: version.len,
        uploader: Uploader { account, organisation },
        brings: Brings::Version,
    })
}

/// What the request may upload, if anything: its opening or its account, and its token, are looked at.
pub(crate) fn permit(snapshot: &Snapshot, root: &Root, headers: &HeaderMap) -> Result<Permit, Refusal> {
    let forbidden = |reason: &str| Refusal::new(StatusCode::FORBIDDEN, reason);
    let Some(header) = headers.get(OPENING_HEADER) else {
        return given(snapshot, root, headers);
    };
    let opening = header
        .to_str()
        .ok()
        .and_then(|text| Opening::parse(text, access::account));
    let opening = opening.ok_or_else(|| {
        Refusal::bad(format!("{OPENING_HEADER} cannot be read"))
            .with("expected", "round=<n>;contributor=<account>;weight=<n>;salt=<hex>")
    })?;
    let contributor = AccountId::from(opening.contributor);
    let upload = snapshot.allowed.upload(opening.round, &contributor).ok_or_else(|| {
        forbidden(
            "this contributor has no commitment in this round that awaits an upload; submit it first, or wait until \
                   this validator has seen the block",
        )
    })?;
    let Opening {
        round, weight, salt, ..
    } = opening;
    let commitment = update_commitment(snapshot.genesis, round, &contributor, (*root).into(), weight, salt);
    if commitment != upload.commitment {
        return Err(forbidden("root, weight and salt do not open the commitment on chain")
            .with("expected", format!("{:?}", upload.commitment))
            .with("got", format!("{commitment:?}")));
    }
    // The opening is public once it is revealed.
    let account = access::uploader(snapshot, headers, root)?;
    if account != contributor {
        return Err(forbidden("the token's bearer is not the update's contributor"));
    }
    Ok(Permit {
        len: upload.len,
        uploader: Uploader {
            account,
            organisation: upload.organisation,
        },
        brings: Brings::Update(commitment),
    })
}
