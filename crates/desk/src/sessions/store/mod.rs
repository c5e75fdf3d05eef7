//! The sessions table: single sessions, and lists of them.

mod lists;
mod quiet;
mod single;

pub(crate) use lists::views;
pub(super) use lists::{Listing, Which, counts, page, view};
pub(crate) use quiet::{is_quiet, quiet, unwarned, warn};
pub(super) use single::read_all;
pub(crate) use single::{
    any_waiting, claim, count_of_project, end, get, give, last_of, live_of, live_of_project, note_message,
    note_said, note_standing, oldest_waiting, open_count_of, open_counts, open_of, pass_over, put_back,
    reload_locked, reopen, set_handover, start, take_up, waiting_by_project, writer,
};
