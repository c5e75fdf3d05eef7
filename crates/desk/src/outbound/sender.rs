//! The sender of one project: claims what may go now, sends it, and waits for the next thing to do.

use std::sync::Arc;
use std::time::Duration;

use telegram::{Bot, SendMessage};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use super::expectation::foretell;
use super::pace::Pace;
use super::settle::{Verdict, judge, settle};
use crate::bots::Bots;
use crate::clock::Timestamp;
use crate::error::{Error, Result};
use crate::events::Topic;
use crate::ids::MessageId;
use crate::jobs::{self, Job};
use crate::leases::{self, Lease};
use crate::messages::{self, Outcome, SEND, ToSend};
use crate::notifications;
use crate::projects::{self, Connection};
use crate::tx::{Store, Tx};

/// Calls of one project that may be under way at once: a hanging Telegram holds no more than these.
const AT_ONCE: usize = 32;
/// People are told at most so often, in milliseconds, when waiting replies will go.
const FORETELL_EVERY: i64 = 1_000;
/// The wait after trouble with the database.
const DATABASE_PAUSE: Duration = Duration::from_secs(1);

/// Sends a project's replies until `stop`; then waits for the calls under way, so that nothing becomes unknown needlessly. When the
/// lease is lost it ends at once: what was under way is unknown to the next holder.
pub(crate) async fn send_all(
    store: Store,
    bots: Bots,
    connection: Connection,
    lease: Lease,
    stop: CancellationToken,
) {
    let lost = lease.lost.clone();
    let _ = lost.run_until_cancelled(send_while_held(store, bots, connection, lease, stop)).await;
}

async fn send_while_held(
    store: Store,
    bots: Bots,
    connection: Connection,
    lease: Lease,
    stop: CancellationToken,
) {
    let worker = uuid::Uuid::new_v4().to_string().into();
    // The poller says so when the token can't be read.
    let Ok(bot) = bots.open(connection.project, &connection.api, &connection.sealed_token) else { return };
    let mut work = store.watch(Topic::Outbound(connection.project));
    let (pace, calls) = (Pace::new(), JoinSet::new());
    let (changed, foretold) = (true, Timestamp(0));
    let mut sender = Sender { store, bot, connection, lease, worker, pace, changed, foretold, calls };
    while !stop.is_cancelled() && !sender.prepare().await {
        tokio::time::sleep(DATABASE_PAUSE).await;
    }
    while !stop.is_cancelled() {
        let wake_at = sender.start_calls().await;
        let wake_at = sender.foretell(wake_at).await;
        let timer = sender.until(wake_at);
        tokio::select! {
            () = stop.cancelled() => {}
            () = work.signalled() => sender.changed = true,
            () = timer => {}
            Some(done) = sender.calls.join_next(), if !sender.calls.is_empty() => sender.finished(done),
        }
    }
    while let Some(done) = sender.calls.join_next().await {
        sender.finished(done);
    }
}

struct Sender {
    store: Store,
    bot: Bot,
    connection: Connection,
    lease: Lease,
    /// How this run signs its claims: what others claimed and left is nobody's.
    worker: Arc<str>,
    pace: Pace,
    /// Since people were last told when waiting replies will go, something happened that may change it.
    changed: bool,
    /// When they were.
    foretold: Timestamp,
    /// Calls under way; each settles its reply itself and says whether the bot must pause.
    calls: JoinSet<Option<Timestamp>>,
}

impl Sender {
    /// What a dead process had claimed may have arrived: it is unknown. False when that could not be stored.
    async fn disown_dead(&self) -> bool {
        let (project, worker, lease) = self.names();
        let disowned: Result<()> = self
            .store
            .write("disown dead sender's work", move |tx| {
                must_hold(tx, &lease)?;
                for job in jobs::claimed_by_others(tx, SEND, &project, &worker)? {
                    if let Some(message) = message_of(tx, &job)? {
                        messages::settle(tx, &message, &Outcome::Unknown)?;
                        notifications::sending_failed(tx, &message, &Outcome::Unknown)?;
                    }
                    jobs::finish(tx, job.id)?;
                }
                Ok(())
            })
            .await;
        if let Err(error) = &disowned {
            tracing::error!(project.id = %self.connection.project, "{error}");
        }
        disowned.is_ok()
    }

    /// Takes over from the sender before this one. False when the database was in trouble.
    async fn prepare(&mut self) -> bool {
        self.disown_dead().await && self.keep_pause().await
    }

    /// A pause that Telegram asked the sender before this one for is still a pause. False when that could not be read.
    async fn keep_pause(&mut self) -> bool {
        let project = self.connection.project;
        match self.store.read("pause", move |tx| projects::paused_until(tx, project)).await {
            Ok(until) => until.into_iter().for_each(|until| self.pace.pause(until)),
            Err(error) => {
                tracing::error!(project.id = %project, "{error}");
                return false;
            }
        }
        true
    }

