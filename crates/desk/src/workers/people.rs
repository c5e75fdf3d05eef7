//! What happens to people by itself: accounts whose last day is over end, and letters that wait are delivered.

use std::time::Duration;

use tokio::time::{MissedTickBehavior, interval};
use tokio_util::sync::CancellationToken;

use crate::events::Topic;
use crate::invitations;
use crate::mail::Mailer;
use crate::reception;
use crate::secrets::Cipher;
use crate::tx::Store;

/// Between two looks at whose last day is over.
const EXPIRY: Duration = Duration::from_secs(5);
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
