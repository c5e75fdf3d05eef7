//! Opening an installation: its folder, its database, its key.

use std::path::Path;
use std::sync::Arc;

use db::{Db, Options};
use desk::secrets::Cipher;
use desk::{MIGRATIONS, Store, SystemClock};

use crate::cli::Data;
use crate::failure::Failure;
use crate::secret_key;

/// An open installation.
pub(crate) struct Installation {
    pub(crate) store: Store,
    pub(crate) cipher: Cipher,
}

/// Who opens it.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Use {
    /// A server: the only one on an embedded database.
    Server,
    /// A command, which may run beside a server.
    Command,
}

/// Opens the database, brings its schema up to date, and loads the key.
pub(crate) fn open(data: &Data, purpose: Use) -> Result<Installation, Failure> {
    let folder = &data.data;
    std::fs::create_dir_all(folder)
        .map_err(|error| Failure::path("the data folder can't be made:", folder, &error))?;
    let url =
        data.database.clone().unwrap_or_else(|| format!("sqlite:{}", folder.join("teledesk.db").display()));
    let options = Options { exclusive: purpose == Use::Server, ..Options::default() };
    let db = Db::open(&url, options)?;
    let applied = db.migrate(MIGRATIONS)?;
    if applied > 0 {
        tracing::info!(migrations = applied, "the database schema was brought up to date");
    }
    let key_file = data.secret_key_file.clone().unwrap_or_else(|| folder.join("secret.key"));
    let cipher = load_key(&key_file)?;
    Ok(Installation { store: Store::new(db, Arc::new(SystemClock)), cipher })
}

fn load_key(path: &Path) -> Result<Cipher, Failure> {
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder)
            .map_err(|error| Failure::path("the folder can't be made:", folder, &error))?;
    }
    secret_key::load_or_make(path)
}
