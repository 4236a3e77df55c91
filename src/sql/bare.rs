//! How fast could a store on this database be at all?
//!
//! The same schema, the same settings and the plain statements, one after the other, without what makes
//! it a store: no expectations, no digests, no compression, no cache, nothing coalesced. Benchmarks measure the store
//! against this in the same run.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use bytes::Bytes;
use model::limits::{COMMIT_QUEUE_MAX, COMMIT_ROWS_MAX};
use tokio::sync::{mpsc, oneshot};

use crate::committer::{append_rows, point_rows};
use crate::database::Database;
use crate::failure::Failure;
use crate::open::{OpenError, connect, spawn};
use crate::statement::{Statement, Value};
use crate::{migrate, reader};

/// Rows that [`Bare::seed`] writes in one transaction.
const SEED_ROWS: usize = 10_000;

/// The type that all rows are of; the database need not know its name.
const TYPE: i64 = 1;

/// A database and nothing else.
pub struct Bare {
    database: Arc<Database>,
    queue: mpsc::Sender<Insert>,
    _lock: Option<std::fs::File>,
}

struct Insert {
    id: String,
    body: Bytes,
    done: oneshot::Sender<Result<(), String>>,
}

impl Bare {
    /// Opens a database as the store does.
    pub async fn open(url: &str) -> Result<Self, OpenError> {
        let (database, lock) = connect(url).await?;
        migrate::apply(&database).await?;
        let database = Arc::new(database);
        let (queue, waiting) = mpsc::channel(COMMIT_QUEUE_MAX);
        spawn(serve(database.clone(), waiting));
        Ok(Self { database, queue, _lock: lock })
    }

    /// Writes rows `0..count` with this body.
    pub async fn seed(&self, count: usize, body: &[u8]) -> Result<(), String> {
        let body = Bytes::copy_from_slice(body);
        let rows: Vec<_> = (0..count).map(|number| (number.to_string(), body.clone())).collect();
        for part in rows.chunks(SEED_ROWS) {
            let part = part.iter().map(|(id, body)| (id.as_str(), body));
            write(&self.database, part).await.map_err(|failure| failure.to_string())?;
        }
        Ok(())
    }

    /// Reads row `number` by one statement of its own.
    pub async fn point_read(&self, number: usize) -> Option<Bytes> {
        let values = vec![Value::Int(0), Value::Int(0), Value::Int(TYPE), Value::Text(number.to_string())];
        let statement = reader::version_current(self.database.dialect(), values).pop()?;
        let rows = self.database.fetch(statement).await.ok()?;
        rows.first()?.bytes(8).ok()?.map(Bytes::copy_from_slice)
    }

    /// Writes a row, together with whatever else waits, and returns when it lasts.
    pub async fn insert(&self, id: String, body: Bytes) -> Result<(), String> {
        let closed = || "the writer has ended".to_owned();
        let (done, waiting) = oneshot::channel();
        self.queue.send(Insert { id, body, done }).await.map_err(|_| closed())?;
        waiting.await.map_err(|_| closed())?
    }

    /// Reads nothing, by one statement: what the way to the database and back costs.
    pub async fn ping(&self) -> bool {
        self.database.fetch(Statement::new("SELECT 1", [])).await.is_ok()
    }
}

async fn serve(database: Arc<Database>, mut waiting: mpsc::Receiver<Insert>) {
    let mut batch = Vec::with_capacity(COMMIT_ROWS_MAX);
    while waiting.recv_many(&mut batch, COMMIT_ROWS_MAX).await > 0 {
        let rows = batch.iter().map(|insert| (insert.id.as_str(), &insert.body));
        let written = write(&database, rows).await.map_err(|failure| failure.to_string());
        for insert in batch.drain(..) {
            // Nobody waits any more when the benchmark is over.
            let _ = insert.done.send(written.clone());
        }
    }
}

async fn write<'a>(
    database: &Database,
    rows: impl Iterator<Item = (&'a str, &'a Bytes)>,
) -> Result<(), Failure> {
    static LAST: AtomicI64 = AtomicI64::new(1);
    let (mut versions, mut resources) = (Vec::new(), Vec::new());
    for (id, body) in rows {
        let at = LAST.fetch_add(1, Ordering::Relaxed);
        let (tenant, version, method) = (0, 1, 2);
        versions.extend([at, at, version, tenant, TYPE].map(Value::Int));
        versions.push(Value::from(id));
        versions.extend([method, 0, 1].map(Value::Int));
        versions.extend([Value::Bytes(vec![0; 16]), Value::Null, Value::Bytes(body.to_vec())]);
        resources.extend([Value::Int(tenant), Value::Int(TYPE), Value::from(id)]);
        resources.extend([at, version, at, 0].map(Value::Int));
    }
    let dialect = database.dialect();
    let mut begun = database.begin().await?;
    for statement in append_rows(dialect, versions).into_iter().chain(point_rows(dialect, resources)) {
        begun.fetch(statement).await?;
    }
    Ok(begun.commit().await?)
}
