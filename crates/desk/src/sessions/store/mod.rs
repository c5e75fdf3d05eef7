//! The sessions table: single sessions, and lists of them.

mod diversion;
mod lists;
mod single;

pub(crate) use diversion::{
    Gift, Queued, any_to_divert, ask_again, fallbacks, give, hand_on, heads, is_overdue, let_pass,
    no_fallback, overdue, served_last, waiting_in,
};
pub(crate) use lists::views;
pub(super) use lists::{Listing, Which, counts, page, view};
pub(super) use single::read_all;
pub(crate) use single::{
    claim, count_of_project, end, get, live_of, live_of_project, note_message, open_count_of, open_counts,
    open_of, put_back, reload_locked, start, take_up, waiting_by_project, writer,
};
