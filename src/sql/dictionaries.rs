//! What have the resources of a type in common?
//!
//! A dictionary holds strings that many bodies of one type share, so that each is stored in a third of
//! the bytes and a third of the time. It is trained once a type has enough rows, and kept in the
//! database for as long as rows name it; it holds pieces of resources and is as confidential as they.

use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, RwLock};

use model::Draft;
use zstd::dict::{DecoderDictionary, EncoderDictionary};

use crate::body::{LEVEL, PLAIN};
use crate::database::Database;
use crate::failure::Failure;
use crate::statement::{Statement, Value};
use crate::stored::Stored;

/// Bodies that a dictionary is trained from.
const SAMPLES: usize = 2_000;

/// Bytes of a dictionary: beyond this, bodies do not get smaller.
const DICTIONARY_BYTES_MAX: usize = 32 << 10;

/// Bytes of samples, so that training large resources does not take much memory.
const SAMPLE_BYTES_MAX: usize = 16 << 20;

/// Types with a dictionary: each costs some 200 KB in every process.
const DICTIONARIES_MAX: usize = 64;

/// One dictionary, ready for both directions.
pub(crate) struct Dictionary {
    /// What rows call it.
    pub coding: i64,
    /// For writing.
    pub compress: EncoderDictionary<'static>,
    /// For reading.
    pub decompress: DecoderDictionary<'static>,
}

/// All dictionaries of the database, as far as this process has met them.
#[derive(Default)]
pub(crate) struct Dictionaries {
    held: RwLock<Held>,
}

#[derive(Default)]
struct Held {
    by_coding: HashMap<i64, Arc<Dictionary>>,
    by_type: HashMap<i64, Arc<Dictionary>>,
    written: HashMap<i64, Arc<AtomicUsize>>,
}

impl Dictionary {
    fn new(coding: i64, content: &[u8]) -> Self {
        let compress = EncoderDictionary::copy(content, LEVEL);
        Self { coding, compress, decompress: DecoderDictionary::copy(content) }
    }

    /// Makes one from samples; none when they have too little in common.
    #[cfg(test)]
    pub(crate) fn train(coding: i64, samples: &[Vec<u8>]) -> Option<Self> {
        train(samples).map(|content| Self::new(coding, &content))
    }
}

impl Dictionaries {
    /// Reads those that the database has.
    pub(crate) async fn load(&self, database: &Database) -> Result<(), Failure> {
        for row in database.fetch(all()).await? {
            let (coding, code) = (row.int(0)?, row.int(1)?);
            if !self.knows(coding) {
                self.hold(code, Dictionary::new(coding, row.bytes(2)?.unwrap_or_default()));
            }
        }
        Ok(())
    }

    /// The one that new bodies of a type are written with.
    pub(crate) fn of_type(&self, code: i64) -> Option<Arc<Dictionary>> {
        self.held.read().expect("no holder panics").by_type.get(&code).cloned()
    }

    /// The one that a body was written with.
    pub(crate) fn of_coding(&self, coding: i64) -> Option<Arc<Dictionary>> {
        self.held.read().expect("no holder panics").by_coding.get(&coding).cloned()
    }

    /// Whether a body of this coding can be read.
    pub(crate) fn knows(&self, coding: i64) -> bool {
        coding <= PLAIN || self.held.read().expect("no holder panics").by_coding.contains_key(&coding)
    }

    /// Counts a body that was written without a dictionary; true when it is time to train one.
    pub(crate) fn count(&self, code: i64) -> bool {
        let held = self.held.read().expect("no holder panics");
        if let Some(written) = held.written.get(&code) {
            return written.fetch_add(1, Ordering::Relaxed) + 1 == SAMPLES
                && held.by_type.len() < DICTIONARIES_MAX;
        }
        drop(held);
        let mut held = self.held.write().expect("no holder panics");
        held.written.entry(code).or_default().fetch_add(1, Ordering::Relaxed);
        false
    }

    /// Trains a dictionary from the newest bodies of a type, keeps it and uses it from now on.
    pub(crate) async fn learn(&self, database: &Database, code: i64) -> Result<(), Failure> {
        // Another process may have been faster.
        self.load(database).await?;
        if self.of_type(code).is_some() {
            return Ok(());
        }
        let mut samples = Vec::new();
        let mut bytes = 0;
        for row in database.fetch(newest(code)).await? {
            let sample = Stored::from_row(&row, 0)?.draft(self);
            samples.extend(sample.map(|draft: Draft| draft.json().to_vec()));
            bytes += samples.last().map_or(0, Vec::len);
            if bytes > SAMPLE_BYTES_MAX {
                break;
            }
        }
        let trained = tokio::task::spawn_blocking(move || train(&samples)).await;
        let Some(content) = trained.map_err(|error| Failure::Other(error.to_string()))? else {
            return Ok(());
        };
        for row in database.change(keep(code, content.clone())).await? {
            self.hold(code, Dictionary::new(row.int(0)?, &content));
        }
        Ok(())
    }

    fn hold(&self, code: i64, dictionary: Dictionary) {
        let dictionary = Arc::new(dictionary);
        let mut held = self.held.write().expect("no holder panics");
        held.by_coding.insert(dictionary.coding, dictionary.clone());
        held.by_type.insert(code, dictionary);
    }
}

fn train(samples: &[Vec<u8>]) -> Option<Vec<u8>> {
    zstd::dict::from_samples(samples, DICTIONARY_BYTES_MAX).ok()
}

pub(crate) fn all() -> Statement {
    Statement::new("SELECT coding, type, content FROM dictionaries ORDER BY coding", [])
}

pub(crate) fn newest(code: i64) -> Statement {
    let samples = i64::try_from(SAMPLES).expect("a few thousand");
    Statement::new(
        "SELECT version, committed_at, method, coding, gap, digest, blob, body FROM versions \
         WHERE tenant = 0 AND type = $1 AND body IS NOT NULL ORDER BY committed_at DESC LIMIT $2",
        [Value::Int(code), Value::Int(samples)],
    )
}

pub(crate) fn keep(code: i64, content: Vec<u8>) -> Statement {
    Statement::new(
        "INSERT INTO dictionaries (coding, type, content) \
         SELECT COALESCE(MAX(coding), 1) + 1, $1, $2 FROM dictionaries RETURNING coding",
        [Value::Int(code), Value::Bytes(content)],
    )
}
