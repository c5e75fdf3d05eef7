//! What must be on the machine. Missing Debian packages are installed when we are root, and named otherwise.

use std::path::{Path, PathBuf};

use crate::steps::{Outcome, Step};

/// Pinned: a linter that changes by itself is no check.
const CARGO_DENY: &str = "0.20.2";

/// Node.js for the portal's build: 20.19 or newer.
pub(crate) fn node() -> Outcome {
    let version = Step::new("node").args(["--version"]).output();
    let version = version.map_err(|_| "Node.js 20.19 or newer is needed: no `node` was found".to_owned())?;
    let mut numbers =
        version.trim().trim_start_matches('v').split('.').map_while(|part| part.parse::<u32>().ok());
    let (major, minor) = (numbers.next().unwrap_or(0), numbers.next().unwrap_or(0));
    if (major, minor) >= (20, 19) {
        return Ok(());
    }
    Err(format!("Node.js 20.19 or newer is needed; this is {}", version.trim()))
}

/// cargo-deny, for the licences and sources of dependencies.
pub(crate) fn cargo_deny() -> Outcome {
    if Step::cargo(["deny", "--version"]).works() {
        return Ok(());
    }
    Step::cargo(["install", "cargo-deny", "--locked", "--version", CARGO_DENY]).run()
}

/// Chromium for the browser tests.
pub(crate) fn chromium() -> Outcome<PathBuf> {
    find_or_install("chromium", &["chromium", "chromium-browser", "google-chrome"], &[])
}

/// PostgreSQL's server programs for the store tests.
pub(crate) fn postgres() -> Outcome<PathBuf> {
    let mut folders: Vec<_> = match std::fs::read_dir("/usr/lib/postgresql") {
        Ok(versions) => versions.filter_map(Result::ok).map(|version| version.path().join("bin")).collect(),
        Err(_) => Vec::new(),
    };
    folders.sort();
    folders.reverse();
    find_or_install("postgresql", &["initdb"], &folders)
}

/// strace, with which a test watches the order of system calls.
pub(crate) fn strace() -> Outcome<PathBuf> {
    find_or_install("strace", &["strace"], &[])
}

fn find_or_install(package: &str, names: &[&str], folders: &[PathBuf]) -> Outcome<PathBuf> {
    if let Some(found) = find(names, folders) {
        return Ok(found);
    }
    if !Step::new("id").args(["-u"]).output().is_ok_and(|id| id.trim() == "0") {
        return Err(format!("{} is needed: apt-get install {package}", names.first().unwrap_or(&package)));
    }
    let install = || {
        let install = ["install", "--yes", "--no-install-recommends", package];
        Step::new("apt-get").args(install).env("DEBIAN_FRONTEND", "noninteractive").run()
    };
    if install().is_err() {
        Step::new("apt-get").args(["update"]).run()?;
        install()?;
    }
    let searched = if package == "postgresql" { return postgres_installed() } else { find(names, folders) };
    searched.ok_or_else(|| format!("{package} was installed, but none of {names:?} was found"))
}

fn postgres_installed() -> Outcome<PathBuf> {
    let versions =
        std::fs::read_dir("/usr/lib/postgresql").map_err(|error| format!("postgresql: {error}"))?;
    let mut folders = versions.filter_map(Result::ok).map(|version| version.path().join("bin/initdb"));
    folders
        .find(|path| path.exists())
        .ok_or_else(|| "postgresql was installed, but no initdb was found".to_owned())
}

fn find(names: &[&str], folders: &[PathBuf]) -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let searched: Vec<_> = std::env::split_paths(&path).chain(folders.iter().cloned()).collect();
    let files = names.iter().flat_map(|name| searched.iter().map(move |folder| folder.join(name)));
    files.into_iter().find(|file| is_program(file))
}

fn is_program(file: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt;
    file.metadata().is_ok_and(|metadata| metadata.is_file() && metadata.permissions().mode() & 0o111 != 0)
}
