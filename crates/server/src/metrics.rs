//! Figures for monitoring, in Prometheus's text form. Each is listed here and in docs/operating.md.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::time::Duration;

use desk::Store;
use desk::operating::{self, Line};
use metrics::{describe_counter, describe_gauge, describe_histogram};
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};
use secrecy::SecretString;

use crate::failure::Failure;
use crate::process;

/// How often what was recorded is added up, whether or not anybody asks.
const UPKEEP: Duration = Duration::from_secs(5);
/// Bounds of durations, in seconds.
const SECONDS: [f64; 14] =
    [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0, 30.0];
/// Bounds of sizes of batches.
const SIZES: [f64; 9] = [1.0, 2.0, 5.0, 10.0, 20.0, 50.0, 100.0, 200.0, 500.0];
/// The shortest token that guards something, in characters.
const SHORTEST: usize = 16;

/// What a figure is: it counts up, it is measured each time, or it is a distribution.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Counter,
    Gauge,
    Histogram,
}

use Kind::{Counter, Gauge, Histogram};

/// Every figure there is, with its meaning.
pub(crate) const ALL: [(Kind, &str, &str); 28] = [
    (Gauge, "teledesk_build_info", "1; the label says which version runs"),
    (Counter, "teledesk_updates_total", "Updates received from Telegram, by project and outcome"),
    (Histogram, "teledesk_ingest_batch_updates", "Updates stored together"),
    (Histogram, "teledesk_ingest_seconds", "From a batch's arrival to its commit"),
    (Gauge, "teledesk_db_queue_transactions", "Transactions that wait for the database"),
    (Histogram, "teledesk_db_wait_seconds", "How long a transaction waited to be run"),
    (Histogram, "teledesk_db_run_seconds", "How long a transaction ran, without its commit"),
    (Histogram, "teledesk_db_commit_seconds", "How long a commit took, the disk included"),
    (Histogram, "teledesk_db_group_transactions", "Transactions committed together (embedded database)"),
    (Counter, "teledesk_db_failures_total", "Transactions that the database failed"),
    (Counter, "teledesk_replies_total", "Replies settled, by project and outcome"),
    (Gauge, "teledesk_replies_waiting", "Replies not settled yet, by project"),
    (Gauge, "teledesk_replies_oldest_seconds", "Age of the oldest reply not settled yet, by project"),
    (Histogram, "teledesk_telegram_call_seconds", "Calls to Telegram, by method and outcome"),
    (Gauge, "teledesk_sockets_connected", "Connected event sockets"),
    (Counter, "teledesk_events_delivered_total", "Events sent to browsers"),
    (Gauge, "teledesk_sessions_waiting", "Sessions that nobody has, by project"),
    (
        Gauge,
        "teledesk_sessions_oldest_wait_seconds",
        "Wait of the oldest session that nobody has, by project",
    ),
    (Counter, "teledesk_logins_total", "Attempts to sign in, by outcome"),
    (Histogram, "teledesk_http_request_seconds", "HTTP requests, by route, method and class of status"),
    (Gauge, "teledesk_figures_up", "1; 0 when what waits could not be read from the database"),
    (Gauge, "process_resident_memory_bytes", "Resident memory"),
    (Gauge, "process_virtual_memory_bytes", "Virtual memory"),
    (Counter, "process_cpu_seconds_total", "Processor time, of users and system together"),
    (Gauge, "process_open_fds", "Open files"),
    (Gauge, "process_max_fds", "Files that may be open"),
    (Gauge, "process_threads", "Threads"),
    (Gauge, "process_start_time_seconds", "Start of the process, in seconds since 1970 UTC"),
];

/// Collects the figures of this process.
#[derive(Clone)]
pub(crate) struct Recorder(PrometheusHandle);

impl Recorder {
    /// From here on everything is recorded.
    pub(crate) fn start() -> Result<Self, Failure> {
        let fault =
            |error: &dyn std::fmt::Display| Failure::new(format!("figures can't be collected: {error}"));
        let ends_with = |end: &str| Matcher::Suffix(end.to_owned());
        let recorder = PrometheusBuilder::new()
            .set_buckets_for_metric(ends_with("_seconds"), &SECONDS)
            .and_then(|it| it.set_buckets_for_metric(ends_with("_updates"), &SIZES))
            .and_then(|it| it.set_buckets_for_metric(ends_with("_transactions"), &SIZES))
            .map_err(|error| fault(&error))?
            .build_recorder();
        let handle = recorder.handle();
        metrics::set_global_recorder(recorder).map_err(|error| fault(&error))?;
        for (kind, name, words) in ALL {
            match kind {
                Counter => describe_counter!(name, words),
                Gauge => describe_gauge!(name, words),
                Histogram => describe_histogram!(name, words),
            }
        }
        let upkeep = handle.clone();
        // It ends with the process.
        tokio::spawn(async move {
            let mut ticks = tokio::time::interval(UPKEEP);
            loop {
                ticks.tick().await;
                upkeep.run_upkeep();
            }
        });
        Ok(Self(handle))
    }

