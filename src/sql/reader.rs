//! How do many readers share one statement?
//!
//! Whoever misses the cache queues here. Two tasks take what waits, ask once for all of it and answer
//! each: while one waits for the database, the other collects.

use std::sync::Arc;

use model::limits::READ_KEYS_MAX;
use model::{Key, VersionId};
use store::{Error, Result, Version};
use tokio::sync::{Mutex, mpsc, oneshot};

use crate::bulk::{Bulk, Kind};
use crate::database::Dialect;
use crate::failure::Failure;
use crate::open::{Shared, spawn};
use crate::statement::{Row, Statement, Value};
use crate::stored::Stored;

/// Tasks that read.
const READERS: usize = 2;

/// Readers that wait before more are held back: as many as requests can be at work.
const QUEUE_MAX: usize = model::limits::REQUESTS_MAX;

/// Where readers queue.
pub(crate) struct Readers {
    queue: mpsc::Sender<Wanted>,
}

/// A version that somebody waits for.
struct Wanted {
    tenant: u32,
    code: i64,
    key: Key,
    /// The current one, when none.
    version: Option<VersionId>,
    answer: oneshot::Sender<Result<Option<Version>>>,
}

impl Readers {
    /// Starts the tasks; they end when this is dropped.
    pub(crate) fn start(shared: &Arc<Shared>) -> Self {
        let (queue, waiting) = mpsc::channel(QUEUE_MAX);
        let waiting = Arc::new(Mutex::new(waiting));
        for _ in 0..READERS {
            spawn(serve(shared.clone(), waiting.clone()));
        }
        Self { queue }
    }

    /// Waits for the current version of a resource, or for the one named.
    pub(crate) async fn read(
        &self,
        (tenant, code): (u32, i64),
        key: Key,
        version: Option<VersionId>,
    ) -> Result<Option<Version>> {
        let closed = || Error::Unavailable("the database is closed".to_owned());
        let (answer, answered) = oneshot::channel();
        let wanted = Wanted { tenant, code, key, version, answer };
        self.queue.send(wanted).await.map_err(|_| closed())?;
        answered.await.map_err(|_| closed())?
    }
}

async fn serve(shared: Arc<Shared>, waiting: Arc<Mutex<mpsc::Receiver<Wanted>>>) {
    let mut batch = Vec::with_capacity(READ_KEYS_MAX);
    while waiting.lock().await.recv_many(&mut batch, READ_KEYS_MAX).await > 0 {
        let (current, named) = batch.drain(..).partition::<Vec<_>, _>(|wanted| wanted.version.is_none());
        for group in [current, named] {
            if !group.is_empty() {
                answer(&shared, group).await;
            }
        }
    }
}

/// Answers a group of one kind. A damaged page must not be told of resources that are not on it, so
/// a group that meets one is asked one by one.
async fn answer(shared: &Shared, group: Vec<Wanted>) {
    match fetch(shared, &group).await {
        Ok(answers) => group.into_iter().zip(answers).for_each(|(wanted, answer)| wanted.reply(answer)),
        Err(Failure::Damaged(_)) => {
            for wanted in group {
                let answer = match fetch(shared, std::slice::from_ref(&wanted)).await {
                    Ok(mut answers) => answers.pop().expect("one answer a question"),
                    Err(Failure::Damaged(_)) => Err(Error::Corrupt(wanted.key.clone())),
                    Err(failure) => Err(failure.into_error()),
                };
                wanted.reply(answer);
            }
        }
        Err(failure) => {
            let error = failure.into_error();
            group.into_iter().for_each(|wanted| wanted.reply(Err(error.clone())));
        }
    }
}

