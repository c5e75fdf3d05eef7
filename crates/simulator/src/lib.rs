//! A Telegram of our own: a Bot API server for any number of bots, a control API to act as their customers and to inject
//! faults, and a page to *be* a customer. For the demo, for tests, and for "test as a customer".
//!
//! Everything lives in memory. Answers, error texts and limits follow the published Bot API server and its
//! documentation; `docs/simulator.md` lists the control routes and every deliberate difference.
//!
//! * `state`: bots, chats, update queues, limits, faults. One lock per bot.
//! * `act`: what a customer does. `operate`: what the person running a test does. Both are methods of [`Simulator`].
//! * `api`: the Bot API. `control`: the same verbs as `act` and `operate`, over HTTP. `page`: the static page.
//! * `deliver`: updates on their way to webhooks.
//! * `server`: the listener, and connections that can be dropped in the middle.

mod act;
mod api;
mod avatar;
mod bulk;
mod control;
mod deliver;
mod live;
mod model;
mod operate;
mod options;
mod page;
mod server;
mod simulator;
mod state;

pub use bulk::{Bulk, BulkState};
pub use model::{
    Author, BotInfo, BotStats, Change, ChatMessage, ChatState, CustomerInfo, NewBot, NewCustomer, NewMessage,
    Refused, Stats, Written,
};
pub use operate::{Raw, Scope};
pub use options::{Clock, Options, WebhookPace};
pub use simulator::Simulator;
pub use state::fault::{Fault, FaultKind};
