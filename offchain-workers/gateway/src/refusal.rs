//! Errors, as human-readable JSON.

use crate::seldom::Seldom;
use axum::{
    http::{header, StatusCode},
    response::{IntoResponse, Response},
    Json,
};
use quorate_gateway_api::{ErrorBody, Scheme};
use serde_json::Value;
use std::sync::LazyLock;

/// An answer other than the one that was hoped for.
#[derive(Debug)]
pub(crate) struct Refusal {
    status: StatusCode,
    body: ErrorBody,
    /// Tokens that would do.
    schemes: &'static [Scheme],
}

impl Refusal {
    pub fn new(status: StatusCode, error: impl ToString) -> Self {
        Self {
            status,
            body: ErrorBody::new(error.to_string()),
            schemes: &[],
        }
    }

    /// Who asks is to show a token of one of these schemes.
    pub fn unauthorized(error: impl ToString, schemes: &'static [Scheme]) -> Self {
        Self {
            schemes,
            ..Self::new(StatusCode::UNAUTHORIZED, error)
        }
    }

    pub fn bad(error: impl ToString) -> Self {
        Self::new(StatusCode::BAD_REQUEST, error)
    }

    /// Adds what would have been right, or what was found.
    pub fn with(mut self, key: &str, value: impl Into<Value>) -> Self {
        self.body.details.insert(key.into(), value.into());
        self
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let mut response = (self.status, Json(self.body)).into_response();
        for scheme in self.schemes {
            let scheme = header::HeaderValue::from_static(scheme.as_str());
            response.headers_mut().append(header::WWW_AUTHENTICATE, scheme);
        }
        if matches!(self.status, StatusCode::SERVICE_UNAVAILABLE | StatusCode::CONFLICT) {
            response
                .headers_mut()
                .insert(header::RETRY_AFTER, header::HeaderValue::from_static("5"));
        }
        response
    }
}

/// An error of this side; its text stays in the log.
pub(crate) fn internal(error: impl std::fmt::Display) -> Refusal {
    // While the store does not answer, outsiders ask on.
    static FAILURES: LazyLock<Seldom> = LazyLock::new(Seldom::default);
    if let Some(more) = FAILURES.now() {
        tracing::error!(%error, more, "gateway");
    }
    Refusal::new(
        StatusCode::INTERNAL_SERVER_ERROR,
        "the store failed; see the worker's log",
    )
}
