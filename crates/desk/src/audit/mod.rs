//! Audit: who did what. One entry per verb, written in the verb's own transaction, never changed.

mod store;

pub(crate) use store::record;
