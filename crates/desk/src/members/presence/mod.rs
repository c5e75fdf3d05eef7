//! Whether members are there: the status they chose, and whether a portal of theirs is connected, as the table knows it for all nodes.

mod store;

pub(super) use store::everyone_is_gone;
pub(crate) use store::{
    absent, connect, count_from_now, disconnect, note_signs, set_status, silent, unconnected, uncounted,
};
