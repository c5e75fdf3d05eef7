//! Messages: the customer's timeline (what was said, and the service lines between) and how each reply's delivery stands.

mod incoming;
mod model;
mod outgoing;
mod post;
mod resend;
mod service;
mod statistics;
mod store;
mod timeline;
mod welcome;

pub(crate) use incoming::{Arrival, Incoming, Quoted, Written, edit, receive, receive_all, unless_known};
use model::preview;
pub use model::{
    Delivery, DeliveryState, Direction, Kind, Message, PassedOver, ReplyRef, ServiceLine, ServiceWhat, Why,
};
pub(crate) use outgoing::{Outcome, ToSend, give_up, mark_sending, settle, settle_late};
pub use post::{NewReply, Posted, post};
pub use resend::resend;
pub(crate) use service::{note_blocked, service_line};
pub use statistics::{Span, Statistics, statistics};
pub(crate) use store::{author_of, count_of_project, expected, set_expected, to_send, views};
pub use timeline::{TimelinePage, Window, timeline};
pub(crate) use welcome::welcome;

/// The kind of the jobs that send.
pub(crate) const SEND: &str = "send_message";
