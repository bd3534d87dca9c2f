//! Errors, as JSON that a person can act on.

use axum::{
    http::{header, StatusCode},
    response::{IntoResponse, Response},
    Json,
};
use serde_json::{json, Value};

/// An answer other than the one that was hoped for: `{"error": "...", ...}`.
#[derive(Debug)]
pub(crate) struct Refusal {
    status: StatusCode,
    body: Value,
}

impl Refusal {
    pub fn new(status: StatusCode, error: impl ToString) -> Self {
        Self {
            status,
            body: json!({ "error": error.to_string() }),
        }
    }

    pub fn bad(error: impl ToString) -> Self {
        Self::new(StatusCode::BAD_REQUEST, error)
    }

    /// Adds what would have been right, or what was found.
    pub fn with(mut self, key: &str, value: impl Into<Value>) -> Self {
        self.body[key] = value.into();
        self
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let mut response = (self.status, Json(self.body)).into_response();
        match self.status {
            StatusCode::UNAUTHORIZED => {
                let scheme = header::HeaderValue::from_static("Quorate");
                response.headers_mut().insert(header::WWW_AUTHENTICATE, scheme);
            }
            StatusCode::SERVICE_UNAVAILABLE | StatusCode::CONFLICT => {
                response
                    .headers_mut()
                    .insert(header::RETRY_AFTER, header::HeaderValue::from_static("5"));
            }
            _ => (),
        }
        response
    }
}

/// An error of this side; its text stays in the log.
pub(crate) fn internal(error: impl std::fmt::Display) -> Refusal {
    tracing::error!(%error, "gateway");
    Refusal::new(
        StatusCode::INTERNAL_SERVER_ERROR,
        "the store failed; see the worker's log",
    )
}