    /// Claims and starts whatever may go now; says when to look again if nothing else happens.
    async fn start_calls(&mut self) -> Option<Timestamp> {
        loop {
            let now = self.store.now();
            let room = AT_ONCE.saturating_sub(self.calls.len());
            let limit = room.min(self.pace.allowance(now));
            let (held, chat_free_at) = self.pace.waiting(now);
            let claimed = match self.claim(held, limit).await {
                Ok(claimed) => claimed,
                Err(error) => {
                    tracing::error!(project.id = %self.connection.project, "claiming replies: {error}");
                    return Some(now.plus(i64::try_from(DATABASE_PAUSE.as_millis()).unwrap_or(1_000)));
                }
            };
            let Claimed { replies, next_due } = claimed;
            if replies.is_empty() {
                // With no room a finished call wakes us; with no allowance, time does.
                let due = next_due.map(|due| due.max(self.pace.bot_free_at()));
                return [due.filter(|&due| due > now || room > 0), chat_free_at].into_iter().flatten().min();
            }
            for (job, message) in replies {
                self.pace.take(&job.lane, message.chat, now);
                let (store, bot, worker) = (self.store.clone(), self.bot.clone(), self.worker.clone());
                self.calls.spawn(send(store, bot, worker, job, message));
            }
        }
    }

    /// Claims up to `limit` replies, none of the chats in `held`; committed before any call is made.
    async fn claim(&self, held: Vec<String>, limit: usize) -> Result<Claimed> {
        let (project, worker, lease) = self.names();
        let limit = i64::try_from(limit).unwrap_or(0);
        self.store
            .write("claim replies", move |tx| {
                must_hold(tx, &lease)?;
                let mut replies = Vec::new();
                let due = jobs::Due { kind: SEND, subject: &project, held: &held };
                let jobs = if limit == 0 { Vec::new() } else { jobs::claim(tx, &due, &worker, limit)? };
                for job in jobs {
                    match message_of(tx, &job)? {
                        None => jobs::finish(tx, job.id)?,
                        Some(message) => {
                            messages::mark_sending(tx, &message)?;
                            replies.push((job, message));
                        }
                    }
                }
                let next_due = if replies.is_empty() { jobs::next_due(tx, &due)? } else { None };
                Ok(Claimed { replies, next_due })
            })
            .await
    }

    /// Tells people when replies that have to wait will go, if they have to for long. Says when to look again.
    async fn foretell(&mut self, wake_at: Option<Timestamp>) -> Option<Timestamp> {
        let now = self.store.now();
        if !self.changed || wake_at.is_none_or(|at| at <= now) {
            return wake_at;
        }
        let again = self.foretold.plus(FORETELL_EVERY);
        if again > now {
            return wake_at.map(|at| at.min(again));
        }
        (self.foretold, self.changed) = (now, false);
        if let Err(error) = foretell(&self.store, &self.connection, &self.pace).await {
            tracing::warn!(project.id = %self.connection.project, "foretelling: {error}");
        }
        wake_at
    }

    /// What a transaction of this sender's needs: the project, the signature, the lease.
    fn names(&self) -> (String, Arc<str>, Lease) {
        (self.connection.project.to_string(), self.worker.clone(), self.lease.clone())
    }

    fn finished(&mut self, done: Result<Option<Timestamp>, tokio::task::JoinError>) {
        self.changed = true;
        match done {
            Ok(pause) => pause.into_iter().for_each(|until| self.pace.pause(until)),
            Err(error) => {
                tracing::error!(project.id = %self.connection.project, "a sending task failed: {error}");
            }
        }
    }

    fn until(&self, wake_at: Option<Timestamp>) -> impl Future<Output = ()> + use<> {
        let wait = wake_at.map(|at| at.0.saturating_sub(self.store.now().0).max(1));
        async move {
            match wait {
                None => std::future::pending().await,
                Some(wait) => {
                    tokio::time::sleep(Duration::from_millis(u64::try_from(wait).unwrap_or(1))).await;
                }
            }
        }
    }
}

struct Claimed {
    replies: Vec<(Job, ToSend)>,
    /// When the next reply becomes due that nothing but time holds back; only looked up when none was claimed.
    next_due: Option<Timestamp>,
}

/// Until the end of the transaction no other node sends for this project.
fn must_hold(tx: &mut Tx, lease: &Lease) -> Result<()> {
    if leases::holds(tx, lease)? {
        return Ok(());
    }
    Err(Error::Internal("another node serves the project now".to_owned()))
}

fn message_of(tx: &mut Tx, job: &Job) -> Result<Option<ToSend>> {
    match job.payload.parse::<MessageId>() {
        Ok(id) => messages::to_send(tx, id),
        Err(_) => Ok(None),
    }
}

/// Makes the call and settles the reply. Says until when the whole bot must pause, if it must.
async fn send(store: Store, bot: Bot, worker: Arc<str>, job: Job, message: ToSend) -> Option<Timestamp> {
    let mut call = SendMessage::text(message.chat, message.text.clone());
    if let Some(reply_to) = message.reply_to {
        call = call.reply_to(reply_to);
    }
    let answer = bot.send_message(&call).await;
    let Verdict { outcome, pause_until, blocked, health } = judge(answer, job.attempts, store.now());
    settle(&store, &worker, &job, &message, outcome, blocked, health).await;
    pause_until
}
