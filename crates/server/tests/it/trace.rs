//! The system calls of a server, as `strace` saw them.

use std::collections::HashMap;
use std::path::Path;

use testkit::app::eventually;

/// A system call. Threads make them side by side, so each has a beginning and an end.
#[derive(Debug)]
pub(crate) struct SystemCall {
    begun: usize,
    ended: usize,
    text: String,
}

/// A call that must be found, by what its line holds.
#[derive(Clone)]
pub(crate) struct Step {
    what: &'static str,
    holds: Vec<String>,
}

impl Step {
    pub(crate) fn new(what: &'static str, holds: &[&str]) -> Self {
        Self { what, holds: holds.iter().map(|text| (*text).to_owned()).collect() }
    }

    fn is(&self, call: &SystemCall) -> bool {
        self.holds.iter().all(|text| call.text.contains(text))
    }
}

/// What to put before the server's command. The traced process stays our own child (`-D`), so that it can be stopped.
pub(crate) fn strace(log: &Path) -> Vec<String> {
    let calls = "trace=pwrite64,fsync,fdatasync,write,writev,sendto,sendmsg,read,readv,recvfrom,recvmsg";
    let log = log.display().to_string();
    ["strace", "-D", "-f", "-y", "-s", "8192", "-e", calls, "-o", &log].map(str::to_owned).to_vec()
}

/// The calls in the order of their ends, once `main` is known to have exited.
pub(crate) async fn read(log: &Path, main: u32) -> Vec<SystemCall> {
    let main = main.to_string();
    let is_last = |line: &str| line.split(' ').next() == Some(&main) && line.contains("+++ exited");
    let text = eventually("the end of the trace", async || {
        let text = String::from_utf8_lossy(&std::fs::read(log).unwrap()).into_owned();
        text.lines().any(is_last).then_some(text)
    })
    .await;
    let (mut calls, mut open) = (Vec::new(), HashMap::new());
    for (n, line) in text.lines().enumerate() {
        let (thread, rest) = line.split_once(' ').unwrap_or((line, ""));
        let rest = rest.trim_start();
        if let Some(begin) = rest.strip_suffix("<unfinished ...>") {
            open.insert(thread, (n, begin));
        } else if let Some((_, end)) = rest.strip_prefix("<... ").and_then(|rest| rest.split_once("resumed>"))
        {
            if let Some((begun, begin)) = open.remove(thread) {
                calls.push(SystemCall { begun, ended: n, text: format!("{begin}{end}") });
            }
        } else {
            calls.push(SystemCall { begun: n, ended: n, text: rest.to_owned() });
        }
    }
    calls
}

/// Asserts that each step begins after the one before has ended, and that the last one never happens before.
pub(crate) fn assert_order(calls: &[SystemCall], steps: &[Step]) {
    let mut after = None;
    for step in steps {
        let found = calls.iter().find(|call| step.is(call) && after.is_none_or(|after| call.begun > after));
        let found = found.unwrap_or_else(|| panic!("missing, or too late: {}", step.what));
        after = Some(found.ended);
    }
    let last = steps.last().unwrap();
    let first = calls.iter().find(|call| last.is(call)).unwrap();
    assert_eq!(Some(first.ended), after, "too early: {}", last.what);
}
