//! Forgetting what was kept for a while: old events and raw updates, in small steps behind live work.

use std::time::Duration;

use tokio_util::sync::CancellationToken;

use crate::error::Result;
use crate::events::{self, KEPT_FOR};
use crate::tx::Store;
use crate::{customers, fields, inbound, members, notifications, tags, viewers};

const EVERY: Duration = Duration::from_mins(10);

pub(super) async fn keep_house(store: Store, stop: CancellationToken) {
    let mut ticks = tokio::time::interval(EVERY);
    loop {
        tokio::select! {
            () = stop.cancelled() => return,
            _ = ticks.tick() => {}
        }
        for done in [forget_old(&store).await, finish(&store).await] {
            if let Err(error) = done {
                tracing::warn!("housekeeping: {error}");
            }
        }
    }
}

/// Forgets, in small steps, everything that was kept long enough.
pub async fn forget_old(store: &Store) -> Result<()> {
    while store
        .write_bulk("forget events", |tx| {
            let before = tx.now.plus(-KEPT_FOR);
            Ok(events::forget_before(tx, before)?)
        })
        .await?
        > 0
    {}
    while store.write_bulk("forget login attempts", members::forget_old_attempts).await? > 0 {}
    while store.write_bulk("forget notifications", notifications::forget_old).await? > 0 {}
    store.write_bulk("forget who looked", viewers::forget).await?;
    while store.write_bulk("forget updates", inbound::forget_old_updates).await? > 0 {}
    Ok(())
}

/// Finishes, in small steps, what was begun: tags and fields that are to come off what has them, the words of customers who were here
/// before there were any.
pub async fn finish(store: &Store) -> Result<()> {
    tags::finish_all(store).await?;
    fields::finish_all(store).await?;
    while store.write_bulk("add words of customers", customers::add_missing_words).await? > 0 {}
    Ok(())
}
