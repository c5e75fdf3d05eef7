//! The transaction as the product sees it: the database's, plus the time, the events and the signals of what happens in it.
//!
//! **Locks.** On PostgreSQL a row that was locked or changed stays locked until the commit. Everyone takes them in this order:
//! workspace, member, customer, session, message or job, project, and last the event counter. (Projects come late because
//! what is written to them in live work, where the rotation stands and how the bot is, belongs to the end of what caused it.) The
//! tallies' rows come just before the event counter: nobody but this file's last step takes them. Several
//! customers are touched only under their workspace's lock. Who breaks this meets deadlocks: they are retried, but cost.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::ops::{Deref, DerefMut};
use std::str::FromStr;
use std::sync::Arc;

use crate::clock::{Clock, Timestamp};
use crate::error::Result;
use crate::events::{self, Audience, CHANNEL, Change, Hub, Outbox, Topic, Watch};
use crate::ids::{SessionId, WorkspaceId};
use crate::tallies::{self, Standing};

/// The database, the clock and the hub: what every verb stands on. Cheap to clone.
#[derive(Clone)]
pub struct Store {
    db: db::Db,
    clock: Arc<dyn Clock>,
    hub: Arc<Hub>,
    /// What the other nodes are to be told; none where there are none.
    outbox: Option<Arc<Outbox>>,
}

impl Store {
    /// A store over an open and migrated database.
    pub fn new(db: db::Db, clock: Arc<dyn Clock>) -> Self {
        let outbox = (db.dialect() == db::Dialect::Postgres).then(Arc::default);
        Self { db, clock, hub: Arc::default(), outbox }
    }

    /// The same database and hub under another clock.
    pub fn with_clock(&self, clock: Arc<dyn Clock>) -> Self {
        Self { clock, ..self.clone() }
    }

    /// The time now.
    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// Sets the clock by the database's, if it is one that wants to be and there is one.
    pub(crate) async fn agree_on_time(&self) -> Result<()> {
        let began = self.clock.now();
        if let Some(database) = self.read("server time", |tx| Ok(tx.server_time()?)).await? {
            self.clock.agree(began, Timestamp(database));
        }
        Ok(())
    }

    /// Waits for signals of `topic`.
    pub fn watch(&self, topic: Topic) -> Watch {
        self.hub.watch(topic)
    }

    /// The signals of this process.
    pub(crate) fn hub(&self) -> &Hub {
        &self.hub
    }

    /// What the other nodes are to be told.
    pub(crate) fn outbox(&self) -> Option<&Outbox> {
        self.outbox.as_deref()
    }

    /// Tells the other nodes now what they are to be told, without the line that a server has to them.
    pub(crate) async fn tell_others(&self) -> Result<()> {
        for words in self.outbox().map(Outbox::take).unwrap_or_default() {
            self.db.say(CHANNEL, words).await?;
        }
        Ok(())
    }

    /// Tells the other nodes what happened here, and closes the database.
    pub async fn close(&self) {
        if let Err(error) = self.tell_others().await {
            tracing::warn!("the servers could not be told of this at once, and will see it later: {error}");
        }
        self.db.close().await;
    }

    /// The database itself, for what is about it rather than about the product.
    pub fn db(&self) -> &db::Db {
        &self.db
    }

