//! Is what was promised still there, and nothing else?

use std::collections::BTreeMap;
use std::sync::Arc;

use conformance_tests::client::{Connection, write_request};
use conformance_tests::process::Process;
use tokio::task::JoinSet;

use crate::content;
use crate::ledger::{Binary, Resource, Sample, Settled, Version};
use crate::writer::Fate;

/// Connections that read side by side.
const READERS: usize = 12;

/// What a read found.
#[derive(Debug, PartialEq, Eq)]
enum Found {
    Nothing,
    Deleted,
    Content(Vec<u8>),
}

/// Finds out what became of the interrupted writes, and that nothing acknowledged is missing.
pub(crate) async fn fates(process: &Process, fates: Vec<Fate>) -> Result<Vec<Settled>, String> {
    let mut readers = JoinSet::new();
    for fate in fates {
        let reader = Reader::open(process).await?;
        readers.spawn(settle(reader, fate));
    }
    let mut settled = Vec::new();
    while let Some(one) = readers.join_next().await {
        settled.push(one.map_err(|error| error.to_string())??);
    }
    Ok(settled)
}

/// Looks at every version of these resources that is not marked as examined.
pub(crate) async fn resources(process: &Process, sample: &Sample) -> Result<(), String> {
    let mut readers = JoinSet::new();
    let share = sample.resources.len().div_ceil(READERS);
    for part in sample.resources.chunks(std::cmp::max(share, 1)) {
        let (mut reader, part) = (Reader::open(process).await?, part.to_vec());
        readers.spawn(async move {
            for resource in &part {
                reader.examine(resource).await?;
            }
            Ok::<_, String>(())
        });
    }
    let (mut reader, binaries) = (Reader::open(process).await?, Arc::new(sample.binaries.clone()));
    readers.spawn(async move {
        for binary in &*binaries {
            reader.examine_binary(binary).await?;
        }
        Ok(())
    });
    while let Some(examined) = readers.join_next().await {
        examined.map_err(|error| error.to_string())??;
    }
    Ok(())
}

/// Looks at the resource that all writers of the last round updated: no version was promised to two of
/// them, each acknowledged one is there, and what is there beyond was sent by one of them.
pub(crate) async fn contest(process: &Process, fates: &[Fate]) -> Result<(), String> {
    let Some(contest) = fates.first().map(|fate| fate.contest.clone()) else { return Ok(()) };
    let (won, mut open) = {
        let claims = contest.claims.lock().expect("nobody panics with it");
        (claims.won.clone(), claims.open.clone())
    };
    let mut marks = BTreeMap::new();
    for (version, mark) in won {
        if let Some(other) = marks.insert(version, mark) {
            return Err(format!("version {version} was promised to both {mark:x} and {other:x}"));
        }
    }
    let mut reader = Reader::open(process).await?;
    let last_promised = *marks.keys().last().expect("the first version was acknowledged");
    for version in 1.. {
        let path = format!("Basic/{}/_history/{version}", contest.id);
        let body = match reader.read(&path).await? {
            Found::Content(body) => body,
            Found::Nothing if version > last_promised => return Ok(()),
            found => {
                return Err(format!("{path}: {found:?} though version {last_promised} was acknowledged"));
            }
        };
        // An interrupted update may have been kept, or the server may have lived just long enough to let
        // another writer build on it.
        let kept =
            open.iter().copied().find(|mark| content::served_version(&body, &contest.id, *mark).is_ok());
        let mark = marks.get(&version).copied().or(kept);
        let mark = mark.ok_or_else(|| format!("{path} holds what nobody sent"))?;
        open.remove(&mark);
        let said =
            content::served_version(&body, &contest.id, mark).map_err(|wrong| format!("{path}: {wrong}"))?;
        if said != version {
            return Err(format!("{path} says that it is version {said}"));
        }
    }
    Ok(())
}

