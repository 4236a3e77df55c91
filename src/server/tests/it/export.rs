//! Do spans reach a collector, and does one that misbehaves leave requests alone?

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::time::Duration;

use crate::program::{brigid, folder, run};
use crate::running::Server;

const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";
const SPAN: &str = "00f067aa0ba902b7";

/// How long a test waits for spans that do not come.
const READ_MAX: Duration = Duration::from_secs(30);

/// A collector that is looked after by the test itself.
struct Collector(TcpListener);

impl Collector {
    fn listen() -> Self {
        Self(TcpListener::bind("127.0.0.1:0").expect("a free port"))
    }

    fn endpoint(&self) -> String {
        format!("http://{}/otlp/", self.0.local_addr().expect("an address"))
    }

    fn accept(&self) -> TcpStream {
        let (stream, _) = self.0.accept().expect("the server comes");
        stream.set_read_timeout(Some(READ_MAX)).expect("a bound");
        stream
    }
}

/// Reads a request to the collector: its head and its body.
fn read(stream: &TcpStream) -> (String, String) {
    let mut reader = BufReader::new(stream);
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") {
        assert_ne!(reader.read_line(&mut head).expect("a line"), 0, "{head}");
    }
    let length =
        head.lines().find_map(|line| line.to_lowercase().strip_prefix("content-length: ")?.parse().ok());
    let mut body = vec![0; length.expect("a length")];
    reader.read_exact(&mut body).expect("a body");
    model::json::parse(&body).expect("JSON");
    (head, String::from_utf8(body).expect("UTF-8"))
}

fn answer(mut stream: &TcpStream, status: &str) {
    let answer =
        format!("HTTP/1.1 {status}\r\ncontent-type: application/json\r\ncontent-length: 2\r\n\r\n{{}}");
    stream.write_all(answer.as_bytes()).expect("answered");
}

fn start(folder: &Path, collector: &Collector, more: &[&str]) -> Server {
    let endpoint = collector.endpoint();
    Server::start(folder, &[&["--otlp-endpoint", &endpoint], more].concat())
}

/// The text between two others.
fn between<'a>(text: &'a str, before: &str, after: &str) -> &'a str {
    let (_, rest) = text.split_once(before).unwrap_or_else(|| panic!("no {before} in {text}"));
    rest.split_once(after).unwrap_or_else(|| panic!("no {after} in {rest}")).0
}

