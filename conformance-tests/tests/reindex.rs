//! Does everything come to be found by a search parameter that a client stores, though the server is killed meanwhile?
//!
//! Stores patients, then a SearchParameter that R4 does not have, and kills the server while it builds the index. Every
//! answer on the way is whole or says that it may not be; in the end all are found, and when the parameter is
//! deleted, nobody knows it any more. `REINDEX_PATIENTS` and `REINDEX_KILLS` say how many (5,000 and 3),
//! `BRIGID_TEST_POSTGRES` names a PostgreSQL to do it on as well.

use std::ffi::OsString;
use std::process::ExitCode;
use std::time::Duration;

use conformance_tests::chance::Chance;
use conformance_tests::client::{Connection, write_request};
use conformance_tests::database::Database;
use conformance_tests::harness::{self, Test};
use conformance_tests::process::{self, Process};
use model::{Value, json};
use tempfile::TempDir;

/// Patients, unless `REINDEX_PATIENTS` says otherwise.
const PATIENTS: u64 = 5_000;

/// Kills, unless `REINDEX_KILLS` says otherwise.
const KILLS: u64 = 3;

/// Patients with the same suffix: one in so many.
const SUFFIXES: u64 = 10;

/// Entries of one transaction.
const ENTRIES: u64 = 500;

/// The longest time between the first sign of new rules and the kill.
const LIFE_MS_MAX: u64 = 500;

/// How long the index may take, and how often that is looked at.
const BUILT_WITHIN: Duration = Duration::from_secs(120);
const EVERY: Duration = Duration::from_millis(20);

const SUFFIX: &str = r#"{"resourceType":"SearchParameter","id":"suffix","status":"active","url":"urn:suffix","name":"S",
    "description":"x","code":"suffix","base":["Patient"],"type":"string","expression":"Patient.name.suffix"}"#;

const CODES: &str = r#"{"resourceType":"CodeSystem","id":"codes","status":"active","url":"urn:codes","content":"complete",
    "concept":[{"code":"a"}]}"#;

const VALUES: &str = r#"{"resourceType":"ValueSet","id":"values","status":"active","url":"urn:values",
    "compose":{"include":[{"system":"urn:codes"}]}}"#;

fn main() -> ExitCode {
    let arguments: Vec<OsString> = std::env::args_os().collect();
    if matches!(arguments.get(1).and_then(|first| first.to_str()), Some("serve" | "check")) {
        return server::run(arguments);
    }
    let arguments: Vec<_> = arguments[1..].iter().map(|part| part.to_string_lossy().into_owned()).collect();
    let mut tests =
        vec![Test { name: "a_stored_parameter_finds_everything_on_sqlite_after_kills", run: on_sqlite }];
    if harness::setting("BRIGID_TEST_POSTGRES").is_some() {
        let name = "a_stored_parameter_finds_everything_on_postgresql_after_kills";
        tests.push(Test { name, run: on_postgresql });
        tests.push(Test { name: "servers_on_one_database_share_the_work_and_its_end", run: side_by_side });
    }
    harness::run(&tests, &arguments)
}

fn on_sqlite() -> Result<(), String> {
    Trial::new(None)?.run()
}

fn on_postgresql() -> Result<(), String> {
    Trial::new(Some(postgres()?))?.run()
}

fn side_by_side() -> Result<(), String> {
    let trial = Trial::new(Some(postgres()?))?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let outcome = runtime.map_err(|error| error.to_string())?.block_on(trial.live_side_by_side());
    outcome.map_err(|complaint| format!("{complaint}\n{}", trial.log()))
}

fn postgres() -> Result<Database, String> {
    let url = harness::setting("BRIGID_TEST_POSTGRES").expect("the tests are listed only if it is set");
    Database::create(&url).map_err(|error| error.to_string())
}

/// One store, whose server is killed.
struct Trial {
    folder: TempDir,
    database: Option<Database>,
    chance: Chance,
    patients: u64,
}

