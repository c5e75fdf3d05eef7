//! Sessions: one support case of a customer: waiting → open → ended. At most one live session per customer.

mod filters;
mod list;
mod model;
mod store;
mod verbs;

pub use filters::{Filters, Sort, Whose};
pub use list::{Counts, Page, Query, Tab, counts, list, of_customer};
pub use model::{EndedBecause, LastMessage, Session, SessionState, SessionView, State};
pub(crate) use store::{
    Heard, Times, any_waiting, claim, count_of_project, end, forget_tag, forget_told_waits, get,
    has_long_waits, live_of, live_of_project, note_heard, note_message, oldest_waiting, open_count_of,
    open_counts, open_of, put_back, reload_locked, set_tags, start, tag_usage, tags_of, take_long_waits,
    take_up, times_of, views, waiting_by_project, writers,
};
pub use verbs::{mark_read, mark_taken_up, show};
