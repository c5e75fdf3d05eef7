//! A database of its own for every test, of either kind.
//!
//! `SQLite` is a file in a temporary folder. `PostgreSQL` is the server that `TELEDESK_TEST_POSTGRES` names (the address of a
//! superuser), or else one started from the system's own binaries: once per process, reached by a socket in a temporary
//! folder, and gone when the process is, however it ends. A test without its database fails; it is never skipped.
//!
//! One body runs on both:
//!
//! ```ignore
//! async fn what_is_written_is_read(database: TestDatabase) { … }
//!
//! testkit::both_databases!(what_is_written_is_read);   // what_is_written_is_read::sqlite and …::postgres
//! ```

use std::env;
use std::io::{BufRead as _, BufReader};
use std::os::unix::process::CommandExt as _;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::LazyLock;
use std::thread;
use std::time::Duration;

use tempfile::TempDir;

/// Which database.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// The embedded one.
    Sqlite,
    /// The one for many nodes.
    Postgres,
}

/// An empty database, removed when this is dropped.
pub struct TestDatabase {
    /// Its address, as `Db::open` takes it.
    pub url: String,
    /// Which it is.
    pub kind: Kind,
    /// What there is to remove.
    remains: Remains,
}

enum Remains {
    Folder(TempDir),
    Postgres { server: String, name: String },
}

impl TestDatabase {
    /// The file of an `SQLite` database.
    pub fn path(&self) -> Option<PathBuf> {
        self.url.strip_prefix("sqlite:").map(PathBuf::from)
    }

    /// The folder of an `SQLite` database, for other things of the same test.
    pub fn folder(&self) -> Option<PathBuf> {
        match &self.remains {
            Remains::Folder(folder) => Some(folder.path().to_owned()),
            Remains::Postgres { .. } => None,
        }
    }
}

impl Drop for TestDatabase {
    fn drop(&mut self) {
        if let Remains::Postgres { server, name } = &self.remains {
            // A test that fails has said why; that its database is left behind as well is no news.
            let _ = command(server, &format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)"));
        }
    }
}

/// Makes an empty database.
pub fn database(kind: Kind) -> TestDatabase {
    match kind {
        Kind::Sqlite => {
            let folder = TempDir::with_prefix("teledesk-").expect("a temporary folder");
            let url = format!("sqlite:{}", folder.path().join("test.db").display());
            TestDatabase { url, kind, remains: Remains::Folder(folder) }
        }
        Kind::Postgres => {
            let server = server();
            let name = format!("test_{:016x}", rand::random::<u64>());
            let sql = format!("CREATE DATABASE {name} TEMPLATE template0 ENCODING 'UTF8'");
            command(&server, &sql).unwrap_or_else(|error| panic!("no test database: {error}"));
            let url = with_database(&server, &name);
            TestDatabase { url, kind, remains: Remains::Postgres { server, name } }
        }
    }
}

/// A test that waits in a circle shall fail, not hang.
const LONGEST: Duration = Duration::from_mins(10);

/// Runs `body` with a new database, in a runtime of its own.
pub fn run<F, Fut>(kind: Kind, body: F)
where
    F: FnOnce(TestDatabase) -> Fut,
    Fut: Future<Output = ()>,
{
    let database = database(kind);
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
    let in_time =
        async { tokio::time::timeout(LONGEST, body(database)).await.expect("the test waits for nothing") };
    runtime.expect("a runtime").block_on(in_time);
}

/// Makes two tests of each `async fn name(database: TestDatabase)`: `name::sqlite` and `name::postgres`.
#[macro_export]
macro_rules! both_databases {
    ($($name:ident),+ $(,)?) => {$(
        mod $name {
            #[test]
            fn sqlite() {
                $crate::databases::run($crate::databases::Kind::Sqlite, super::$name);
            }
            #[test]
            fn postgres() {
                $crate::databases::run($crate::databases::Kind::Postgres, super::$name);
            }
        }
    )+};
}

/// As `both_databases!`, for what has nothing to do with the kind of database: `name::sqlite` alone.
#[macro_export]
macro_rules! on_sqlite {
    ($($name:ident),+ $(,)?) => {$(
        mod $name {
            #[test]
            fn sqlite() {
                $crate::databases::run($crate::databases::Kind::Sqlite, super::$name);
            }
        }
    )+};
}

/// As `both_databases!`, for what only the database for many nodes has: `name::postgres` alone.
#[macro_export]
macro_rules! on_postgres {
    ($($name:ident),+ $(,)?) => {$(
        mod $name {
            #[test]
            fn postgres() {
                $crate::databases::run($crate::databases::Kind::Postgres, super::$name);
            }
        }
    )+};
}

/// The address of a server on which we may do anything.
pub fn server() -> String {
    if let Ok(url) = env::var("TELEDESK_TEST_POSTGRES") {
        return url;
    }
    let cluster = CLUSTER.as_ref().unwrap_or_else(|error| panic!("{error}"));
    // The socket's folder is the host, and a slash in it has to be written otherwise.
    format!("postgres://postgres@{}/postgres", cluster.folder.replace('/', "%2F"))
}

