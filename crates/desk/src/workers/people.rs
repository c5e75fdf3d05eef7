//! What happens to people by itself: accounts whose last day is over end, letters that wait are delivered, and supervisors are told of
//! customers who have waited for too long.

use std::time::Duration;

use tokio::time::{MissedTickBehavior, interval};
use tokio_util::sync::CancellationToken;

use crate::events::Topic;
use crate::invitations;
use crate::mail::Mailer;
use crate::notifications;
use crate::reception;
use crate::secrets::Cipher;
use crate::tx::Store;

/// Between two looks at whose last day is over.
const EXPIRY: Duration = Duration::from_secs(5);
/// Between two looks at who has waited for too long.
const WAITS: Duration = Duration::from_secs(5);
/// Between two looks at letters that are to be tried again; new ones are signalled.
const POST: Duration = Duration::from_secs(10);

/// Ends accounts at their time until `stop`.
pub(super) async fn end_expired(store: Store, stop: CancellationToken) {
    let mut ticks = interval(EXPIRY);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            () = stop.cancelled() => return,
            _ = ticks.tick() => {}
        }
        if let Err(error) = reception::end_expired(&store).await {
            tracing::warn!("ending expired accounts: {error}");
        }
    }
}

/// Tells supervisors of customers who have waited for too long, until `stop`.
pub(super) async fn watch_waits(store: Store, stop: CancellationToken) {
    let mut ticks = interval(WAITS);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            () = stop.cancelled() => return,
            _ = ticks.tick() => {}
        }
        if let Err(error) = notifications::tell_of_long_waits(&store).await {
            tracing::warn!("telling of customers who wait: {error}");
        }
    }
}

/// Delivers letters until `stop`. One that is under way then is dropped, and tried again later.
pub(super) async fn deliver(store: Store, mailer: Mailer, cipher: Cipher, stop: CancellationToken) {
    let mut work = store.watch(Topic::Mail);
    let mut ticks = interval(POST);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let delivering = async {
        loop {
            match invitations::deliver_due(&store, &mailer, &cipher).await {
                Ok(true) => continue,
                Ok(false) => {}
                Err(error) => tracing::warn!("the post: {error}"),
            }
            tokio::select! {
                () = work.signalled() => {}
                _ = ticks.tick() => {}
            }
        }
    };
    let () = stop.run_until_cancelled(delivering).await.unwrap_or_default();
}
