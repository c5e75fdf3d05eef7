//! The looker of one project: one look after the other, at a pace of its own, so that replies never wait for it.

use std::sync::Arc;
use std::time::Duration;

use telegram::{Bot, PhotoSize, Retry};
use tokio::time::{Instant, sleep, sleep_until};
use tokio_util::sync::CancellationToken;

use super::picture::{LARGEST, LONGEST_SIDE};
use super::{Folder, LOOK};
use crate::bots::Bots;
use crate::clock::{MINUTE, Timestamp};
use crate::customers;
use crate::error::{Error, Result};
use crate::events::Topic;
use crate::ids::CustomerId;
use crate::jobs::{self, Due, Job};
use crate::leases::{self, Lease};
use crate::projects::Connection;
use crate::tx::{Store, Tx};

/// Between two calls of a bot: what replies may use of its 30 a second is hardly touched.
const PACE: Duration = Duration::from_millis(500);
/// How long a call may take.
const PATIENCE: Duration = Duration::from_secs(10);
/// The size that is fetched, in pixels, if there is one that large.
const SIDE: i64 = 320;
/// The wait before the second and the third try, in milliseconds. There is no fourth: tomorrow is another day.
const WAITS: [i64; 2] = [MINUTE, 10 * MINUTE];
/// The wait after trouble with the database.
const DATABASE_PAUSE: Duration = Duration::from_secs(1);

/// Does the looks of a project until `stop` or until the lease is lost. It ends at once: a look can be done again.
pub(crate) async fn look_all(
    store: Store,
    bots: Bots,
    folder: Folder,
    connection: Connection,
    lease: Lease,
    stop: CancellationToken,
) {
    // The poller says so when the token can't be read.
    let Ok(bot) = bots.open(connection.project, &connection.api, &connection.sealed_token) else { return };
    let worker = uuid::Uuid::new_v4().to_string().into();
    let (lost, next_call) = (lease.lost.clone(), Instant::now());
    let looker = Looker { store, bot, folder, connection, lease, worker, next_call };
    let _ = lost.run_until_cancelled(stop.run_until_cancelled(looker.run())).await;
}

struct Looker {
    store: Store,
    bot: Bot,
    folder: Folder,
    connection: Connection,
    lease: Lease,
    /// How this run signs its claims.
    worker: Arc<str>,
    /// Before that the bot is left alone.
    next_call: Instant,
}

/// What came of a look.
#[derive(Debug, Clone)]
enum Seen {
    /// The picture is kept under this name; none: there is none.
    Avatar(Option<String>),
    /// It could not be seen, and is to be tried again after so many milliseconds, if at all.
    Nothing(Option<i64>),
}

impl Looker {
    async fn run(mut self) {
        let mut work = self.store.watch(Topic::Avatars(self.connection.project));
        while let Err(error) = self.take_back().await {
            self.trouble(&error).await;
        }
        loop {
            match self.claim().await {
                Ok((Some(job), _)) => self.work_off(job).await,
                Ok((None, due)) => tokio::select! {
                    () = work.signalled() => {}
                    () = self.until(due) => {}
                },
                Err(error) => self.trouble(&error).await,
            }
        }
    }

    async fn trouble(&self, error: &Error) {
        tracing::warn!(project.id = %self.connection.project, "avatars: {error}");
        sleep(DATABASE_PAUSE).await;
    }

    async fn until(&self, due: Option<Timestamp>) {
        let Some(due) = due else { return std::future::pending().await };
        let wait = due.0.saturating_sub(self.store.now().0);
        sleep(Duration::from_millis(u64::try_from(wait).unwrap_or(0))).await;
    }

    /// What a run before this one had begun is to be done again.
    async fn take_back(&self) -> Result<()> {
        let (project, worker, lease) = self.names();
        self.store
            .write_bulk("take back looks", move |tx| {
                must_hold(tx, &lease)?;
                let now = tx.now;
                for job in jobs::claimed_by_others(tx, LOOK, &project, &worker)? {
                    jobs::put_back(tx, job.id, now)?;
                }
                Ok(())
            })
            .await
    }

    /// The next look, or when there will be one.
    async fn claim(&self) -> Result<(Option<Job>, Option<Timestamp>)> {
        let (project, worker, lease) = self.names();
        self.store
            .write_bulk("claim look", move |tx| {
                must_hold(tx, &lease)?;
                let due = Due { kind: LOOK, subject: &project, held: &[] };
                let job = jobs::claim(tx, &due, &worker, 1)?.pop();
                let next = if job.is_none() { jobs::next_due(tx, &due)? } else { None };
                Ok((job, next))
            })
            .await
    }

    async fn work_off(&mut self, job: Job) {
        let (Ok(customer), Ok(telegram)) = (job.lane.parse(), job.payload.parse()) else {
            tracing::error!("a look at nobody: {job:?}");
            return;
        };
        let seen = self.look(customer, telegram, job.attempts).await;
        while let Err(error) = self.settle(&job, customer, &seen).await {
            self.trouble(&error).await;
        }
    }

