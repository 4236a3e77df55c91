//! Does a server keep the promises of a chapter?
//!
//! Starts a server of its own for each file of scenarios and each database, sends the requests in order,
//! and collects whatever differs. It knows the server from outside only: one call starts it.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use crate::database::Database;
use crate::pattern::{Values, fill};
use crate::scenario::{Exchange, Request, Scenario};
use crate::wire::{self, Answer};
use crate::{expect, generated, harness, scenario};
use interactions::Scrutiny;

/// Names the environment variable that holds the URL of a PostgreSQL superuser.
pub const POSTGRES_SETTING: &str = "BRIGID_TEST_POSTGRES";

/// Where the FHIR base is.
const BASE: &str = "/fhir";

/// What came of a chapter.
#[derive(Debug, Default)]
pub struct Report {
    /// Scenarios that were run.
    pub scenarios: usize,
    /// What differed: place, heading, difference.
    pub differences: Vec<String>,
}

/// A server that answers, with its data in a place of its own.
pub struct Served {
    running: server::Running,
    // Dropped after the server has stopped, with everything in it.
    _folder: tempfile::TempDir,
    _database: Option<Database>,
}

impl Served {
    /// Starts a server on a fresh store: SQLite, or the PostgreSQL whose superuser URL is given.
    pub async fn start(postgres: Option<&str>) -> Result<Self, String> {
        Self::start_with(postgres, Scrutiny::default()).await
    }

    /// Starts one that looks at writes so closely.
    pub async fn start_with(postgres: Option<&str>, scrutiny: Scrutiny) -> Result<Self, String> {
        let folder = tempfile::tempdir().map_err(|error| format!("no temporary folder: {error}"))?;
        let database = postgres.map(Database::create).transpose().map_err(|error| error.to_string())?;
        let settings = server::Settings {
            listen: SocketAddr::from(([127, 0, 0, 1], 0)),
            data: folder.path().to_owned(),
            database: database.as_ref().map(|database| database.url().to_owned()),
            scrutiny,
            ..server::Settings::default()
        };
        let running = server::start(settings).await?;
        Ok(Self { running, _folder: folder, _database: database })
    }

    /// Where it answers.
    pub fn address(&self) -> SocketAddr {
        self.running.address()
    }

    /// Ends it, and takes its data away.
    pub async fn stop(self) {
        self.running.stop().await;
    }
}

