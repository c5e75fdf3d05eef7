//! Generated files that are committed: the description of the API, and the portal's types made from it.

use std::fs;

use crate::steps::{Outcome, Step, root};

/// Makes them anew; with `check`, fails when that changes anything.
pub(crate) fn all(check: bool) -> Outcome {
    let (description, types) = (root().join("ui/openapi.json"), root().join("ui/src/api/schema.d.ts"));
    let read = || (fs::read_to_string(&description).ok(), fs::read_to_string(&types).ok());
    let before = read();
    let made =
        Step::cargo(["run", "--quiet", "--locked", "--package", "teledesk", "--", "openapi"]).output()?;
    fs::write(&description, made).map_err(|error| format!("{}: {error}", description.display()))?;
    Step::npm("ui", ["run", "gen"]).run()?;
    if check && read() != before {
        return Err("ui/openapi.json or the types made from it were stale: run `cargo xtask gen`".to_owned());
    }
    Ok(())
}
