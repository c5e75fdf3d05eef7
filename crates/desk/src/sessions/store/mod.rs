//! The sessions table: single sessions, and lists of them.

mod lists;
mod single;

pub(crate) use lists::views;
pub(super) use lists::{Listing, Which, counts, page, view};
pub(super) use single::read_all;
pub(crate) use single::{
    Heard, any_waiting, claim, count_of_project, end, get, live_of, live_of_project, note_heard,
    note_message, oldest_waiting, open_count_of, open_counts, open_of, put_back, reload_locked, start,
    take_up, waiting_by_project, writers,
};
