//! The Bot API at `/bot{token}/{method}`: routing, faults, the envelope. One file per method below `methods`.

mod answer;
mod markup;
pub(crate) mod methods;
mod params;
pub(crate) mod text;

pub(crate) use params::Params;

use std::sync::Arc;
use std::time::Duration;

use axum::extract::{ConnectInfo, Request, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};

use crate::server::Cutter;
use crate::simulator::Simulator;
use crate::state::bot::BotCell;
use crate::state::fault::{FaultKind, Met, Occasion};
use answer::ApiError;

/// What the download of a file is called in faults and figures.
const DOWNLOAD: &str = "file";
/// Longest token, in bytes.
const LONGEST_TOKEN: usize = 80;
/// Largest answer that a fault makes, in bytes.
const LARGEST_ANSWER: usize = 256 * 1024 * 1024;

/// One call, with what it needs.
pub(crate) struct Call {
    pub(crate) simulator: Simulator,
    pub(crate) cell: Arc<BotCell>,
    pub(crate) token: String,
    pub(crate) params: Params,
}

/// The bot's id when a token has the form of one: `digits:letters, digits, _ and -`.
pub(crate) fn token_bot_id(token: &str) -> Option<i64> {
    let (id, secret) = token.split_once(':')?;
    let id_ok = !id.is_empty() && !id.starts_with('0') && id.bytes().all(|byte| byte.is_ascii_digit());
    let secret_ok =
        !secret.is_empty() && secret.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'-');
    let id: i64 =
        if id_ok && secret_ok && token.len() <= LONGEST_TOKEN { id.parse().ok()? } else { return None };
    (id < 1 << 52).then_some(id)
}

/// Answers any path that is neither the page's nor the control API's.
pub(crate) async fn handle(
    State(simulator): State<Simulator>,
    ConnectInfo(cutter): ConnectInfo<Cutter>,
    request: Request,
) -> Response {
    let not_found = || ApiError::new(404, "Not Found").into_response();
    let path = request.uri().path().replace("%3A", ":").replace("%3a", ":");
    let (path, file) = path.strip_prefix("/file").map_or((path.as_str(), false), |path| (path, true));
    let Some((token, method)) = path.strip_prefix("/bot").and_then(|rest| rest.split_once('/')) else {
        return not_found();
    };
    if token_bot_id(token).is_none() {
        return not_found();
    }
    let Some(cell) = simulator.world.bot_of_token(token) else {
        return ApiError::new(401, "Unauthorized").into_response();
    };
    if file {
        cell.count_call(DOWNLOAD);
        let met = simulator.world.meet_faults(&cell, Occasion::Call, DOWNLOAD);
        if let Some(response) = before(&simulator, &cutter, &met).await {
            return response;
        }
        return after(&simulator, &cutter, met, methods::files::download(&simulator, method)).await;
    }
    let name = methods::canonical(method);
    cell.count_call(name.unwrap_or(method));
    let met = simulator.world.meet_faults(&cell, Occasion::Call, method);
    if let Some(response) = before(&simulator, &cutter, &met).await {
        return response;
    }
    let response = match (Params::read(request).await, name) {
        (Ok(params), Some(name)) => {
            let asked = Call { simulator: simulator.clone(), cell, token: token.to_owned(), params };
            tokio::select! {
                result = methods::run(name, asked) => answer::respond(result),
                () = simulator.world.stop.cancelled() => cut(&cutter),
            }
        }
        (Ok(_), None) => ApiError::new(404, "Not Found: method not found").into_response(),
        (Err(error), _) => error.into_response(),
    };
    after(&simulator, &cutter, met, response).await
}

/// Faults that take the place of the call.
async fn before(simulator: &Simulator, cutter: &Cutter, met: &Met) -> Option<Response> {
    if met.latency_ms > 0 {
        let waited = tokio::time::sleep(Duration::from_millis(met.latency_ms));
        tokio::select! {
            () = waited => {}
            () = simulator.world.stop.cancelled() => return Some(cut(cutter)),
        }
    }
    match met.kind.as_ref()? {
        FaultKind::TooManyRequests { retry_after } => Some(ApiError::too_many(*retry_after).into_response()),
        FaultKind::Answer { status, description } => {
            Some(ApiError::new(*status, description.clone()).into_response())
        }
        FaultKind::Gateway { status } => Some(answer::gateway_page(*status)),
        FaultKind::Garbage { body } => Some((StatusCode::OK, body.clone()).into_response()),
        FaultKind::Hang => Some(hang(simulator, cutter).await),
        FaultKind::DropBefore => Some(cut(cutter)),
        FaultKind::Huge { bytes } => Some(answer::huge((*bytes).min(LARGEST_ANSWER))),
        FaultKind::HangAfter
        | FaultKind::DropAfter
        | FaultKind::Latency { .. }
        | FaultKind::LatencyBetween { .. }
        | FaultKind::Duplicate
        | FaultKind::Reorder
        | FaultKind::Jump { .. } => None,
    }
}

/// Faults that swallow the answer.
async fn after(simulator: &Simulator, cutter: &Cutter, met: Met, response: Response) -> Response {
    match met.kind {
        Some(FaultKind::HangAfter) => hang(simulator, cutter).await,
        Some(FaultKind::DropAfter) => cut(cutter),
        _ => response,
    }
}

/// Waits until the simulator stops. When the client goes away earlier, this is dropped with its connection.
async fn hang(simulator: &Simulator, cutter: &Cutter) -> Response {
    simulator.world.stop.cancelled().await;
    cut(cutter)
}

/// Cuts the connection; the response only makes the server try to write, and fail.
fn cut(cutter: &Cutter) -> Response {
    cutter.cut();
    StatusCode::NO_CONTENT.into_response()
}