async fn settle(mut reader: Reader, fate: Fate) -> Result<Settled, String> {
    let mut resources = fate.resources;
    let mut kept = Vec::new();
    for write in &fate.interrupted {
        let resource = &resources[write.place];
        let next = resource.versions.len() + 1;
        let found = reader.read(&format!("Basic/{}/_history/{next}", resource.id)).await?;
        kept.push(found != Found::Nothing);
    }
    let all = kept.iter().all(|kept| *kept);
    if !all && kept.iter().any(|kept| *kept) {
        let ids: Vec<_> = fate.interrupted.iter().map(|write| &resources[write.place].id).collect();
        return Err(format!("half a transaction was kept: {kept:?} of {ids:?}"));
    }
    if all {
        for write in &fate.interrupted {
            resources[write.place].versions.push(write.version);
        }
    }
    for resource in &mut resources {
        reader.examine(resource).await?;
        resource.examined = resource.versions.len();
    }
    for binary in &fate.binaries {
        reader.examine_binary(binary).await?;
    }
    resources.retain(|resource| !resource.versions.is_empty());
    let interrupted_kept = (!fate.interrupted.is_empty()).then_some(all);
    Ok(Settled { resources, binaries: fate.binaries, interrupted_kept })
}

/// One connection that only reads.
struct Reader {
    connection: Connection,
    base: String,
    request: Vec<u8>,
}

impl Reader {
    async fn open(process: &Process) -> Result<Self, String> {
        let connection = Connection::open(process.address()).await.map_err(|error| error.to_string())?;
        Ok(Self { connection, base: process.base().to_owned(), request: Vec::new() })
    }

    async fn read(&mut self, path: &str) -> Result<Found, String> {
        self.read_as(path, "application/fhir+json").await
    }

    async fn read_as(&mut self, path: &str, format: &str) -> Result<Found, String> {
        let line = format!("GET {}/{path}", self.base);
        write_request(&mut self.request, &line, &[("accept", format)], b"");
        let answer = self.connection.ask(&self.request).await.map_err(|error| format!("{path}: {error}"))?;
        match answer.status {
            200 => Ok(Found::Content(answer.body.to_vec())),
            404 => Ok(Found::Nothing),
            410 => Ok(Found::Deleted),
            status => Err(format!("{path} was answered {status}: {}", String::from_utf8_lossy(answer.body))),
        }
    }

    /// Checks that the current version and all that were not examined are as promised, and that no version
    /// stands behind the last.
    async fn examine(&mut self, resource: &Resource) -> Result<(), String> {
        let current = format!("Basic/{}", resource.id);
        let found = self.read(&current).await?;
        as_promised(&current, &found, resource, resource.versions.len())?;
        for version in resource.examined + 1..=resource.versions.len() + 1 {
            let path = format!("{current}/_history/{version}");
            let found = self.read(&path).await?;
            as_promised(&path, &found, resource, version)?;
        }
        Ok(())
    }

    async fn examine_binary(&mut self, binary: &Binary) -> Result<(), String> {
        let path = format!("Binary/{}", binary.id);
        match self.read_as(&path, "application/octet-stream").await? {
            Found::Content(bytes) if bytes == content::bytes(binary.mark) => Ok(()),
            Found::Content(bytes) => Err(format!("{path} has {} other bytes", bytes.len())),
            found => Err(format!("{path}: {found:?} though it was acknowledged")),
        }
    }
}

fn as_promised(path: &str, found: &Found, resource: &Resource, version: usize) -> Result<(), String> {
    let promised = version.checked_sub(1).and_then(|place| resource.versions.get(place));
    match (promised, found) {
        (None, Found::Nothing) | (Some(Version::Deleted), Found::Deleted) => Ok(()),
        (Some(Version::Content(mark)), Found::Content(body)) => {
            let said = content::served_version(body, &resource.id, *mark)
                .map_err(|wrong| format!("{path}: {wrong}"))?;
            if said == version as u64 {
                Ok(())
            } else {
                Err(format!("{path} says that it is version {said}"))
            }
        }
        (promised, found) => Err(format!("{path}: found {found:?} where {promised:?} was promised")),
    }
}
