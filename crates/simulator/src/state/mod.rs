//! Everything the simulator remembers. One lock per bot, so that bots do not wait for each other; the registries are
//! only locked to look something up.

pub(crate) mod bot;
pub(crate) mod chat;
pub(crate) mod fault;
pub(crate) mod json;
pub(crate) mod limits;
pub(crate) mod queue;
pub(crate) mod webhook;

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use tokio::runtime::Handle;
use tokio::sync::broadcast;
use tokio_util::sync::CancellationToken;

use crate::bulk::Run;
use crate::model::{BotInfo, Change, CustomerInfo, Refused};
use crate::options::Options;
use bot::BotCell;
use fault::{Faults, Met, Occasion};

/// Changes a slow listener may lag behind before it is told to look again.
const CHANGES_KEPT: usize = 4096;

/// All of it.
pub(crate) struct World {
    pub(crate) options: Options,
    pub(crate) stop: CancellationToken,
    pub(crate) changes: broadcast::Sender<Change>,
    bots: RwLock<Bots>,
    customers: RwLock<BTreeMap<i64, Arc<CustomerInfo>>>,
    faults_for_all: Mutex<Faults>,
    /// The latest bulk run.
    pub(crate) bulk: Mutex<Option<Arc<Run>>>,
    /// By customer: which avatar is their latest (counted from 1), and whether they still have it.
    avatars: Mutex<BTreeMap<i64, (u32, bool)>>,
    dice: Mutex<StdRng>,
    /// Where webhooks' slots run; verbs may be called from other threads.
    pub(crate) runtime: Handle,
    /// Shared by all webhooks; made when the first is set.
    pub(crate) client: OnceLock<reqwest::Client>,
}

#[derive(Default)]
struct Bots {
    by_id: BTreeMap<i64, Arc<BotCell>>,
    by_token: HashMap<String, Arc<BotCell>>,
}

impl World {
    /// Only within a tokio runtime.
    pub(crate) fn new(options: Options) -> Self {
        let dice = StdRng::seed_from_u64(options.seed);
        Self {
            options,
            stop: CancellationToken::new(),
            changes: broadcast::channel(CHANGES_KEPT).0,
            bots: RwLock::default(),
            customers: RwLock::default(),
            faults_for_all: Mutex::default(),
            bulk: Mutex::default(),
            avatars: Mutex::default(),
            dice: Mutex::new(dice),
            runtime: Handle::current(),
            client: OnceLock::new(),
        }
    }

    /// Unix milliseconds.
    pub(crate) fn now_ms(&self) -> i64 {
        (self.options.clock)()
    }

    /// Unix seconds, as Telegram dates things.
    pub(crate) fn now_s(&self) -> i64 {
        self.now_ms().div_euclid(1000)
    }

    pub(crate) fn roll(&self, range: std::ops::Range<i64>) -> i64 {
        lock(&self.dice).random_range(range)
    }

    /// The secret half of a token: as long as Telegram's, and visibly no real one.
    pub(crate) fn secret(&self) -> String {
        let mut dice = lock(&self.dice);
        let letters = (0..25).map(|_| char::from(dice.sample(rand::distr::Alphanumeric)));
        format!("SIMULATED-{}", letters.collect::<String>())
    }

    /// Tells listeners, if there are any.
    pub(crate) fn tell(&self, change: impl FnOnce() -> Change) {
        if self.changes.receiver_count() > 0 {
            // An error means that the last listener just left.
            let _ = self.changes.send(change());
        }
    }

    pub(crate) fn bot(&self, id: i64) -> Result<Arc<BotCell>, Refused> {
        read(&self.bots).by_id.get(&id).cloned().ok_or(Refused::NoSuchBot(id))
    }

    pub(crate) fn bot_of_token(&self, token: &str) -> Option<Arc<BotCell>> {
        read(&self.bots).by_token.get(token).cloned()
    }

    pub(crate) fn bots(&self) -> Vec<Arc<BotCell>> {
        read(&self.bots).by_id.values().cloned().collect()
    }

    /// Registers a bot; id, token and username must be free.
    pub(crate) fn add_bot(&self, info: BotInfo) -> Result<(), Refused> {
        let first_update = self.roll(100_000_000..900_000_000);
        let mut bots = write(&self.bots);
        let name_taken = |cell: &Arc<BotCell>| lock(&cell.info).username.eq_ignore_ascii_case(&info.username);
        if bots.by_id.contains_key(&info.id) {
            return Err(Refused::Taken(format!("bot id {}", info.id)));
        }
        if bots.by_id.values().any(name_taken) {
            return Err(Refused::Taken(format!("bot username {}", info.username)));
        }
        let cell = Arc::new(BotCell::new(info.clone(), first_update));
        bots.by_id.insert(info.id, Arc::clone(&cell));
        bots.by_token.insert(info.token, cell);
        Ok(())
    }

    /// Voids the token and gives the bot a new one.
    pub(crate) fn renew_token(&self, id: i64) -> Result<BotInfo, Refused> {
        let cell = self.bot(id)?;
        let token = format!("{id}:{}", self.secret());
        let mut bots = write(&self.bots);
        let mut info = lock(&cell.info);
        bots.by_token.remove(&info.token);
        info.token.clone_from(&token);
        bots.by_token.insert(token, Arc::clone(&cell));
        Ok(info.clone())
    }

    pub(crate) fn customer(&self, id: i64) -> Result<Arc<CustomerInfo>, Refused> {
        read(&self.customers).get(&id).cloned().ok_or(Refused::NoSuchCustomer(id))
    }

    pub(crate) fn customers(&self) -> Vec<Arc<CustomerInfo>> {
        read(&self.customers).values().cloned().collect()
    }

    pub(crate) fn customer_count(&self) -> usize {
        read(&self.customers).len()
    }

    /// Registers a customer; the id must be free.
    pub(crate) fn add_customer(&self, info: CustomerInfo) -> Result<(), Refused> {
        let mut customers = write(&self.customers);
        if customers.contains_key(&info.id) {
            return Err(Refused::Taken(format!("customer id {}", info.id)));
        }
        customers.insert(info.id, Arc::new(info));
        Ok(())
    }

    pub(crate) fn avatars(&self) -> MutexGuard<'_, BTreeMap<i64, (u32, bool)>> {
        lock(&self.avatars)
    }

    pub(crate) fn faults_for_all(&self) -> MutexGuard<'_, Faults> {
        lock(&self.faults_for_all)
    }

    /// What something about this bot runs into: the bot's own faults first. `method` is the call's, or
    /// `getUpdates` or `webhook` when updates are delivered by it.
    pub(crate) fn meet_faults(&self, cell: &BotCell, occasion: Occasion, method: &str) -> Met {
        let mut met = Met::default();
        let asked = (occasion, method, self.now_ms());
        let roll = |range| lock(&self.dice).random_range(range);
        lock(&cell.faults).meet(asked, roll, &mut met);
        self.faults_for_all().meet(asked, roll, &mut met);
        met
    }
}

/// A lock whose holder panicked is as good as any: every change below it is complete or harmless.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn read<T>(lock: &RwLock<T>) -> RwLockReadGuard<'_, T> {
    lock.read().unwrap_or_else(PoisonError::into_inner)
}

fn write<T>(lock: &RwLock<T>) -> RwLockWriteGuard<'_, T> {
    lock.write().unwrap_or_else(PoisonError::into_inner)
}
