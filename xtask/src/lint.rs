//! The linters, and the licences of dependencies; no network needed once the packages are there.

use crate::steps::{Outcome, Step};
use crate::{licences, tools};

/// Everything that reads the code without running it.
pub(crate) fn all() -> Outcome {
    Step::cargo(["fmt", "--all", "--check"]).run()?;
    let clippy = ["clippy", "--workspace", "--all-targets", "--locked", "--", "--deny", "warnings"];
    Step::cargo(clippy).run()?;
    tools::cargo_deny()?;
    // Also what other platforms need: the check reads the whole lock file, and then needs no network.
    Step::cargo(["fetch", "--locked"]).run()?;
    Step::cargo(["deny", "--offline", "--log-level", "error", "check", "licenses", "bans", "sources"])
        .run()?;
    licences::npm("ui")?;
    licences::npm("e2e")?;
    Step::npm("ui", ["run", "lint"]).run()?;
    Step::npm("ui", ["run", "check"]).run()?;
    Step::npm("e2e", ["run", "lint"]).run()
}
