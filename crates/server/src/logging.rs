//! The log: to standard error, for people or for programs.

use std::io::IsTerminal as _;

use tracing::{Level, Metadata};
use tracing_subscriber::filter::FilterFn;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;
use tracing_subscriber::{EnvFilter, Layer as _};

use crate::cli::LogFormat;
use crate::failure::Failure;

/// Starts the log at this level, as in `info,desk=debug`.
pub(crate) fn start(level: &str, format: LogFormat) -> Result<(), Failure> {
    let filter = EnvFilter::try_new(level)
        .map_err(|error| Failure::new(format!("--log {level} isn't understood: {error}")))?;
    let lines = tracing_subscriber::fmt::layer().with_writer(std::io::stderr);
    let log = match format {
        LogFormat::Text => lines.with_ansi(std::io::stderr().is_terminal()).boxed(),
        // Fields at the top of the object, those of the request beside them under `span`.
        LogFormat::Json => lines.json().flatten_event(true).with_span_list(false).boxed(),
    };
    tracing_subscriber::registry().with(filter).with(FilterFn::new(may_tell)).with(log).init();
    Ok(())
}

/// Of the libraries no more than `info`, whatever is asked for: their details hold statements with their values, headers and
/// frames, and with them what customers wrote. Our own say what may be known.
fn may_tell(metadata: &Metadata) -> bool {
    const OURS: [&str; 6] = ["teledesk", "teledesk_http", "desk", "db", "telegram", "simulator"];
    let module = metadata.target().split("::").next().unwrap_or_default();
    *metadata.level() <= Level::INFO || OURS.contains(&module)
}
