//! How is a server kept busy by many connections at little cost?
//!
//! Each connection asks, waits for the whole answer and asks again. All connections of a thread share one
//! single-threaded runtime; one thread is enough until the server answers more than a core can ask.

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use conformance_tests::client::{Answer, Connection};
use conformance_tests::harness;

use tokio::task::JoinSet;

use crate::histogram::Histogram;

/// What one connection says.
pub(crate) trait Script: Send {
    /// Writes the next request over the last one, or says that there is none left.
    fn next(&mut self, request: &mut Vec<u8>) -> bool;

    /// Looks at the answer to it; an answer that was not wanted counts as a failure.
    fn answered(&mut self, answer: &Answer<'_>) -> Result<(), String>;
}

/// What came of it.
pub(crate) struct Tally {
    pub(crate) times: Histogram,
    pub(crate) length: Duration,
    pub(crate) failures: u64,
    pub(crate) first_failure: Option<String>,
}

impl Tally {
    fn new() -> Self {
        Self { times: Histogram::new(), length: Duration::ZERO, failures: 0, first_failure: None }
    }

    fn add(&mut self, other: Self) {
        self.times.add(&other.times);
        self.failures += other.failures;
        self.first_failure = self.first_failure.take().or(other.first_failure);
    }

    /// Requests answered in a second.
    pub(crate) fn per_second(&self) -> f64 {
        self.times.total() as f64 / self.length.as_secs_f64()
    }

    /// Refuses a tally with failures: figures of requests that failed say nothing.
    pub(crate) fn flawless(self) -> io::Result<Self> {
        match self.first_failure {
            Some(failure) => {
                Err(io::Error::other(format!("{} requests failed, first: {failure}", self.failures)))
            }
            None => Ok(self),
        }
    }
}

/// Lets every script talk over a connection of its own until `length` has passed or it has nothing to say.
pub(crate) fn drive(
    address: SocketAddr,
    scripts: Vec<Box<dyn Script>>,
    generators: usize,
    length: Duration,
) -> io::Result<Tally> {
    let mut shares: Vec<Vec<Box<dyn Script>>> = (0..generators).map(|_| Vec::new()).collect();
    for (place, script) in scripts.into_iter().enumerate() {
        shares[place % generators].push(script);
    }
    let begun_at = harness::now();
    let mut tally = Tally::new();
    std::thread::scope(|scope| {
        let threads: Vec<_> = shares
            .into_iter()
            .map(|share| scope.spawn(move || drive_share(address, share, length)))
            .collect();
        threads.into_iter().try_for_each(|thread| {
            tally.add(thread.join().expect("a generator reports errors and does not panic")?);
            io::Result::Ok(())
        })
    })?;
    tally.length = begun_at.elapsed();
    Ok(tally)
}

fn drive_share(address: SocketAddr, scripts: Vec<Box<dyn Script>>, length: Duration) -> io::Result<Tally> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let mut talks = JoinSet::new();
        for script in scripts {
            talks.spawn(talk(address, script, length));
        }
        let mut tally = Tally::new();
        while let Some(talked) = talks.join_next().await {
            tally.add(talked.expect("a connection reports errors and does not panic")?);
        }
        Ok(tally)
    })
}

async fn talk(address: SocketAddr, mut script: Box<dyn Script>, length: Duration) -> io::Result<Tally> {
    let mut connection = Connection::open(address).await?;
    let mut tally = Tally::new();
    let mut request = Vec::new();
    let begun_at = harness::now();
    let mut asked_at = begun_at;
    while asked_at.duration_since(begun_at) < length && script.next(&mut request) {
        let answer = connection.ask(&request).await?;
        // The clock is read once a request: what the script does with the answer counts for the next one.
        let answered_at = harness::now();
        tally.times.count(answered_at.duration_since(asked_at));
        asked_at = answered_at;
        if let Err(failure) = script.answered(&answer) {
            tally.failures += 1;
            tally.first_failure.get_or_insert(failure);
        }
    }
    Ok(tally)
}

/// Complains about an answer with another status than was wanted.
pub(crate) fn expect_status(answer: &Answer<'_>, wanted: &[u16]) -> Result<(), String> {
    if wanted.contains(&answer.status) {
        return Ok(());
    }
    let body = String::from_utf8_lossy(&answer.body[..std::cmp::min(answer.body.len(), 600)]).into_owned();
    Err(format!("status {} instead of {wanted:?}: {body}", answer.status))
}