impl Trial {
    fn new(database: Option<Database>) -> Result<Self, String> {
        let folder = TempDir::new().map_err(|error| error.to_string())?;
        let chance = Chance::from_seed(Chance::fresh_seed());
        Ok(Self { folder, database, chance, patients: harness::number("REINDEX_PATIENTS", PATIENTS) })
    }

    fn run(mut self) -> Result<(), String> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        let outcome = runtime.map_err(|error| error.to_string())?.block_on(self.live());
        outcome.map_err(|complaint| format!("{complaint}\n{}", self.log()))
    }

    async fn live(&mut self) -> Result<(), String> {
        let mut process = self.start()?;
        let mut client = Client::open(&process).await?;
        self.fill(&mut client).await?;
        client.expect("GET", "/Patient?suffix=S1", "", 400).await?;
        client.expect("PUT", "/SearchParameter/suffix", SUFFIX, 201).await?;
        client.wait_for("GET", "/Patient?suffix=S1", 200).await?;
        for _ in 0..harness::number("REINDEX_KILLS", KILLS) {
            tokio::time::sleep(Duration::from_millis(self.chance.below(LIFE_MS_MAX))).await;
            process.kill().map_err(|error| error.to_string())?;
            process = self.start()?;
            client = Client::open(&process).await?;
            self.look(&mut client).await?;
        }
        self.wait_until_whole(&mut client).await?;
        client.expect("DELETE", "/SearchParameter/suffix", "", 204).await?;
        client.wait_for("GET", "/Patient?suffix=S1", 400).await?;
        stored_codes(&mut client).await?;
        process.stop().map_err(|error| error.to_string())?;
        let checked = process::check(&self.folder.path().join("data"), self.url());
        checked
            .map_err(|error| error.to_string())?
            .map_err(|complaint| format!("check found: {complaint}"))?;
        let told = self.log();
        told.lines().filter(|line| line.contains("the index is")).for_each(harness::tell);
        Ok(())
    }

    /// Two servers on one database: one is told of the parameter, both find everything.
    async fn live_side_by_side(&self) -> Result<(), String> {
        let (one, other) = (self.start()?, self.start_in("other")?);
        let mut clients = [Client::open(&one).await?, Client::open(&other).await?];
        self.fill(&mut clients[0]).await?;
        clients[0].expect("PUT", "/SearchParameter/suffix", SUFFIX, 201).await?;
        for client in &mut clients {
            client.wait_for("GET", "/Patient?suffix=S1", 200).await?;
        }
        for client in &mut clients {
            self.wait_until_whole(client).await?;
        }
        Ok(())
    }

    /// Stores patients, each twice, so that the log holds versions that do not stand.
    async fn fill(&self, client: &mut Client) -> Result<(), String> {
        for gender in ["unknown", "other"] {
            for first in (0..self.patients).step_by(usize::try_from(ENTRIES).unwrap_or(1)) {
                let end = std::cmp::min(first + ENTRIES, self.patients);
                let entries: Vec<_> = (first..end).map(|number| entry(number, gender)).collect();
                let entries = entries.join(",");
                let bundle =
                    format!(r#"{{"resourceType":"Bundle","type":"transaction","entry":[{entries}]}}"#);
                client.expect("POST", "", &bundle, 200).await?;
            }
        }
        Ok(())
    }

    async fn wait_until_whole(&self, client: &mut Client) -> Result<(), String> {
        let looked_at = harness::now();
        while !self.look(client).await? {
            if looked_at.elapsed() > BUILT_WITHIN {
                return Err("the index was not built in time".to_owned());
            }
            tokio::time::sleep(EVERY).await;
        }
        Ok(())
    }

    /// Searches, and tells whether everything is found; what is missing must be told.
    async fn look(&self, client: &mut Client) -> Result<bool, String> {
        let bundle = client.expect("GET", "/Patient?suffix=S1&_count=1&_total=accurate", "", 200).await?;
        let total = bundle.get("total").map(json::to_compact).unwrap_or_default();
        let expected = self.patients.div_ceil(SUFFIXES).to_string();
        let is_whole = total == expected.as_bytes();
        let said = String::from_utf8_lossy(&json::to_compact(&bundle)).into_owned();
        let is_warned = said.contains("the index of Patient is being built");
        if !is_whole && !is_warned {
            return Err(format!("{} are found, and nobody is warned", String::from_utf8_lossy(&total)));
        }
        // There is one in any case, so that nothing may be created.
        let (status, body) = client.create_unless("suffix=S1").await?;
        if ![412, 503].contains(&status) {
            return Err(format!("a conditional create was answered {status}: {body:?}"));
        }
        Ok(is_whole && !is_warned)
    }

    fn start(&self) -> Result<Process, String> {
        self.start_in("data")
    }

    fn start_in(&self, folder: &str) -> Result<Process, String> {
        let started = process::serve(&self.folder.path().join(folder), self.url())
            .and_then(|command| Process::start(command, &self.folder.path().join("log")));
        started.map_err(|error| error.to_string())
    }

    fn url(&self) -> Option<&str> {
        self.database.as_ref().map(Database::url)
    }

    fn log(&self) -> String {
        let log = std::fs::read_to_string(self.folder.path().join("log")).unwrap_or_default();
        let lines = log.lines().filter(|line| !line.contains("\"http."));
        lines.collect::<Vec<_>>().join("\n")
    }
}

