//! Do lines look as promised, and do they get out?

use std::io::Write;
use std::sync::{Arc, Mutex};

use super::*;

/// A place to write to that can be looked at.
#[derive(Clone, Default)]
struct Page(Arc<Mutex<Vec<u8>>>);

impl Write for Page {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().expect("nobody panicked").write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// Runs `events` under a level and compares what was written, without its times.
fn check(format: line::Format, level: LevelFilter, events: impl FnOnce(), expected: &str) {
    let page = Page::default();
    let writer = Writer::start(page.clone());
    let others = std::cmp::min(level, LevelFilter::WARN);
    let telemetry = Telemetry { format, ours: level, others, writer: writer.clone(), exporter: None };
    tracing::subscriber::with_default(telemetry, events);
    writer.flush();
    let written = String::from_utf8(page.0.lock().expect("nobody panicked").clone()).expect("UTF-8");
    let without_times: String = match format {
        line::Format::Json => written
            .lines()
            .map(|line| format!("{{{}\n", &line[r#"{"time":"2026-11-21T08:01:02.123Z","#.len()..]))
            .collect(),
        line::Format::Text => {
            written.lines().map(|line| format!("{}\n", &line["08:01:02.123 ".len()..])).collect()
        }
    };
    assert_eq!(without_times, expected);
}

#[test]
fn a_line_of_json_holds_every_field_in_its_own_type() {
    check(
        line::Format::Json,
        LevelFilter::INFO,
        || {
            tracing::info!(
                http.status = 200,
                open = true,
                share = 0.5,
                below = -1,
                id = "a\"b",
                "{} done",
                "all"
            )
        },
        concat!(
            r#"{"level":"info","target":"server::telemetry::tests","message":"all done","http.status":200,"#,
            r#""open":true,"share":0.5,"below":-1,"id":"a\"b"}"#,
            "\n"
        ),
    );
}

#[test]
fn a_line_for_people_begins_with_the_message() {
    check(
        line::Format::Text,
        LevelFilter::INFO,
        || tracing::warn!(status = 404, path = "/a b", empty = "", "gone"),
        "warn  gone  status=404  path=\"/a b\"  empty=\"\"\n",
    );
}

#[test]
fn what_a_request_says_cannot_make_a_line_of_its_own() {
    let path = "/x\n08:00:00.000 info  forged\u{1b}[2J";
    check(
        line::Format::Text,
        LevelFilter::INFO,
        || tracing::info!(path, "{path}"),
        "info  /x\u{fffd}08:00:00.000 info  forged\u{fffd}[2J  path=\"/x\\n08:00:00.000 info  forged\\u001b[2J\"\n",
    );
}

#[test]
fn events_below_the_level_and_those_of_other_crates_are_left_out() {
    check(
        line::Format::Text,
        LevelFilter::INFO,
        || {
            tracing::debug!("why");
            tracing::info!(target: "hyper::proto", "a stranger's step");
            tracing::error!(target: "hyper::proto", "a stranger's error");
            tracing::info!("what");
        },
        "error a stranger's error\ninfo  what\n",
    );
}

#[test]
fn a_long_text_is_cut() {
    let long = "x".repeat(10_000);
    let expected = format!("info  {}\n", "x".repeat(4096));
    check(line::Format::Text, LevelFilter::INFO, || tracing::info!("{long}"), &expected);
}

#[test]
fn a_reader_that_does_not_read_costs_lines_and_is_told_how_many() {
    /// Waits with its first write until it is let go.
    struct Stuck(std::sync::mpsc::Receiver<()>, Page);
    impl Write for Stuck {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            // The sender goes away when the test lets go.
            let _ = self.0.recv();
            self.1.write(bytes)
        }
        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }
    let (let_go, held) = std::sync::mpsc::channel();
    let page = Page::default();
    let writer = Writer::start(Stuck(held, page.clone()));
    let line = [b'x'; 1 << 20];
    for _ in 0..20 {
        writer.push(&line, false);
    }
    drop(let_go);
    writer.flush();
    writer.push(b"after\n", false);
    writer.flush();
    let written = page.0.lock().expect("nobody panicked").clone();
    let tail = String::from_utf8_lossy(&written[written.len() - 200..]).into_owned();
    assert!(written.len() < 12 << 20 && tail.contains("log lines were dropped"), "{tail}");
}
