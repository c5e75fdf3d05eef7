//! The sessions table: single sessions, and lists of them.

mod labels;
mod listing;
mod lists;
mod single;
mod waits;

pub(crate) use labels::{forget_tag, set_tags, tag_usage, tags_of};
pub(super) use listing::{Listing, Which, page};
pub(crate) use lists::{Times, times_of, views};
pub(super) use lists::{counts, view};
pub(super) use single::read_all;
pub(crate) use single::{
    Heard, any_waiting, claim, count_of_project, end, get, live_of, live_of_project, note_heard,
    note_message, oldest_waiting, open_count_of, open_counts, open_of, put_back, reload_locked, start,
    take_up, waiting_by_project, writers,
};
pub(crate) use waits::{forget_told_waits, has_long_waits, take_long_waits};
