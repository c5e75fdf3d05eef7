//! `teledesk check`: whether everything a server needs is in order. Changes nothing that lasts and shows no secret; may run
//! beside a server, and before the first start.

use std::fmt::Display;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use db::{Db, OpenError, Options};
use desk::bots::Bots;
use desk::{MIGRATIONS, Store, SystemClock, operating, projects};
use tokio::net::TcpStream;
use tokio::time::timeout;

use crate::cli::Serve;
use crate::failure::Failure;
use crate::{installation, metrics, say, secret_key, serve};

/// How long a network call may take.
const PATIENCE: Duration = Duration::from_secs(10);
/// Less free space than this is worth a warning, and less than that is a failure; in bytes.
const LITTLE: u64 = 1 << 30;
const TOO_LITTLE: u64 = 64 << 20;

/// What was found, line by line.
#[derive(Default)]
struct Report {
    ok: u32,
    warnings: u32,
    failed: u32,
}

impl Report {
    fn ok(&mut self, what: &str, words: impl Display) {
        self.ok += 1;
        say(format_args!("ok       {what}: {words}"));
    }

    fn warning(&mut self, what: &str, words: impl Display) {
        self.warnings += 1;
        say(format_args!("warning  {what}: {words}"));
    }

    fn failed(&mut self, what: &str, words: impl Display) {
        self.failed += 1;
        say(format_args!("failed   {what}: {words}"));
    }

    /// The value, or a line that says why there is none.
    fn need<T>(&mut self, what: &str, result: Result<T, impl Display>) -> Option<T> {
        result.map_err(|error| self.failed(what, error)).ok()
    }
}

/// `teledesk check`.
pub(crate) async fn check(options: Serve) -> Result<(), Failure> {
    let mut report = Report::default();
    configuration(&mut report, &options);
    disk(&mut report, &options);
    let store = database(&mut report, &options).await;
    let bots = key(&mut report, &options, store.as_ref()).await;
    reachable(&mut report, &options).await;
    if let (Some(store), Some(bots)) = (&store, &bots) {
        tokens(&mut report, store, bots).await;
    }
    if let Some(store) = store {
        store.db().close().await;
    }
    let Report { ok, warnings, failed } = report;
    if failed > 0 {
        return Err(Failure::new(format!(
            "{ok} in order, {warnings} warnings, {failed} not in order: see above"
        )));
    }
    say(format_args!("{ok} in order, {warnings} warnings."));
    Ok(())
}

fn configuration(report: &mut Report, options: &Serve) {
    match options.public_url.as_deref() {
        None => report.warning(
            "public URL",
            "none is given; with --public-url cookies are bound to https and to one host",
        ),
        Some(url) => {
            if let Some(origin) = report.need("public URL", serve::origin(url)) {
                if origin.starts_with("https://") {
                    report.ok("public URL", origin);
                } else {
                    report.warning(
                        "public URL",
                        format_args!("{origin} is not https: passwords cross the network readable"),
                    );
                }
            }
        }
    }
    let open = !options.listen.ip().is_loopback();
    if open && options.public_url.is_none() {
        report.warning(
            "address",
            format_args!("{} is open to the network; put a proxy with TLS in front", options.listen),
        );
    } else {
        report.ok("address", options.listen);
    }
    if let Some(address) = options.metrics_listen.filter(|address| !address.ip().is_loopback()) {
        report.warning("monitoring", format_args!("whoever reaches {address} may read the figures"));
    }
    if let Some(path) = &options.metrics_token_file
        && report.need("monitoring", metrics::token(path)).is_some()
    {
        report.ok("monitoring", "its token can be read");
        private(report, "monitoring", path);
    }
}

/// The nearest folder that is there: the installation's own may not be made yet.
fn existing(folder: &Path) -> PathBuf {
    let mut folders = folder.ancestors().filter(|folder| folder.is_dir());
    folders.next().map_or_else(|| PathBuf::from("."), Path::to_owned)
}

fn disk(report: &mut Report, options: &Serve) {
    let folder = &options.data.folder;
    let there = existing(folder);
    if there == *folder {
        private(report, "data folder", folder);
    } else {
        report.ok(
            "data folder",
            format_args!("{} isn't there yet; the first start makes it", folder.display()),
        );
    }
    match tempfile::NamedTempFile::with_prefix_in(".teledesk-check-", &there) {
        Ok(_) => report.ok("data folder", format_args!("{} can be written to", there.display())),
        Err(error) => {
            report.failed("data folder", format_args!("{} can't be written to: {error}", there.display()));
        }
    }
    let Some(space) = report.need("disk", rustix::fs::statvfs(&there)) else { return };
    let free = space.f_bavail.saturating_mul(space.f_frsize);
    let words = format!("{} MB free in {}", free >> 20, there.display());
    match free {
        TOO_LITTLE.. if free >= LITTLE => report.ok("disk", words),
        TOO_LITTLE.. => report.warning("disk", format_args!("{words}; make room soon")),
        _ => report.failed("disk", format_args!("{words}; make room")),
    }
}

