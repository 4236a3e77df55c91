//! Does the server keep what it acknowledged when it is killed?
//!
//! Writes from many connections, kills the server at a random moment, starts it again and looks: every
//! acknowledged write is there as the version it was acknowledged as, every transaction is whole or absent,
//! versions are dense, and in the end the server's own check finds nothing. `KILL_ROUNDS` says how often
//! (200), `KILL_SEED` repeats a run's choices, `BRIGID_TEST_POSTGRES` names a PostgreSQL to do it on as well.
//!
//! SIGKILL ends the process, not the machine: what the kernel had taken is written. That nothing is
//! acknowledged before it is synced is the fault tests' matter.

mod content;
mod examine;
mod ledger;
mod writer;

use std::ffi::OsString;
use std::process::ExitCode;
use std::time::Duration;

use conformance_tests::chance::Chance;
use conformance_tests::database::Database;
use conformance_tests::harness::{self, Test};
use conformance_tests::process::{self, Process};
use tempfile::TempDir;

use ledger::Ledger;
use writer::{Contest, Fate, Writer};

/// Kills, unless `KILL_ROUNDS` says otherwise.
const ROUNDS: u64 = 200;

/// On PostgreSQL, whose own recovery is not what is tried, a share of the rounds is enough.
const ROUNDS_POSTGRES_SHARE: u64 = 4;

/// Connections that write.
const WRITERS: usize = 12;

/// The longest time between the first write and the kill.
const LIFE_MS_MAX: u64 = 250;

/// One round in so many kills a server that is still recovering from the last kill.
const EARLY_KILL_SHARE: u64 = 8;

/// When such a kill comes at the latest.
const EARLY_LIFE_MS_MAX: u64 = 60;

/// Resources of earlier rounds that are written further in each round, and as many that are only read again.
const OLD_COUNT: usize = 60;

/// Resources read again in the end.
const FINAL_COUNT: usize = 20_000;

/// Rounds between two runs of the server's own check, beside the one in the end.
const CHECK_EVERY: u64 = 50;

fn main() -> ExitCode {
    let arguments: Vec<OsString> = std::env::args_os().collect();
    if matches!(arguments.get(1).and_then(|first| first.to_str()), Some("serve" | "check")) {
        return server::run(arguments);
    }
    let arguments: Vec<_> = arguments[1..].iter().map(|part| part.to_string_lossy().into_owned()).collect();
    let mut tests = vec![Test { name: "what_sqlite_acknowledged_survives_a_kill", run: on_sqlite }];
    if harness::setting("BRIGID_TEST_POSTGRES").is_some() {
        tests.push(Test { name: "what_postgresql_acknowledged_survives_a_kill", run: on_postgresql });
    }
    harness::run(&tests, &arguments)
}

fn on_sqlite() -> Result<(), String> {
    Trial::new(None)?.run(harness::number("KILL_ROUNDS", ROUNDS))
}

fn on_postgresql() -> Result<(), String> {
    let url = harness::setting("BRIGID_TEST_POSTGRES").expect("the test is listed only if it is set");
    let database = Database::create(&url).map_err(|error| error.to_string())?;
    Trial::new(Some(database))?.run(harness::number("KILL_ROUNDS", ROUNDS).div_ceil(ROUNDS_POSTGRES_SHARE))
}

/// One store, killed again and again.
struct Trial {
    folder: TempDir,
    database: Option<Database>,
    chance: Chance,
    ledger: Ledger,
}

impl Trial {
    fn new(database: Option<Database>) -> Result<Self, String> {
        let seed = harness::number("KILL_SEED", Chance::fresh_seed());
        harness::tell(&format!("KILL_SEED={seed}"));
        let folder = TempDir::new().map_err(|error| error.to_string())?;
        Ok(Self { folder, database, chance: Chance::from_seed(seed), ledger: Ledger::default() })
    }

    fn run(mut self, rounds: u64) -> Result<(), String> {
        let outcome = self.rounds(rounds);
        if outcome.is_err() {
            let folder = self.folder.keep();
            harness::tell(&format!("the store is kept in {}", folder.display()));
        }
        outcome
    }

