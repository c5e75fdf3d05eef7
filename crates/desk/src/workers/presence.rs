//! What time does to presence and to sessions that nobody takes up.

use std::time::Duration;

use tokio::time::{Instant, MissedTickBehavior, interval};
use tokio_util::sync::CancellationToken;

use crate::reception::{self, Signs};
use crate::tx::Store;

/// Between two times at which signs of life are stored.
const BEAT: Duration = Duration::from_secs(20);
/// Between two looks at who is gone.
const SWEEP: Duration = Duration::from_secs(2);
/// How long nobody counts as gone after the start: after a pause of the server their portals come back by themselves.
const GRACE: Duration = Duration::from_secs(45);
/// Between two looks at what was not taken up.
const TAKE_UP: Duration = Duration::from_secs(1);

/// Keeps account of who is connected until `stop`, and stores the last signs of life then.
pub(super) async fn keep_presence(store: Store, signs: Signs, stop: CancellationToken) {
    let (mut beats, mut sweeps) = (interval(BEAT), interval(SWEEP));
    beats.set_missed_tick_behavior(MissedTickBehavior::Delay);
    sweeps.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let patience = Instant::now() + GRACE;
    while !stop.is_cancelled() {
        let done = tokio::select! {
            () = stop.cancelled() => break,
            _ = beats.tick() => reception::beat(&store, &signs).await,
            _ = sweeps.tick(), if Instant::now() > patience => reception::sweep_presence(&store).await.map(drop),
            // Who knows when to look for the first time.
            () = tokio::time::sleep_until(patience), if Instant::now() <= patience => Ok(()),
        };
        if let Err(error) = done {
            tracing::warn!("presence: {error}");
        }
    }
    if let Err(error) = reception::beat(&store, &signs).await {
        tracing::warn!("presence: the last signs of life were not stored: {error}");
    }
}

/// Lets sessions that nobody took up in time go on, until `stop`.
pub(super) async fn pass_on(store: Store, stop: CancellationToken) {
    let mut ticks = interval(TAKE_UP);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            () = stop.cancelled() => return,
            _ = ticks.tick() => {}
        }
        if let Err(error) = reception::pass_on(&store).await {
            tracing::warn!("passing sessions on: {error}");
        }
    }
}
