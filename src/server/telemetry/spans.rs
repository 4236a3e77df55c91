//! How does a request look as a span?
//!
//! A server span as OTLP writes it in JSON
//! (<https://opentelemetry.io/docs/specs/otlp/#json-protobuf-encoding>), made of the event that ends a
//! request. It joins the trace that the client named (<https://www.w3.org/TR/trace-context/>), also when
//! the client did not sample it. URLs and content of resources are not in the event, and so not here.

use std::fmt;
use std::io::Write as _;

use model::{Instant, json};
use tracing::Event;
use tracing::field::{Field, Visit};

use crate::random;

/// The target of the event that ends a request.
pub(super) const REQUEST: &str = "request";

/// `SPAN_KIND_SERVER` and `STATUS_CODE_ERROR`: OTLP in JSON writes the numbers of its enums.
const KIND_SERVER: u64 = 2;
const STATUS_ERROR: u64 = 2;

/// Methods that are told by name; a client may make up any number of others.
const METHODS: &[&str] =
    &["GET", "HEAD", "POST", "PUT", "DELETE", "CONNECT", "OPTIONS", "TRACE", "PATCH", "QUERY"];

/// The name that the semantic conventions give to every other method.
const METHOD_OTHER: &str = "_OTHER";

/// A request that was answered.
#[derive(Debug)]
pub(super) struct Span {
    ended: Instant,
    duration_us: u64,
    id: String,
    method: &'static str,
    status: u64,
    interaction: String,
    resource_type: String,
    parent: Option<Parent>,
}

/// The client's own span, in the digits that it sent.
#[derive(Debug, PartialEq, Eq)]
struct Parent {
    trace: String,
    span: String,
}

impl Span {
    /// Reads the event that ends a request.
    pub(super) fn read(event: &Event<'_>, ended: Instant) -> Self {
        let mut span = Self::ended_at(ended);
        event.record(&mut span);
        span
    }

    /// A span of which nothing but its end is known.
    pub(super) fn ended_at(ended: Instant) -> Self {
        Self {
            ended,
            duration_us: 0,
            id: String::new(),
            method: METHOD_OTHER,
            status: 0,
            interaction: String::new(),
            resource_type: String::new(),
            parent: None,
        }
    }

    fn name(&self) -> &str {
        match (self.interaction.as_str(), self.method) {
            ("", METHOD_OTHER) => "HTTP",
            ("", method) => method,
            (interaction, _) => interaction,
        }
    }

