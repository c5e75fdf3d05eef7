//! Passwords: argon2id with OWASP's parameters (19 MiB, 2 passes, 1 lane), off the async threads, a few at a time.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use argon2::password_hash::SaltString;
use argon2::password_hash::rand_core::OsRng;
use argon2::{Argon2, PasswordHash, PasswordHasher, PasswordVerifier};
use secrecy::{ExposeSecret, SecretString};
use tokio::sync::Semaphore;

use crate::error::{Code, Error, Result};
use crate::text::PASSWORD_MAX;

/// Hashes and verifies passwords. Cheap to clone; clones share the bound.
#[derive(Clone)]
pub struct Passwords {
    at_once: Arc<Semaphore>,
    waiting: Arc<Semaphore>,
    computed: Arc<AtomicU64>,
    /// Verified against when there is no account, so that every path costs one verification.
    decoy: Arc<str>,
}

impl Passwords {
    /// Allows `at_once` computations (19 MiB and a core each) and 64 waiting ones; further ones are refused as busy.
    pub fn new(at_once: usize) -> Result<Self> {
        let decoy = hash(&SecretString::from("nobody's password"))?.into();
        let (at_once, waiting) = (Arc::new(Semaphore::new(at_once)), Arc::new(Semaphore::new(at_once + 64)));
        Ok(Self { at_once, waiting, computed: Arc::default(), decoy })
    }

    /// How many passwords were hashed or verified so far.
    pub fn computations(&self) -> u64 {
        self.computed.load(Ordering::Relaxed)
    }

    /// The hash to store for `password`.
    pub(crate) async fn hash(&self, password: &SecretString) -> Result<String> {
        let password = password.clone();
        self.run(move || hash(&password)).await
    }

    /// Whether `password` is the one of `stored`; with no account, the same work and `false`.
    pub(crate) async fn verify(&self, password: &SecretString, stored: Option<&str>) -> Result<bool> {
        let (password, known) = (password.clone(), stored.is_some());
        let stored = stored.unwrap_or(&self.decoy).to_owned();
        let right = self.run(move || verify(&password, &stored)).await?;
        Ok(right && known)
    }

    async fn run<T: Send + 'static>(&self, work: impl FnOnce() -> Result<T> + Send + 'static) -> Result<T> {
        let _waiting = self.waiting.try_acquire().map_err(|_| Error::refused(Code::Busy))?;
        let closed = |_| Error::Internal("the password bound is closed".to_owned());
        let running = self.at_once.clone().acquire_owned().await.map_err(closed)?;
        self.computed.fetch_add(1, Ordering::Relaxed);
        let work = move || {
            let out = work();
            drop(running);
            out
        };
        tokio::task::spawn_blocking(work).await.map_err(|error| Error::Internal(error.to_string()))?
    }
}

fn hash(password: &SecretString) -> Result<String> {
    let salt = SaltString::generate(&mut OsRng);
    let hash = Argon2::default().hash_password(password.expose_secret().as_bytes(), &salt);
    hash.map(|hash| hash.to_string()).map_err(|error| Error::Internal(error.to_string()))
}

fn verify(password: &SecretString, stored: &str) -> Result<bool> {
    let password = password.expose_secret();
    // A longer one can't be right, and is not to be paid for.
    let password = if password.len() > PASSWORD_MAX * 4 { "" } else { password };
    let parsed = PasswordHash::new(stored).map_err(|error| Error::Internal(error.to_string()))?;
    Ok(Argon2::default().verify_password(password.as_bytes(), &parsed).is_ok())
}
