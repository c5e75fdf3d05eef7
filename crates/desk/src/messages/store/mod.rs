//! The messages table: reading lines of timelines, and writing them.

mod read;
mod said;
mod write;

pub(crate) use read::{author_of, count_of_project, expected, to_send, views};
pub(super) use read::{
    by_telegram, counts_of, is_said_by_or_to, is_same, page, posted, unknown_with_text, view,
};
pub(super) use said::written_by;
pub(crate) use said::{last_reply_arrived, standing};
pub(crate) use write::set_expected;
pub(super) use write::{
    NewRow, arrived_after_all, insert, insert_heard, requeue, rewrite, set_delivery, set_telegram_message,
};