    /// The page as of now.
    pub(crate) async fn page(&self, store: &Store) -> String {
        let mut page = Page(self.0.render());
        page.value("teledesk_build_info", &[("version", env!("CARGO_PKG_VERSION"))], 1.0);
        let load = store.db().load();
        let modes =
            [("write", load.waiting_writes), ("read", load.waiting_reads)].map(|(mode, n)| (mode, number(n)));
        page.values("teledesk_db_queue_transactions", "mode", &modes);
        let figures = operating::figures(store).await;
        page.value("teledesk_figures_up", &[], if figures.is_ok() { 1.0 } else { 0.0 });
        if let Ok(figures) = figures {
            page.lines("teledesk_sessions_waiting", &figures.sessions, |line| number(line.count));
            page.lines("teledesk_sessions_oldest_wait_seconds", &figures.sessions, age);
            page.lines("teledesk_replies_waiting", &figures.replies, |line| number(line.count));
            page.lines("teledesk_replies_oldest_seconds", &figures.replies, age);
        }
        for (name, value) in process::figures() {
            page.value(name, &[], value);
        }
        page.0
    }
}

/// What is looked up when somebody asks is written here and not recorded: a project in which nothing waits has no line.
struct Page(String);

impl Page {
    fn head(&mut self, name: &str) {
        let known = ALL.iter().find(|(_, known, _)| *known == name);
        let (kind, words) = known.map_or(("untyped", ""), |(kind, _, words)| match kind {
            Counter => ("counter", *words),
            Gauge => ("gauge", *words),
            Histogram => ("histogram", *words),
        });
        // Writing to a string can't fail.
        let _ = writeln!(self.0, "# HELP {name} {words}\n# TYPE {name} {kind}");
    }

    fn sample(&mut self, name: &str, labels: &[(&str, &str)], value: f64) {
        let labels: Vec<_> = labels.iter().map(|(label, of)| format!("{label}=\"{of}\"")).collect();
        let labels = if labels.is_empty() { String::new() } else { format!("{{{}}}", labels.join(",")) };
        let _ = writeln!(self.0, "{name}{labels} {value}");
    }

    fn value(&mut self, name: &str, labels: &[(&str, &str)], value: f64) {
        self.head(name);
        self.sample(name, labels, value);
    }

    fn values(&mut self, name: &str, label: &str, values: &[(&str, f64)]) {
        self.head(name);
        for (of, value) in values {
            self.sample(name, &[(label, of)], *value);
        }
    }

    fn lines(&mut self, name: &str, lines: &[Line], value: impl Fn(&Line) -> f64) {
        let lines: Vec<_> = lines.iter().map(|line| (line.project.to_string(), value(line))).collect();
        let lines: Vec<_> = lines.iter().map(|(project, value)| (project.as_str(), *value)).collect();
        self.values(name, "project", &lines);
    }
}

fn age(line: &Line) -> f64 {
    number(line.oldest_ms) / 1_000.0
}

#[expect(clippy::cast_precision_loss, reason = "counts far below 2^52")]
fn number(count: impl TryInto<i64>) -> f64 {
    count.try_into().unwrap_or(i64::MAX) as f64
}

/// The token that guards the figures, from its file.
pub(crate) fn token(path: &Path) -> Result<SecretString, Failure> {
    let text = fs::read_to_string(path)
        .map_err(|error| Failure::path("the token of /metrics can't be read:", path, &error))?;
    let token = text.trim();
    if token.len() < SHORTEST || !token.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err(Failure::new(format!(
            "{} holds no token: at least {SHORTEST} letters and digits are expected",
            path.display()
        )));
    }
    Ok(token.to_owned().into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_figure_is_documented_and_no_other() {
        let page = include_str!("../../../docs/operating.md");
        let section = page.split("### The figures").nth(1).unwrap().split("\n## ").next().unwrap();
        let rows = section.lines().filter_map(|line| line.strip_prefix("| `")?.split('`').next());
        let documented: Vec<_> = rows.collect();
        let ours: Vec<_> = ALL.iter().map(|(_, name, _)| *name).collect();
        assert_eq!(documented, ours);
    }
}
