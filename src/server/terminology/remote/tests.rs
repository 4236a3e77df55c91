//! Is another server heard, and is one that misbehaves left alone?

use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use model::parameters;

use super::*;

/// How long these tests wait for an answer that does not come.
const WITHIN: Duration = Duration::from_millis(200);

/// A server that answers every question alike, or never; and how often it was asked.
fn rigged(answer: Option<String>) -> (WebTerminology, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let base = format!("http://{}/fhir/", listener.local_addr().expect("bound"));
    let asked = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&asked);
    thread::spawn(move || {
        let mut held = Vec::new();
        while let Ok((mut stream, _)) = listener.accept() {
            counted.fetch_add(1, Ordering::SeqCst);
            match &answer {
                Some(answer) => {
                    let _ = stream.read(&mut [0; 4096]);
                    let _ = stream.write_all(answer.as_bytes());
                }
                None => held.push(stream),
            }
        }
    });
    let serves = vec!["http://s".to_owned()];
    (WebTerminology::new(&base.parse().expect("a URL"), serves, WITHIN), asked)
}

fn answering(status: &str, body: &str) -> Option<String> {
    let length = body.len();
    Some(format!("HTTP/1.1 {status}\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{body}"))
}

/// Asks one question several times; holds what came of all and how often the server was asked.
fn check(answer: Option<String>, expected: &Result<Value, Unanswered>, asked: usize) {
    let (remote, count) = rigged(answer);
    let question = parameters::parameters(vec![parameters::with_value("code", "valueCode", "a")]);
    for _ in 0..5 {
        assert_eq!(remote.ask("CodeSystem/$lookup", &question), *expected);
    }
    assert_eq!(count.load(Ordering::SeqCst), asked);
}

#[test]
fn an_answer_is_asked_for_once() {
    let answer = r#"{"resourceType":"Parameters"}"#;
    let expected = json::parse(answer.as_bytes()).expect("valid JSON");
    check(answering("200 OK", answer), &Ok(expected), 1);
}

#[test]
fn a_refusal_is_passed_on_and_is_no_failure() {
    let outcome = r#"{"resourceType":"OperationOutcome","issue":[{"diagnostics":"no such code"}]}"#;
    let refused = Unanswered::Refused("no such code".to_owned());
    check(answering("404 Not Found", outcome), &Err(refused), 1);
}

#[test]
fn a_server_that_hangs_fails_or_talks_nonsense_is_left_alone() {
    check(None, &Err(Unanswered::Silent), 3);
    check(answering("200 OK", "<html>"), &Err(Unanswered::Silent), 3);
    check(answering("200 OK", r#"{"resourceType":"Patient"}"#), &Err(Unanswered::Silent), 3);
    check(answering("500 Oops", r#"{"resourceType":"OperationOutcome"}"#), &Err(Unanswered::Silent), 3);
    check(answering("302 Found", ""), &Err(Unanswered::Silent), 3);
    check(Some("rubbish".to_owned()), &Err(Unanswered::Silent), 3);
}

#[test]
fn it_is_asked_about_what_it_serves_alone() {
    let (remote, _) = rigged(None);
    assert!(remote.serves("http://s/x") && !remote.serves("http://t"));
}
