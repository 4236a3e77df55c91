//! How do spans get to a collector without anybody waiting?
//!
//! Requests leave their spans in a queue; a thread with a runtime of its own takes them to the collector.
//! A collector that is slow, down or unwilling costs spans, which are counted, and never a request.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, mpsc};
use std::time::{Duration, Instant};

use http::Uri;
use tokio::sync::Notify;

use super::delivery::{Delivery, Refusal};
use super::spans::{self, Span};
use crate::clock;

/// Spans that wait: some seconds of a busy server in a few megabytes. What comes on top is dropped.
const WAITING_MAX: usize = 8_192;

/// Spans in one request to the collector.
const BATCH_MAX: usize = 512;

/// How long spans are gathered before they are sent.
const GATHER: Duration = Duration::from_secs(2);

/// How long to wait before the one more try that a batch gets.
const RETRY_WAIT: Duration = Duration::from_millis(500);

/// How often at most the log tells of spans that were lost.
const TELL_EVERY: Duration = Duration::from_secs(60);

/// How long the end of the program waits for the spans that are left.
const FLUSH_MAX: Duration = Duration::from_secs(2);

/// Takes spans and sends them from a thread of its own.
pub(crate) struct Exporter {
    waiting: Mutex<Waiting>,
    /// A batch is full, or the end has come.
    news: Notify,
}

#[derive(Default)]
struct Waiting {
    spans: VecDeque<Span>,
    /// Spans that are on their way to the collector.
    sending: usize,
    dropped: u64,
    /// Who is told, by going away, that everything is sent.
    ending: Option<mpsc::Sender<()>>,
}

/// What went wrong since it was last told.
#[derive(Default)]
struct Trouble {
    lost: u64,
    why: Option<Refusal>,
    told: Option<Instant>,
}

impl Exporter {
    /// Starts the thread that sends to the collector at `endpoint`.
    pub(super) fn start(endpoint: &Uri) -> Arc<Self> {
        let exporter = Arc::new(Self { waiting: Mutex::default(), news: Notify::new() });
        let (own, delivery) = (exporter.clone(), Delivery::to(endpoint));
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .expect("a process that has just started can start a runtime");
        std::thread::Builder::new()
            .name("exporter".into())
            .spawn(move || runtime.block_on(own.work(delivery)))
            .expect("a process that has just started can start a thread");
        exporter
    }

    /// Takes a span; one that finds the queue full is dropped.
    pub(super) fn push(&self, span: Span) {
        let mut waiting = self.lock();
        if waiting.spans.len() >= WAITING_MAX {
            waiting.dropped += 1;
            return;
        }
        waiting.spans.push_back(span);
        // Before that the thread comes by itself, so that a request seldom wakes it.
        let full = waiting.spans.len() == BATCH_MAX;
        drop(waiting);
        if full {
            self.news.notify_one();
        }
    }

    /// Ends the export and waits a little until everything that came in before is sent.
    pub(crate) fn end(&self) {
        let (ending, ended) = mpsc::channel();
        self.lock().ending = Some(ending);
        self.news.notify_one();
        if ended.recv_timeout(FLUSH_MAX) == Err(mpsc::RecvTimeoutError::Timeout) {
            let lost = self.unsent();
            tracing::warn!(lost, "the collector did not take the last spans in time");
        }
    }

    fn unsent(&self) -> usize {
        let waiting = self.lock();
        waiting.spans.len() + waiting.sending
    }

    async fn work(&self, mut delivery: Delivery) {
        let mut trouble = Trouble::default();
        loop {
            // Nothing to send and time going by end the wait alike.
            let _ = tokio::time::timeout(GATHER, self.news.notified()).await;
            let ending = self.lock().ending.take();
            while let Some(batch) = self.take(&mut trouble) {
                if let Err(why) = deliver(&mut delivery, &batch).await {
                    trouble.lost += u64::try_from(batch.len()).expect("a batch is small");
                    trouble.why = Some(why);
                }
                self.lock().sending = 0;
                trouble.tell_sometimes();
            }
            if ending.is_some() {
                return trouble.tell();
            }
            trouble.tell_sometimes();
        }
    }

    /// Takes a batch out of the queue, unless it is empty.
    fn take(&self, trouble: &mut Trouble) -> Option<Vec<Span>> {
        let mut waiting = self.lock();
        trouble.lost += std::mem::take(&mut waiting.dropped);
        let count = std::cmp::min(waiting.spans.len(), BATCH_MAX);
        waiting.sending = count;
        (count > 0).then(|| waiting.spans.drain(..count).collect())
    }

    /// A thread that panicked while it held the lock left whole spans behind all the same.
    fn lock(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Sends a batch, and once more where that may help.
async fn deliver(delivery: &mut Delivery, batch: &[Span]) -> Result<(), Refusal> {
    let body = bytes::Bytes::from(spans::write(batch));
    match delivery.send(body.clone()).await {
        Err(Refusal::Passing(_)) => {
            tokio::time::sleep(RETRY_WAIT).await;
            delivery.send(body).await
        }
        outcome => outcome,
    }
}

impl Trouble {
    fn tell_sometimes(&mut self) {
        if self.told.is_none_or(|told| clock::mark().duration_since(told) >= TELL_EVERY) {
            self.tell();
        }
    }

    fn tell(&mut self) {
        if self.lost == 0 {
            return;
        }
        let why = self.why.take().map_or_else(|| "they came too fast".into(), |why| why.to_string());
        tracing::warn!(lost = self.lost, why, "spans did not reach the collector");
        (self.lost, self.told) = (0, Some(clock::mark()));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_queue_drops_spans_and_counts_them() {
        let exporter = Exporter { waiting: Mutex::default(), news: Notify::new() };
        for _ in 0..WAITING_MAX + 3 {
            exporter.push(Span::ended_at(model::Instant(0)));
        }
        let mut trouble = Trouble::default();
        let batch = exporter.take(&mut trouble).expect("a batch");
        assert_eq!((batch.len(), trouble.lost), (BATCH_MAX, 3));
        assert_eq!(exporter.lock().spans.len(), WAITING_MAX - BATCH_MAX);
    }
}
