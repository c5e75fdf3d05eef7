//! Opening an installation: its folder, its database, its key.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use db::{Db, Options};
use desk::bots::{Bots, TelegramApi};
use desk::secrets::Cipher;
use desk::{MIGRATIONS, SharedClock, Store, projects};
use telegram::HttpOptions;

use crate::cli::Data;
use crate::failure::Failure;
use crate::secret_key;

/// Who opens it.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Use {
    /// A server: the only one on an embedded database.
    Server,
    /// A command, which may run beside a server.
    Command,
}

/// Opens the database, and brings its schema up to date.
pub(crate) fn open(data: &Data, purpose: Use) -> Result<Store, Failure> {
    let url = if let Some(url) = &data.database {
        url.clone()
    } else {
        make_folder(&data.folder)?;
        format!("sqlite:{}", database_file(data).display())
    };
    let options = Options { exclusive: purpose == Use::Server, ..Options::default() };
    let db = Db::open(&url, options)?;
    let applied = db.migrate(MIGRATIONS)?;
    if applied > 0 {
        tracing::info!(migrations = applied, "the database schema was brought up to date");
    }
    Ok(Store::new(db, Arc::new(SharedClock::default())))
}

/// Where the secret key is.
pub(crate) fn key_file(data: &Data) -> PathBuf {
    data.secret_key_file.clone().unwrap_or_else(|| data.folder.join("secret.key"))
}

/// Where the embedded database is.
pub(crate) fn database_file(data: &Data) -> PathBuf {
    data.folder.join("teledesk.db")
}

/// For commands that make nothing: a typing error is no new installation.
pub(crate) fn must_exist(data: &Data) -> Result<(), Failure> {
    let file = database_file(data);
    if data.database.is_none() && !file.exists() {
        return Err(Failure::new(format!("there is no database {}: see --data", file.display())));
    }
    Ok(())
}

/// The bots, with the key that opens their tokens. It is made with the installation, and never beside tokens that it
/// could not open.
pub(crate) async fn bots(
    data: &Data,
    store: &Store,
    apis: Vec<TelegramApi>,
    limits: HttpOptions,
) -> Result<Bots, Failure> {
    let path = key_file(data);
    let cipher = match secret_key::load(&path)? {
        Some(cipher) => cipher,
        None if projects::any(store).await? => {
            let path = path.display();
            return Err(Failure::new(format!(
                "the secret key file {path} is missing. The database holds bot tokens that only this key opens: put it back"
            )));
        }
        None => {
            path.parent().map_or(Ok(()), make_folder)?;
            secret_key::make(&path)?
        }
    };
    let bots = bots_with(cipher, apis, limits)?;
    if !projects::key_fits(store, &bots).await? {
        let path = path.display();
        return Err(Failure::new(format!(
            "{path} is not the secret key of this database: it opens none of its bot tokens. Put the right file back"
        )));
    }
    Ok(bots)
}

/// Bots under a key.
pub(crate) fn bots_with(
    cipher: Cipher,
    apis: Vec<TelegramApi>,
    limits: HttpOptions,
) -> Result<Bots, Failure> {
    let http = telegram::Http::new(limits)
        .map_err(|error| Failure::new(format!("the HTTP client can't start: {error}")))?;
    Ok(Bots::new(http, cipher, apis))
}

pub(crate) fn make_folder(folder: &Path) -> Result<(), Failure> {
    private_folder(folder).map_err(|error| Failure::path("the data folder can't be made:", folder, &error))
}

/// Makes a folder if it isn't there, for its owner only: what customers write is in it.
pub(crate) fn private_folder(folder: &Path) -> std::io::Result<()> {
    let mut builder = std::fs::DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.recursive(true).create(folder)
}
