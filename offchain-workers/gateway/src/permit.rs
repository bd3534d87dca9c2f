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
    /// Of an update.
    pub commitment: Option<Hash>,
}

impl Permit {
    /// The note of an update.
    pub fn note(&self) -> Option<Bytes> {
        self.commitment.map(|commitment| Bytes::copy_from_slice(&commitment.0))
    }
}

/// What the request may upload, if anything: its opening or its account, and its token, are looked at.
pub(crate) fn permit(snapshot: &Snapshot, root: &Root, headers: &HeaderMap) -> Result<Permit, Refusal> {
    let forbidden = |reason: &str| Refusal::new(StatusCode::FORBIDDEN, reason);
    let Some(header) = headers.get(OPENING_HEADER) else {
        let pending = snapshot.allowed.pending(root).ok_or_else(|| {
            forbidden("no model awaits this blob as a version that its owner gives; an update needs the header with its opening")
                .with("header", OPENING_HEADER)
        })?;
        let account = access::uploader(snapshot, headers, root)?;
        let organisation = snapshot.allowed.organisation(&account).ok_or_else(|| {
            forbidden(
                "a version is brought by the account or a contributor of an organisation in good standing, and this account is neither",
            )
        })?;
        return Ok(Permit {
            len: pending.len,
            uploader: Uploader { account, organisation },
            commitment: None,
        });
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
        commitment: Some(commitment),
    })
}
