//! The relay: carries signals between the hubs of the nodes, after the commit and outside of any transaction. While it is cut off
//! from the others, everybody here looks now and then instead.

use std::time::Duration;

use db::Heard;
use tokio::time::{MissedTickBehavior, interval};
use tokio_util::sync::CancellationToken;

use crate::events::{CHANNEL, Words};
use crate::tx::Store;

/// Between two looks at everything while nothing can be heard.
const LOOK: Duration = Duration::from_millis(1_500);

/// Relays until `stop`; then tells the last.
pub(super) async fn relay(store: Store, stop: CancellationToken) {
    let Some(outbox) = store.outbox() else { return };
    let mut line = match store.db().line(CHANNEL) {
        Ok(Some(line)) => line,
        Ok(None) => return,
        Err(error) => return tracing::error!("nothing will be heard of other nodes: {error}"),
    };
    let (mut connected, mut looks) = (false, interval(LOOK));
    looks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            () = stop.cancelled() => break,
            heard = line.hear() => match heard {
                Heard::Connected => {
                    connected = true;
                    // Whatever was said meanwhile, by us or by others, may have been lost.
                    outbox.add_all();
                    store.hub().signal_all();
                }
                Heard::Broken => connected = false,
                Heard::Said(text) => match outbox.understand(&text) {
                    Some(Words::All) => store.hub().signal_all(),
                    Some(Words::Topics(topics)) => topics.into_iter().for_each(|topic| store.hub().signal(topic)),
                    None => {}
                },
            },
            () = outbox.filled() => {
                if connected {
                    for text in outbox.take() {
                        line.say(text).await;
                    }
                } else if let Err(error) = store.tell_others().await {
                    // They are told to look at everything when the line is back.
                    tracing::debug!("the other nodes could not be told: {error}");
                }
            }
            _ = looks.tick(), if !connected => store.hub().signal_all(),
        }
    }
    if let Err(error) = store.tell_others().await {
        tracing::warn!("the other nodes could not be told that this one stops: {error}");
    }
}
