//! The product's verbs on both databases. One binary, so that one `PostgreSQL` server does for all.

#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "in tests a panic is the answer"
)]

mod access;
mod accounts;
mod any_update;
mod arrows;
mod avatars;
mod common;
mod drafts;
mod events;
mod guessing;
mod ingest;
mod invitations;
mod lists;
mod meaning;
mod narrowing;
mod people;
mod permissions;
mod projects;
mod reception;
mod replies;
mod rules;
mod schema;
mod second_factor;
mod sessions;
mod source;
mod tags;
mod tallies;
mod timeline;
mod turmoil;
