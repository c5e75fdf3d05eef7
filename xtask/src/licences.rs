//! The licences of the portal's packages, as their lock file names them. (Those of crates are cargo-deny's part.)

use std::fs;

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
/// Build-time packages whose lock entry names no licence; their repositories do.
const NAMED_ELSEWHERE: [(&str, &str); 2] = [
    ("node_modules/@inlang/plugin-message-format", "Apache-2.0"),
    ("node_modules/@lix-js/sdk-linux-x64", "Apache-2.0"),
];

/// Checks every package of a folder's lock file.
pub(crate) fn npm(folder: &str) -> Outcome {
    let path = root().join(folder).join("package-lock.json");
    let text = fs::read_to_string(&path).map_err(|error| format!("{}: {error}", path.display()))?;
    let lock: Value = serde_json::from_str(&text).map_err(|error| format!("{}: {error}", path.display()))?;
    let packages = lock["packages"].as_object().ok_or("package-lock.json names no packages")?;
    let bad: Vec<_> =
        packages.iter().filter(|(name, package)| !name.is_empty() && !is_allowed(name, package)).collect();
    if bad.is_empty() {
        return Ok(());
    }
    let list =
        bad.iter().map(|(name, package)| format!("  {name}: {}", package["license"])).collect::<Vec<_>>();
    Err(format!("packages of {folder} with a licence that is not allowed:\n{}", list.join("\n")))
}

fn is_allowed(name: &str, package: &Value) -> bool {
    let elsewhere = NAMED_ELSEWHERE.iter().find(|(package, _)| *package == name).map(|(_, licence)| *licence);
    let expression = package["license"].as_str().or(elsewhere).unwrap_or_default();
    let build_only = package["dev"].as_bool() == Some(true);
    let one = |licence: &str| {
        let licence = licence.trim_matches(['(', ')', ' ']);
        ALLOWED.contains(&licence) || (build_only && BUILD_ONLY.contains(&licence))
    };
    // `A OR B`: one is enough. `A AND B`: both.
    expression.split(" OR ").any(|choice| choice.split(" AND ").all(one))
}
