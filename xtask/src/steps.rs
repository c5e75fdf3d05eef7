//! Running other programs, loudly.

use std::ffi::OsStr;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Instant;

/// Nothing, or words about what failed.
pub(crate) type Outcome<T = ()> = Result<T, String>;

/// The project's folder.
pub(crate) fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap_or(Path::new("."))
}

/// Where cargo puts what it builds.
pub(crate) fn target() -> PathBuf {
    std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root().join("target"), |folder| root().join(folder))
}

pub(crate) fn say(line: &str) {
    let _ = writeln!(std::io::stderr(), "{line}");
}

/// A program to run in the project's folder.
pub(crate) struct Step(Command);

impl Step {
    pub(crate) fn new(program: impl AsRef<OsStr>) -> Self {
        let mut command = Command::new(program);
        command.current_dir(root());
        Self(command)
    }

    pub(crate) fn cargo<'a>(arguments: impl IntoIterator<Item = &'a str>) -> Self {
        Self::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into())).args(arguments)
    }

    pub(crate) fn npm<'a>(folder: &str, arguments: impl IntoIterator<Item = &'a str>) -> Self {
        let mut step = Self::new("npm").args(arguments);
        step.0.current_dir(root().join(folder));
        step
    }

    pub(crate) fn args<'a>(mut self, arguments: impl IntoIterator<Item = &'a str>) -> Self {
        self.0.args(arguments);
        self
    }

    pub(crate) fn env(mut self, name: &str, value: impl AsRef<OsStr>) -> Self {
        self.0.env(name, value);
        self
    }

    /// Runs to the end; fails unless the program succeeds.
    pub(crate) fn run(mut self) -> Outcome {
        let shown = self.shown();
        say(&format!("\n▸ {shown}"));
        let start = Instant::now();
        let status = self.0.status().map_err(|error| format!("`{shown}` can't be run: {error}"))?;
        say(&format!("  {:.1} s", start.elapsed().as_secs_f64()));
        if status.success() { Ok(()) } else { Err(format!("`{shown}` failed ({status})")) }
    }

    /// Runs to the end and gives what it printed.
    pub(crate) fn output(mut self) -> Outcome<String> {
        let shown = self.shown();
        let output = self.0.stderr(Stdio::inherit()).output();
        let output = output.map_err(|error| format!("`{shown}` can't be run: {error}"))?;
        if !output.status.success() {
            return Err(format!("`{shown}` failed ({})", output.status));
        }
        String::from_utf8(output.stdout).map_err(|_| format!("`{shown}` printed no text"))
    }

    /// Whether the program can be run and succeeds; silent.
    pub(crate) fn works(mut self) -> bool {
        let quiet = self.0.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        quiet.status().is_ok_and(|status| status.success())
    }

    /// Becomes the program, so that signals reach it and nothing else.
    pub(crate) fn become_it(mut self) -> Outcome {
        let error = std::os::unix::process::CommandExt::exec(&mut self.0);
        Err(format!("`{}` can't be run: {error}", self.shown()))
    }

    fn shown(&self) -> String {
        let program = Path::new(self.0.get_program()).file_name().unwrap_or(self.0.get_program());
        let words = std::iter::once(program).chain(self.0.get_args());
        words.map(OsStr::to_string_lossy).collect::<Vec<_>>().join(" ")
    }
}
