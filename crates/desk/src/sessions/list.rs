//! Lists of sessions, as the portal shows them.

use db::{Row, Value};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::model::SessionView;
use crate::access::{Sight, Viewer, viewer};
use crate::clock::Timestamp;
use crate::customers::{self, Customer};
use crate::error::{Code, Error, Result};
use crate::events;
use crate::ids::{CustomerId, MemberId, ProjectId, SessionId, WorkspaceId};
use crate::members::MemberRef;
use crate::tx::{Store, Tx, json, placeholders, word, word_opt};

/// Which list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Tab {
    /// Open, and mine. Newest message first.
    Mine,
    /// In the queue. Oldest first.
    Waiting,
    /// Everything live that I may see. Newest message first.
    All,
    /// Over. Newest message first.
    Ended,
}

/// What to list.
#[derive(Debug, Clone)]
pub struct Query {
    /// Which list.
    pub tab: Tab,
    /// Only this project.
    pub project: Option<ProjectId>,
    /// Where the previous page ended.
    pub cursor: Option<String>,
    /// How many, 1 to 200.
    pub limit: i64,
}

/// A page of sessions.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = SessionPage)]
pub struct Page {
    /// The sessions.
    pub items: Vec<SessionView>,
    /// Where the next page begins; none: this was the last.
    pub next: Option<String>,
    /// The event cursor that this page is at least as new as.
    pub as_of: String,
}

/// How many sessions the tabs hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = SessionCounts)]
pub struct Counts {
    /// Open, and mine.
    pub mine: i64,
    /// Of these, with something unread.
    pub mine_unread: i64,
    /// In the queue.
    pub waiting: i64,
    /// Everything live that I may see.
    pub all: i64,
}

/// A page of a tab.
pub async fn list(store: &Store, workspace: WorkspaceId, member: MemberId, query: Query) -> Result<Page> {
    store
        .read("list sessions", move |tx| {
            let viewer = viewer(tx, workspace, member)?;
            let mut filter = Filter::seen_by(&viewer, query.project)?;
            let (order, descending) = match query.tab {
                Tab::Waiting => ("s.waiting_since", false),
                _ => ("s.last_message_at", true),
            };
            match query.tab {
                Tab::Mine => {
                    let me = filter.bind(member);
                    filter.and(&format!("s.state = 'open' AND s.assignee_id = {me}"));
                }
                Tab::Waiting => filter.and("s.state = 'waiting'"),
                Tab::All => filter.and("s.state <> 'ended'"),
                Tab::Ended => filter.and("s.state = 'ended'"),
            }
            page(tx, workspace, filter, order, descending, query.cursor.as_deref(), query.limit)
        })
        .await
}

/// A customer's sessions, newest first.
pub async fn of_customer(
    store: &Store,
    workspace: WorkspaceId,
    member: MemberId,
    customer: CustomerId,
    cursor: Option<String>,
    limit: i64,
) -> Result<Page> {
    store
        .read("customer's sessions", move |tx| {
            let viewer = viewer(tx, workspace, member)?;
            viewer.must_see(customers::project_of(tx, workspace, customer)?)?;
            let mut filter = Filter::seen_by(&viewer, None)?;
            let bound = filter.bind(customer);
            filter.and(&format!("s.customer_id = {bound}"));
            page(tx, workspace, filter, "s.created_at", true, cursor.as_deref(), limit)
        })
        .await
}

/// The numbers on the tabs.
pub async fn counts(
    store: &Store,
    workspace: WorkspaceId,
    member: MemberId,
    project: Option<ProjectId>,
) -> Result<Counts> {
    store
        .read("count sessions", move |tx| {
            let viewer = viewer(tx, workspace, member)?;
            let mut filter = Filter::seen_by(&viewer, project)?;
            filter.and("s.state <> 'ended'");
            let me = filter.bind(member);
            let sql = format!(
                "SELECT COUNT(*) FILTER (WHERE s.assignee_id = {me}) AS mine,
                     COUNT(*) FILTER (WHERE s.assignee_id = {me} AND s.unread > 0) AS mine_unread,
                     COUNT(*) FILTER (WHERE s.state = 'waiting') AS waiting, COUNT(*) AS live
                 FROM sessions s WHERE {}",
                filter.sql
            );
            let count = |row: &Row| {
                let (mine, mine_unread) = (row.get("mine")?, row.get("mine_unread")?);
                Ok(Counts { mine, mine_unread, waiting: row.get("waiting")?, all: row.get("live")? })
            };
            Ok(tx.query_one(&sql, &filter.values, count)?)
        })
        .await
}

/// Those of `ids` that are sessions of `workspace`, as people see them.
pub(crate) fn views(tx: &mut Tx, workspace: WorkspaceId, ids: &[SessionId]) -> Result<Vec<SessionView>> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let mut values: Vec<Value> = vec![workspace.into()];
    values.extend(ids.iter().map(|&id| Value::from(id)));
    let sql = format!("{SELECT} WHERE s.workspace_id = $1 AND s.id IN ({})", placeholders(1, ids.len()));
    Ok(tx.query(&sql, &values, view_of)?)
}

pub(super) fn view(tx: &mut Tx, workspace: WorkspaceId, id: SessionId) -> Result<SessionView> {
    views(tx, workspace, &[id])?.pop().ok_or_else(|| Error::refused(Code::NotFound))
}

