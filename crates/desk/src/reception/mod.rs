//! Reception: every verb that changes who has room for what. Each drains the queue in its own transaction, under the
//! workspace's lock, so that at every commit no session waits that somebody available could take.

mod accounts;
mod acting;
mod assign;
mod bulk;
mod drain;
mod ending;
mod handing_over;
mod moving;
mod projects;
mod receivers;
mod reopening;
mod returning;
mod transfer;
mod verbs;

pub use accounts::{
    Departure, change_account, delete, departure, disable, enable, end_expired, hand_over, revoke_invitation,
    set_password, sign_out,
};
pub use assign::{assign, put_back_into_queue, take_over};
pub use bulk::{Bulk, Outcome, Refused, bulk};
pub(crate) use drain::drain;
pub use ending::{end, end_quiet};
pub use handing_over::{HandOver, hand_over_sessions};
pub use projects::{Losses, ScopeChange, change_project, change_scope, delete_project, losses};
pub use receivers::{Receiver, receivers};
pub(crate) use reopening::come_back;
pub use reopening::reopen;
pub use transfer::{Transfer, transfer};
pub use verbs::{set_status, take};
