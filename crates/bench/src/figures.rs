//! Figures, and how they are shown.

use std::time::Duration;

/// Times of single events.
#[derive(Default)]
pub(crate) struct Times(Vec<Duration>);

impl Times {
    pub(crate) fn add(&mut self, time: Duration) {
        self.0.push(time);
    }

    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    /// The time within which so many of a hundred fall; zero when there are none.
    pub(crate) fn percentile(&mut self, percent: f64) -> Duration {
        self.0.sort_unstable();
        let last = self.0.len().saturating_sub(1);
        let at = (percent / 100.0 * last as f64).round() as usize;
        self.0.get(at.min(last)).copied().unwrap_or_default()
    }

    /// Median and the 99th percentile, in words.
    pub(crate) fn words(&mut self) -> String {
        let (median, late) = (self.percentile(50.0), self.percentile(99.0));
        format!("p50 {} p99 {}", ms(median), ms(late))
    }

    /// As `words`, with the 90th percentile between: one long pause of the machine moves the 99th.
    pub(crate) fn more_words(&mut self) -> String {
        let [median, most, late] = [50.0, 90.0, 99.0].map(|percent| ms(self.percentile(percent)));
        format!("p50 {median} p90 {most} p99 {late}")
    }
}

impl FromIterator<Duration> for Times {
    fn from_iter<I: IntoIterator<Item = Duration>>(times: I) -> Self {
        Self(times.into_iter().collect())
    }
}

/// Milliseconds, in words.
pub(crate) fn ms(time: Duration) -> String {
    format!("{:.1} ms", time.as_secs_f64() * 1e3)
}

/// What was measured so far; printed as it comes, and once more together.
#[derive(Default)]
pub(crate) struct Report(Vec<[String; 3]>);

impl Report {
    /// What was measured, the figure, and the bar it is to be compared with.
    pub(crate) fn add(&mut self, what: impl Into<String>, figure: impl Into<String>, bar: impl Into<String>) {
        let line = [what.into(), figure.into(), bar.into()];
        println!("{} | {} | {}", line[0], line[1], line[2]);
        self.0.push(line);
    }

    pub(crate) fn print(&self) {
        println!("\n| what | measured | bar |\n| --- | --- | --- |");
        for [what, figure, bar] in &self.0 {
            println!("| {what} | {figure} | {bar} |");
        }
    }
}
