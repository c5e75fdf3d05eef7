//! `PostgreSQL`: a bounded set of threads, each with its connection.

mod connect;
mod environment;
mod errors;
mod line;
mod migrate;
mod schema;
mod session;
mod worker;

use postgres::Config;
use tokio::sync::watch;

use crate::db::{Options, Started, start_thread};
use crate::line::Line;
use crate::migrate::Migration;
use crate::open_error::OpenError;
use crate::queue::{Queue, Rules};

pub use environment::environment;
pub(crate) use session::cell;

/// A server we can connect to.
pub(crate) struct Postgres {
    config: Config,
    line: tokio_postgres::Config,
}

impl Postgres {
    pub(crate) fn open(url: &str, options: &Options) -> Result<(Self, Started), OpenError> {
        let (config, line) = (connect::config(url, options)?, connect::line_config(url, options)?);
        // Once now, so that a wrong address or password shows at start; the threads connect when they are needed.
        on_a_thread(|| connect::connect(&config).map(drop))?.map_err(connect::open_error)?;
        let connections = options.postgres_connections.max(1);
        let rules = Rules { bound: options.queue, bulk_at_once: (connections / 4).max(1), patience: 64 };
        let queue = Queue::new(rules);
        let (running, receiver) = watch::channel(());
        let workers: Vec<_> = (0..connections).map(|_| queue.worker()).collect();
        for worker in workers {
            let (config, queue) = (config.clone(), queue.clone());
            start_thread("db-postgres", receiver.clone(), move || {
                let _worker = worker;
                worker::run(&config, &queue);
            })?;
        }
        Ok((Self { config, line }, Started { writes: queue.clone(), reads: queue, running }))
    }

    pub(crate) fn line(&self, channel: &'static str) -> Result<Line, OpenError> {
        line::start(self.line.clone(), channel)
    }

    pub(crate) fn migrate(&self, migrations: &[Migration]) -> Result<u32, OpenError> {
        on_a_thread(|| migrate::run(&self.config, migrations))?
    }
}

/// Runs `f` on a thread of its own and waits. The client drives its own little runtime, which panics inside another.
fn on_a_thread<T: Send>(f: impl FnOnce() -> T + Send) -> Result<T, OpenError> {
    std::thread::scope(|scope| scope.spawn(f).join())
        .map_err(|_| OpenError::Other("the connection to PostgreSQL panicked".to_owned()))
}
