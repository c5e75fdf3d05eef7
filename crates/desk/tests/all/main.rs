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
mod assigning;
mod avatars;
mod bulk;
mod common;
mod diversion;
mod drafts;
mod ending;
mod events;
mod fields;
mod guessing;
mod ingest;
mod invitations;
mod lists;
mod meaning;
mod model;
mod narrowing;
mod notes;
mod notifications;
mod people;
mod permissions;
mod presence;
mod projects;
mod reception;
mod replies;
mod returning;
mod rules;
mod schema;
mod second_factor;
mod sessions;
mod source;
mod tags;
mod tallies;
mod timeline;
mod transfer;
mod turmoil;
mod viewers;
