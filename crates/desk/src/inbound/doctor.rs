//! The doctor of one project's webhook: sets it, watches how deliveries fare, repairs what drifted, and polls for a while when
//! they fail.
//!
//! A webhook and a poller never both get an update: Telegram refuses polling while a webhook is set. What was delivered or polled
//! but not confirmed when one takes over from the other comes again, and `ingest` recognises it.

use std::collections::BTreeSet;
use std::time::Duration;

use secrecy::SecretString;
use telegram::{Bot, Error as TelegramError, Retry, SetWebhook, WebhookInfo};

use super::KINDS;
use super::poller::poll;
use super::receive::Receiving;
use super::trouble::Trouble;
use crate::bots::Bots;
use crate::clock::Timestamp;
use crate::projects::{Connection, HealthState, WebhookHealth};
use crate::tx::Store;

/// Deliveries that Telegram may have under way at once for one bot: each waits for its commit, and a batch takes many.
const CONNECTIONS: u32 = 100;
/// After a delivery failed, Telegram is asked again sooner, by this factor, whether it was the only one.
const SOONER: u32 = 6;
/// How many times `fall_back_for` the longest polling lasts.
const LONGEST: u32 = 12;

/// Watches over one webhook.
pub(super) struct Doctor {
    store: Store,
    bots: Bots,
    bot: Bot,
    connection: Connection,
    tuning: Receiving,
    secret: SecretString,
    trouble: Trouble,
}

/// Why updates have to be polled.
struct Failing {
    pending: i64,
    words: String,
    at: Option<Timestamp>,
    /// Deliveries had come before.
    was_well: bool,
}

/// What Telegram's account of a webhook means.
#[derive(Debug, PartialEq, Eq)]
enum Finding {
    /// It is as we set it, and nothing failed since the last look, or nothing waits.
    Well,
    /// A delivery failed since the last look, and updates wait.
    Failing,
    /// Somebody else changed it; what they did, in words.
    Drifted(String),
}

impl Doctor {
    /// None when the bot's token can't be read.
    pub(super) fn new(
        store: &Store,
        bots: &Bots,
        connection: &Connection,
        tuning: &Receiving,
    ) -> Option<Self> {
        let bot = bots.open(connection.project, &connection.api, &connection.sealed_token).ok()?;
        let secret = bots.webhook_secret(connection.project, &connection.sealed_token).ok()?;
        let trouble = Trouble::new(store.clone(), connection.clone(), tuning.poll);
        let (store, bots, connection) = (store.clone(), bots.clone(), connection.clone());
        Some(Self { store, bots, bot, connection, tuning: tuning.clone(), secret, trouble })
    }

    /// Sees to it that updates come, until the future is dropped.
    pub(super) async fn watch(mut self) {
        let shortest = self.tuning.webhook.fall_back_for;
        let mut fall_back_for = shortest;
        loop {
            let failing = self.deliver().await;
            if failing.was_well {
                fall_back_for = shortest;
            }
            self.fall_back(failing, fall_back_for).await;
            fall_back_for = (fall_back_for * 2).min(shortest * LONGEST);
        }
    }

    /// Sets the webhook, and watches it until deliveries fail.
    async fn deliver(&mut self) -> Failing {
        let every = self.tuning.webhook.check_every;
        let (mut was_well, mut failed, mut wait) = (false, false, every / SOONER);
        let cannot = |words, was_well| Failing { pending: 0, words, at: None, was_well };
        let mut before = match self.set().await {
            Ok(info) => info,
            Err(words) => return cannot(words, was_well),
        };
        loop {
            tokio::time::sleep(wait).await;
            let info = match self.bot.get_webhook_info().await {
                Ok(info) => info,
                Err(error) => {
                    wait = self.trouble.failed(&error).await;
                    continue;
                }
            };
            let finding = examine(&before, &info);
            match finding {
                Finding::Well => {
                    self.trouble.is_over().await;
                    (was_well, failed, wait) = (true, false, every);
                }
                Finding::Failing if failed => {
                    let (pending, words) = (info.pending_update_count, words(&info));
                    return Failing { pending, words, at: error_time(&info), was_well };
                }
                Finding::Failing => (failed, wait) = (true, every / SOONER),
                Finding::Drifted(words) => {
                    tracing::warn!(project.id = %self.connection.project, "{words}");
                    if let Err(words) = self.set().await {
                        return cannot(words, was_well);
                    }
                    // Told until the next look finds it in order.
                    self.trouble.met(HealthState::Conflict, words).await;
                    wait = every;
                    continue;
                }
            }
            self.trouble.report_webhook(Some(health(&info))).await;
            before = info;
        }
    }

    /// Sets the webhook, however long Telegram can't be reached. An error, in words, when it can't be set at all.
    async fn set(&mut self) -> Result<WebhookInfo, String> {
        let project = self.connection.project;
        let url = self.tuning.webhook.url(project).ok_or("this installation has no public address")?;
        let webhook = SetWebhook {
            url,
            secret_token: self.secret.clone(),
            max_connections: CONNECTIONS,
            allowed_updates: KINDS.map(str::to_owned).to_vec(),
        };
        loop {
            let set = match self.bot.set_webhook(&webhook).await {
                Ok(()) => self.bot.get_webhook_info().await,
                Err(error) => Err(error),
            };
            match set {
                Ok(info) => {
                    self.trouble.is_over().await;
                    self.trouble.report_webhook(Some(health(&info))).await;
                    // What is in force is what we asked for, whatever Telegram makes of it in words.
                    let allowed_updates = Some(webhook.allowed_updates);
                    return Ok(WebhookInfo { url: webhook.url, allowed_updates, ..info });
                }
                // The poller hears it as well, and says so.
                Err(error) if error.retry() == Retry::No => return Err(error.to_string()),
                Err(error) => tokio::time::sleep(self.trouble.failed(&error).await).await,
            }
        }
    }

