//! Sessions as people see them: one, several, or a page of a list.

use db::{Row, Value};

use crate::access::{Sight, Viewer};
use crate::clock::{MINUTE, Timestamp};
use crate::customers;
use crate::error::{Code, Error, Result};
use crate::ids::{CustomerId, MemberId, ProjectId, SessionId, WorkspaceId};
use crate::members::MemberRef;
use crate::sessions::{Counts, SessionState, SessionView, Tab};
use crate::tx::{Tx, any_of, json, placeholders, word, word_opt};

/// Which list.
#[derive(Debug, Clone, Copy)]
pub(in crate::sessions) enum Which {
    /// A tab of the portal.
    Tab(Tab),
    /// All of one customer.
    OfCustomer(CustomerId),
}

/// What a list is sorted by; the id decides between equal times.
#[derive(Debug, Clone, Copy)]
pub(in crate::sessions) enum Order {
    LongestWaiting,
    NewestMessage,
    Newest,
}

impl Which {
    pub(in crate::sessions) fn order(self) -> Order {
        match self {
            Self::Tab(Tab::Waiting) => Order::LongestWaiting,
            Self::Tab(_) => Order::NewestMessage,
            Self::OfCustomer(_) => Order::Newest,
        }
    }
}

impl Order {
    /// The time by which it sorts.
    pub(in crate::sessions) fn time(self, session: &SessionView) -> Timestamp {
        match self {
            Self::LongestWaiting => session.waiting_since,
            Self::NewestMessage => session.last_message_at,
            Self::Newest => session.created_at,
        }
    }

    /// The column, the direction, and how a later row compares to an earlier one.
    fn sql(self) -> (&'static str, &'static str, &'static str) {
        match self {
            Self::LongestWaiting => ("s.waiting_since", "ASC", ">"),
            Self::NewestMessage => ("s.last_message_at", "DESC", "<"),
            Self::Newest => ("s.created_at", "DESC", "<"),
        }
    }
}

/// A part of a list.
#[derive(Debug, Clone, Copy)]
pub(in crate::sessions) struct Listing {
    pub(in crate::sessions) which: Which,
    /// Only this project, which the viewer sees.
    pub(in crate::sessions) project: Option<ProjectId>,
    /// Where the page before ended.
    pub(in crate::sessions) after: Option<(Timestamp, SessionId)>,
    pub(in crate::sessions) limit: i64,
}

/// A page of what `viewer` sees.
pub(in crate::sessions) fn page(tx: &mut Tx, viewer: &Viewer, listing: &Listing) -> Result<Vec<SessionView>> {
    let mut filter = Filter::seen_by(viewer, listing.project);
    match listing.which {
        Which::Tab(Tab::Mine) => {
            let me = filter.bind(viewer.member);
            filter.and(&format!("s.state = 'open' AND s.assignee_id = {me}"));
        }
        Which::Tab(Tab::Waiting) => filter.and("s.state = 'waiting'"),
        Which::Tab(Tab::All) => filter.and("s.state <> 'ended'"),
        Which::Tab(Tab::Ended) => filter.and("s.state = 'ended'"),
        Which::OfCustomer(customer) => {
            let customer = filter.bind(customer);
            filter.and(&format!("s.customer_id = {customer}"));
        }
    }
    let (column, direction, later) = listing.which.order().sql();
    if let Some((time, id)) = listing.after {
        let (time, id) = (filter.bind(time), filter.bind(id));
        filter.and(&format!("({column}, s.id) {later} ({time}, {id})"));
    }
    let limit = filter.bind(listing.limit);
    let sql = format!(
        "{} WHERE {} ORDER BY {column} {direction}, s.id {direction} LIMIT {limit}",
        select(),
        filter.sql
    );
    Ok(tx.query(&sql, &filter.values, view_of)?)
}

/// The numbers on the tabs.
pub(in crate::sessions) fn counts(
    tx: &mut Tx,
    viewer: &Viewer,
    project: Option<ProjectId>,
) -> Result<Counts> {
    let mut filter = Filter::seen_by(viewer, project);
    filter.and("s.state <> 'ended'");
    let me = filter.bind(viewer.member);
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
}

