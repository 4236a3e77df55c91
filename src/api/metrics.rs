//! What has the server done so far, in numbers? Prometheus text format 0.0.4.
//!
//! A fixed table of atomic counters: counting costs a few nanoseconds and never allocates, and no
//! client can make it grow.

use std::fmt::Write as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};

use crate::app::App;

/// Upper bounds of the latency buckets, in microseconds; the last bucket has none.
const BUCKETS_US: [u64; 12] =
    [100, 250, 500, 1_000, 2_500, 5_000, 10_000, 25_000, 100_000, 500_000, 2_500_000, 10_000_000];
const STATUS_CLASSES: [&str; 5] = ["1xx", "2xx", "3xx", "4xx", "5xx"];

/// One answered request.
pub struct Observed {
    /// The interaction's code; empty when none was recognised.
    pub interaction: &'static str,
    /// The HTTP status.
    pub status: u16,
    /// How long it took.
    pub took: Duration,
}

/// Counters, one row for each interaction and one for what is none.
pub struct Metrics {
    rows: Vec<Row>,
}

struct Row {
    interaction: &'static str,
    by_status: [AtomicU64; STATUS_CLASSES.len()],
    by_latency: [AtomicU64; BUCKETS_US.len() + 1],
    total_us: AtomicU64,
}

impl Default for Metrics {
    fn default() -> Self {
        let mut names: Vec<_> = interactions::ALL.iter().map(|offer| offer.code).collect();
        names.push("");
        Self { rows: names.into_iter().map(Row::new).collect() }
    }
}

impl Row {
    fn new(interaction: &'static str) -> Self {
        let by_status = Default::default();
        Self { interaction, by_status, by_latency: Default::default(), total_us: AtomicU64::new(0) }
    }
}

impl Metrics {
    /// Counts a request.
    pub fn observe(&self, observed: &Observed) {
        let named = self.rows.iter().find(|row| row.interaction == observed.interaction);
        let Some(row) = named.or(self.rows.last()) else { return };
        let class = usize::from(observed.status / 100).clamp(1, STATUS_CLASSES.len()) - 1;
        let took = u64::try_from(observed.took.as_micros()).unwrap_or(u64::MAX);
        let bucket = BUCKETS_US.partition_point(|bound| *bound < took);
        row.by_status[class].fetch_add(1, Ordering::Relaxed);
        row.by_latency[bucket].fetch_add(1, Ordering::Relaxed);
        row.total_us.fetch_add(took, Ordering::Relaxed);
    }

    /// Writes everything in Prometheus' text format.
    pub fn render(&self) -> String {
        let mut text = String::from("# TYPE brigid_requests_total counter\n");
        for row in &self.rows {
            for (class, count) in STATUS_CLASSES.iter().zip(&row.by_status) {
                let count = count.load(Ordering::Relaxed);
                let interaction = row.interaction;
                if count > 0 {
                    let labels = format!("interaction=\"{interaction}\",status=\"{class}\"");
                    writeln!(text, "brigid_requests_total{{{labels}}} {count}").expect("a String takes all");
                }
            }
        }
        text.push_str("# TYPE brigid_request_duration_seconds histogram\n");
        self.rows.iter().for_each(|row| row.render_latency(&mut text));
        text
    }
}

impl Row {
    fn render_latency(&self, text: &mut String) {
        let name = "brigid_request_duration_seconds";
        let interaction = self.interaction;
        let mut so_far = 0;
        let bounds = BUCKETS_US.iter().map(|bound| seconds(*bound)).chain(["+Inf".to_owned()]);
        for (bound, count) in bounds.zip(&self.by_latency) {
            so_far += count.load(Ordering::Relaxed);
            let labels = format!("interaction=\"{interaction}\",le=\"{bound}\"");
            writeln!(text, "{name}_bucket{{{labels}}} {so_far}").expect("a String takes all");
        }
        let total = seconds(self.total_us.load(Ordering::Relaxed));
        writeln!(text, "{name}_sum{{interaction=\"{interaction}\"}} {total}").expect("a String takes all");
        writeln!(text, "{name}_count{{interaction=\"{interaction}\"}} {so_far}").expect("a String takes all");
    }
}

fn seconds(micros: u64) -> String {
    format!("{}.{:06}", micros / 1_000_000, micros % 1_000_000)
}

/// `GET /metrics`
pub(crate) async fn show(State(app): State<Arc<App>>) -> Response {
    let mut text = app.metrics.render();
    let indexed = app.context.library.indexed();
    text.push_str("# TYPE brigid_reindex_resources_total counter\n");
    writeln!(text, "brigid_reindex_resources_total {indexed}").expect("a String takes all");
    ([(header::CONTENT_TYPE, "text/plain; version=0.0.4")], text).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests_are_counted_by_interaction_status_and_latency() {
        let metrics = Metrics::default();
        let took = Duration::from_micros(300);
        metrics.observe(&Observed { interaction: "read", status: 200, took });
        metrics.observe(&Observed { interaction: "unheard of", status: 404, took });
        let text = metrics.render();
        for line in [
            "brigid_requests_total{interaction=\"read\",status=\"2xx\"} 1",
            "brigid_requests_total{interaction=\"\",status=\"4xx\"} 1",
            "brigid_request_duration_seconds_bucket{interaction=\"read\",le=\"0.000250\"} 0",
            "brigid_request_duration_seconds_bucket{interaction=\"read\",le=\"0.000500\"} 1",
            "brigid_request_duration_seconds_count{interaction=\"read\"} 1",
        ] {
            assert!(text.contains(line), "{line}\n{text}");
        }
    }
}
