//! The sessions table: single sessions, and lists of them.

mod lists;
mod single;

pub(crate) use lists::views;
pub(super) use lists::{Listing, Which, counts, page, view};
pub(super) use single::read_all;
pub(crate) use single::{
    any_waiting, claim, count_of_project, end, get, live_of, live_of_project, note_message, oldest_waiting,
    open_counts, open_with_assignee, reload_locked, return_to_queue, start, take_up, waiting_by_project,
    writer,
};
