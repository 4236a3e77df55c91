//! Does the server run, be copied while it runs, and end as it should?

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{self, Receiver};
use std::thread;
use std::time::Duration;

use crate::program::{brigid, folder, run};

/// How long a test waits for a line of the log that does not come.
const LINE_WITHIN: Duration = Duration::from_secs(30);

/// A server in a process of its own.
pub(crate) struct Server {
    process: Child,
    address: String,
    log: Receiver<String>,
}

fn start(folder: &Path) -> Server {
    Server::start(folder, &[])
}

impl Server {
    /// Starts the program with flags of the test.
    pub(crate) fn start(folder: &Path, flags: &[&str]) -> Self {
        let mut process = brigid(folder, &[&["serve", "--listen", "127.0.0.1:0"], flags].concat())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the program starts");
        let mut line = String::new();
        let said = process.stdout.take().expect("it has a voice");
        BufReader::new(said).read_line(&mut line).expect("it speaks");
        let address =
            line.trim().strip_prefix("Brigid listens on http://").and_then(|rest| rest.strip_suffix("/fhir"));
        let address = address.unwrap_or_else(|| panic!("the first line is `{line}`")).to_owned();
        let log = BufReader::new(process.stderr.take().expect("it logs"));
        let (teller, told) = mpsc::channel();
        thread::spawn(move || {
            let lines = log.lines().map_while(Result::ok);
            // Whoever listened has gone away when the test failed.
            lines.take_while(|line| teller.send(line.clone()).is_ok()).for_each(drop);
        });
        Self { process, address, log: told }
    }

    /// Where it is reached.
    pub(crate) fn base(&self) -> String {
        format!("http://{}/fhir", self.address)
    }

    /// Reads the log up to the first line that has `part` in it, and returns that.
    pub(crate) fn wait_for(&self, part: &str) -> String {
        loop {
            let line = self.log.recv_timeout(LINE_WITHIN);
            let line = line.unwrap_or_else(|_| panic!("the log does not say `{part}`"));
            if line.contains(part) {
                return line;
            }
        }
    }

    /// Sends a request and returns its answer.
    pub(crate) fn ask(&self, method: &str, path: &str, body: &str) -> String {
        self.ask_with(method, path, "", body)
    }

    /// Sends a request with more headers, a whole line each, and returns its answer.
    pub(crate) fn ask_with(&self, method: &str, path: &str, headers: &str, body: &str) -> String {
        let mut stream = TcpStream::connect(&self.address).expect("it listens");
        let request = format!(
            "{method} {path} HTTP/1.1\r\nhost: {}\r\nconnection: close\r\ncontent-type: application/fhir+json\r\n\
             {headers}content-length: {}\r\n\r\n{body}",
            self.address,
            body.len()
        );
        stream.write_all(request.as_bytes()).expect("sent");
        let mut answer = String::new();
        stream.read_to_string(&mut answer).expect("answered");
        answer
    }

    /// Asks the process to end and returns its exit code and its log, as far as it was not read before.
    pub(crate) fn stop(mut self) -> (i32, String) {
        let asked = Command::new("kill").args(["-TERM", &self.process.id().to_string()]).status();
        assert!(asked.expect("kill is there").success());
        let log: String = self.log.iter().map(|line| line + "\n").collect();
        (self.process.wait().expect("it ends").code().unwrap_or(-1), log)
    }
}

#[test]
fn what_was_acknowledged_is_there_after_a_stop() {
    let folder = folder();
    let server = start(folder.path());
    let answer = server.ask("PUT", "/fhir/Patient/7", r#"{"resourceType":"Patient","id":"7"}"#);
    assert!(answer.starts_with("HTTP/1.1 201"), "{answer}");
    let (code, log) = server.stop();
    assert_eq!(code, 0, "{log}");
    let server = start(folder.path());
    let answer = server.ask("GET", "/fhir/Patient/7", "");
    assert!(answer.starts_with("HTTP/1.1 200") && answer.contains("\"id\":\"7\""), "{answer}");
    server.stop();
}

/// A server that had just told where it listens was killed by a signal that it did not wait for yet.
#[test]
fn a_server_that_is_stopped_as_soon_as_it_listens_ends_well() {
    let folder = folder();
    let (code, log) = start(folder.path()).stop();
    assert!(code == 0 && log.contains("stopped"), "{log}");
}

#[test]
fn the_log_has_one_line_a_request_and_nothing_of_the_resource() {
    let folder = folder();
    let server = start(folder.path());
    let body = r#"{"resourceType":"Patient","id":"7","name":[{"family":"Secret"}]}"#;
    server.ask("PUT", "/fhir/Patient/7", body);
    let (_, log) = server.stop();
    let about: Vec<_> = log.lines().filter(|line| line.contains("Patient")).collect();
    assert_eq!(about.len(), 1, "{log}");
    assert!(about[0].starts_with("{\"time\":\"") && !log.contains("Secret"), "{log}");
    for line in log.lines() {
        model::json::parse(line.as_bytes()).unwrap_or_else(|_| panic!("`{line}` is not JSON"));
    }
}

#[test]
fn a_second_server_over_the_same_data_is_refused() {
    let folder = folder();
    let server = start(folder.path());
    let (code, said) = run(folder.path(), &["serve", "--listen", "127.0.0.1:0"]);
    assert!(code == 1 && said.contains("is in use by another process"), "{said}");
    server.stop();
}

#[test]
fn a_running_server_is_copied_and_the_copy_holds_what_was_there() {
    let folder = folder();
    let server = start(folder.path());
    server.ask("PUT", "/fhir/Patient/7", r#"{"resourceType":"Patient","id":"7"}"#);
    let (code, said) = run(folder.path(), &["backup", "copy"]);
    assert!(code == 0 && said.starts_with("copied "), "{said}");
    server.ask("PUT", "/fhir/Patient/8", r#"{"resourceType":"Patient","id":"8"}"#);
    server.stop();
    let (code, said) = run(folder.path(), &["restore", "copy", "--data", "new"]);
    assert!(code == 0 && said.contains("all is well with 1 versions"), "{said}");
}

#[tokio::test]
async fn a_server_inside_another_program_starts_and_stops() {
    let folder = folder();
    let settings = server::Settings {
        listen: "127.0.0.1:0".parse().expect("an address"),
        data: folder.path().to_owned(),
        ..server::Settings::default()
    };
    let running = server::start(settings.clone()).await.expect("started");
    let address = running.address();
    assert_eq!(running.base_url(), format!("http://{address}/fhir"));
    running.stop().await;
    TcpStream::connect(address).expect_err("nobody listens");
    server::start(settings).await.expect("the data is free again").stop().await;
}
