//! What stands in the database, seen past the server.

use db::{Db, Error, Options, Row, Tx, Value, params};
use tempfile::TempDir;
use testkit::app::{Server, ServerOptions};

/// A view of a server's database.
pub(crate) struct Look {
    db: Db,
    /// Where the copy is, if this looks at one.
    _copy: Option<TempDir>,
}

/// An update as it was kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Kept {
    pub(crate) update_id: i64,
    pub(crate) kind: String,
    pub(crate) state: String,
    pub(crate) error: Option<String>,
}

impl Look {
    /// At any address.
    pub(crate) fn at(url: &str) -> Self {
        Self { db: open(url), _copy: None }
    }

    /// Beside a running server.
    pub(crate) fn beside(server: &Server) -> Self {
        Self::of(&server.options)
    }

    /// At the database of a server, running or not.
    pub(crate) fn of(options: &ServerOptions) -> Self {
        let file = options.data.join("teledesk.db");
        let url = options.database.clone().unwrap_or_else(|| format!("sqlite:{}", file.display()));
        Self::at(&url)
    }

    /// At what a killed server left. A file is looked at in a copy: recovering it is left to the next server.
    pub(crate) async fn after(server: &Server) -> Self {
        if let Some(url) = &server.options.database {
            let look = Self::at(url);
            // The database may still be finishing what it was told before the server died.
            testkit::app::eventually("the dead server's connections are gone", async || {
                let sql = "SELECT COUNT(*) AS n FROM pg_stat_activity
                    WHERE datname = current_database() AND application_name = 'teledesk'";
                (look.number(sql, &[]).await == 0).then_some(())
            })
            .await;
            return look;
        }
        let copy = TempDir::with_prefix("teledesk-copy-").unwrap();
        for name in ["teledesk.db", "teledesk.db-wal"] {
            let (from, to) = (server.options.data.join(name), copy.path().join(name));
            if from.exists() {
                std::fs::copy(from, to).unwrap();
            }
        }
        let db = open(&format!("sqlite:{}", copy.path().join("teledesk.db").display()));
        Self { db, _copy: Some(copy) }
    }

    /// The rows of a query.
    pub(crate) async fn rows<T: Send + 'static>(
        &self,
        sql: &str,
        params: &[Value],
        read: fn(&Row) -> Result<T, Error>,
    ) -> Vec<T> {
        let (sql, params) = (sql.to_owned(), params.to_vec());
        self.db.read("look", move |tx| tx.query(&sql, &params, read)).await.unwrap()
    }

    /// The one number, named `n`, that a query gives.
    pub(crate) async fn number(&self, sql: &str, params: &[Value]) -> i64 {
        self.rows(sql, params, |row| row.get("n")).await[0]
    }

    /// The updates kept for a project, in the order of their ids.
    pub(crate) async fn updates(&self, project: &str) -> Vec<Kept> {
        let sql =
            "SELECT update_id, kind, state, error FROM updates WHERE project_id = $1 ORDER BY update_id, id";
        self.rows(sql, params![project], |row| {
            Ok(Kept {
                update_id: row.get("update_id")?,
                kind: row.get("kind")?,
                state: row.get("state")?,
                error: row.get("error")?,
            })
        })
        .await
    }

    /// How many replies' jobs there are, in whatever state. (Looks at avatars have a pace of their own, and nothing waits for them.)
    pub(crate) async fn jobs(&self) -> i64 {
        self.number("SELECT COUNT(*) AS n FROM jobs WHERE kind <> 'fetch_avatar'", &[]).await
    }

    /// Whether commits of connections like the server's wait for the disk.
    pub(crate) async fn is_durable(&self) -> bool {
        self.db.is_durable().await.unwrap()
    }

    /// Lets go of it.
    pub(crate) async fn close(self) {
        self.db.close().await;
    }

    /// Changes something that no request can.
    pub(crate) async fn change(&self, sql: &str) {
        let sql = sql.to_owned();
        self.transaction(move |tx| tx.execute(&sql, &[]).map(drop)).await;
    }

    /// A whole transaction, which may take as long as it likes.
    pub(crate) async fn transaction(&self, f: impl Fn(&mut Tx) -> Result<(), Error> + Send + 'static) {
        self.db.write("change", f).await.unwrap();
    }
}

fn open(url: &str) -> Db {
    let name = "look".to_owned();
    let few = Options { readers: 1, postgres_connections: 1, ..Options::default() };
    Db::open(url, Options { exclusive: false, application_name: name, ..few }).unwrap()
}
