//! What is logged.

use std::io;
use std::sync::{Arc, LazyLock, Mutex};
use std::time::Duration;

use db::{Error, Options};
use testkit::TestDatabase;

use crate::common::{open_with, options};

testkit::both_databases!(slow_closures_and_panics_are_logged_by_name);

/// The log of the whole process: closures run on threads of the database.
static LOG: LazyLock<Buffer> = LazyLock::new(|| {
    let buffer = Buffer::default();
    let writer = buffer.clone();
    tracing_subscriber::fmt().with_ansi(false).with_writer(move || writer.clone()).init();
    buffer
});

#[derive(Clone, Default)]
struct Buffer(Arc<Mutex<Vec<u8>>>);

impl Buffer {
    fn lines_with(&self, text: &str) -> usize {
        let bytes = self.0.lock().unwrap();
        String::from_utf8_lossy(&bytes).lines().filter(|line| line.contains(text)).count()
    }
}

impl io::Write for Buffer {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

async fn slow_closures_and_panics_are_logged_by_name(database: TestDatabase) {
    LazyLock::force(&LOG);
    // The names tell the two tests apart, which share the log.
    let (slow, quick, clumsy) = match database.kind {
        testkit::Kind::Sqlite => ("slow one", "quick one", "clumsy one"),
        testkit::Kind::Postgres => ("slow other", "quick other", "clumsy other"),
    };
    let db = open_with(&database, Options { slow: Duration::ZERO, ..options() }).await;
    db.write(slow, |_| Ok::<_, Error>(())).await.unwrap();
    db.close().await;
    assert_eq!(LOG.lines_with(&format!("WARN db::job: slow transaction name=\"{slow}\" ms=0")), 1);

    let db = db::Db::open(&database.url, Options { slow: Duration::from_hours(1), ..options() }).unwrap();
    db.write(quick, |_| Ok::<_, Error>(())).await.unwrap();
    assert_eq!(LOG.lines_with(quick), 0);
    let panicked: Result<(), Error> = db.write(clumsy, |_| panic!("on purpose")).await;
    assert_eq!(panicked, Err(Error::Panicked(clumsy)));
    assert_eq!(LOG.lines_with(&format!("name=\"{clumsy}\" panic=\"on purpose\"")), 1);
}
