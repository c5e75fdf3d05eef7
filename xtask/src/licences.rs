//! The licences of the portal's packages, as each of them names its own. (Those of crates are cargo-deny's part.)

use std::fs;
use std::path::Path;

use serde_json::Value;

use crate::steps::{Outcome, root};

const ALLOWED: [&str; 11] = [
    "MIT",
    "MIT-0",
    "ISC",
    "Apache-2.0",
    "Apache-2.0 WITH LLVM-exception",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "0BSD",
    "CC0-1.0",
    "BlueOak-1.0.0",
    "Python-2.0",
];
/// Used at build time only, and with no claim on what is built: weak copyleft of the files themselves.
const BUILD_ONLY: [&str; 1] = ["MPL-2.0"];
/// Build-time packages that name no licence; their repositories do.
const NAMED_ELSEWHERE: [(&str, &str); 2] = [
    ("node_modules/@inlang/plugin-message-format", "Apache-2.0"),
    ("node_modules/@lix-js/sdk-linux-x64", "Apache-2.0"),
];

/// Checks every installed package of a folder's lock file.
///
/// Optional packages of other platforms are not installed, and a lock file need not tell their licence.
pub(crate) fn npm(folder: &str) -> Outcome {
    let folder = root().join(folder);
    let lock = json(&folder.join("package-lock.json"))?;
    let packages = lock["packages"].as_object().ok_or("package-lock.json names no packages")?;
    let mut bad = Vec::new();
    for (name, entry) in packages.iter().filter(|(name, _)| !name.is_empty()) {
        let manifest = folder.join(name).join("package.json");
        let optional = entry["optional"].as_bool() == Some(true);
        if optional && !manifest.exists() {
            continue;
        }
        let licence = json(&manifest)?["license"].take();
        if !is_allowed(name, licence.as_str(), entry["dev"].as_bool() == Some(true)) {
            bad.push(format!("  {name}: {licence}"));
        }
    }
    if bad.is_empty() {
        return Ok(());
    }
    Err(format!("packages of {} with a licence that is not allowed:\n{}", folder.display(), bad.join("\n")))
}

fn json(path: &Path) -> Outcome<Value> {
    let text = fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))?;
    serde_json::from_str(&text).map_err(|error| format!("{}: {error}", path.display()))
}

fn is_allowed(name: &str, licence: Option<&str>, build_only: bool) -> bool {
    let elsewhere = NAMED_ELSEWHERE.iter().find(|(package, _)| *package == name).map(|(_, licence)| *licence);
    let expression = licence.or(elsewhere).unwrap_or_default();
    let one = |licence: &str| {
        let licence = licence.trim_matches(['(', ')', ' ']);
        ALLOWED.contains(&licence) || (build_only && BUILD_ONLY.contains(&licence))
    };
    // `A OR B`: one is enough. `A AND B`: both.
    expression.split(" OR ").any(|choice| choice.split(" AND ").all(one))
}
