//! The licences of the portal's packages, as their lock file names them. (Those of crates are cargo-deny's part.)

use std::fs;

use serde_json::Value;

use crate::steps::{Outcome, root};

const ALLOWED: [&str; 12] = [
    "MIT",
    "ISC",
    "Apache-2.0",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "0BSD",
    "CC0-1.0",
    "Unlicense",
    "BlueOak-1.0.0",
    "Python-2.0",
    "MIT-0",
    "CC-BY-4.0",
];
/// Used at build time only, and with no claim on what is built: weak copyleft of the files themselves.
const BUILD_ONLY: [&str; 1] = ["MPL-2.0"];

/// Checks every package of a folder's lock file.
pub(crate) fn npm(folder: &str) -> Outcome {
    let path = root().join(folder).join("package-lock.json");
    let text = fs::read_to_string(&path).map_err(|error| format!("{}: {error}", path.display()))?;
    let lock: Value = serde_json::from_str(&text).map_err(|error| format!("{}: {error}", path.display()))?;
    let packages = lock["packages"].as_object().ok_or("package-lock.json names no packages")?;
    let bad: Vec<_> =
        packages.iter().filter(|(name, package)| !name.is_empty() && !is_allowed(package)).collect();
    if bad.is_empty() {
        return Ok(());
    }
    let list =
        bad.iter().map(|(name, package)| format!("  {name}: {}", package["license"])).collect::<Vec<_>>();
    Err(format!("packages of {folder} with a licence that is not allowed:\n{}", list.join("\n")))
}

fn is_allowed(package: &Value) -> bool {
    let expression = package["license"].as_str().unwrap_or_default();
    let build_only = package["dev"].as_bool() == Some(true);
    let one = |licence: &str| {
        let licence = licence.trim_matches(['(', ')', ' ']);
        ALLOWED.contains(&licence) || (build_only && BUILD_ONLY.contains(&licence))
    };
    // `A OR B`: one is enough. `A AND B`: both.
    expression.split(" OR ").any(|choice| choice.split(" AND ").all(one))
}
