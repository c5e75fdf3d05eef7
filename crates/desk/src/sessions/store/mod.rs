//! The sessions table: single sessions, and lists of them.

mod diversion;
mod labels;
mod listing;
mod lists;
mod quiet;
mod said;
mod single;
mod waits;

pub(crate) use diversion::{
    Gift, Queued, any_to_divert, ask_again, divert, fallbacks, heads, is_overdue, let_pass, no_fallback,
    overdue, served_last, waiting_in,
};
pub(crate) use labels::{forget_tag, set_tags, tag_usage, tags_of};
pub(super) use listing::{Listing, Which, page};
pub(crate) use lists::{Times, times_of, views};
pub(super) use lists::{counts, view};
pub(crate) use quiet::{is_quiet, quiet, unwarned, warn};
pub(super) use said::read_all;
pub(crate) use said::{Heard, note_heard, note_message, note_said, note_standing};
pub(crate) use single::{
    claim, count_of_project, end, get, give, last_of, live_of, live_of_project, open_count_of, open_counts,
    open_of, pass_over, put_back, reload_locked, reopen, set_handover, start, take_up, waiting_by_project,
    writers,
};
pub(crate) use waits::{forget_told_waits, has_long_waits, take_long_waits};
