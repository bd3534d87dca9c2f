//! Bodies of answers, in JSON.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// An answer other than the one that was hoped for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ErrorBody {
    /// Human-readable: what is wrong and what to do.
    pub error: String,
    /// What would have been right, or what was found.
    #[serde(flatten)]
    pub details: Map<String, Value>,
}

impl ErrorBody {
    pub fn new(error: impl Into<String>) -> Self {
        Self {
            error: error.into(),
            details: Map::new(),
        }
    }
}

/// What anyone may know of a gateway.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StatusBody {
    pub program: String,
    pub version: String,
    /// Whether the node has sent what the chain allows. What follows is known only then.
    pub ready: bool,
    /// Uploads that would be taken now at the same time.
    pub uploads_free: usize,
    /// Genesis hash of the chain, as `0x` and hexadecimal digits.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub genesis: Option<String>,
    /// The block whose state the gateway goes by.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub block: Option<u32>,
    /// The validator that the gateway serves, in SS58 form.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub validator: Option<String>,
    /// Versions that anybody may read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub public_versions: Option<usize>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bodies_should_be_read_as_they_are_written() {
        let mut body = ErrorBody::new("no");
        body.details.insert("expected".into(), 5.into());
        let text = serde_json::to_string(&body).unwrap();
        assert_eq!(text, r#"{"error":"no","expected":5}"#);
        assert_eq!(serde_json::from_str::<ErrorBody>(&text).unwrap(), body);
        let status = r#"{"program":"p","version":"1","ready":false,"uploads_free":3}"#;
        let read: StatusBody = serde_json::from_str(status).unwrap();
        assert_eq!(serde_json::to_string(&read).unwrap(), status);
    }
}
