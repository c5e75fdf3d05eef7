//! A server process.

use std::io::{BufRead as _, BufReader, Write as _};
use std::path::PathBuf;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::mpsc;
use std::thread;

use super::PATIENCE;
use crate::databases::{Kind, TestDatabase};

/// What a server is started with.
#[derive(Clone)]
pub struct ServerOptions {
    /// The binary.
    pub binary: PathBuf,
    /// The folder for `--data`.
    pub data: PathBuf,
    /// `--database`, when it isn't the embedded one.
    pub database: Option<String>,
    /// `--telegram-api`.
    pub telegram_api: String,
    /// `--listen`: any free port, unless it must be known before the start.
    pub listen: String,
    /// Further arguments.
    pub more: Vec<String>,
    /// Programs to run it under, as in `strace -f`.
    pub under: Vec<String>,
    /// Variables of its environment.
    pub environment: Vec<(String, String)>,
}

impl ServerOptions {
    /// A server on `database`, which the caller keeps.
    pub fn new(binary: &str, database: &TestDatabase, telegram_api: String) -> Self {
        let apart = || std::env::temp_dir().join(format!("teledesk-{}", uuid::Uuid::new_v4()));
        let data = database.folder().unwrap_or_else(apart);
        let url = (database.kind == Kind::Postgres).then(|| database.url.clone());
        let (more, under, environment) = (Vec::new(), Vec::new(), Vec::new());
        let listen = "127.0.0.1:0".to_owned();
        Self { binary: binary.into(), data, database: url, telegram_api, listen, more, under, environment }
    }

    /// At an address that is known before the start, stays the same over restarts, and is the public one.
    pub fn at_public_address(mut self) -> Self {
        self.listen = own_address();
        let public = format!("http://{}", self.listen);
        self.with(&["--public-url", &public])
    }

    /// With further arguments.
    pub fn with(mut self, more: &[&str]) -> Self {
        self.more.extend(more.iter().map(|&word| word.to_owned()));
        self
    }

    /// Another node on the same database: with a data folder of its own, and the same key and media folder.
    pub fn beside(&self) -> Self {
        let data = std::env::temp_dir().join(format!("teledesk-{}", uuid::Uuid::new_v4()));
        let (key, media) = (self.data.join("secret.key"), self.data.join("media"));
        let same = [("TELEDESK_SECRET_KEY_FILE", key), ("TELEDESK_MEDIA", media)];
        let mut environment = self.environment.clone();
        environment.extend(same.map(|(name, path)| (name.to_owned(), path.display().to_string())));
        Self { data, environment, ..self.clone() }
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut words = self.under.clone();
        words.push(self.binary.display().to_string());
        let mut command = Command::new(&words[0]);
        command.args(&words[1..]).args(arguments).arg("--data").arg(&self.data);
        if let Some(database) = &self.database {
            command.args(["--database", database]);
        }
        // Nothing of the machine's own settings reaches the test.
        for (name, _) in
            std::env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("TELEDESK_"))
        {
            command.env_remove(name);
        }
        command.envs(self.environment.iter().map(|(name, value)| (name, value)));
        command
    }

    /// Runs another of the binary's commands on the same installation, to its end: its status and what it printed.
    pub fn run(&self, arguments: &[&str]) -> (ExitStatus, String, String) {
        self.run_with_input(arguments, "")
    }

    /// As `run`, with something to read.
    pub fn run_with_input(&self, arguments: &[&str], input: &str) -> (ExitStatus, String, String) {
        let mut command = self.command(arguments);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut process = command.spawn().expect("the binary runs");
        // It may end without having read it.
        let _ = process.stdin.take().expect("stdin is piped").write_all(input.as_bytes());
        let output = process.wait_with_output().expect("the binary ends");
        let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
        (output.status, text(output.stdout), text(output.stderr))
    }

    /// Starts it and waits until it listens; its words when it ends instead.
    pub fn start(self) -> Result<Server, String> {
        let mut command =
            self.command(&["serve", "--listen", &self.listen, "--telegram-api", &self.telegram_api]);
        command.args(&self.more).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut process = command.spawn().map_err(|error| format!("{}: {error}", self.binary.display()))?;
        let log = collect(process.stderr.take().expect("stderr is piped"));
        let (lines, incoming) = mpsc::channel();
        let stdout = BufReader::new(process.stdout.take().expect("stdout is piped"));
        thread::spawn(move || {
            for line in stdout.lines().map_while(Result::ok) {
                if lines.send(line).is_err() {
                    return;
                }
            }
        });
        let mut monitoring = None;
        let url = loop {
            let Ok(line) = incoming.recv_timeout(PATIENCE) else {
                let _ = process.kill();
                let status = process.wait().map_err(|error| error.to_string())?;
                return Err(format!("{status}\n{}", log.join().unwrap_or_default()));
            };
            if let Some(url) = line.strip_prefix("Monitoring is at ") {
                monitoring = Some(url.to_owned());
            }
            if let Some(url) = line.strip_prefix("Teledesk is listening on ") {
                break url.to_owned();
            }
        };
        Ok(Server { url, monitoring, options: self, process, lines: incoming, log: Some(log) })
    }
}

