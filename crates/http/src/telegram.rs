//! Telegram's deliveries: no part of the API, and of no browser's concern.

use std::time::Duration;

use axum::body::{Body, to_bytes};
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use desk::ids::ProjectId;
use serde_json::value::RawValue;
use tokio::time::timeout;

use crate::app::App;

/// The largest delivery that is taken, in bytes. Telegram's own are a few KB; a larger one is fetched by polling, to which the
/// project falls back.
const LARGEST: usize = 4 << 20;
/// How long a delivery's body may take to arrive.
const LONGEST: Duration = Duration::from_secs(20);

/// Takes one update. 200 when it is durable; 503 when it should come again. Who doesn't know the secret learns nothing, not
/// even whether there is such a project, and has nothing read.
pub(crate) async fn deliver(
    State(app): State<App>,
    Path(project): Path<String>,
    headers: HeaderMap,
    body: Body,
) -> Response {
    let secret = headers.get("x-telegram-bot-api-secret-token").map_or(&[][..], |value| value.as_bytes());
    let pass = project.parse::<ProjectId>().ok().and_then(|project| app.intake.admit(project, secret));
    let Some(pass) = pass else { return StatusCode::NOT_FOUND.into_response() };
    let body = match timeout(LONGEST, to_bytes(body, LARGEST)).await {
        Err(_) => return StatusCode::REQUEST_TIMEOUT.into_response(),
        Ok(Err(_)) => return StatusCode::PAYLOAD_TOO_LARGE.into_response(),
        Ok(Ok(body)) => body,
    };
    let Ok(raw) = serde_json::from_slice::<&RawValue>(&body) else {
        return StatusCode::BAD_REQUEST.into_response();
    };
    match app.intake.take(pass, raw.get()).await {
        Ok(()) => StatusCode::OK.into_response(),
        Err(_) => (StatusCode::SERVICE_UNAVAILABLE, [(header::RETRY_AFTER, "1")]).into_response(),
    }
}
