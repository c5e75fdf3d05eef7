//! Messages: the customer's timeline (what was said, and the service lines between) and how each reply's delivery stands.

mod automatic;
mod incoming;
mod model;
mod outgoing;
mod post;
mod resend;
mod service;
mod statistics;
mod store;
mod taking_back;
mod timeline;

pub(crate) use automatic::{announce, welcome};
pub(crate) use incoming::{Arrival, Incoming, Quoted, Written, edit, receive, receive_all, unless_known};
use model::preview;
pub use model::{
    Delivery, DeliveryState, Direction, Kind, Message, PassedOver, ReplyRef, ServiceLine, ServiceWhat, Why,
};
pub(crate) use outgoing::{Outcome, ToSend, give_up, mark_sending, settle, settle_late};
pub(crate) use post::cleaned;
pub use post::{NewReply, Posted, post};
pub use resend::resend;
pub(crate) use service::{note_blocked, service_line};
pub use statistics::{Span, Statistics, statistics};
pub(crate) use store::{
    author_of, count_of_project, expected, last_reply_arrived, set_expected, standing, to_send, views,
};
pub(crate) use taking_back::{TRANSFERRED, take_back};
pub use timeline::{TimelinePage, Window, timeline};

/// The kind of the jobs that send.
pub(crate) const SEND: &str = "send_message";