    async fn look(&mut self, customer: CustomerId, telegram: i64, attempts: i64) -> Seen {
        let wait = usize::try_from(attempts).ok().and_then(|n| WAITS.get(n.saturating_sub(1)).copied());
        let bytes = match self.fetch(telegram).await {
            Ok(Some(bytes)) => bytes,
            Ok(None) => return Seen::Avatar(None),
            Err(error) => {
                tracing::debug!(project.id = %self.connection.project, class = error.class(), "no avatar");
                return Seen::Nothing(match error.retry() {
                    Retry::After(pause) => {
                        self.next_call = Instant::now() + pause;
                        Some(i64::try_from(pause.as_millis()).unwrap_or(MINUTE))
                    }
                    Retry::No => None,
                    Retry::Backoff | Retry::Unknown => wait,
                });
            }
        };
        match self.folder.keep(customer, bytes).await {
            Ok(Some(name)) => Seen::Avatar(Some(name)),
            Ok(None) => {
                tracing::debug!(customer.id = %customer, "the avatar is no picture");
                Seen::Nothing(None)
            }
            Err(error) => {
                tracing::warn!(customer.id = %customer, "{error}");
                Seen::Nothing(wait)
            }
        }
    }

    /// The picture that Telegram shows of the customer now, if any.
    async fn fetch(&mut self, telegram: i64) -> Result<Option<Vec<u8>>, telegram::Error> {
        let calls = self.folder.calls.clone();
        let missing = |what: &str| telegram::Error::BadAnswer { reason: what.to_owned() };
        self.turn().await;
        // It is never closed.
        let permit = calls.acquire().await;
        let sizes = self.bot.get_profile_photo(telegram, PATIENCE).await?;
        drop(permit);
        if sizes.is_empty() {
            return Ok(None);
        }
        let size = choose(&sizes).ok_or_else(|| missing("no size of the photo can be taken"))?;
        self.turn().await;
        let _permit = calls.acquire().await;
        let path = self.bot.get_file(&size.file_id, PATIENCE).await?.file_path;
        let path = path.ok_or_else(|| missing("the file has no path"))?;
        self.bot.download(&path, LARGEST, PATIENCE).await?.bytes().await.map(Some)
    }

    /// Waits for the bot's turn.
    async fn turn(&mut self) {
        sleep_until(self.next_call).await;
        self.next_call = Instant::now() + PACE;
    }

    /// Stores what was seen; then the picture before it goes.
    async fn settle(&self, job: &Job, customer: CustomerId, seen: &Seen) -> Result<()> {
        let (_, worker, lease) = self.names();
        let (workspace, id, seen) = (self.connection.workspace, job.id, seen.clone());
        let old = self
            .store
            .write_bulk("settle look", move |tx| {
                must_hold(tx, &lease)?;
                customers::lock(tx, customer)?;
                if !jobs::is_claimed_by(tx, id, &worker)? {
                    return Ok(None);
                }
                let now = tx.now;
                match &seen {
                    Seen::Nothing(Some(wait)) => jobs::put_back(tx, id, now.plus(*wait)).map(|()| None),
                    Seen::Nothing(None) => jobs::finish(tx, id).map(|()| None),
                    Seen::Avatar(new) => {
                        jobs::finish(tx, id)?;
                        let old = customers::avatar(tx, customer)?.filter(|old| Some(old) != new.as_ref());
                        customers::set_avatar(tx, workspace, customer, new.as_deref())?;
                        Ok(old)
                    }
                }
            })
            .await?;
        if let Some(old) = old {
            self.folder.remove(customer, &old).await;
        }
        Ok(())
    }

    fn names(&self) -> (String, Arc<str>, Lease) {
        (self.connection.project.to_string(), self.worker.clone(), self.lease.clone())
    }
}

/// The smallest size that is large enough, or else the largest; of those that are taken.
fn choose(sizes: &[PhotoSize]) -> Option<&PhotoSize> {
    let taken = |size: &&PhotoSize| {
        size.width.max(size.height) <= i64::from(LONGEST_SIDE)
            && size.file_size.is_none_or(|bytes| usize::try_from(bytes).is_ok_and(|bytes| bytes <= LARGEST))
    };
    let enough = sizes.iter().filter(taken).filter(|size| size.width >= SIDE).min_by_key(|size| size.width);
    enough.or_else(|| sizes.iter().filter(taken).max_by_key(|size| size.width))
}

fn must_hold(tx: &mut Tx, lease: &Lease) -> Result<()> {
    if leases::holds(tx, lease)? {
        return Ok(());
    }
    Err(Error::Internal("the project is another node's".to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn size(width: i64, file_size: Option<i64>) -> PhotoSize {
        PhotoSize { file_id: width.to_string(), width, height: width, file_size }
    }

    #[test]
    fn the_size_is_enough_and_no_more() {
        let of = |sizes: &[PhotoSize]| choose(sizes).map(|size| size.width);
        assert_eq!(of(&[size(160, None), size(640, None), size(320, None)]), Some(320));
        assert_eq!(of(&[size(160, None), size(90, None)]), Some(160));
        assert_eq!(of(&[size(160, Some(9_000)), size(640, Some(2 << 20))]), Some(160));
        assert_eq!(of(&[size(160, Some(-1)), size(4096, None)]), None);
        assert_eq!(of(&[]), None);
    }
}
