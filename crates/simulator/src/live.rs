//! `GET /control/live`: changes as server-sent events.

use std::convert::Infallible;

use axum::extract::State;
use axum::response::sse::{Event, KeepAlive, Sse};
use futures_util::Stream;
use futures_util::stream;
use tokio::sync::broadcast::error::RecvError;

use crate::simulator::Simulator;

/// One event per change, as the JSON of [`Change`](crate::Change). A first `ready` event says that nothing from now on is
/// missed; `lagged` says that something was, and that the chats should be read again.
pub(crate) async fn live(
    State(simulator): State<Simulator>,
) -> Sse<impl Stream<Item = Result<Event, Infallible>> + Send + 'static> {
    let changes = simulator.subscribe();
    let stop = simulator.world.stop.clone();
    let events = stream::unfold((changes, stop, false), |(mut changes, stop, greeted)| async move {
        if !greeted {
            return Some((Ok(Event::default().event("ready").data("{}")), (changes, stop, true)));
        }
        let change = tokio::select! {
            change = changes.recv() => change,
            () = stop.cancelled() => return None,
        };
        let event = match change {
            Ok(change) => Event::default().json_data(&change).unwrap_or_default(),
            Err(RecvError::Lagged(_)) => Event::default().event("lagged").data("{}"),
            Err(RecvError::Closed) => return None,
        };
        Some((Ok(event), (changes, stop, true)))
    });
    Sse::new(events).keep_alive(KeepAlive::default())
}
