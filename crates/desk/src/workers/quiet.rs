//! Sessions in which the customer has said nothing for the project's quiet time end by themselves.

use std::time::Duration;

use tokio::time::{MissedTickBehavior, interval};
use tokio_util::sync::CancellationToken;

use crate::reception;
use crate::tx::Store;

/// Between two looks at what has become quiet: what ends is never more than that late.
const EVERY: Duration = Duration::from_secs(10);

/// Ends quiet sessions at their time until `stop`. What it goes by stands in the database, so it goes on after a restart; any number of
/// nodes may do it.
pub(super) async fn end_quiet(store: Store, stop: CancellationToken) {
    let mut ticks = interval(EVERY);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            () = stop.cancelled() => return,
            _ = ticks.tick() => {}
        }
        if let Err(error) = reception::end_quiet(&store).await {
            tracing::warn!("ending quiet sessions: {error}");
        }
    }
}