    fn rounds(&mut self, rounds: u64) -> Result<(), String> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        let runtime = runtime.map_err(|error| error.to_string())?;
        let mut writes = 0;
        let mut fates = Vec::new();
        for round in 1..=rounds {
            let told = |complaint| format!("round {round}: {complaint}");
            if self.chance.below(EARLY_KILL_SHARE) == 0 {
                self.kill_early().map_err(told)?;
            }
            let process = self.start().map_err(told)?;
            let before = std::mem::take(&mut fates);
            fates = runtime.block_on(self.live(round, process, before)).map_err(told)?;
            writes += fates.iter().map(|fate| fate.acknowledged).sum::<u64>();
            if round % CHECK_EVERY == 0 {
                self.check().map_err(told)?;
                harness::tell(&format!("round {round}: {writes} writes acknowledged, none lost so far"));
            }
        }
        let process = self.start()?;
        runtime.block_on(async {
            self.settle(&process, fates).await?;
            let sample = self.ledger.sample(&mut self.chance, FINAL_COUNT);
            examine::resources(&process, &sample).await
        })?;
        process.stop().map_err(|error| error.to_string())?;
        self.check()?;
        harness::tell(&format!(
            "{rounds} kills, {writes} writes acknowledged on {} resources, {} of {} interrupted ones kept whole: none lost",
            self.ledger.len(),
            self.ledger.interrupted_kept,
            self.ledger.interrupted,
        ));
        Ok(())
    }

    /// Examines what the last life left behind, then writes until the kill.
    async fn live(&mut self, round: u64, process: Process, before: Vec<Fate>) -> Result<Vec<Fate>, String> {
        self.settle(&process, before).await?;
        let sample = self.ledger.sample(&mut self.chance, OLD_COUNT);
        examine::resources(&process, &sample).await?;

        let contest = Contest::open(&process, round).await?;
        let mut writers = tokio::task::JoinSet::new();
        for number in 0..WRITERS {
            let lent = self.ledger.lend(&mut self.chance, OLD_COUNT / WRITERS);
            let chance = Chance::from_seed(self.chance.number());
            let writer = Writer::new(format!("r{round}-w{number}"), lent, contest.clone(), chance);
            writers.spawn(writer.write_until_the_end(process.address(), process.base().to_owned()));
        }
        tokio::time::sleep(Duration::from_millis(1 + self.chance.below(LIFE_MS_MAX))).await;
        process.kill().map_err(|error| error.to_string())?;
        let mut fates = Vec::new();
        while let Some(fate) = writers.join_next().await {
            fates.push(fate.map_err(|error| format!("a writer panicked: {error}"))??);
        }
        Ok(fates)
    }

    /// Finds out what became of the interrupted writes, and enters everything in the ledger.
    async fn settle(&mut self, process: &Process, fates: Vec<Fate>) -> Result<(), String> {
        examine::contest(process, &fates).await?;
        for settled in examine::fates(process, fates).await? {
            self.ledger.enter(settled);
        }
        Ok(())
    }

    fn url(&self) -> Option<&str> {
        self.database.as_ref().map(Database::url)
    }

    fn start(&self) -> Result<Process, String> {
        let started = process::serve(&self.folder.path().join("data"), self.url())
            .and_then(|command| Process::start(command, &self.folder.path().join("log")));
        started.map_err(|error| error.to_string())
    }

    fn kill_early(&mut self) -> Result<(), String> {
        let command = process::serve(&self.folder.path().join("data"), self.url());
        let child = command.and_then(|command| process::begin(command, &self.folder.path().join("log")));
        let mut child = child.map_err(|error| error.to_string())?;
        std::thread::sleep(Duration::from_millis(self.chance.below(EARLY_LIFE_MS_MAX)));
        process::end(&mut child).map_err(|error| error.to_string())?;
        Ok(())
    }

    fn check(&self) -> Result<(), String> {
        let checked = process::check(&self.folder.path().join("data"), self.url());
        checked.map_err(|error| error.to_string())?.map_err(|complaint| format!("check found: {complaint}"))
    }
}
