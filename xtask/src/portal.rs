//! The portal's packages and build.

use std::fs;
use std::path::Path;
use std::time::SystemTime;

use crate::steps::{Outcome, Step, root};

/// Installs the packages of `ui/` as locked, when they are not there or the lock file is newer.
pub(crate) fn packages() -> Outcome {
    install("ui")
}

/// Installs the packages of one folder.
pub(crate) fn install(folder: &str) -> Outcome {
    let folder_path = root().join(folder);
    let installed = modified(&folder_path.join("node_modules/.package-lock.json"));
    if installed.is_some() && installed >= modified(&folder_path.join("package-lock.json")) {
        return Ok(());
    }
    Step::npm(folder, ["ci", "--no-audit", "--no-fund"]).run()
}

/// Builds the portal, when something it is made from is newer than the last build.
pub(crate) fn build() -> Outcome {
    let ui = root().join("ui");
    let built = modified(&ui.join("dist/index.html"));
    let newest = fs::read_dir(&ui)
        .map_err(|error| format!("ui: {error}"))?
        .filter_map(Result::ok)
        .filter(|entry| {
            !["dist", "node_modules", "tests", "coverage"].iter().any(|name| entry.file_name() == *name)
        })
        .filter_map(|entry| newest(&entry.path()))
        .max();
    if built.is_some() && built >= newest {
        return Ok(());
    }
    Step::npm("ui", ["run", "build"]).run()
}

fn newest(path: &Path) -> Option<SystemTime> {
    if path.ends_with("paraglide") {
        return None; // made by the build itself
    }
    match fs::read_dir(path) {
        Err(_) => modified(path),
        Ok(entries) => entries.filter_map(Result::ok).filter_map(|entry| newest(&entry.path())).max(),
    }
}

fn modified(path: &Path) -> Option<SystemTime> {
    path.metadata().and_then(|metadata| metadata.modified()).ok()
}
