//! The client against servers that misbehave in every way they can.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "tests fail by panicking; clippy excuses only #[test] functions"
)]

mod answers;
mod fake;
mod network;
mod updates;

use std::time::Duration;

use telegram::{Bot, Http, HttpOptions, SecretString};

const TOKEN: &str = "123456:SIMULATED-TOKEN-FOR-TESTS";

/// Patient enough for a loaded machine, where nothing is meant to time out.
fn options() -> HttpOptions {
    HttpOptions { body_cap: 64 * 1024, ..HttpOptions::default() }
}

/// For answers that never come.
fn impatient() -> HttpOptions {
    HttpOptions {
        call_timeout: Duration::from_millis(200),
        poll_grace: Duration::from_millis(200),
        ..options()
    }
}

fn bot(base: &str, options: HttpOptions) -> Bot {
    Http::new(options).unwrap().bot(base, SecretString::from(TOKEN))
}

/// Neither form of an error may hold any part of the token.
fn assert_clean(error: &telegram::Error) {
    let said = format!("{error} {error:?} {error:#?}");
    assert!(!said.contains("SIMULATED") && !said.contains("123456"), "{said}");
}
