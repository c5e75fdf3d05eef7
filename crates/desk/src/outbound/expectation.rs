//! When replies that have to wait will go: told to people, because a bot that must pause for minutes looks like one that is broken.

use super::pace::Pace;
use crate::clock::Timestamp;
use crate::error::Result;
use crate::ids::MessageId;
use crate::jobs::{self, Waiting};
use crate::messages::{self, SEND};
use crate::projects::Connection;
use crate::tx::{Store, Tx};

/// A shorter wait is not worth a word, and a change by less no correction. In milliseconds.
const WORTH_TELLING: i64 = 2_000;
/// How far down the queue is looked: whoever stands further behind is told when it is nearer.
const LOOK: i64 = 200;

/// A queued reply.
struct Queued {
    id: MessageId,
    chat: i64,
    waiting: Waiting,
    /// What people were told.
    told: Option<Timestamp>,
}

/// Stores for each waiting reply of a project when it is expected to go, where that is news.
pub(super) async fn foretell(store: &Store, connection: &Connection, pace: &Pace) -> Result<()> {
    let (project, now) = (connection.project.to_string(), store.now());
    let queue = store.read("waiting replies", move |tx| queue(tx, &project)).await?;
    let expected = pace.forecast(now, queue.iter().map(|it| (&*it.waiting.lane, it.chat, it.waiting.run_at)));
    let news: Vec<_> = queue.iter().zip(expected).filter_map(|(it, at)| news(it, at, now)).collect();
    if news.is_empty() {
        return Ok(());
    }
    store
        .write("foretell", move |tx| news.iter().try_for_each(|&(id, at)| messages::set_expected(tx, id, at)))
        .await
}

fn queue(tx: &mut Tx, project: &str) -> Result<Vec<Queued>> {
    let waiting = jobs::waiting(tx, SEND, project, LOOK)?;
    let waiting: Vec<_> =
        waiting.into_iter().filter_map(|job| Some((job.payload.parse().ok()?, job))).collect();
    let ids: Vec<MessageId> = waiting.iter().map(|&(id, _)| id).collect();
    let known = messages::expected(tx, &ids)?;
    let queued = |(id, waiting): (MessageId, Waiting)| {
        known.get(&id).map(|&(chat, told)| Queued { id, chat, waiting, told })
    };
    Ok(waiting.into_iter().filter_map(queued).collect())
}

/// What is to be told, if anything.
fn news(it: &Queued, expected: Timestamp, now: Timestamp) -> Option<(MessageId, Option<Timestamp>)> {
    let expected = Some(expected).filter(|at| at.0 > now.0 + WORTH_TELLING);
    let is_news = match (it.told, expected) {
        (None, None) => false,
        (Some(told), Some(expected)) => told.0.abs_diff(expected.0) > WORTH_TELLING.unsigned_abs(),
        // What was told comes about soon enough.
        (Some(told), None) => told.0 > now.0 + WORTH_TELLING,
        (None, Some(_)) => true,
    };
    is_news.then_some((it.id, expected))
}
