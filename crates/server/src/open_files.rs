//! How many files may be open: each connection is one.

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// Kept for the database, Telegram and the rest.
const OURS: u64 = 256;
/// More connections than one process could serve.
const MOST: u64 = 1 << 20;

/// Raises the limit as far as the system lets us (many begin with 1024), and says how many connections may be served.
pub(crate) fn connections() -> usize {
    let Rlimit { current, maximum } = getrlimit(Resource::Nofile);
    let wanted = maximum.unwrap_or(MOST).min(MOST);
    let raised = setrlimit(Resource::Nofile, Rlimit { current: Some(wanted), maximum });
    let files = if raised.is_ok() { wanted } else { current.unwrap_or(MOST).min(MOST) };
    usize::try_from(files.saturating_sub(OURS).max(files / 2)).unwrap_or(usize::MAX)
}
