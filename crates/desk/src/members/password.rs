//! Passwords: argon2id with OWASP's parameters (19 MiB, 2 passes, 1 lane), off the async threads, a few at a time.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use argon2::password_hash::rand_core::OsRng;
use argon2::password_hash::{Output, ParamsString, PasswordHash, Salt, SaltString};
use argon2::{Algorithm, Argon2, Block, Params, Version};
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
    scheme: Arc<dyn Scheme>,
    /// Verified against when there is no account, so that every path costs one verification.
    decoy: Arc<str>,
}

/// How passwords are hashed: with argon2id, but for tests that count.
pub trait Scheme: Send + Sync + 'static {
    /// The hash to store.
    fn hash(&self, password: &SecretString) -> Result<String>;

    /// Whether `stored` is the hash of this password.
    fn verify(&self, password: &SecretString, stored: &str) -> Result<bool>;
}

/// argon2id.
struct Argon;

impl Scheme for Argon {
    fn hash(&self, password: &SecretString) -> Result<String> {
        hash(password, &mut room())
    }

    fn verify(&self, password: &SecretString, stored: &str) -> Result<bool> {
        verify(password, stored, &mut room())
    }
}

/// Blocks of 1 KiB that are reserved for a computation, of which it uses 19 MiB: the C library gives pieces of more than 32 MiB back to
/// the system as soon as they are freed, and keeps smaller ones with the thread that had them.
const RESERVED: usize = 33 * 1024;

fn room() -> Vec<Block> {
    Vec::with_capacity(RESERVED)
}

impl Passwords {
    /// Allows `at_once` computations (19 MiB and a core each) and 64 waiting ones; further ones are refused as busy.
    pub fn new(at_once: usize) -> Result<Self> {
        Self::with_scheme(at_once, Arc::new(Argon))
    }

    /// As `new`, with passwords hashed otherwise.
    pub fn with_scheme(at_once: usize, scheme: Arc<dyn Scheme>) -> Result<Self> {
        let decoy = scheme.hash(&SecretString::from("nobody's password"))?.into();
        let (at_once, waiting) = (Arc::new(Semaphore::new(at_once)), Arc::new(Semaphore::new(at_once + 64)));
        Ok(Self { at_once, waiting, computed: Arc::default(), scheme, decoy })
    }

    /// How many passwords were hashed or verified so far.
    pub fn computations(&self) -> u64 {
        self.computed.load(Ordering::Relaxed)
    }

    /// The hash to store for `password`.
    pub(crate) async fn hash(&self, password: &SecretString) -> Result<String> {
        let password = password.clone();
        self.run(move |scheme| scheme.hash(&password)).await
    }

    /// Whether `password` is the one of `stored`; with no account, the same work and `false`.
    pub(crate) async fn verify(&self, password: &SecretString, stored: Option<&str>) -> Result<bool> {
        let (password, known) = (password.clone(), stored.is_some());
        let stored = stored.unwrap_or(&self.decoy).to_owned();
        let right = self.run(move |scheme| scheme.verify(&password, &stored)).await?;
        Ok(right && known)
    }

    async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce(&dyn Scheme) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let _waiting = self.waiting.try_acquire().map_err(|_| Error::refused(Code::Busy))?;
        let closed = |_| Error::Internal("the password bound is closed".to_owned());
        let running = self.at_once.clone().acquire_owned().await.map_err(closed)?;
        self.computed.fetch_add(1, Ordering::Relaxed);
        let scheme = self.scheme.clone();
        let work = move || {
            let out = work(&*scheme);
            drop(running);
            out
        };
        tokio::task::spawn_blocking(work).await.map_err(|error| Error::Internal(error.to_string()))?
    }
}

fn hash(password: &SecretString, memory: &mut Vec<Block>) -> Result<String> {
    let (argon2, salt) = (Argon2::default(), SaltString::generate(&mut OsRng));
    let output = compute(&argon2, password.expose_secret(), salt.as_salt(), 32, memory)?;
    let params = ParamsString::try_from(argon2.params()).map_err(internal)?;
    let (algorithm, version) = (Algorithm::default().ident(), Some(Version::default().into()));
    let hash = PasswordHash { algorithm, version, params, salt: Some(salt.as_salt()), hash: Some(output) };
    Ok(hash.to_string())
}

fn verify(password: &SecretString, stored: &str, memory: &mut Vec<Block>) -> Result<bool> {
    let password = password.expose_secret();
    // A longer one can't be right, and is not to be paid for.
    let password = if password.len() > PASSWORD_MAX * 4 { "" } else { password };
    let stored = PasswordHash::new(stored).map_err(internal)?;
    let (Some(salt), Some(expected)) = (stored.salt, stored.hash) else {
        return Err(internal("a stored password has no hash"));
    };
    let algorithm = Algorithm::try_from(stored.algorithm).map_err(internal)?;
    let version = stored.version.map(Version::try_from).transpose().map_err(internal)?;
    let params = Params::try_from(&stored).map_err(internal)?;
    let argon2 = Argon2::new(algorithm, version.unwrap_or_default(), params);
    // `Output` compares in constant time.
    Ok(compute(&argon2, password, salt, expected.len(), memory)? == expected)
}

fn compute(
    argon2: &Argon2,
    password: &str,
    salt: Salt,
    length: usize,
    memory: &mut Vec<Block>,
) -> Result<Output> {
    memory.resize(argon2.params().block_count(), Block::default());
    let mut buffer = [0; Salt::MAX_LENGTH];
    let salt = salt.decode_b64(&mut buffer).map_err(internal)?;
    let fill = |out: &mut [u8]| {
        Ok(argon2.hash_password_into_with_memory(password.as_bytes(), salt, out, memory.as_mut_slice())?)
    };
    Output::init_with(length, fill).map_err(internal)
}

fn internal(error: impl std::fmt::Display) -> Error {
    Error::Internal(error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hashes_are_those_of_argon2id_in_its_usual_form() {
        use argon2::password_hash::PasswordVerifier as _;
        let (password, mut memory) = (SecretString::from("correct horse"), Vec::new());
        let ours = hash(&password, &mut memory).unwrap();
        assert!(ours.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{ours}");
        let parsed = PasswordHash::new(&ours).unwrap();
        assert!(Argon2::default().verify_password(b"correct horse", &parsed).is_ok());
        // In memory that another computation left behind, and under other parameters.
        assert!(verify(&password, &ours, &mut memory).unwrap());
        assert!(!verify(&"wrong horse".into(), &ours, &mut memory).unwrap());
        let other = "$argon2id$v=19$m=16,t=2,p=1$c29tZXNhbHQ$ofFoIHXk0eAIGRrM4sZDmg";
        assert!(!verify(&password, other, &mut memory).unwrap());
        assert!(verify(&password, &ours, &mut memory).unwrap());
        assert!(verify(&password, "no hash", &mut memory).is_err());
    }
}
