//! How does one client write until the server is gone, and what does it know then?

use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use conformance_tests::chance::Chance;
use conformance_tests::client::{Answer, Connection, write_request};
use conformance_tests::process::Process;
use serde_json::{Value, json};

use crate::content;
use crate::ledger::{Binary, Resource, Version};

/// Entries of one transaction at most; at least two, or it would prove nothing.
const TRANSACTION_SIZE_MAX: usize = 6;

/// One write to one of the writer's own resources, by its place among them.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Write {
    pub(crate) place: usize,
    pub(crate) version: Version,
}

/// What a writer knows when the server is gone.
pub(crate) struct Fate {
    pub(crate) resources: Vec<Resource>,
    pub(crate) binaries: Vec<Binary>,
    /// The writes that were sent and not answered: whole or absent.
    pub(crate) interrupted: Vec<Write>,
    /// Writes that were answered.
    pub(crate) acknowledged: u64,
    pub(crate) contest: Contest,
}

/// A resource that all writers of a round update, each naming the version that it saw.
#[derive(Clone)]
pub(crate) struct Contest {
    pub(crate) id: String,
    pub(crate) claims: Arc<Mutex<Claims>>,
}

/// What was promised about the contested resource.
#[derive(Default)]
pub(crate) struct Claims {
    /// Version and mark of each acknowledged update.
    pub(crate) won: Vec<(u64, u64)>,
    /// Marks that were sent and neither refused nor acknowledged.
    pub(crate) open: BTreeSet<u64>,
}

impl Contest {
    /// Creates the resource of a round.
    pub(crate) async fn open(process: &Process, round: u64) -> Result<Self, String> {
        let contest = Self { id: format!("contested-{round}"), claims: Arc::default() };
        let mut connection = Connection::open(process.address()).await.map_err(|error| error.to_string())?;
        let body = content::resource(Some(&contest.id), round).to_string();
        let line = format!("PUT {}/Basic/{}", process.base(), contest.id);
        let mut request = Vec::new();
        write_request(&mut request, &line, &[("content-type", JSON)], body.as_bytes());
        let answer = connection.ask(&request).await.map_err(|error| error.to_string())?;
        expect(&answer, 201, 1)?;
        contest.claims.lock().expect("nobody panics with it").won.push((1, round));
        Ok(contest)
    }
}

const JSON: &str = "application/fhir+json";

/// Why a writer stops.
enum Stop {
    /// The server is gone, as planned.
    Gone,
    /// The server answered what it must not.
    Wrong(String),
}

impl From<String> for Stop {
    fn from(complaint: String) -> Self {
        Stop::Wrong(complaint)
    }
}

/// One client.
pub(crate) struct Writer {
    prefix: String,
    chance: Chance,
    fate: Fate,
}

impl Writer {
    pub(crate) fn new(prefix: String, resources: Vec<Resource>, contest: Contest, chance: Chance) -> Self {
        let fate =
            Fate { resources, binaries: Vec::new(), interrupted: Vec::new(), acknowledged: 0, contest };
        Self { prefix, chance, fate }
    }

    /// Writes until the connection breaks.
    pub(crate) async fn write_until_the_end(
        mut self,
        address: SocketAddr,
        base: String,
    ) -> Result<Fate, String> {
        // The kill may come before the connection.
        let Ok(connection) = Connection::open(address).await else { return Ok(self.fate) };
        let mut line = Line { connection, base, request: Vec::new() };
        loop {
            let written = match self.chance.below(100) {
                0..35 => self.write_one(&mut line).await,
                35..45 => self.post(&mut line).await,
                45..48 => self.post_binary(&mut line).await,
                48..60 => self.contend(&mut line).await,
                _ => self.transact(&mut line).await,
            };
            match written {
                Ok(()) => self.fate.acknowledged += 1,
                Err(Stop::Gone) => return Ok(self.fate),
                Err(Stop::Wrong(complaint)) => return Err(complaint),
            }
        }
    }