/// A loopback address that no other process, and no other test of this one, uses: a free port could be taken by somebody else
/// before the server is there.
pub fn own_address() -> String {
    static USED: AtomicU8 = AtomicU8::new(0);
    let (process, n) = (std::process::id(), USED.fetch_add(1, Ordering::Relaxed));
    format!("127.{}.{}.{}:18080", 1 + (process >> 8) % 250, process % 256, 1 + n % 250)
}

fn collect(stderr: impl std::io::Read + Send + 'static) -> thread::JoinHandle<String> {
    thread::spawn(move || {
        let mut all = String::new();
        for line in BufReader::new(stderr).lines().map_while(Result::ok) {
            all.push_str(&line);
            all.push('\n');
        }
        all
    })
}

/// A running server. Killed when dropped.
pub struct Server {
    /// Where it listens.
    pub url: String,
    /// Where monitoring is, when it has a listener of its own.
    pub monitoring: Option<String>,
    /// What it was started with.
    pub options: ServerOptions,
    process: Child,
    lines: mpsc::Receiver<String>,
    log: Option<thread::JoinHandle<String>>,
}

impl Server {
    /// The one-time token of its set-up page.
    pub fn setup_token(&self) -> String {
        let line = self.lines.recv_timeout(PATIENCE).expect("the server prints where to set it up");
        line.rsplit_once("#token=").expect("the set-up line names the token").1.to_owned()
    }

    /// Its process id.
    pub fn id(&self) -> u32 {
        self.process.id()
    }

    /// Ends it without warning, as SIGKILL does.
    pub fn kill(&mut self) {
        self.process.kill().expect("the server runs");
        self.process.wait().expect("the server ends");
    }

    /// Asks it to stop, as SIGTERM does, and waits: its status and its log.
    pub fn stop(self) -> (ExitStatus, String) {
        self.terminate();
        self.wait()
    }

    /// Asks it to stop, as SIGTERM does.
    pub fn terminate(&self) {
        let kill = Command::new("kill").args(["-TERM", &self.process.id().to_string()]).status();
        assert!(kill.expect("kill runs").success());
    }

    /// Waits until it ends: its status and its log.
    pub fn wait(mut self) -> (ExitStatus, String) {
        let status = self.process.wait().expect("the server ends");
        (status, self.log.take().and_then(|log| log.join().ok()).unwrap_or_default())
    }

    /// Kills it and starts it again on the same installation, at a new address.
    pub fn restart(mut self) -> Self {
        self.kill();
        self.again().expect("the server starts again")
    }

    /// Starts another one like it.
    pub fn again(&self) -> Result<Self, String> {
        self.options.clone().start()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
        if let (true, Some(log)) = (thread::panicking(), self.log.take()) {
            eprintln!("--- the server's log ---\n{}", log.join().unwrap_or_default());
        }
    }
}
