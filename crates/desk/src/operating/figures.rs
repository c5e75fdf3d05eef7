//! Figures of the moment, for monitoring.

use crate::clock::Timestamp;
use crate::error::Result;
use crate::ids::ProjectId;
use crate::messages::SEND;
use crate::tx::Store;
use crate::{jobs, sessions};

/// What waits in one project.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Line {
    /// The project.
    pub project: ProjectId,
    /// How many wait.
    pub count: i64,
    /// For how long the first of them has, in milliseconds.
    pub oldest_ms: i64,
}

/// What waits in the installation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Figures {
    /// Sessions that nobody has, by project.
    pub sessions: Vec<Line>,
    /// Replies that are not settled yet, by project.
    pub replies: Vec<Line>,
}

/// Counts what waits.
pub async fn figures(store: &Store) -> Result<Figures> {
    store
        .read("figures", |tx| {
            let age = |now: Timestamp, since: Timestamp| now.0.saturating_sub(since.0).max(0);
            let now = tx.now;
            let waiting = sessions::waiting_by_project(tx)?;
            let sessions = waiting.into_iter().map(|(project, count, oldest)| Line {
                project,
                count,
                oldest_ms: age(now, oldest),
            });
            let backlog = jobs::backlog(tx, SEND)?;
            let replies = backlog.into_iter().filter_map(|line| {
                let project = line.subject.parse().ok()?;
                Some(Line { project, count: line.count, oldest_ms: age(now, line.oldest) })
            });
            Ok(Figures { sessions: sessions.collect(), replies: replies.collect() })
        })
        .await
}