    /// Creates, updates or deletes one resource, naming the version that is current.
    async fn write_one(&mut self, line: &mut Line) -> Result<(), Stop> {
        let write = self.choose(&[]);
        let resource = &self.fate.resources[write.place];
        let (known, lived) = (resource.versions.len(), resource.lives());
        let path = format!("Basic/{}", resource.id);
        let if_match = format!("W/\"{known}\"");
        let headers: &[_] = if lived { &[("if-match", if_match.as_str())] } else { &[] };
        self.fate.interrupted = vec![write];
        match write.version {
            Version::Content(mark) => {
                let body = content::resource(Some(&self.fate.resources[write.place].id), mark).to_string();
                let answer = line.ask("PUT", &path, headers, body.as_bytes()).await?;
                expect(&answer, if lived { 200 } else { 201 }, known as u64 + 1)?;
            }
            Version::Deleted => {
                let answer = line.ask("DELETE", &path, headers, b"").await?;
                if !matches!(answer.status, 200 | 204) {
                    return Err(Stop::Wrong(format!("a delete was answered {}", answer.status)));
                }
            }
        }
        self.acknowledge();
        Ok(())
    }

    /// Creates a resource whose id the server chooses. Unanswered, nobody can know the id, nor miss it.
    async fn post(&mut self, line: &mut Line) -> Result<(), Stop> {
        let mark = self.chance.number();
        let body = content::resource(None, mark).to_string();
        let answer = line.ask("POST", "Basic", &[], body.as_bytes()).await?;
        expect(&answer, 201, 1)?;
        let id = answer.location_id().ok_or_else(|| "a create without Location".to_owned())?.to_owned();
        self.fate.resources.push(Resource { id, versions: vec![Version::Content(mark)], examined: 0 });
        Ok(())
    }

    async fn post_binary(&mut self, line: &mut Line) -> Result<(), Stop> {
        let mark = self.chance.number();
        let headers = [("content-type", "application/octet-stream"), ("accept", JSON)];
        let path = format!("POST {}/Binary", line.base);
        write_request(&mut line.request, &path, &headers, &content::bytes(mark));
        let answer = line.connection.ask(&line.request).await.map_err(|_| Stop::Gone)?;
        expect(&answer, 201, 1)?;
        let id = answer.location_id().ok_or_else(|| "a create without Location".to_owned())?.to_owned();
        self.fate.binaries.push(Binary { id, mark });
        Ok(())
    }

    /// Several writes that are one: all of them happen or none.
    async fn transact(&mut self, line: &mut Line) -> Result<(), Stop> {
        let size = 2 + self.chance.place(TRANSACTION_SIZE_MAX - 1);
        let mut writes: Vec<Write> = Vec::new();
        for _ in 0..size {
            let taken: Vec<_> = writes.iter().map(|write| write.place).collect();
            let write = self.choose(&taken);
            writes.push(write);
        }
        let entries: Vec<Value> = writes.iter().map(|write| self.entry(write)).collect();
        let bundle = json!({ "resourceType": "Bundle", "type": "transaction", "entry": entries }).to_string();
        self.fate.interrupted = writes;
        let answer = line.ask("POST", "", &[], bundle.as_bytes()).await?;
        if answer.status != 200 {
            let said = String::from_utf8_lossy(answer.body);
            return Err(Stop::Wrong(format!("a transaction was answered {}: {said}", answer.status)));
        }
        self.expect_entries(answer.body)?;
        self.acknowledge();
        Ok(())
    }

