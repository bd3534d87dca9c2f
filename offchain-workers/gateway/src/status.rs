//! `GET /v1/status`: what anyone may know.

use crate::Gateway;
use axum::{extract::State, Json};
use quorate_gateway_api::StatusBody;

pub(crate) async fn status(State(gateway): State<Gateway>) -> Json<StatusBody> {
    let snapshot = gateway.snapshot();
    let snapshot = snapshot.as_deref();
    Json(StatusBody {
        program: "quorate-worker".into(),
        version: env!("CARGO_PKG_VERSION").into(),
        ready: snapshot.is_some(),
        uploads_free: gateway.slots.free(),
        genesis: snapshot.map(|snapshot| format!("{:?}", snapshot.genesis)),
        block: snapshot.map(|snapshot| snapshot.best),
        validator: snapshot.and_then(|snapshot| Some(snapshot.me.as_ref()?.to_string())),
        public_versions: snapshot.map(|snapshot| snapshot.allowed.public_versions()),
    })
}
