//! Sessions: one support case of a customer: waiting → open → ended. At most one live session per customer.

mod list;
mod model;
mod store;
mod verbs;

pub use list::{Counts, Page, Query, Tab, counts, list, of_customer};
pub use model::{EndedBecause, LastMessage, Session, SessionState, SessionView, State};
pub(crate) use store::{
    Heard, any_waiting, claim, count_of_project, end, get, live_of, live_of_project, note_heard,
    note_message, oldest_waiting, open_count_of, open_counts, open_of, put_back, reload_locked, start,
    take_up, views, waiting_by_project, writers,
};
pub use verbs::{mark_read, mark_taken_up, show};