/// Conditions with their values.
struct Filter {
    sql: String,
    values: Vec<Value>,
}

impl Filter {
    /// The sessions of the projects that `viewer` sees, or of one of them.
    fn seen_by(viewer: &Viewer, project: Option<ProjectId>) -> Result<Self> {
        let mut filter =
            Self { sql: "s.workspace_id = $1".to_owned(), values: vec![viewer.workspace.into()] };
        match (project, &viewer.sight) {
            (Some(project), _) => {
                viewer.must_see(project)?;
                let bound = filter.bind(project);
                filter.and(&format!("s.project_id = {bound}"));
            }
            (None, Sight::All) => {}
            (None, Sight::Only(projects)) if projects.is_empty() => filter.and("FALSE"),
            (None, Sight::Only(projects)) => {
                let list = placeholders(filter.values.len(), projects.len());
                filter.values.extend(projects.iter().map(|&id| Value::from(id)));
                filter.and(&format!("s.project_id IN ({list})"));
            }
        }
        Ok(filter)
    }

    fn and(&mut self, condition: &str) {
        self.sql.push_str(" AND ");
        self.sql.push_str(condition);
    }

    fn bind(&mut self, value: impl Into<Value>) -> String {
        self.values.push(value.into());
        format!("${}", self.values.len())
    }
}

fn page(
    tx: &mut Tx,
    workspace: WorkspaceId,
    mut filter: Filter,
    order: &str,
    descending: bool,
    cursor: Option<&str>,
    limit: i64,
) -> Result<Page> {
    let as_of = events::last(tx, workspace)?.to_string();
    if let Some(cursor) = cursor {
        let (time, id) = parse_cursor(cursor).ok_or_else(|| Error::field("cursor", "bad_format"))?;
        let (time, id) = (filter.bind(time), filter.bind(id));
        let comparison = if descending { "<" } else { ">" };
        filter.and(&format!("({order}, s.id) {comparison} ({time}, {id})"));
    }
    let direction = if descending { "DESC" } else { "ASC" };
    let limit = limit.clamp(1, 200);
    let bound = filter.bind(limit + 1);
    let sql =
        format!("{SELECT} WHERE {} ORDER BY {order} {direction}, s.id {direction} LIMIT {bound}", filter.sql);
    let mut items = tx.query(&sql, &filter.values, view_of)?;
    let more = i64::try_from(items.len()).unwrap_or(i64::MAX) > limit;
    items.truncate(usize::try_from(limit).unwrap_or(0));
    let next = items.last().filter(|_| more).map(|last| {
        let time = match order {
            "s.waiting_since" => last.waiting_since,
            "s.created_at" => last.created_at,
            _ => last.last_message_at,
        };
        format!("{}.{}", time.0, last.id)
    });
    Ok(Page { items, next, as_of })
}

fn parse_cursor(text: &str) -> Option<(i64, SessionId)> {
    let (time, id) = text.split_once('.')?;
    Some((time.parse().ok()?, id.parse().ok()?))
}

const SELECT: &str = "SELECT s.id, s.version, s.state, s.project_id, s.assignee_id, m.name AS assignee_name, s.unread,
    s.last_message, s.waiting_since, s.opened_at, s.taken_up_at, s.ended_at, s.end_reason, s.created_at,
    s.last_message_at, c.id AS customer_id, c.telegram_id, c.first_name, c.last_name, c.username, c.language, c.blocked,
    c.first_seen_at, c.last_seen_at, c.version AS customer_version
    FROM sessions s JOIN customers c ON c.id = s.customer_id LEFT JOIN members m ON m.id = s.assignee_id";

fn view_of(row: &Row) -> Result<SessionView, db::Error> {
    let time = |column: &str| Ok::<_, db::Error>(row.get::<Option<i64>>(column)?.map(Timestamp));
    let project_id = ProjectId::column(row, "project_id")?;
    let assignee = match MemberId::column_opt(row, "assignee_id")? {
        None => None,
        Some(id) => Some(MemberRef { id, name: row.get("assignee_name")? }),
    };
    Ok(SessionView {
        id: SessionId::column(row, "id")?,
        version: row.get("version")?,
        state: word(row, "state")?,
        project_id,
        customer: customer(row, project_id)?,
        assignee,
        unread: row.get("unread")?,
        last_message: json(row, "last_message")?,
        waiting_since: Timestamp(row.get("waiting_since")?),
        opened_at: time("opened_at")?,
        taken_up_at: time("taken_up_at")?,
        ended_at: time("ended_at")?,
        end_reason: word_opt(row, "end_reason")?,
        created_at: Timestamp(row.get("created_at")?),
        last_message_at: Timestamp(row.get("last_message_at")?),
    })
}

fn customer(row: &Row, project_id: ProjectId) -> Result<Customer, db::Error> {
    Ok(Customer {
        id: CustomerId::column(row, "customer_id")?,
        project_id,
        telegram_id: row.get("telegram_id")?,
        first_name: row.get("first_name")?,
        last_name: row.get("last_name")?,
        username: row.get("username")?,
        language: row.get("language")?,
        blocked: row.get("blocked")?,
        first_seen_at: Timestamp(row.get("first_seen_at")?),
        last_seen_at: Timestamp(row.get("last_seen_at")?),
        version: row.get("customer_version")?,
    })
}
