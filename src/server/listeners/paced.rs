//! Does whoever asked also read the answer?
//!
//! A client that asks for much and reads nothing would hold its answer in memory for as long as it likes.
//! A connection notes when it first could not write; whoever drives it looks at that every tick.

use std::io::{self, IoSlice};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use crate::clock::mark;

/// A stream that notes when it cannot write.
pub(super) struct Paced<S> {
    stream: S,
    stall: Stall,
}

/// Since when a stream has not been able to write.
#[derive(Clone)]
pub(super) struct Stall {
    began: Instant,
    /// Milliseconds since the beginning, and one more; 0 while writing goes well.
    since: Arc<AtomicU64>,
}

impl<S> Paced<S> {
    /// Watches a stream.
    pub(super) fn new(stream: S) -> (Self, Stall) {
        let stall = Stall { began: mark(), since: Arc::default() };
        (Self { stream, stall: stall.clone() }, stall)
    }
}

impl Stall {
    /// Whether nothing could be written for longer than `most`.
    pub(super) fn exceeds(&self, most: Duration) -> bool {
        let since = self.since.load(Ordering::Relaxed);
        since > 0 && self.began.elapsed() > Duration::from_millis(since - 1) + most
    }

    fn note<T>(&self, outcome: Poll<T>) -> Poll<T> {
        let stalled = self.since.load(Ordering::Relaxed) > 0;
        match (&outcome, stalled) {
            (Poll::Pending, false) => {
                let now = u64::try_from(self.began.elapsed().as_millis()).unwrap_or(u64::MAX - 1);
                self.since.store(now + 1, Ordering::Relaxed);
            }
            (Poll::Ready(_), true) => self.since.store(0, Ordering::Relaxed),
            _ => {}
        }
        outcome
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Paced<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        into: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(cx, into)
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Paced<S> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let outcome = Pin::new(&mut self.stream).poll_write(cx, bytes);
        self.stall.note(outcome)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let outcome = Pin::new(&mut self.stream).poll_write_vectored(cx, bytes);
        self.stall.note(outcome)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}
