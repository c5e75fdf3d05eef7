//! What the system says of this process (Linux: `/proc`); elsewhere nothing.

use std::fs;

/// Memory, processor time and open files, by the names that Prometheus has for them.
pub(crate) fn figures() -> Vec<(&'static str, f64)> {
    let mut figures = Vec::new();
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let kilobytes = |name: &str| Some(field(&status, name)? * 1024.0);
    let stat = fs::read_to_string("/proc/self/stat").unwrap_or_default();
    // Behind the name, which may hold anything, the third field comes first.
    let fields: Vec<f64> = stat
        .rsplit(')')
        .next()
        .unwrap_or_default()
        .split_whitespace()
        .skip(1)
        .map(|text| text.parse().unwrap_or_default())
        .collect();
    let seconds = |field: usize| Some(fields.get(field - 4)? / ticks());
    let limits = fs::read_to_string("/proc/self/limits").unwrap_or_default();
    let booted = field(&fs::read_to_string("/proc/stat").unwrap_or_default(), "btime");
    let known = [
        ("process_resident_memory_bytes", kilobytes("VmRSS:")),
        ("process_virtual_memory_bytes", kilobytes("VmSize:")),
        ("process_cpu_seconds_total", seconds(14).zip(seconds(15)).map(|(user, system)| user + system)),
        ("process_open_fds", open_files()),
        ("process_max_fds", field(&limits, "Max open files")),
        ("process_threads", field(&status, "Threads:")),
        ("process_start_time_seconds", booted.zip(seconds(22)).map(|(booted, after)| booted + after)),
    ];
    for (name, value) in known {
        figures.extend(value.map(|value| (name, value)));
    }
    figures
}

/// The number behind the words with which a line begins.
fn field(text: &str, name: &str) -> Option<f64> {
    let line = text.lines().find_map(|line| line.strip_prefix(name))?;
    line.split_whitespace().next()?.parse().ok()
}

#[expect(clippy::cast_precision_loss, reason = "a hundred")]
fn ticks() -> f64 {
    rustix::param::clock_ticks_per_second() as f64
}

#[expect(clippy::cast_precision_loss, reason = "far below 2^52")]
fn open_files() -> Option<f64> {
    // Reading the folder opens it.
    Some(fs::read_dir("/proc/self/fd").ok()?.count().saturating_sub(1) as f64)
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    #[test]
    fn every_figure_is_there_and_plausible() {
        let figures = figures();
        let of = |name: &str| figures.iter().find(|(known, _)| *known == name).unwrap().1;
        assert_eq!(figures.len(), 7);
        assert!((1e6..1e12).contains(&of("process_resident_memory_bytes")));
        assert!(of("process_open_fds") >= 3.0 && of("process_open_fds") <= of("process_max_fds"));
        assert!(of("process_start_time_seconds") > 1.5e9 && of("process_threads") >= 1.0);
        assert!((0.0..1e6).contains(&of("process_cpu_seconds_total")));
    }
}
