//! Which sessions a list has, in which order. Only ids are found here, from indexes that hold what lists are narrowed down by;
//! what is shown of them is fetched for the page alone.

use std::fmt::Write as _;

use db::Value;

use crate::access::{Sight, Viewer};
use crate::clock::Timestamp;
use crate::customers;
use crate::error::Result;
use crate::ids::{CustomerId, ProjectId, SessionId, TagId};
use crate::sessions::{Filters, SessionState, SessionView, Sort, Tab, Whose};
use crate::tx::Tx;

/// Up to so many customers that a question finds, a list begins with them; where there are more, the first page is soon full.
const FEW_CUSTOMERS: i64 = 500;
/// Up to so many things that have a tag, a list begins with them.
const FEW_TAGGED: i64 = 5_000;

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
#[derive(Debug, Clone)]
pub(in crate::sessions) struct Listing {
    pub(in crate::sessions) which: Which,
    /// Only this project, which the viewer sees.
    pub(in crate::sessions) project: Option<ProjectId>,
    pub(in crate::sessions) filters: Filters,
    /// Where the page before ended.
    pub(in crate::sessions) after: Option<(Timestamp, SessionId)>,
    pub(in crate::sessions) limit: i64,
}

impl Listing {
    pub(in crate::sessions) fn order(&self) -> Order {
        let Which::Tab(tab) = self.which else { return Order::Newest };
        let usual = if tab == Tab::Waiting { Sort::LongestWaiting } else { Sort::LastMessage };
        match self.filters.sort.unwrap_or(usual) {
            // How long somebody waited who waits no more is nothing to sort by.
            Sort::LongestWaiting if tab != Tab::Ended => Order::LongestWaiting,
            _ => Order::NewestMessage,
        }
    }
}

/// A page of what `viewer` sees.
pub(in crate::sessions) fn page(tx: &mut Tx, viewer: &Viewer, listing: &Listing) -> Result<Vec<SessionView>> {
    let Some(mut query) = Query::begin(tx, viewer, listing)? else { return Ok(Vec::new()) };
    query.seen_by(viewer, listing.project);
    query.which(viewer, listing.which);
    query.narrow(viewer, &listing.filters);
    let (column, direction, later) = listing.order().sql();
    if let Some((time, id)) = listing.after {
        let (time, id) = (query.bind(time), query.bind(id));
        query.and(&format!("({column}, s.id) {later} ({time}, {id})"));
    }
    let limit = query.bind(listing.limit);
    let sql = format!(
        "SELECT s.id FROM {} WHERE {} ORDER BY {column} {direction}, s.id {direction} LIMIT {limit}",
        query.from, query.sql
    );
    let ids = tx.query(&sql, &query.values, |row| SessionId::column(row, "id"))?;
    let mut views = super::views(tx, viewer.workspace, &ids)?;
    let place = |view: &SessionView| ids.iter().position(|id| *id == view.id);
    views.sort_by_key(place);
    Ok(views)
}

/// A statement in the making.
struct Query {
    from: String,
    sql: String,
    values: Vec<Value>,
}

impl Query {
    /// Where to begin: with the few that a question or a tag names, or with everything in its order. A `CROSS JOIN` is begun at its
    /// left by SQLite, which knows nothing of how many there are; PostgreSQL begins where it thinks best. None: nothing can be found.
    fn begin(tx: &mut Tx, viewer: &Viewer, listing: &Listing) -> Result<Option<Self>> {
        let workspace = vec![viewer.workspace.into()];
        let mut query =
            Self { from: "sessions s".to_owned(), sql: "s.workspace_id = $1".to_owned(), values: workspace };
        let tags = &listing.filters.tags;
        let mut few = false;
        if let Some(text) = &listing.filters.text {
            let asked = customers::asked(text);
            if asked.is_empty() {
                return Ok(None);
            }
            match customers::found(tx, viewer, listing.project, &asked, FEW_CUSTOMERS)? {
                Some(found) if found.is_empty() => return Ok(None),
                Some(found) => {
                    let list = query.list(&found);
                    query.from = format!(
                        "(SELECT id AS customer_id FROM customers WHERE id IN ({list})) f CROSS JOIN sessions s"
                    );
                    query.and("s.customer_id = f.customer_id");
                    few = true;
                }
                None => query.words(&asked),
            }
        }
        if !tags.is_empty() {
            query.tagged(tx, tags, few)?;
        }
        Ok(Some(query))
    }