/// Those of `ids` that are sessions of `workspace`, as people see them.
pub(crate) fn views(tx: &mut Tx, workspace: WorkspaceId, ids: &[SessionId]) -> Result<Vec<SessionView>> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let mut values: Vec<Value> = vec![workspace.into()];
    let list = any_of(&mut values, ids);
    let sql = format!("{} WHERE s.workspace_id = $1 AND s.id IN ({list})", select());
    Ok(tx.query(&sql, &values, view_of)?)
}

/// The session `id` of `workspace`, as people see it.
pub(in crate::sessions) fn view(tx: &mut Tx, workspace: WorkspaceId, id: SessionId) -> Result<SessionView> {
    views(tx, workspace, &[id])?.pop().ok_or_else(|| Error::refused(Code::NotFound))
}

/// Conditions with their values.
struct Filter {
    sql: String,
    values: Vec<Value>,
}

impl Filter {
    /// The sessions of the projects that `viewer` sees, or of one of them.
    fn seen_by(viewer: &Viewer, project: Option<ProjectId>) -> Self {
        let mut filter =
            Self { sql: "s.workspace_id = $1".to_owned(), values: vec![viewer.workspace.into()] };
        match (project, &viewer.sight) {
            (Some(project), _) => {
                let project = filter.bind(project);
                filter.and(&format!("s.project_id = {project}"));
            }
            (None, Sight::All) => {}
            (None, Sight::Only(projects)) if projects.is_empty() => filter.and("FALSE"),
            (None, Sight::Only(projects)) => {
                let list = placeholders(filter.values.len(), projects.len());
                filter.values.extend(projects.iter().map(|&id| Value::from(id)));
                filter.and(&format!("s.project_id IN ({list})"));
            }
        }
        filter
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

fn select() -> String {
    format!(
        "SELECT s.id, s.version, s.state, s.project_id, s.assignee_id, m.name AS assignee_name, s.unread,
             s.last_message, s.waiting_since, s.opened_at, s.taken_up_at, s.ended_at, s.end_reason, s.created_at,
             s.last_message_at, s.answered, s.first_reply_at, s.take_up_by, s.handover, p.quiet_minutes, {}
         FROM sessions s JOIN customers c ON c.id = s.customer_id LEFT JOIN members m ON m.id = s.assignee_id
             LEFT JOIN projects p ON p.id = s.project_id",
        customers::JOINED
    )
}

fn view_of(row: &Row) -> Result<SessionView, db::Error> {
    let time = |column: &str| Ok::<_, db::Error>(row.get::<Option<i64>>(column)?.map(Timestamp));
    let assignee = match MemberId::column_opt(row, "assignee_id")? {
        None => None,
        Some(id) => Some(MemberRef { id, name: row.get("assignee_name")? }),
    };
    let (state, answered) = (word(row, "state")?, row.get("answered")?);
    let (opened_at, last_message_at) = (time("opened_at")?, Timestamp(row.get("last_message_at")?));
    let quiet_minutes = row.get::<Option<i64>>("quiet_minutes")?.filter(|_| answered);
    let quiet_since = opened_at.filter(|_| state == SessionState::Open).map(|at| at.max(last_message_at));
    let handover = match row.get::<Option<String>>("handover")? {
        None => None,
        Some(_) => json(row, "handover")?,
    };
    Ok(SessionView {
        id: SessionId::column(row, "id")?,
        version: row.get("version")?,
        state,
        project_id: ProjectId::column(row, "project_id")?,
        customer: customers::joined(row)?,
        assignee,
        unread: row.get("unread")?,
        last_message: json(row, "last_message")?,
        waiting_since: Timestamp(row.get("waiting_since")?),
        opened_at,
        taken_up_at: time("taken_up_at")?,
        ended_at: time("ended_at")?,
        end_reason: word_opt(row, "end_reason")?,
        created_at: Timestamp(row.get("created_at")?),
        last_message_at,
        answered,
        first_reply_at: time("first_reply_at")?,
        take_up_by: time("take_up_by")?,
        quiet_at: quiet_since.zip(quiet_minutes).map(|(since, minutes)| since.plus(minutes * MINUTE)),
        handover,
    })
}
