//! Sessions: one support case of a customer: waiting → open → ended. At most one live session per customer.

mod filters;
mod list;
mod model;
mod store;
mod verbs;

pub use filters::{Filters, Sort, Whose};
pub use list::{Counts, Page, Query, Tab, counts, list, of_customer};
pub(crate) use model::Standing;
pub use model::{EndedBecause, Handover, LastMessage, Session, SessionState, SessionView, State};
pub(crate) use store::{
    Gift, Heard, Queued, Times, any_to_divert, ask_again, claim, count_of_project, divert, end, fallbacks,
    forget_tag, forget_told_waits, get, give, has_long_waits, heads, is_overdue, is_quiet, last_of, let_pass,
    live_of, live_of_project, no_fallback, note_heard, note_message, note_said, note_standing, open_count_of,
    open_counts, open_of, overdue, pass_over, put_back, quiet, reload_locked, reopen, served_last,
    set_handover, set_tags, start, tag_usage, tags_of, take_long_waits, take_up, times_of, unwarned, views,
    waiting_by_project, waiting_in, warn, writers,
};
pub use verbs::{mark_read, mark_taken_up, show};
