//! Every check, in the order in which a fault is cheapest to hear of.

use crate::steps::{Outcome, Step, say, target};
use crate::{generate, lint, portal, tools};

pub(crate) fn all() -> Outcome {
    tools::node()?;
    let chromium = tools::chromium()?;
    tools::postgres()?;
    tools::strace()?;
    portal::packages()?;
    portal::install("e2e")?;
    portal::build()?;
    lint::all()?;
    Step::npm("ui", ["run", "size"]).run()?;
    Step::npm("ui", ["test"]).run()?;
    Step::cargo(["build", "--workspace", "--locked"]).run()?;
    generate::all(true)?;
    Step::cargo(["test", "--workspace", "--locked"]).run()?;
    // Whether the measurements run at all; how fast, nobody looks at here.
    let smoke = Step::new(target().join("debug/bench")).args(["--smoke"]);
    smoke.env("TELEDESK_BINARY", target().join("debug/teledesk")).run()?;
    let browser = Step::npm("e2e", ["test"]).env("TELEDESK_BINARY", target().join("debug/teledesk"));
    browser.env("TELEDESK_CHROMIUM", chromium).run()?;
    say("\nEverything passed.");
    Ok(())
}