fn entry(number: u64, gender: &str) -> String {
    let suffix = number % SUFFIXES;
    format!(
        r#"{{"resource":{{"resourceType":"Patient","id":"p{number}","gender":"{gender}",
        "name":[{{"family":"F{number}","suffix":["S{suffix}"]}}]}},
        "request":{{"method":"PUT","url":"Patient/p{number}"}}}}"#
    )
}

/// A code system and a value set that a client stores mean something to the server soon after.
async fn stored_codes(client: &mut Client) -> Result<(), String> {
    let asked = "/ValueSet/$validate-code?url=urn:values&system=urn:codes&code=a";
    client.wait_for("GET", asked, 404).await?;
    client.expect("PUT", "/CodeSystem/codes", CODES, 201).await?;
    client.expect("PUT", "/ValueSet/values", VALUES, 201).await?;
    client.wait_for("GET", asked, 200).await
}

/// A connection to a server.
struct Client {
    connection: Connection,
    base: String,
}

impl Client {
    async fn open(process: &Process) -> Result<Self, String> {
        let connection = Connection::open(process.address()).await.map_err(|error| error.to_string())?;
        Ok(Self { connection, base: process.base().to_owned() })
    }

    async fn ask(
        &mut self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: &str,
    ) -> Result<(u16, Value), String> {
        let mut request = Vec::new();
        let line = format!("{method} {}{path}", self.base);
        let headers = [&[("content-type", "application/fhir+json")], headers].concat();
        write_request(&mut request, &line, &headers, body.as_bytes());
        let answer =
            self.connection.ask(&request).await.map_err(|error| format!("{method} {path}: {error}"))?;
        Ok((answer.status, json::parse(answer.body).unwrap_or(Value::Null)))
    }

    async fn expect(&mut self, method: &str, path: &str, body: &str, expected: u16) -> Result<Value, String> {
        let (status, answer) = self.ask(method, path, &[], body).await?;
        match status == expected {
            true => Ok(answer),
            false => Err(format!("{method} {path} was answered {status}, not {expected}: {answer:?}")),
        }
    }

    async fn wait_for(&mut self, method: &str, path: &str, expected: u16) -> Result<(), String> {
        let asked_at = harness::now();
        loop {
            let answered = self.expect(method, path, "", expected).await;
            if answered.is_ok() || asked_at.elapsed() > BUILT_WITHIN {
                return answered.map(drop);
            }
            tokio::time::sleep(EVERY).await;
        }
    }

    async fn create_unless(&mut self, criteria: &str) -> Result<(u16, Value), String> {
        let patient = r#"{"resourceType":"Patient"}"#;
        self.ask("POST", "/Patient", &[("If-None-Exist", criteria)], patient).await
    }
}