    /// Polls for a while.
    async fn fall_back(&mut self, failing: Failing, length: Duration) {
        let project = self.connection.project;
        tracing::warn!(project.id = %project, "updates are polled for a while: {}", failing.words);
        let until = self.store.now().plus(i64::try_from(length.as_millis()).unwrap_or(i64::MAX));
        let Failing { pending, words, at, .. } = failing;
        let webhook =
            WebhookHealth { pending, last_error: Some(words), last_error_at: at, polling_until: Some(until) };
        self.trouble.report_webhook(Some(webhook)).await;
        // Should this fail, the poller meets the webhook, and removes it.
        let _: Result<(), TelegramError> = self.bot.delete_webhook().await;
        let polling = poll(self.store.clone(), self.bots.clone(), self.connection.clone(), self.tuning.poll);
        let _ = tokio::time::timeout(length, Box::pin(polling)).await;
    }
}

/// Compares what is in force with what was at the last look.
fn examine(before: &WebhookInfo, now: &WebhookInfo) -> Finding {
    if now.url != before.url {
        let words = match host(&now.url) {
            None => "somebody removed the webhook; it was set again".to_owned(),
            Some(host) => format!("somebody set another webhook, at {host}; ours was set again"),
        };
        return Finding::Drifted(words);
    }
    let kinds = |info: &WebhookInfo| info.allowed_updates.iter().flatten().cloned().collect::<BTreeSet<_>>();
    if now.allowed_updates.is_some() && kinds(now) != kinds(before) {
        let words = "somebody changed which updates the webhook delivers; it was set again";
        return Finding::Drifted(words.to_owned());
    }
    let fresh = now.last_error_date.is_some() && now.last_error_date != before.last_error_date;
    if fresh && now.pending_update_count > 0 { Finding::Failing } else { Finding::Well }
}

/// The host of an address. Not all of it: its path may hold a secret.
fn host(url: &str) -> Option<&str> {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    rest.split(['/', '?', '#']).next().filter(|host| !host.is_empty())
}

fn health(info: &WebhookInfo) -> WebhookHealth {
    WebhookHealth {
        pending: info.pending_update_count,
        last_error: info.last_error_date.map(|_| words(info)),
        last_error_at: error_time(info),
        polling_until: None,
    }
}

fn words(info: &WebhookInfo) -> String {
    info.last_error_message.clone().unwrap_or_else(|| "deliveries fail".to_owned())
}

fn error_time(info: &WebhookInfo) -> Option<Timestamp> {
    info.last_error_date.and_then(|seconds| seconds.checked_mul(1000)).map(Timestamp)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn info(url: &str, pending: i64, failed_at: Option<i64>) -> WebhookInfo {
        WebhookInfo {
            url: url.to_owned(),
            pending_update_count: pending,
            last_error_date: failed_at,
            last_error_message: failed_at.map(|_| "Connection refused".to_owned()),
            allowed_updates: Some(KINDS.map(str::to_owned).to_vec()),
        }
    }

    #[test]
    fn deliveries_fail_when_there_is_a_new_error_and_something_waits() {
        let before = info("https://a.test/telegram/1", 0, Some(10));
        for (pending, failed_at, expected) in [
            (0, Some(10), Finding::Well),
            (5, Some(10), Finding::Well),
            (5, None, Finding::Well),
            (0, Some(11), Finding::Well),
            (5, Some(11), Finding::Failing),
        ] {
            assert_eq!(examine(&before, &info(&before.url, pending, failed_at)), expected, "{failed_at:?}");
        }
    }

    #[test]
    fn what_somebody_else_changed_is_drift_and_named_without_secrets() {
        let before = info("https://a.test/telegram/1", 0, None);
        let Finding::Drifted(words) = examine(&before, &info("https://b.test:8443/SECRET?x", 0, None)) else {
            panic!("another address is drift")
        };
        assert!(words.contains("b.test:8443") && !words.contains("SECRET"), "{words}");
        assert!(matches!(examine(&before, &info("", 0, None)), Finding::Drifted(_)));
        let fewer = WebhookInfo { allowed_updates: Some(vec!["message".to_owned()]), ..before.clone() };
        assert!(matches!(examine(&before, &fewer), Finding::Drifted(_)));
        let shuffled = KINDS.iter().rev().map(|&kind| kind.to_owned()).collect();
        let same = WebhookInfo { allowed_updates: Some(shuffled), ..before.clone() };
        assert_eq!(examine(&before, &same), Finding::Well);
        let silent = WebhookInfo { allowed_updates: None, ..before.clone() };
        assert_eq!(examine(&before, &silent), Finding::Well, "a server that doesn't say");
    }
}
