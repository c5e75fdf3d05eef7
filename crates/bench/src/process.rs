//! What a process uses, as /proc tells.

use testkit::app::Server;

/// Processor time used so far, in seconds, in user and system mode together. The kernel counts in hundredths of a second
/// (`USER_HZ`, proc(5)).
pub(crate) fn cpu(server: &Server) -> f64 {
    let stat = std::fs::read_to_string(format!("/proc/{}/stat", server.id())).expect("the process runs");
    // The name, in parentheses, may hold anything; fields are counted behind it: utime is the 14th of all, stime the 15th.
    let fields: Vec<&str> = stat.rsplit_once(')').map_or("", |(_, rest)| rest).split_whitespace().collect();
    let ticks: u64 = fields[11..13].iter().map(|field| field.parse::<u64>().expect("a number")).sum();
    ticks as f64 / 100.0
}

/// Resident memory in KB.
pub(crate) fn resident_kb(server: &Server) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{}/status", server.id())).expect("the process runs");
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).expect("a line VmRSS");
    line.trim().trim_end_matches("kB").trim().parse().expect("a number")
}
