//! What is told of what happens, and to whom?
//!
//! Events go to standard error as one line each: text on a terminal, JSON otherwise. A line is written
//! straight into a buffer that a thread empties, so a request never waits for whoever reads the log.
//! Spans are not kept: an event says by itself what it is about, and the one that ends a request becomes
//! a span of OpenTelemetry when a collector is named.
//!
//! Content of resources never comes here; their `Debug` sees to that.

mod line;
mod writer;

mod delivery;
mod exporter;
mod spans;

use std::io::IsTerminal;
use std::sync::Arc;

use tracing::level_filters::LevelFilter;
use tracing::span::{Attributes, Id, Record};
use tracing::subscriber::Interest;
use tracing::{Event, Level, Metadata, Subscriber};

use crate::config::{LogFormat, LogLevel, Settings};

use exporter::Exporter;
use spans::Span;
use writer::Writer;

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

/// Turns events into lines, and those that end requests into spans.
struct Telemetry {
    format: line::Format,
    ours: LevelFilter,
    others: LevelFilter,
    writer: Arc<Writer>,
    exporter: Option<Arc<Exporter>>,
}

/// What is told still when the program is about to end.
pub(crate) struct Telling {
    writer: Arc<Writer>,
    exporter: Option<Arc<Exporter>>,
}

/// Begins to log and to export as the settings say.
pub(crate) fn begin(settings: &Settings) -> Option<Telling> {
    let silent = settings.log_format == LogFormat::Off;
    if silent && settings.otlp_endpoint.is_none() {
        return None;
    }
    let format = match settings.log_format {
        LogFormat::Text => line::Format::Text,
        LogFormat::Json => line::Format::Json,
        LogFormat::Auto if std::io::stderr().is_terminal() => line::Format::Text,
        LogFormat::Auto | LogFormat::Off => line::Format::Json,
    };
    let ours = if silent { LevelFilter::OFF } else { filter(settings.log_level) };
    let everything = ours == LevelFilter::TRACE;
    let others = if everything { ours } else { std::cmp::min(ours, LevelFilter::WARN) };
    let writer = Writer::start(std::io::stderr());
    let exporter = settings.otlp_endpoint.as_ref().map(Exporter::start);
    let telling = Telling { writer: writer.clone(), exporter: exporter.clone() };
    let telemetry = Telemetry { format, ours, others, writer, exporter };
    // A second command line in one process, as in tests, goes on logging to the first one's writer.
    tracing::subscriber::set_global_default(telemetry).ok()?;
    // Without a log, Rust's own way of telling of a panic is the only one.
    if !silent {
        log_panics();
    }
    Some(telling)
}

impl Telling {
    /// Waits a little until everything is told; the log comes last, because it tells of the export.
    pub(crate) fn end(&self) {
        if let Some(exporter) = &self.exporter {
            exporter.end();
        }
        self.writer.flush();
    }
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
        self.logs(metadata) || (self.exporter.is_some() && metadata.target() == spans::REQUEST)
    }

    fn logs(&self, metadata: &Metadata<'_>) -> bool {
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
        // The end of a request is told at info.
        let exported = if self.exporter.is_some() { LevelFilter::INFO } else { LevelFilter::OFF };
        Some(std::cmp::max(exported, std::cmp::max(self.ours, self.others)))
    }

    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        self.wants(metadata)
    }

    fn event(&self, event: &Event<'_>) {
        let now = crate::clock::now();
        if let Some(exporter) = &self.exporter {
            if event.metadata().target() == spans::REQUEST {
                exporter.push(Span::read(event, now));
            }
            // Without an exporter only what is logged comes here at all.
            if !self.logs(event.metadata()) {
                return;
            }
        }
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