    /// Updates the contested resource, if nobody else does so in between.
    async fn contend(&mut self, line: &mut Line) -> Result<(), Stop> {
        let contest = self.fate.contest.clone();
        let path = format!("Basic/{}", contest.id);
        let seen = line.ask("GET", &path, &[], b"").await?;
        let seen = seen.version().ok_or_else(|| "a read without ETag".to_owned())?;
        let mark = self.chance.number();
        contest.claims.lock().expect("nobody panics with it").open.insert(mark);
        let body = content::resource(Some(&contest.id), mark).to_string();
        let if_match = format!("W/\"{seen}\"");
        let answer = line.ask("PUT", &path, &[("if-match", if_match.as_str())], body.as_bytes()).await?;
        let mut claims = contest.claims.lock().expect("nobody panics with it");
        claims.open.remove(&mark);
        if answer.status != 412 {
            expect(&answer, 200, seen + 1)?;
            claims.won.push((seen + 1, mark));
        }
        Ok(())
    }

    /// Chooses a write to a resource that is not taken: a new one, another version, or a deletion.
    fn choose(&mut self, taken: &[usize]) -> Write {
        let content = Version::Content(self.chance.number());
        let old =
            (self.fate.resources.len() > taken.len()).then(|| self.chance.place(self.fate.resources.len()));
        match old.filter(|place| !taken.contains(place)) {
            Some(place) if self.chance.below(3) > 0 => {
                let deletes = self.fate.resources[place].lives() && self.chance.below(4) == 0;
                Write { place, version: if deletes { Version::Deleted } else { content } }
            }
            _ => {
                let id = format!("{}-{}", self.prefix, self.fate.resources.len());
                self.fate.resources.push(Resource::unborn(id));
                Write { place: self.fate.resources.len() - 1, version: content }
            }
        }
    }

    fn entry(&self, write: &Write) -> Value {
        let id = &self.fate.resources[write.place].id;
        let url = format!("Basic/{id}");
        match write.version {
            Version::Content(mark) => json!({
                "resource": content::resource(Some(id), mark),
                "request": { "method": "PUT", "url": url },
            }),
            Version::Deleted => json!({ "request": { "method": "DELETE", "url": url } }),
        }
    }

    /// Checks that every entry was answered with the version that follows.
    fn expect_entries(&self, body: &[u8]) -> Result<(), String> {
        let answer: Value = serde_json::from_slice(body).map_err(|error| error.to_string())?;
        for (place, write) in self.fate.interrupted.iter().enumerate() {
            let response = &answer["entry"][place]["response"];
            let expected = format!("W/\"{}\"", self.fate.resources[write.place].versions.len() + 1);
            let etag_wrong = matches!(write.version, Version::Content(_)) && response["etag"] != expected;
            let status = response["status"].as_str().unwrap_or_default();
            if !status.starts_with("20") || etag_wrong {
                return Err(format!("entry {place} was answered {response} and not with version {expected}"));
            }
        }
        Ok(())
    }

    /// Enters what was sent last as promised.
    fn acknowledge(&mut self) {
        for write in std::mem::take(&mut self.fate.interrupted) {
            self.fate.resources[write.place].versions.push(write.version);
        }
    }
}

/// A connection and what is needed to ask on it.
struct Line {
    connection: Connection,
    base: String,
    request: Vec<u8>,
}

impl Line {
    async fn ask(
        &mut self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: &[u8],
    ) -> Result<Answer<'_>, Stop> {
        let slash = if path.is_empty() { "" } else { "/" };
        let line = format!("{method} {}{slash}{path}", self.base);
        let headers = [&[("content-type", JSON), ("accept", JSON)], headers].concat();
        write_request(&mut self.request, &line, &headers, body);
        self.connection.ask(&self.request).await.map_err(|_| Stop::Gone)
    }
}

fn expect(answer: &Answer<'_>, status: u16, version: u64) -> Result<(), String> {
    if answer.status == status && answer.version() == Some(version) {
        return Ok(());
    }
    let said = String::from_utf8_lossy(answer.body);
    let found = answer.version();
    Err(format!("{} with version {found:?} instead of {status} with {version}: {said}", answer.status))
}
