//! How it went with a customer so far, in numbers.

use serde::Serialize;
use utoipa::ToSchema;

use super::store;
use crate::access::viewer;
use crate::customers;
use crate::error::Result;
use crate::ids::{CustomerId, MemberId, WorkspaceId};
use crate::sessions::{self, Times};
use crate::tx::Store;

/// A span of time in milliseconds: the newest, and the average of all.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, ToSchema)]
pub struct Span {
    /// Of the newest session that has one.
    pub last: Option<i64>,
    /// Of all sessions that have one.
    pub average: Option<i64>,
}

/// How it went with a customer so far.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = CustomerStatistics)]
pub struct Statistics {
    /// How many sessions they had.
    pub sessions: i64,
    /// How many messages they wrote.
    pub messages_in: i64,
    /// How many were written to them.
    pub messages_out: i64,
    /// From the beginning of a session to the first answer of a member.
    pub first_response_ms: Span,
    /// From when somebody got a session to its end.
    pub handling_ms: Span,
}

/// How it went with a customer whom the member sees.
pub async fn statistics(
    store: &Store,
    workspace: WorkspaceId,
    member: MemberId,
    customer: CustomerId,
) -> Result<Statistics> {
    store
        .read("customer's statistics", move |tx| {
            let viewer = viewer(tx, workspace, member)?;
            viewer.must_see(customers::project_of(tx, workspace, customer)?)?;
            let times = sessions::times_of(tx, customer)?;
            let (messages_in, messages_out) = store::counts_of(tx, customer)?;
            Ok(Statistics {
                sessions: i64::try_from(times.len()).unwrap_or(i64::MAX),
                messages_in,
                messages_out,
                first_response_ms: span(&times, |times| Some(times.first_reply?.0 - times.began.0)),
                handling_ms: span(&times, |times| Some(times.ended?.0 - times.opened?.0)),
            })
        })
        .await
}

/// What `of` measures, of sessions in the order in which they began.
fn span(times: &[Times], of: fn(&Times) -> Option<i64>) -> Span {
    let spans: Vec<_> = times.iter().filter_map(of).map(|span| span.max(0)).collect();
    let count = i64::try_from(spans.len()).unwrap_or(i64::MAX);
    Span { last: spans.last().copied(), average: spans.iter().sum::<i64>().checked_div(count) }
}