/// A statement outside of any transaction. The client may not be used inside an async runtime, hence the thread.
fn command(url: &str, sql: &str) -> Result<(), String> {
    let run = || -> Result<(), postgres::Error> {
        postgres::Client::connect(url, postgres::NoTls)?.batch_execute(sql)
    };
    let words = |error: postgres::Error| {
        error.as_db_error().map_or_else(|| format!("{error:?}"), ToString::to_string)
    };
    thread::scope(|scope| scope.spawn(run).join()).expect("the client doesn't panic").map_err(words)
}

/// `url` with another database: what stands between the host and the question mark.
fn with_database(url: &str, name: &str) -> String {
    let (address, query) = url.split_once('?').map_or((url, None), |(address, query)| (address, Some(query)));
    let host = address.find("://").map_or(0, |at| at + 3);
    let end = address[host..].find('/').map_or(address.len(), |at| host + at);
    let query = query.map_or_else(String::new, |query| format!("?{query}"));
    format!("{}/{name}{query}", &address[..end])
}

/// A server that lives as long as this process.
struct Cluster {
    folder: String,
    /// While its input is open, the server runs.
    _keeper: Child,
}

static CLUSTER: LazyLock<Result<Cluster, String>> = LazyLock::new(start);

/// Starts the server, says where it is, waits until its input ends (which it does when the test process ends, even when it is
/// killed), then removes everything. No fsync: these data needn't survive anything.
const KEEPER: &str = r#"
    cd / && export PATH="$1:$PATH" LC_ALL=C
    folder=$(mktemp -d /tmp/teledesk-postgres-XXXXXX) || exit 1
    end() { pg_ctl stop -s -m immediate -D "$folder/data" >/dev/null 2>&1; rm -rf "$folder"; }
    trap end EXIT
    trap '' INT HUP
    initdb -D "$folder/data" -U postgres -A trust -E UTF8 --locale=C -N >"$folder/log" 2>&1 &&
    pg_ctl start -s -w -D "$folder/data" -l "$folder/log" -o "-k $folder -c listen_addresses= -c fsync=off \
        -c full_page_writes=off -c max_connections=500 -c shared_buffers=64MB" >>"$folder/log" 2>&1 </dev/null ||
    { echo "failed: $(tail -n 1 "$folder/log")"; exit 1; }
    echo "$folder"
    read -r _
    exit 0
"#;

fn start() -> Result<Cluster, String> {
    let binaries = binaries().ok_or(
        "these tests need PostgreSQL: install it (no initdb in PATH or /usr/lib/postgresql/*/bin), \
         or set TELEDESK_TEST_POSTGRES to the address of a superuser",
    )?;
    let failed = |error: std::io::Error| format!("the PostgreSQL of the tests doesn't start: {error}");
    // Its own process group, so that Ctrl-C at the terminal doesn't end it before it has cleaned up.
    let mut keeper = shell()
        .arg(KEEPER)
        .arg("keeper")
        .arg(&binaries)
        .process_group(0)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .map_err(failed)?;
    let mut line = String::new();
    let output = keeper.stdout.take().ok_or("the keeper has no output")?;
    BufReader::new(output).read_line(&mut line).map_err(failed)?;
    let folder = line.trim().to_owned();
    if !folder.starts_with('/') {
        return Err(format!("the PostgreSQL of the tests doesn't start: {folder}"));
    }
    Ok(Cluster { folder, _keeper: keeper })
}

/// A shell that isn't root, which `initdb` refuses: then it is that of the user `postgres`.
fn shell() -> Command {
    let id = Command::new("id").arg("-u").output();
    let root = id.is_ok_and(|id| id.stdout.trim_ascii() == b"0");
    let mut command = Command::new(if root { "runuser" } else { "sh" });
    if root {
        command.args(["-u", "postgres", "--", "sh"]);
    }
    command.arg("-c");
    command
}

/// The folder of `initdb`: that in PATH, or the newest of those that Debian keeps out of it.
fn binaries() -> Option<PathBuf> {
    let path = env::var_os("PATH").unwrap_or_default();
    let usable = |folder: &PathBuf| folder.join("initdb").exists() && folder.join("pg_ctl").exists();
    env::split_paths(&path).find(usable).or_else(|| {
        let versions = std::fs::read_dir("/usr/lib/postgresql").ok()?;
        let mut folders: Vec<(u32, PathBuf)> = versions
            .filter_map(Result::ok)
            .filter_map(|entry| Some((entry.file_name().to_str()?.parse().ok()?, entry.path().join("bin"))))
            .filter(|(_, folder)| usable(folder))
            .collect();
        folders.sort();
        folders.pop().map(|(_, folder)| folder)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_database_of_the_same_server() {
        for (url, expected) in [
            ("postgres://u:p@h:1/a?x=y", "postgres://u:p@h:1/new?x=y"),
            ("postgres://h", "postgres://h/new"),
            ("postgres://u@%2Ftmp%2Fx/a", "postgres://u@%2Ftmp%2Fx/new"),
        ] {
            assert_eq!(with_database(url, "new"), expected);
        }
    }
}
