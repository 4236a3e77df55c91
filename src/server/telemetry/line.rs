//! How does an event look as a line?

use std::cell::RefCell;
use std::fmt::{self, Write as _};
use std::io::Write as _;

use model::{Instant, json};
use tracing::field::{Field, Visit};
use tracing::{Event, Level};

/// Bytes of a text in a log line; a longer one is cut, so that one event cannot fill the log.
const TEXT_BYTES_MAX: usize = 4096;

/// How lines look.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Format {
    /// For people.
    Text,
    /// One JSON object.
    Json,
}

thread_local! {
    /// The line in the making and a text in the making: no event allocates once they have grown.
    static BUFFERS: RefCell<(Vec<u8>, String)> = const { RefCell::new((Vec::new(), String::new())) };
}

/// Makes the line of an event and lends it to `receive`.
pub(super) fn with_line(format: Format, now: Instant, event: &Event<'_>, receive: impl FnOnce(&[u8])) {
    BUFFERS.with(|buffers| {
        // An event raised while another is being written, from a `Debug`, goes without.
        let Ok(mut buffers) = buffers.try_borrow_mut() else { return };
        let (line, text) = &mut *buffers;
        line.clear();
        match format {
            Format::Json => write_json(now, event, line, text),
            Format::Text => write_text(now, event, line, text),
        }
        line.push(b'\n');
        receive(line);
    });
}

fn write_json(now: Instant, event: &Event<'_>, line: &mut Vec<u8>, text: &mut String) {
    line.extend_from_slice(b"{\"time\":\"");
    line.extend_from_slice(now.write(&mut [0; 24]).as_bytes());
    line.extend_from_slice(b"\",\"level\":\"");
    line.extend_from_slice(level(*event.metadata().level()).as_bytes());
    line.extend_from_slice(b"\",\"target\":\"");
    // A target is a module path of some crate and needs no escapes.
    line.extend_from_slice(event.metadata().target().as_bytes());
    line.push(b'"');
    event.record(&mut JsonFields { line, text });
    line.push(b'}');
}

fn write_text(now: Instant, event: &Event<'_>, line: &mut Vec<u8>, text: &mut String) {
    line.extend_from_slice(&now.write(&mut [0; 24]).as_bytes()[11..23]);
    // Writing to a Vec cannot fail.
    let _ = write!(line, " {:<5} ", level(*event.metadata().level()));
    event.record(&mut Message { line, text });
    event.record(&mut TextFields { line, text });
}

fn level(level: Level) -> &'static str {
    match level {
        Level::ERROR => "error",
        Level::WARN => "warn",
        Level::INFO => "info",
        Level::DEBUG => "debug",
        Level::TRACE => "trace",
    }
}

struct JsonFields<'a> {
    line: &'a mut Vec<u8>,
    text: &'a mut String,
}

impl JsonFields<'_> {
    fn name(&mut self, field: &Field) {
        self.line.extend_from_slice(b",\"");
        self.line.extend_from_slice(field.name().as_bytes());
        self.line.extend_from_slice(b"\":");
    }
}

impl Visit for JsonFields<'_> {
    fn record_u64(&mut self, field: &Field, value: u64) {
        self.name(field);
        let _ = write!(self.line, "{value}");
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.name(field);
        let _ = write!(self.line, "{value}");
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.name(field);
        self.line.extend_from_slice(if value { b"true" } else { b"false" });
    }

    fn record_f64(&mut self, field: &Field, value: f64) {
        self.name(field);
        // JSON knows no infinities.
        let _ = if value.is_finite() { write!(self.line, "{value}") } else { write!(self.line, "null") };
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.name(field);
        json::write_string(cut(value), self.line);
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.name(field);
        json::write_string(spelled(self.text, value), self.line);
    }
}

/// The message alone, which stands first in a line for people.
struct Message<'a> {
    line: &'a mut Vec<u8>,
    text: &'a mut String,
}

impl Visit for Message<'_> {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        if field.name() == "message" {
            for letter in spelled(self.text, value).chars() {
                // What looks like another line, or moves the cursor, must not come from a request.
                let shown = if letter.is_control() { '\u{fffd}' } else { letter };
                self.line.extend_from_slice(shown.encode_utf8(&mut [0; 4]).as_bytes());
            }
        }
    }
}

/// Everything but the message.
struct TextFields<'a> {
    line: &'a mut Vec<u8>,
    text: &'a mut String,
}

impl TextFields<'_> {
    fn value(&mut self, field: &Field, value: &str) {
        if field.name() == "message" {
            return;
        }
        let _ = write!(self.line, "  {}=", field.name());
        let plain = value.chars().all(|letter| !letter.is_control() && letter != '"' && letter != ' ');
        match plain && !value.is_empty() {
            true => self.line.extend_from_slice(value.as_bytes()),
            false => json::write_string(value, self.line),
        }
    }
}

impl Visit for TextFields<'_> {
    fn record_str(&mut self, field: &Field, value: &str) {
        self.value(field, cut(value));
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        let mut text = std::mem::take(self.text);
        self.value(field, spelled(&mut text, value));
        *self.text = text;
    }
}

/// Spells a value into a text that is used again.
fn spelled<'a>(text: &'a mut String, value: &dyn fmt::Debug) -> &'a str {
    text.clear();
    // A `Debug` that fails has said as much as it will.
    let _ = write!(text, "{value:?}");
    cut(text)
}

fn cut(text: &str) -> &str {
    &text[..text.floor_char_boundary(TEXT_BYTES_MAX)]
}