    /// Writes the span; ids that it does not have yet are made of chance.
    fn write(&self, out: &mut Vec<u8>) {
        let micros = |instant: i64| u64::try_from(instant).unwrap_or_default();
        let ended = micros(self.ended.0);
        let started = ended.saturating_sub(self.duration_us);
        // Writing to a Vec cannot fail.
        let _ = match &self.parent {
            Some(Parent { trace, span }) => {
                write!(out, r#"{{"traceId":"{trace}","parentSpanId":"{span}","#)
            }
            None => write!(out, r#"{{"traceId":"{:016x}{:016x}","#, chance(), chance()),
        };
        let _ = write!(out, r#""spanId":"{:016x}","name":"#, chance());
        json::write_string(self.name(), out);
        // Nanoseconds are text, because JSON's numbers do not hold them.
        let _ = write!(
            out,
            r#","kind":{KIND_SERVER},"startTimeUnixNano":"{started}000","endTimeUnixNano":"{ended}000","attributes":["#
        );
        write_text("http.request.method", self.method, out);
        let _ =
            write!(out, r#",{{"key":"http.response.status_code","value":{{"intValue":"{}"}}}}"#, self.status);
        for (key, value) in [
            ("fhir.interaction", &self.interaction),
            ("fhir.resource", &self.resource_type),
            ("request.id", &self.id),
        ] {
            if !value.is_empty() {
                out.push(b',');
                write_text(key, value, out);
            }
        }
        let _ = match self.status {
            500.. => write!(out, r#"],"status":{{"code":{STATUS_ERROR}}}}}"#),
            _ => write!(out, "]}}"),
        };
    }
}

impl Visit for Span {
    fn record_u64(&mut self, field: &Field, value: u64) {
        match field.name() {
            "http.status" => self.status = value,
            "duration_us" => self.duration_us = value,
            _ => {}
        }
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        match field.name() {
            "id" => self.id = value.to_owned(),
            "http.method" => {
                let known = METHODS.iter().find(|method| **method == value);
                self.method = known.copied().unwrap_or(METHOD_OTHER);
            }
            "fhir.interaction" => self.interaction = value.to_owned(),
            "fhir.resource" => self.resource_type = value.to_owned(),
            "traceparent" => self.parent = parent(value),
            _ => {}
        }
    }

    fn record_debug(&mut self, _: &Field, _: &dyn fmt::Debug) {}
}

/// Takes apart a header whose form `api` has looked at already.
fn parent(header: &str) -> Option<Parent> {
    let mut parts = header.split('-').skip(1);
    Some(Parent { trace: parts.next()?.to_owned(), span: parts.next()?.to_owned() })
}

/// Writes spans as the body of one request to a collector.
pub(super) fn write(spans: &[Span]) -> Vec<u8> {
    let mut out = br#"{"resourceSpans":[{"resource":{"attributes":["#.to_vec();
    write_text("service.name", "brigid", &mut out);
    out.push(b',');
    write_text("service.version", env!("CARGO_PKG_VERSION"), &mut out);
    out.extend_from_slice(br#"]},"scopeSpans":[{"scope":{"name":"brigid"},"spans":["#);
    for (index, span) in spans.iter().enumerate() {
        if index > 0 {
            out.push(b',');
        }
        span.write(&mut out);
    }
    out.extend_from_slice(b"]}]}]}");
    out
}

fn write_text(key: &str, value: &str, out: &mut Vec<u8>) {
    let _ = write!(out, r#"{{"key":"{key}","value":{{"stringValue":"#);
    json::write_string(value, out);
    out.extend_from_slice(b"}}");
}

/// Never zero, which is how an id says that it is none.
fn chance() -> u64 {
    std::cmp::max(u64::from_be_bytes(random::eight_bytes()), 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    const ATTRIBUTES: &str = r#"{"key":"http.request.method","value":{"stringValue":"METHOD"}},{"key":"http.response.status_code","value":{"intValue":"STATUS"}}"#;

    fn span(method: &'static str, status: u64, traceparent: &str) -> Span {
        let parent = parent(traceparent);
        Span { duration_us: 10, method, status, parent, ..Span::ended_at(Instant(1_700_000_000_000_009)) }
    }

    /// Compares a span without its own id, which is of chance, with what is expected after its trace.
    fn check(span: &Span, before: &str, name: &str, after: &str) {
        let mut out = Vec::new();
        span.write(&mut out);
        let out = String::from_utf8(out).expect("UTF-8");
        model::json::parse(out.as_bytes()).expect("JSON");
        let (head, rest) = out.split_once(r#""spanId":""#).expect("it has an id");
        let attributes =
            ATTRIBUTES.replace("METHOD", span.method).replace("STATUS", &span.status.to_string());
        assert_eq!(head, before);
        assert_eq!(
            &rest[16..],
            format!(
                r#"","name":"{name}","kind":2,"startTimeUnixNano":"1699999999999999000","endTimeUnixNano":"1700000000000009000","attributes":[{attributes}{after}"#
            )
        );
    }

    #[test]
    fn a_span_joins_the_trace_of_its_client() {
        let span = span("GET", 404, "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01");
        let before = r#"{"traceId":"4bf92f3577b34da6a3ce929d0e0e4736","parentSpanId":"00f067aa0ba902b7","#;
        check(&span, before, "GET", "]}");
    }

    #[test]
    fn an_interaction_gives_the_name_and_a_fault_of_ours_the_status() {
        let named = Span {
            interaction: "read".into(),
            resource_type: "Patient".into(),
            id: "a.b".into(),
            ..span("PUT", 500, "00-1-2-01")
        };
        let after = r#",{"key":"fhir.interaction","value":{"stringValue":"read"}},{"key":"fhir.resource","value":{"stringValue":"Patient"}},{"key":"request.id","value":{"stringValue":"a.b"}}],"status":{"code":2}}"#;
        check(&named, r#"{"traceId":"1","parentSpanId":"2","#, "read", after);
    }

    #[test]
    fn a_method_that_a_client_made_up_is_not_a_name() {
        check(&span(METHOD_OTHER, 405, "00-1-2-01"), r#"{"traceId":"1","parentSpanId":"2","#, "HTTP", "]}");
    }

    #[test]
    fn a_span_without_a_client_begins_a_trace() {
        let body = || String::from_utf8(write(&[span("GET", 200, "")])).expect("UTF-8");
        let (one, other) = (body(), body());
        let trace =
            |body: &str| body.split_once(r#""traceId":""#).expect("it has a trace").1[..33].to_owned();
        assert!(trace(&one).ends_with('"') && trace(&one) != trace(&other), "{one} {other}");
        assert!(!one.contains("parentSpanId"), "{one}");
    }
}