/// Every folder of scenarios, by name.
pub fn chapters() -> Vec<String> {
    let entries = std::fs::read_dir(scenarios_folder()).expect("scenarios stand beside this crate");
    let folders = entries.flatten().filter(|entry| entry.path().is_dir());
    let mut names: Vec<_> = folders.map(|entry| entry.file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    names
}

/// The scenarios of every file of a chapter.
pub fn read_chapter(chapter: &str) -> Result<Vec<(PathBuf, Vec<Scenario>)>, String> {
    let folder = scenarios_folder().join(chapter);
    let entries = std::fs::read_dir(&folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    let mut paths: Vec<_> = entries.flatten().map(|entry| entry.path()).collect();
    paths.sort();
    paths.into_iter().map(read_file).collect()
}

fn read_file(path: PathBuf) -> Result<(PathBuf, Vec<Scenario>), String> {
    let shown = short(&path);
    let text = std::fs::read_to_string(&path).map_err(|error| format!("{shown}: {error}"))?;
    let scenarios = scenario::parse(&text).map_err(|wrong| format!("{shown}, {wrong}"))?;
    Ok((path, scenarios))
}

/// Runs a chapter on SQLite, and on PostgreSQL where one is at hand.
pub async fn run_chapter(chapter: &str) -> Result<Report, String> {
    let postgres = harness::setting(POSTGRES_SETTING);
    let mut report = Report::default();
    for (path, scenarios) in read_chapter(chapter)? {
        run_file(&path, &scenarios, None, &mut report).await?;
        if let Some(url) = &postgres {
            run_file(&path, &scenarios, Some(url), &mut report).await?;
        }
    }
    if postgres.is_none() {
        harness::tell(&format!("skipped: {chapter} on PostgreSQL, because {POSTGRES_SETTING} is not set"));
    }
    Ok(report)
}

async fn run_file(
    path: &Path,
    scenarios: &[Scenario],
    postgres: Option<&str>,
    report: &mut Report,
) -> Result<(), String> {
    let served = Served::start(postgres).await?;
    for scenario in scenarios {
        report.scenarios += 1;
        if let Err((line, difference)) = run_scenario(scenario, served.address()).await {
            let (place, heading) = (short(path), &scenario.heading);
            let store = if postgres.is_some() { "PostgreSQL" } else { "SQLite" };
            report.differences.push(format!("{place}:{line}: {heading} ({store})\n{difference}"));
        }
    }
    served.stop().await;
    Ok(())
}

/// Runs a scenario up to the first answer that differs.
async fn run_scenario(scenario: &Scenario, address: SocketAddr) -> Result<(), (usize, String)> {
    let base = format!("http://{address}{BASE}");
    let mut values = Values::from([("base".to_owned(), base), ("authority".to_owned(), address.to_string())]);
    for Exchange { request, expected } in &scenario.exchanges {
        let bytes = write(request, &values).map_err(|wrong| (request.line, wrong))?;
        let answer = wire::ask(address, &bytes).await.map_err(|wrong| (request.line, wrong))?;
        let checked = expect::check(expected, &answer, &mut values);
        checked.and_then(|()| check_promises(request, &answer)).map_err(|wrong| (expected.line, wrong))?;
    }
    Ok(())
}

/// What holds for every answer, so that no scenario needs to say it.
fn check_promises(request: &Request, answer: &Answer) -> Result<(), String> {
    // What is not HTTP is answered by the layer below FHIR.
    if request.options.raw {
        return Ok(());
    }
    if answer.header("x-request-id").is_none() {
        return Err("an answer without X-Request-Id".to_owned());
    }
    let body = String::from_utf8_lossy(&answer.body);
    let is_outcome = ["\"OperationOutcome\"", "<OperationOutcome"].iter().any(|mark| body.contains(mark));
    let to_head = request.head.starts_with("HEAD ");
    if answer.status >= 400 && !to_head && !is_outcome {
        return Err(format!("{} without an OperationOutcome:\n{body}", answer.status));
    }
    Ok(())
}

fn write(request: &Request, values: &Values) -> Result<Vec<u8>, String> {
    let head = fill(&request.head, values)?;
    if request.options.raw {
        return Ok(head.into_bytes());
    }
    let body = generated::body(&request.options, fill(&request.body, values)?)?;
    let mut headers = Vec::new();
    for (name, value) in &request.headers {
        headers.push((name.clone(), fill(value, values)?));
    }
    add_usual_headers(&mut headers, values, !body.is_empty());
    Ok(wire::write_request(&absolute(&head), &headers, &body, request.options.chunked))
}

/// Targets are relative to the FHIR base, or to the server where they begin with two slashes.
fn absolute(head: &str) -> String {
    let (method, target) = head.split_once(' ').unwrap_or((head, ""));
    match target.strip_prefix('/') {
        Some(from_root) if from_root.starts_with('/') => format!("{method} {from_root}"),
        Some(query) if query.is_empty() || query.starts_with('?') => format!("{method} {BASE}{query}"),
        Some(_) => format!("{method} {BASE}{target}"),
        None => head.to_owned(),
    }
}

/// Adds what every client sends, unless the scenario says otherwise.
fn add_usual_headers(headers: &mut Vec<(String, String)>, values: &Values, has_body: bool) {
    let given = |headers: &[(String, String)], wanted: &str| {
        headers.iter().any(|(name, _)| name.eq_ignore_ascii_case(wanted))
    };
    if !given(headers, "host") {
        let authority = values.get("authority").cloned().unwrap_or_default();
        headers.insert(0, ("Host".to_owned(), authority));
    }
    if has_body && !given(headers, "content-type") {
        headers.push(("Content-Type".to_owned(), "application/fhir+json".to_owned()));
    }
    if !given(headers, "connection") {
        headers.push(("Connection".to_owned(), "close".to_owned()));
    }
    headers.retain(|(_, value)| value != "<absent>");
}

fn scenarios_folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios")
}

/// The path as it is named in complaints.
fn short(path: &Path) -> String {
    let from = Path::new(env!("CARGO_MANIFEST_DIR"));
    path.strip_prefix(from).unwrap_or(path).display().to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(head: &str, headers: &[(&str, &str)], body: &str, expected: &str) {
        let owned = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
        let headers = headers.iter().map(owned).collect();
        let options = Default::default();
        let request = Request { line: 1, options, head: head.to_owned(), headers, body: body.to_owned() };
        let values =
            Values::from([("authority".to_owned(), "h:1".to_owned()), ("id".to_owned(), "7".to_owned())]);
        let written = write(&request, &values).map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
        assert_eq!(written.map(|text| text.replace("\r\n", "|")), Ok(expected.to_owned()));
    }

    #[test]
    fn requests_are_sent_to_the_base_with_what_every_client_sends() {
        check("GET /Patient/{id}", &[], "", "GET /fhir/Patient/7 HTTP/1.1|Host: h:1|Connection: close||");
        check("GET /?a=b", &[], "", "GET /fhir?a=b HTTP/1.1|Host: h:1|Connection: close||");
        check("GET //metrics", &[], "", "GET /metrics HTTP/1.1|Host: h:1|Connection: close||");
        check(
            "POST /",
            &[("Host", "x"), ("Content-Type", "<absent>")],
            "{}",
            "POST /fhir HTTP/1.1|Host: x|Connection: close|Content-Length: 2||{}",
        );
        check(
            "POST /Basic",
            &[("Connection", "<absent>")],
            "{}",
            "POST /fhir/Basic HTTP/1.1|Host: h:1|Content-Type: application/fhir+json|Content-Length: 2||{}",
        );
    }
}
