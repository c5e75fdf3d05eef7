//! The product's verbs on both databases.

mod access;
mod accounts;
mod any_update;
mod common;
mod events;
mod ingest;
mod lists;
mod reception;
mod replies;
mod rules;
mod schema;
mod sessions;
mod timeline;
mod turmoil;