#[test]
fn a_request_becomes_a_span_in_the_trace_of_its_client() {
    let (folder, collector) = (folder(), Collector::listen());
    // Spans do not depend on what is logged.
    let server = start(folder.path(), &collector, &["--log-format", "off"]);
    let body = r#"{"resourceType":"Patient","id":"7","name":[{"family":"Secret"}]}"#;
    server.ask("PUT", "/fhir/Patient/7", body);
    server.ask_with("GET", "/fhir/Patient/7", &format!("traceparent: 00-{TRACE}-{SPAN}-01\r\n"), "");
    server.ask_with("GET", "/fhir/Patient/8", "traceparent: 00-1-2-01\r\n", "");
    let stopping = std::thread::spawn(move || server.stop());
    let stream = collector.accept();
    let mut spans = Vec::new();
    // The clock may cut the three into several batches, which come on one connection.
    while spans.len() < 3 {
        let (head, body) = read(&stream);
        assert!(head.starts_with("POST /otlp/v1/traces HTTP/1.1\r\n"), "{head}");
        assert!(head.contains("content-type: application/json\r\n"), "{head}");
        assert!(body.contains(r#"{"key":"service.name","value":{"stringValue":"brigid"}}"#), "{body}");
        assert!(!body.contains("Secret") && !body.contains("Patient/"), "{body}");
        spans.extend(body.split(r#"{"traceId":""#).skip(1).map(str::to_owned));
        answer(&stream, "200 OK");
    }
    let (code, log) = stopping.join().expect("stopped");
    assert_eq!((code, log.as_str()), (0, ""));

    let told = |span: &str| {
        let (trace, name) = (&span[..32], between(span, r#""name":""#, "\""));
        let status = between(span, r#""http.response.status_code","value":{"intValue":""#, "\"");
        format!(
            "{} {name} {status} {}",
            trace == TRACE,
            span.contains(&format!(r#""parentSpanId":"{SPAN}""#))
        )
    };
    let told: Vec<_> = spans.iter().map(|span| told(span)).collect();
    assert_eq!(told, ["false update 201 false", "true read 200 true", "false read 404 false"]);
    for span in &spans {
        let nanos = |name: &str| between(span, name, "\"").parse::<u64>().expect("a number");
        let took = nanos(r#""endTimeUnixNano":""#) - nanos(r#""startTimeUnixNano":""#);
        assert!(took > 0 && took < 60_000_000_000, "{span}");
        assert!(span.contains(r#"{"key":"fhir.resource","value":{"stringValue":"Patient"}}"#), "{span}");
    }
}

#[test]
fn a_collector_that_never_answers_holds_up_no_request() {
    let (folder, collector) = (folder(), Collector::listen());
    let server = start(folder.path(), &collector, &[]);
    let missing = || server.ask("GET", "/fhir/Patient/8", "");
    assert!(missing().starts_with("HTTP/1.1 404"));
    let stream = collector.accept();
    read(&stream);
    // The exporter waits for an answer from here on.
    for _ in 0..600 {
        assert!(missing().starts_with("HTTP/1.1 404"));
    }
    let (code, log) = server.stop();
    assert_eq!(code, 0, "{log}");
    assert!(log.contains("the collector"), "what was lost is told: {log}");
}

#[test]
fn a_collector_that_refuses_is_asked_once_more_and_told_of_once() {
    let (folder, collector) = (folder(), Collector::listen());
    let server = start(folder.path(), &collector, &[]);
    server.ask("GET", "/fhir/Patient/8", "");
    let stream = collector.accept();
    let (_, first) = read(&stream);
    answer(&stream, "503 Service Unavailable");
    let (_, second) = read(&stream);
    assert_eq!(first, second, "the same batch, so that the collector knows it again");
    answer(&stream, "503 Service Unavailable");
    server.ask("GET", "/fhir/Patient/9", "");
    // What cannot be mended by another try gets none.
    read(&stream);
    answer(&stream, "400 Bad Request");
    server.ask("GET", "/fhir/Patient/10", "");
    let stopping = std::thread::spawn(move || server.stop());
    read(&stream);
    answer(&stream, "200 OK");
    let (code, log) = stopping.join().expect("stopped");
    let told: Vec<_> = log.lines().filter(|line| line.contains("spans did not reach")).collect();
    assert_eq!((code, told.len()), (0, 2), "once when it happens, and what came later at the end: {log}");
    assert!(told[0].contains(r#""lost":1,"why":"it answered 503"#), "{log}");
    assert!(told[1].contains(r#""lost":1,"why":"it answered 400"#), "{log}");
}

#[test]
fn a_collector_that_is_not_there_holds_up_no_request() {
    let (folder, collector) = (folder(), Collector::listen());
    let endpoint = collector.endpoint();
    drop(collector);
    let server = Server::start(folder.path(), &["--otlp-endpoint", &endpoint]);
    assert!(server.ask("GET", "/fhir/Patient/8", "").starts_with("HTTP/1.1 404"));
    let (code, log) = server.stop();
    assert!(code == 0 && log.contains("spans did not reach the collector"), "{log}");
}

#[test]
fn a_collector_that_cannot_be_spoken_to_is_refused_with_a_sentence() {
    let folder = folder();
    for endpoint in ["https://127.0.0.1:4318", "127.0.0.1:4318", "http://me:secret@127.0.0.1:4318"] {
        let (code, said) = run(folder.path(), &["serve", "--otlp-endpoint", endpoint]);
        assert_eq!(code, 1, "{said}");
        assert!(said.contains("http://127.0.0.1:4318") && said.contains("same machine"), "{said}");
        assert!(said.lines().count() == 1 && !said.contains("secret"), "{said}");
    }
    let told = brigid(folder.path(), &["config"]).env("BRIGID_OTLP_ENDPOINT", "http://[::1]:4318").output();
    let told = String::from_utf8(told.expect("the program starts").stdout).expect("UTF-8");
    let line = "otlp_endpoint = \"http://[::1]:4318/\"  # environment variable BRIGID_OTLP_ENDPOINT";
    assert!(told.lines().any(|told| told == line), "{told}");
}
