//! What is told of what happens, and to whom?
//!
//! Events go to standard error as one line each: text on a terminal, JSON otherwise. A line is written
//! straight into a buffer that a thread empties, so a request never waits for whoever reads the log.
//! Spans are not kept: an event says by itself what it is about. Export by OpenTelemetry is not offered.
//!
//! Content of resources never comes here; their `Debug` sees to that.

mod line;
mod writer;

use std::io::IsTerminal;
use std::sync::Arc;

use tracing::level_filters::LevelFilter;
use tracing::span::{Attributes, Id, Record};
use tracing::subscriber::Interest;
use tracing::{Event, Level, Metadata, Subscriber};

use crate::config::{LogFormat, LogLevel, Settings};

pub(crate) use writer::Writer;

/// The crates of this server, and its requests; of others only warnings are of interest, except where everything is.
const OURS: &[&str] = &[
    "access",
    "api",
    "blobs",
    "fhir_profiles",
    "interactions",
    "model",
    "request",
    "server",
    "sql",
    "store",
];

/// Turns events into lines.
struct Telemetry {
    format: line::Format,
    ours: LevelFilter,
    others: LevelFilter,
    writer: Arc<Writer>,
}

/// Begins to log as the settings say; who holds the answer can wait until all is written.
pub(crate) fn begin(settings: &Settings) -> Option<Arc<Writer>> {
    let format = match settings.log_format {
        LogFormat::Off => return None,
        LogFormat::Text => line::Format::Text,
        LogFormat::Json => line::Format::Json,
        LogFormat::Auto if std::io::stderr().is_terminal() => line::Format::Text,
        LogFormat::Auto => line::Format::Json,
    };
    let ours = filter(settings.log_level);
    let everything = settings.log_level == LogLevel::Trace;
    let others = if everything { ours } else { std::cmp::min(ours, LevelFilter::WARN) };
    let writer = Writer::start(std::io::stderr());
    let telemetry = Telemetry { format, ours, others, writer: writer.clone() };
    // A second command line in one process, as in tests, goes on logging to the first one's writer.
    tracing::subscriber::set_global_default(telemetry).ok()?;
    log_panics();
    Some(writer)
}

fn filter(level: LogLevel) -> LevelFilter {
    match level {
        LogLevel::Error => LevelFilter::ERROR,
        LogLevel::Warn => LevelFilter::WARN,
        LogLevel::Info => LevelFilter::INFO,
        LogLevel::Debug => LevelFilter::DEBUG,
        LogLevel::Trace => LevelFilter::TRACE,
    }
}

/// A panic fails one request; where it happened is for the log, in the log's own form.
fn log_panics() {
    std::panic::set_hook(Box::new(|panic| {
        let place = panic.location().map(ToString::to_string).unwrap_or_default();
        let why = panic.payload_as_str().unwrap_or("no message");
        tracing::error!(place, why, "a bug: something panicked");
    }));
}

impl Telemetry {
    fn wants(&self, metadata: &Metadata<'_>) -> bool {
        let owner = metadata.target().split("::").next().unwrap_or_default();
        let most = if OURS.contains(&owner) { self.ours } else { self.others };
        metadata.is_event() && *metadata.level() <= most
    }
}

impl Subscriber for Telemetry {
    fn register_callsite(&self, metadata: &'static Metadata<'static>) -> Interest {
        if self.wants(metadata) { Interest::always() } else { Interest::never() }
    }

    fn max_level_hint(&self) -> Option<LevelFilter> {
        Some(std::cmp::max(self.ours, self.others))
    }

    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        self.wants(metadata)
    }

    fn event(&self, event: &Event<'_>) {
        let now = crate::clock::now();
        let urgent = *event.metadata().level() <= Level::ERROR;
        line::with_line(self.format, now, event, |line| self.writer.push(line, urgent));
    }

    fn new_span(&self, _: &Attributes<'_>) -> Id {
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, _: &Record<'_>) {}

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn enter(&self, _: &Id) {}

    fn exit(&self, _: &Id) {}
}

#[cfg(test)]
mod tests;
