//! What does the server say and keep when its disk fails, its disk is full, or its clients are slow?
//!
//! A few lines of C, compiled with the system's `cc` and preloaded into the server, let its writes or syncs
//! fail while it runs. Without `cc` those tests are left out, and one line says so.

mod shim;
mod slow;

use std::ffi::OsString;
use std::path::PathBuf;
use std::process::{Command, ExitCode};

use conformance_tests::client::{Connection, write_request};
use conformance_tests::harness::{self, Test};
use conformance_tests::process::{self, Process};
use serde_json::{Value, json};
use tempfile::TempDir;

use shim::{Fault, Shim};

/// Writes in each phase of a test: enough for several group commits.
const WRITES: u64 = 25;

fn main() -> ExitCode {
    let arguments: Vec<OsString> = std::env::args_os().collect();
    if matches!(arguments.get(1).and_then(|first| first.to_str()), Some("serve" | "check")) {
        return server::run(arguments);
    }
    let arguments: Vec<_> = arguments[1..].iter().map(|part| part.to_string_lossy().into_owned()).collect();
    let mut tests = vec![Test { name: "slow_clients_keep_nobody_waiting_and_are_cut_off", run: slow::run }];
    if Command::new("cc").arg("--version").output().is_ok() {
        tests.push(Test {
            name: "a_failing_sync_stops_acknowledging",
            run: a_failing_sync_stops_acknowledging,
        });
        tests.push(Test { name: "a_full_disk_is_told_and_recovered_from", run: a_full_disk_is_told });
    } else {
        harness::tell("the faults of disks are left out: there is no `cc` to compile them with");
    }
    harness::run(&tests, &arguments)
}

fn a_failing_sync_stops_acknowledging() -> Result<(), String> {
    in_runtime(async {
        let house = House::new()?;
        let shim = Shim::compile(house.folder.path(), &house.data())?;
        let mut client = Client::open(house.start(Some(&shim))?).await?;
        let kept = client.create("before", WRITES).await?;

        shim.set(Fault::Sync)?;
        for number in 0..WRITES {
            client.refused("failing", number).await?;
        }
        // What the kernel could not write it has forgotten, so a later success would prove nothing.
        shim.set(Fault::None)?;
        for number in 0..WRITES {
            client.refused("after", number).await?;
        }
        client.process.kill().map_err(|error| error.to_string())?;

        let mut client = Client::open(house.start(None)?).await?;
        client.find(&kept).await?;
        client.create("again", WRITES).await?;
        client.process.stop().map_err(|error| error.to_string())?;
        house.check()
    })
}

fn a_full_disk_is_told() -> Result<(), String> {
    in_runtime(async {
        let house = House::new()?;
        let shim = Shim::compile(house.folder.path(), &house.data())?;
        let mut client = Client::open(house.start(Some(&shim))?).await?;
        let kept = client.create("before", WRITES).await?;

        shim.set(Fault::Write)?;
        for number in 0..WRITES {
            let (status, outcome) = client.put("full", number).await?;
            if status != 507 || !outcome.to_string().contains("\"storage-full\"") {
                return Err(format!("on a full disk a write was answered {status}: {outcome}"));
            }
            client.find(&kept[..1]).await?;
        }
        let (status, outcome) = client.post_binary().await?;
        if status != 507 || !outcome.to_string().contains("\"storage-full\"") {
            return Err(format!("on a full disk a Binary was answered {status}: {outcome}"));
        }

        shim.set(Fault::None)?;
        let later = client.create("after", WRITES).await?;
        client.find(&[kept, later].concat()).await?;
        client.process.stop().map_err(|error| error.to_string())?;
        house.check()
    })
}

/// Runs a test's questions on this thread.
fn in_runtime(test: impl Future<Output = Result<(), String>>) -> Result<(), String> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.map_err(|error| error.to_string())?.block_on(test)
}

/// A folder for one server's data and log.
struct House {
    folder: TempDir,
}

impl House {
    fn new() -> Result<Self, String> {
        Ok(Self { folder: TempDir::new().map_err(|error| error.to_string())? })
    }

    fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    fn start(&self, shim: Option<&Shim>) -> Result<Process, String> {
        let started = process::serve(&self.data(), None).and_then(|mut command| {
            if let Some(shim) = shim {
                shim.preload(&mut command);
            }
            Process::start(command, &self.folder.path().join("log"))
        });
        started.map_err(|error| error.to_string())
    }

    fn check(&self) -> Result<(), String> {
        let checked = process::check(&self.data(), None).map_err(|error| error.to_string())?;
        checked.map_err(|complaint| format!("check found: {complaint}"))
    }
}

/// A connection to a server, and the server.
struct Client {
    process: Process,
    connection: Connection,
    request: Vec<u8>,
}

impl Client {
    async fn open(process: Process) -> Result<Self, String> {
        let connection = Connection::open(process.address()).await.map_err(|error| error.to_string())?;
        Ok(Self { process, connection, request: Vec::new() })
    }

    /// Creates so many resources and returns their ids.
    async fn create(&mut self, prefix: &str, count: u64) -> Result<Vec<String>, String> {
        let mut ids = Vec::new();
        for number in 0..count {
            let (status, outcome) = self.put(prefix, number).await?;
            if status != 201 {
                return Err(format!("{prefix}-{number} was answered {status}: {outcome}"));
            }
            ids.push(format!("{prefix}-{number}"));
        }
        Ok(ids)
    }

    /// Expects that these are there with what was sent.
    async fn find(&mut self, ids: &[String]) -> Result<(), String> {
        for id in ids {
            let (status, found) = self.ask(&format!("GET /Basic/{id}"), &[], b"").await?;
            if status != 200 || found["code"]["text"] != *id {
                return Err(format!("{id} was acknowledged and is answered {status}: {found}"));
            }
        }
        Ok(())
    }

    /// Expects that a write is refused as the server's own fault, and in FHIR's words.
    async fn refused(&mut self, prefix: &str, number: u64) -> Result<(), String> {
        match self.put(prefix, number).await? {
            (500..600, outcome) if outcome["resourceType"] == "OperationOutcome" => Ok(()),
            (status, outcome) => Err(format!("{prefix}-{number} was answered {status}: {outcome}")),
        }
    }

    async fn put(&mut self, prefix: &str, number: u64) -> Result<(u16, Value), String> {
        let id = format!("{prefix}-{number}");
        let body = json!({ "resourceType": "Basic", "id": id, "code": { "text": id } }).to_string();
        let headers = [("content-type", "application/fhir+json")];
        self.ask(&format!("PUT /Basic/{id}"), &headers, body.as_bytes()).await
    }

    async fn post_binary(&mut self) -> Result<(u16, Value), String> {
        let headers = [("content-type", "application/octet-stream"), ("accept", "application/fhir+json")];
        self.ask("POST /Binary", &headers, &[7; 50_000]).await
    }

    /// Asks `line`, whose path begins behind the base.
    async fn ask(
        &mut self,
        line: &str,
        headers: &[(&str, &str)],
        body: &[u8],
    ) -> Result<(u16, Value), String> {
        let line = line.replacen(' ', &format!(" {}", self.process.base()), 1);
        write_request(&mut self.request, &line, headers, body);
        let answer = self.connection.ask(&self.request).await.map_err(|error| format!("{line}: {error}"))?;
        let value = serde_json::from_slice(answer.body);
        Ok((answer.status, value.map_err(|_| format!("{line} was answered {} without JSON", answer.status))?))
    }
}