    /// Runs `f` in a transaction that may write. It may be run again, so it must have no effect but through `tx`.
    pub async fn write<T, F>(&self, name: &'static str, f: F) -> Result<T>
    where
        F: Fn(&mut Tx) -> Result<T> + Send + 'static,
        T: Send + 'static,
    {
        let run = self.runner(f);
        self.db.write(name, run).await
    }

    /// As `write`, but before everything that waits: for a node's sign of life.
    pub(crate) async fn write_first<T, F>(&self, name: &'static str, f: F) -> Result<T>
    where
        F: Fn(&mut Tx) -> Result<T> + Send + 'static,
        T: Send + 'static,
    {
        let run = self.runner(f);
        self.db.write_first(name, run).await
    }

    /// As `write`, but behind live work: for housekeeping, in steps of at most 500 rows.
    pub async fn write_bulk<T, F>(&self, name: &'static str, f: F) -> Result<T>
    where
        F: Fn(&mut Tx) -> Result<T> + Send + 'static,
        T: Send + 'static,
    {
        let run = self.runner(f);
        self.db.write_bulk(name, run).await
    }

    /// Runs `f` on one snapshot, read-only.
    pub async fn read<T, F>(&self, name: &'static str, f: F) -> Result<T>
    where
        F: Fn(&mut Tx) -> Result<T> + Send + 'static,
        T: Send + 'static,
    {
        let clock = self.clock.clone();
        self.db.read(name, move |db| f(&mut Tx::new(db, clock.now()))).await
    }

    fn runner<T, F>(&self, f: F) -> impl Fn(&mut db::Tx) -> Result<T> + Send + 'static
    where
        F: Fn(&mut Tx) -> Result<T> + Send + 'static,
    {
        let (clock, hub, outbox) = (self.clock.clone(), self.hub.clone(), self.outbox.clone());
        move |db| {
            let mut tx = Tx::new(db, clock.now());
            let out = f(&mut tx)?;
            let signals = tx.store_events()?;
            let (hub, outbox) = (hub.clone(), outbox.clone());
            db.after_commit(move || {
                for &topic in &signals {
                    hub.signal(topic);
                }
                if let Some(outbox) = outbox {
                    outbox.add(signals);
                }
            });
            Ok(out)
        }
    }
}

/// What a transaction changed, in order, each thing once.
#[derive(Default)]
struct Changes {
    list: Vec<(Change, Audience)>,
    met: HashSet<(Change, Audience)>,
}

impl Changes {
    fn add(&mut self, change: Change, audience: Audience) {
        if self.met.insert((change, audience)) {
            self.list.push((change, audience));
        }
    }
}

/// A running transaction.
pub struct Tx<'a, 'b> {
    db: &'a mut db::Tx<'b>,
    /// The time of the transaction: one for all its rows.
    pub now: Timestamp,
    changes: BTreeMap<WorkspaceId, Changes>,
    signals: BTreeSet<Topic>,
    /// The sessions that were changed, and how they stood before; none: they weren't there.
    touched: BTreeMap<SessionId, Option<Standing>>,
}

impl<'a, 'b> Tx<'a, 'b> {
    fn new(db: &'a mut db::Tx<'b>, now: Timestamp) -> Self {
        Self { db, now, changes: BTreeMap::new(), signals: BTreeSet::new(), touched: BTreeMap::new() }
    }

    /// Tells the portal of a change, once this commits. The same change twice is told once.
    pub fn event(&mut self, workspace: WorkspaceId, change: Change, audience: Audience) {
        self.changes.entry(workspace).or_default().add(change, audience);
    }

    /// Wakes who watches `topic`, once this commits.
    pub fn signal(&mut self, topic: Topic) {
        self.signals.insert(topic);
    }

    /// Notes that a session is changed, for the tallies: before this transaction it stood like this; none: it wasn't there.
    pub(crate) fn touch(&mut self, session: SessionId, before: Option<Standing>) {
        self.touched.entry(session).or_insert(before);
    }

    /// Runs `f` so that its failure undoes what it did and nothing else.
    pub fn savepoint<T>(&mut self, f: impl FnOnce(&mut Tx) -> Result<T>) -> Result<T> {
        let now = self.now;
        let (out, changes, signals, touched) = self.db.savepoint(|db| {
            let mut inner = Tx::new(db, now);
            let out = f(&mut inner)?;
            Ok::<_, crate::Error>((out, inner.changes, inner.signals, inner.touched))
        })?;
        for (session, before) in touched {
            self.touch(session, before);
        }
        for (workspace, list) in changes {
            for (change, audience) in list.list {
                self.event(workspace, change, audience);
            }
        }
        self.signals.extend(signals);
        Ok(out)
    }

    /// What belongs to the end of a transaction: rows that many write, in one order, and last the event counter.
    fn store_events(mut self) -> Result<BTreeSet<Topic>> {
        if !self.touched.is_empty() {
            tallies::settle(self.db, &self.touched)?;
        }
        // In the order of workspaces, so that two transactions never wait for each other's counters.
        for (workspace, changes) in std::mem::take(&mut self.changes) {
            events::append(self.db, workspace, &changes.list, self.now)?;
            self.signals.insert(Topic::Events(workspace));
        }
        Ok(self.signals)
    }
}

impl<'b> Deref for Tx<'_, 'b> {
    type Target = db::Tx<'b>;
    fn deref(&self) -> &Self::Target {
        self.db
    }
}

impl DerefMut for Tx<'_, '_> {
    fn deref_mut(&mut self) -> &mut Self::Target {
        self.db
    }
}

/// The value of a text column that holds one of an enum's words.
pub(crate) fn word<T: FromStr>(row: &db::Row, column: &str) -> Result<T, db::Error> {
    let text: String = row.get(column)?;
    text.parse().map_err(|_| db::Error::Column(format!("{column}: unknown word {text}")))
}

/// The value of a nullable text column that holds one of an enum's words.
pub(crate) fn word_opt<T: FromStr>(row: &db::Row, column: &str) -> Result<Option<T>, db::Error> {
    match row.get::<Option<String>>(column)? {
        None => Ok(None),
        Some(_) => word(row, column).map(Some),
    }
}

/// The value of a text column that holds JSON.
pub(crate) fn json<T: serde::de::DeserializeOwned>(row: &db::Row, column: &str) -> Result<T, db::Error> {
    let text: String = row.get(column)?;
    serde_json::from_str(&text).map_err(|error| db::Error::Column(format!("{column}: {error}")))
}

/// JSON for a text column.
pub(crate) fn to_json(value: &impl serde::Serialize) -> Result<String> {
    serde_json::to_string(value).map_err(|error| crate::Error::Internal(format!("writing JSON: {error}")))
}
