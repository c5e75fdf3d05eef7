//! Reception: every verb that changes who has room for what. Each drains the queue in its own transaction, under the
//! workspace's lock, so that at every commit no session waits that somebody available could take.

mod accounts;
mod drain;
mod verbs;

pub use accounts::{
    Departure, change_account, delete, departure, disable, enable, end_expired, hand_over, revoke_invitation,
    set_password, sign_out,
};
pub(crate) use drain::drain;
pub use verbs::{end, set_status, take};