/// What others may not read.
fn private(report: &mut Report, what: &str, path: &Path) {
    let Ok(found) = fs::metadata(path) else { return };
    let mode = found.permissions().mode() & 0o777;
    if mode.trailing_zeros() >= 6 {
        report.ok(what, format_args!("{} is its owner's only", path.display()));
    } else {
        let words = format!(
            "{} has mode {mode:o}: others of this machine may get at it; chmod go= it",
            path.display()
        );
        report.warning(what, words);
    }
}

/// The open database; none while there is none.
async fn database(report: &mut Report, options: &Serve) -> Option<Store> {
    let file = installation::database_file(&options.data);
    if options.data.database.is_none() && !file.exists() {
        report.ok("database", format_args!("{} isn't there yet; the first start makes it", file.display()));
        return None;
    }
    let url = options.data.database.clone().unwrap_or_else(|| format!("sqlite:{}", file.display()));
    let few = Options { readers: 1, postgres_connections: 2, exclusive: false, ..Options::default() };
    let opened = tokio::task::block_in_place(|| Db::open(&url, few));
    let db = report.need("database", opened)?;
    report.ok("database", "it opens");
    match db.migrated().await {
        Err(error) => {
            report.failed("database", error);
            return None;
        }
        Ok(at) => schema(report, at)?,
    }
    match db.is_durable().await {
        Ok(true) => report.ok("database", "it can be written to, and a commit waits for the disk"),
        Ok(false) => {
            report.failed("database", "commits don't wait for the disk: set synchronous_commit to on");
        }
        Err(error) => report.failed("database", format_args!("it can't be written to: {error}")),
    }
    Some(Store::new(db, std::sync::Arc::new(SystemClock)))
}

/// None when there is nothing to ask further: the tables are not those that we know.
fn schema(report: &mut Report, at: u32) -> Option<()> {
    let ours = MIGRATIONS.last().map_or(0, |migration| migration.number);
    if at > ours {
        report.failed("schema", OpenError::Newer { database: at, program: ours });
        return None;
    }
    if at < ours {
        report.warning(
            "schema",
            format_args!("version {at}; the next start brings it to {ours}. Make a backup before"),
        );
        return None;
    }
    report.ok("schema", format_args!("version {at}"));
    Some(())
}

async fn key(report: &mut Report, options: &Serve, store: Option<&Store>) -> Option<Bots> {
    let path = installation::key_file(&options.data);
    let has_tokens = match store {
        None => false,
        Some(store) => report.need("secret key", projects::any(store).await)?,
    };
    let Some(cipher) = report.need("secret key", secret_key::load(&path))? else {
        if has_tokens {
            report.failed(
                "secret key",
                format_args!(
                    "{} is missing, and the bot tokens can't be read without it; put it back",
                    path.display()
                ),
            );
        } else {
            report.ok(
                "secret key",
                format_args!("{} isn't there yet; the first start makes it", path.display()),
            );
        }
        return None;
    };
    private(report, "secret key", &path);
    let limits = serve::http_limits(PATIENCE);
    let bots = report.need("secret key", installation::bots_with(cipher, Vec::new(), limits))?;
    let Some(store) = store else { return Some(bots) };
    if report.need("secret key", projects::key_fits(store, &bots).await)? {
        report.ok("secret key", "it fits the database");
    } else {
        let path = path.display();
        report.failed(
            "secret key",
            format_args!("{path} opens none of the bot tokens; put the right file back"),
        );
    }
    Some(bots)
}

/// Whether somebody listens at each Bot API address.
async fn reachable(report: &mut Report, options: &Serve) {
    for url in &options.telegram_api {
        let Some(api) = report.need("Telegram", serve::telegram_api(url)) else { continue };
        let (scheme, rest) = api.url.split_once("://").unwrap_or(("", &api.url));
        let host = rest.split('/').next().unwrap_or(rest);
        let has_port = host.rsplit_once(':').is_some_and(|(_, port)| port.parse::<u16>().is_ok());
        let port = if scheme == "https" { 443 } else { 80 };
        let address = if has_port { host.to_owned() } else { format!("{host}:{port}") };
        match timeout(PATIENCE, TcpStream::connect(&address)).await {
            Ok(Ok(_)) => report.ok("Telegram", format_args!("{} can be reached", api.name)),
            Ok(Err(error)) => {
                report.failed("Telegram", format_args!("{} can't be reached: {error}", api.name));
            }
            Err(_) => report.failed("Telegram", format_args!("{} doesn't answer", api.name)),
        }
    }
}

async fn tokens(report: &mut Report, store: &Store, bots: &Bots) {
    let Some(probes) = report.need("bots", operating::probe(store, bots, PATIENCE).await) else { return };
    if probes.is_empty() {
        report.ok("bots", "no active project yet");
    }
    for probe in probes {
        match probe.answer {
            Ok(username) => report.ok("bots", format_args!("project {}: @{username}", probe.project)),
            Err(words) => report.failed("bots", format_args!("project {}: {words}", probe.project)),
        }
    }
}
