//! Where do words stand in what is stored?
//!
//! An index in the data folder follows the log of the store, for `_text` and `_content`:
//! <https://hl7.org/fhir/R4/search.html#content>. It is made of nothing but the log: a copy of the data folder need not
//! have it, and a damaged one is made anew. Servers that share a database have an index each.

mod worker;

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::time::Duration;

use access::Permit;
use async_trait::async_trait;
use fulltext::{Error, Found, Index};
use interactions::words::{self, Reached, Sought};
use model::Instant;
use store::Store;
use tokio::sync::{Notify, watch};

pub(crate) use worker::work;

/// The folder of the index in the data folder.
const FOLDER: &str = "words";

/// Servers that have their indexes in one data folder at most, which they share for the sake of the large bytes.
const SERVERS_MAX: usize = 16;

/// How long a search waits until the index has come as far as the store: long enough for what was written just before,
/// and short enough to say so when it is being built.
const WAIT_MAX: Duration = Duration::from_secs(5);

/// Opens the index of words in a data folder. Without one everything else is answered as ever.
pub(crate) async fn open(data: &Path) -> Option<Arc<Words>> {
    let data = data.to_path_buf();
    match tokio::task::spawn_blocking(move || Words::open(&data)).await {
        Ok(Ok(words)) => return Some(Arc::new(words)),
        Ok(Err(error)) => {
            tracing::error!(error = %error, "nothing can be found by words until the server starts again");
        }
        Err(_) => {
            tracing::error!("nothing can be found by words, because to open their index panicked");
        }
    }
    None
}

/// The index, and how far it has come.
pub(crate) struct Words {
    index: Arc<Index>,
    /// The moment up to which everything can be found.
    reached: watch::Sender<i64>,
    /// The latest moment that a search waits for.
    wanted: AtomicI64,
    /// A search waits, or has found damage.
    called: Notify,
    is_damaged: AtomicBool,
}

impl Words {
    /// Opens the first index in a data folder that no other server uses. Blocks for a moment.
    fn open(data: &Path) -> Result<Self, Error> {
        let folders = (1..=SERVERS_MAX).map(|number| match number {
            1 => data.join(FOLDER),
            _ => data.join(format!("{FOLDER}-{number}")),
        });
        for folder in folders {
            match Index::open(&folder) {
                Err(Error::Busy) => {}
                opened => return Ok(Self::over(opened?)),
            }
        }
        Err(Error::Busy)
    }

    fn over(index: Index) -> Self {
        Self {
            index: Arc::new(index),
            // Until the worker has made sure that it belongs to this store.
            reached: watch::Sender::new(i64::MIN),
            wanted: AtomicI64::new(i64::MIN),
            called: Notify::new(),
            is_damaged: AtomicBool::new(false),
        }
    }

    async fn reach_within(&self, moment: Instant, time: Duration) -> Reached {
        let mut reached = self.reached.subscribe();
        if *reached.borrow() >= moment.0 {
            return Reached::There;
        }
        self.wanted.fetch_max(moment.0, Ordering::AcqRel);
        self.called.notify_one();
        match tokio::time::timeout(time, reached.wait_for(|reached| *reached >= moment.0)).await {
            Ok(Ok(_)) => Reached::There,
            _ => Reached::OnItsWay,
        }
    }

    fn is_waited_for(&self) -> bool {
        self.wanted.load(Ordering::Acquire) > *self.reached.borrow()
    }
}

#[async_trait]
impl interactions::Words for Words {
    async fn reach(&self, _: &dyn Store, _: &Permit, moment: Instant) -> Reached {
        self.reach_within(moment, WAIT_MAX).await
    }

    async fn find(&self, sought: Vec<Sought>) -> fulltext::Result<Vec<Found>> {
        let index = Arc::clone(&self.index);
        let found = tokio::task::spawn_blocking(move || words::find(&index, &sought)).await;
        // Files that were cut short are not always told from whole ones.
        let found = found.unwrap_or_else(|_| Err(Error::Damaged("a search of it panicked".to_owned())));
        if let Err(Error::Damaged(what)) = &found {
            tracing::error!(what, "the index of words is damaged, and is made anew");
            self.is_damaged.store(true, Ordering::Release);
            self.called.notify_one();
        }
        found
    }
}
