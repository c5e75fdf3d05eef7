//! Measures the real server with the simulated Telegram, generator and agents on the same machine, and prints the figures beside
//! the raw floor of the same run. Nothing here fails because something is slow: figures are for people. `cargo xtask bench`
//! builds what is needed and runs this.

#![expect(clippy::expect_used, reason = "a measurement that can't be taken ends")]
#![expect(clippy::print_stdout, reason = "the figures are the output")]
#![expect(clippy::cast_precision_loss, reason = "figures for people")]
#![expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "figures for people")]

mod figures;
mod floor;
mod footprint;
mod guessing;
mod ingest;
mod latency;
mod listeners;
mod process;
mod replies;
mod stored;
mod trouble;
mod world;

use std::path::PathBuf;

use clap::Parser;
use testkit::databases::Kind;

use figures::Report;

/// What to measure, and how much of it.
#[derive(Parser)]
struct Cli {
    /// The server's binary.
    #[arg(long, env = "TELEDESK_BINARY")]
    binary: PathBuf,
    /// Small amounts: whether everything runs, not how fast.
    #[arg(long)]
    smoke: bool,
    /// Only these: ingest, postgres, latency, replies, trouble, guessing, footprint, stored.
    #[arg(long, value_delimiter = ',')]
    only: Vec<String>,
}

/// What every measurement is given.
struct Bench {
    binary: String,
    smoke: bool,
}

impl Bench {
    /// The full amount, or the small one.
    fn amount(&self, full: usize, small: usize) -> usize {
        if self.smoke { small } else { full }
    }
}

#[tokio::main]
async fn main() {
    let cli = Cli::parse();
    let bench = Bench { binary: cli.binary.display().to_string(), smoke: cli.smoke };
    let wanted = |name: &str| cli.only.is_empty() || cli.only.iter().any(|it| it == name);
    let mut report = Report::default();
    floor::commits(&bench, &mut report).await;
    if wanted("ingest") {
        ingest::measure(&bench, Kind::Sqlite, &mut report).await;
    }
    if wanted("postgres") {
        ingest::measure(&bench, Kind::Postgres, &mut report).await;
    }
    if wanted("latency") {
        latency::measure(&bench, &mut report).await;
    }
    if wanted("replies") {
        replies::measure(&bench, &mut report).await;
    }
    if wanted("trouble") {
        trouble::measure(&bench, &mut report).await;
    }
    if wanted("guessing") {
        guessing::measure(&bench, &mut report).await;
    }
    if wanted("footprint") {
        footprint::measure(&bench, &mut report).await;
    }
    if wanted("stored") {
        stored::measure(&bench, &mut report).await;
    }
    report.print();
}
