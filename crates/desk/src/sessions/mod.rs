//! Sessions: one support case of a customer: waiting → open → ended. At most one live session per customer.

mod list;
mod model;
mod store;
mod verbs;

pub use list::{Counts, Page, Query, Tab, counts, list, of_customer};
pub use model::{EndedBecause, LastMessage, Session, SessionState, SessionView, State};
pub(crate) use store::{
    Gift, Queued, any_to_divert, ask_again, claim, count_of_project, end, fallbacks, get, give, hand_on,
    heads, is_overdue, let_pass, live_of, live_of_project, no_fallback, note_message, open_count_of,
    open_counts, open_of, overdue, put_back, reload_locked, served_last, start, take_up, views,
    waiting_by_project, waiting_in, writer,
};
pub use verbs::{mark_read, mark_taken_up, show};
