//! Waiting for what no event tells of.

use std::time::Duration;

use tokio::time::{sleep, timeout};

use super::PATIENCE;

const BETWEEN_LOOKS: Duration = Duration::from_millis(20);

/// Looks again and again until `look` finds something, and fails the test when that takes too long. For what nothing announces,
/// such as a row in a table; where there is an event, wait for the event.
pub async fn eventually<T>(what: &str, mut look: impl AsyncFnMut() -> Option<T>) -> T {
    let looking = async {
        loop {
            if let Some(found) = look().await {
                return found;
            }
            sleep(BETWEEN_LOOKS).await;
        }
    };
    timeout(PATIENCE, looking).await.unwrap_or_else(|_| panic!("did not come about: {what}"))
}