    /// Customers that have words beginning with all of these.
    fn words(&mut self, asked: &[String]) {
        for word in asked {
            let (low, high) = customers::range(word);
            let (low, high) = (self.bind(low), self.bind(high));
            self.and(&format!(
                "EXISTS (SELECT 1 FROM customer_words w WHERE w.customer_id = s.customer_id
                     AND w.word >= {low} AND w.word < {high})"
            ));
        }
    }

    /// With one of these tags on the session or its customer; `narrowed`: there are few anyway.
    fn tagged(&mut self, tx: &mut Tx, tags: &[TagId], narrowed: bool) -> Result<()> {
        let list = self.list(tags);
        if narrowed {
            self.and(&format!(
                "(EXISTS (SELECT 1 FROM session_tags t WHERE t.session_id = s.id AND t.tag_id IN ({list}))
                  OR EXISTS (SELECT 1 FROM customer_tags t WHERE t.customer_id = s.customer_id AND t.tag_id IN ({list})))"
            ));
            return Ok(());
        }
        let tagged = format!(
            "(SELECT t.session_id AS id FROM session_tags t WHERE t.tag_id IN ({list})
              UNION SELECT o.id FROM customer_tags t CROSS JOIN sessions o
              WHERE o.customer_id = t.customer_id AND t.tag_id IN ({list})) f"
        );
        self.from = if is_few(tx, tags)? {
            format!("{tagged} CROSS JOIN {}", self.from)
        } else {
            format!("{} CROSS JOIN {tagged}", self.from)
        };
        self.and("s.id = f.id");
        Ok(())
    }

    /// The sessions of the projects that `viewer` sees, or of one of them.
    fn seen_by(&mut self, viewer: &Viewer, project: Option<ProjectId>) {
        match (project, &viewer.sight) {
            (Some(project), _) => {
                let project = self.bind(project);
                self.and(&format!("s.project_id = {project}"));
            }
            (None, Sight::All) => {}
            (None, Sight::Only(projects)) if projects.is_empty() => self.and("FALSE"),
            (None, Sight::Only(projects)) => {
                let projects: Vec<_> = projects.iter().copied().collect();
                let list = self.list(&projects);
                self.and(&format!("s.project_id IN ({list})"));
            }
        }
    }

    fn which(&mut self, viewer: &Viewer, which: Which) {
        match which {
            Which::Tab(Tab::Mine) => {
                let me = self.bind(viewer.member);
                self.and(&format!("s.state = 'open' AND s.assignee_id = {me}"));
            }
            Which::Tab(Tab::Waiting) => self.and("s.state = 'waiting'"),
            Which::Tab(Tab::All) => self.and("s.state <> 'ended'"),
            Which::Tab(Tab::Ended) => self.and("s.state = 'ended'"),
            Which::OfCustomer(customer) => {
                let customer = self.bind(customer);
                self.and(&format!("s.customer_id = {customer}"));
            }
        }
    }

    fn narrow(&mut self, viewer: &Viewer, filters: &Filters) {
        match filters.state {
            None => {}
            Some(SessionState::Waiting) => self.and("s.state = 'waiting'"),
            Some(SessionState::Open) => self.and("s.state = 'open'"),
            Some(SessionState::Ended) => self.and("s.state = 'ended'"),
        }
        match filters.assignee {
            None => {}
            Some(Whose::Nobodys) => self.and("s.assignee_id IS NULL"),
            Some(Whose::Mine) => {
                let me = self.bind(viewer.member);
                self.and(&format!("s.assignee_id = {me}"));
            }
            Some(Whose::Of(member)) => {
                let member = self.bind(member);
                self.and(&format!("s.assignee_id = {member}"));
            }
        }
        if filters.unread {
            self.and("s.unread > 0");
        }
    }

    fn and(&mut self, condition: &str) {
        // Writing to a string can't fail.
        let _ = write!(self.sql, " AND {condition}");
    }

    fn bind(&mut self, value: impl Into<Value>) -> String {
        self.values.push(value.into());
        format!("${}", self.values.len())
    }

    fn list<T: Copy + Into<Value>>(&mut self, list: &[T]) -> String {
        crate::sql::any_of(&mut self.values, list)
    }
}

/// Whether few sessions and customers have one of these tags.
fn is_few(tx: &mut Tx, tags: &[TagId]) -> Result<bool> {
    for table in ["session_tags", "customer_tags"] {
        let mut values: Vec<Value> = vec![(FEW_TAGGED + 1).into()];
        let list = crate::sql::any_of(&mut values, tags);
        let sql = format!(
            "SELECT COUNT(*) AS n FROM (SELECT 1 AS one FROM {table} WHERE tag_id IN ({list}) LIMIT $1) f"
        );
        if tx.query_one(&sql, &values, |row| row.get::<i64>("n"))? > FEW_TAGGED {
            return Ok(false);
        }
    }
    Ok(true)
}