async fn fetch(
    shared: &Shared,
    group: &[Wanted],
) -> std::result::Result<Vec<Result<Option<Version>>>, Failure> {
    let moment = shared.cache.as_ref().map(crate::cache::Cache::moment);
    let mut answers: Vec<Result<Option<Version>>> = group.iter().map(|_| Ok(None)).collect();
    for statement in question(shared.database.dialect(), group) {
        let rows = shared.database.fetch(statement).await?;
        let found = rows.iter().map(found).collect::<std::result::Result<Vec<_>, _>>()?;
        shared.meet_dictionaries(found.iter().map(|(_, stored)| stored.coding)).await?;
        for (place, stored) in found {
            let wanted = &group[place];
            let version = stored.open(&wanted.key, &shared.dictionaries);
            if let (Some(cache), Some(moment), None, Ok(version)) =
                (&shared.cache, moment, wanted.version, &version)
            {
                cache.fill(wanted.tenant, version.clone(), moment);
            }
            answers[place] = version.map(Some);
        }
    }
    Ok(answers)
}

fn found(row: &Row) -> std::result::Result<(usize, Stored), sqlx::Error> {
    let place = usize::try_from(row.int(0)?).expect("places are counted from 0");
    Ok((place, Stored::from_row(row, 1)?))
}

fn question(dialect: Dialect, group: &[Wanted]) -> Vec<Statement> {
    let named = group.iter().any(|wanted| wanted.version.is_some());
    let mut values = Vec::with_capacity(group.len() * 5);
    for (place, wanted) in group.iter().enumerate() {
        values.push(Value::Int(i64::try_from(place).expect("READ_KEYS_MAX fits")));
        values.push(Value::from(wanted.tenant));
        values.push(Value::Int(wanted.code));
        values.push(Value::from(wanted.key.id.as_str()));
        // What is beyond the database's integers is no version's number.
        let number = wanted.version.map(|version| i64::try_from(version.0).unwrap_or(-1));
        values.extend(number.map(Value::Int));
    }
    if named { version_named(dialect, values) } else { version_current(dialect, values) }
}

/// The current versions of given resources.
pub(crate) fn version_current(dialect: Dialect, values: Vec<Value>) -> Vec<Statement> {
    static CURRENT: Bulk = Bulk::new(
        &[("place", Kind::Int), ("tenant", Kind::Int), ("type", Kind::Int), ("id", Kind::Text)],
        "SELECT given.place, versions.version, versions.committed_at, versions.method, versions.coding, \
         versions.gap, versions.digest, versions.blob, versions.body \
         FROM given \
         JOIN resources ON resources.tenant = given.tenant AND resources.type = given.type \
         AND resources.id = given.id \
         JOIN versions ON versions.committed_at = resources.committed_at",
    );
    CURRENT.statements(dialect, values)
}

/// Given versions of given resources.
pub(crate) fn version_named(dialect: Dialect, values: Vec<Value>) -> Vec<Statement> {
    static NAMED: Bulk = Bulk::new(
        &[
            ("place", Kind::Int),
            ("tenant", Kind::Int),
            ("type", Kind::Int),
            ("id", Kind::Text),
            ("version", Kind::Int),
        ],
        "SELECT given.place, versions.version, versions.committed_at, versions.method, versions.coding, \
         versions.gap, versions.digest, versions.blob, versions.body \
         FROM given \
         JOIN resources ON resources.tenant = given.tenant AND resources.type = given.type \
         AND resources.id = given.id \
         JOIN versions ON versions.resource = resources.resource AND versions.version = given.version",
    );
    NAMED.statements(dialect, values)
}

impl Wanted {
    fn reply(self, answer: Result<Option<Version>>) {
        // Nobody waits any more when the request was given up.
        let _ = self.answer.send(answer);
    }
}

#[cfg(test)]
mod tests {
    use model::{Id, ResourceType};

    use super::*;

    fn check(readers: usize, statements: usize) {
        let wanted = |number: usize| Wanted {
            tenant: 0,
            code: 1,
            key: Key::new(ResourceType::known("Basic"), Id::parse(&number.to_string()).expect("valid")),
            version: None,
            answer: oneshot::channel().0,
        };
        let group: Vec<_> = (0..readers).map(wanted).collect();
        assert_eq!(question(Dialect::Sqlite, &group).len(), statements, "{readers}");
        assert_eq!(question(Dialect::Postgres, &group).len(), 1, "{readers}");
    }

    #[test]
    fn as_many_readers_share_a_statement_as_are_answered_together() {
        check(1, 1);
        check(READ_KEYS_MAX, 1);
        check(READ_KEYS_MAX + 1, 2);
    }
}
