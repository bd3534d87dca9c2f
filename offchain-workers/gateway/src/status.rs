//! `GET /v1/status`: what anyone may know.

use crate::Gateway;
use axum::{extract::State, Json};
use serde_json::{json, Value};

pub(crate) async fn status(State(gateway): State<Gateway>) -> Json<Value> {
    let mut status = json!({
        "program": "quorate-worker",
        "version": env!("CARGO_PKG_VERSION"),
        "ready": false,
        "uploads_free": gateway.uploads.available_permits(),
    });
    if let Some(snapshot) = gateway.snapshot() {
        status["ready"] = true.into();
        status["genesis"] = format!("{:?}", snapshot.genesis).into();
        status["validator"] = snapshot.me.as_ref().map(ToString::to_string).into();
        status["public_versions"] = snapshot
            .view
            .versions
            .iter()
            .filter(|version| snapshot.readers(&version.blob.root.0) == crate::snapshot::Readers::Anyone)
            .count()
            .into();
    }
    Json(status)
}
