//! The events socket: what changed, as it changes. See docs/api.md for the protocol.

mod feeds;
mod socket;
mod viewing;

use axum::Extension;
use axum::extract::{State, WebSocketUpgrade};
use axum::response::Response;
use serde::Deserialize;
use utoipa::IntoParams;

pub(crate) use feeds::Feeds;

use crate::app::App;
use crate::extract::Query;
use crate::guard::Member;
use crate::problem::{Problem, Result};
use crate::serve::Place;

/// Where to begin.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(crate) struct EventsQuery {
    /// The last cursor seen; left out: from now on.
    after: Option<String>,
}

/// A WebSocket of JSON frames.
#[utoipa::path(get, path = "/api/events", tag = "events", params(EventsQuery),
    responses((status = 101, description = "the frames of docs/api.md"), (status = "default", body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn connect(
    State(app): State<App>,
    Member(who): Member,
    Query(query): Query<EventsQuery>,
    place: Option<Extension<Place>>,
    upgrade: Result<WebSocketUpgrade, axum::extract::ws::rejection::WebSocketUpgradeRejection>,
) -> Result<Response> {
    let upgrade = upgrade.map_err(|rejection| Problem::malformed(rejection.body_text()))?;
    // A browser says next to nothing; small buffers are what lets thousands stay connected.
    let upgrade = upgrade.max_frame_size(4096).max_message_size(4096);
    let upgrade = upgrade.read_buffer_size(4096).write_buffer_size(0);
    Ok(upgrade.on_upgrade(async move |socket| {
        socket::serve(app, who, query.after, socket).await;
        drop(place);
    }))
}
