//! How do lines get out without anybody waiting?

use std::io::Write;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// Bytes of lines that wait to be written; when whoever reads them is slower than that, lines are
/// dropped and counted, because requests matter more than their log.
const WAITING_BYTES_MAX: usize = 4 << 20;

/// How long lines are gathered before they are written, so that a busy server wakes the writer fifty
/// times a second and not once a request.
const GATHER: Duration = Duration::from_millis(20);

/// How long to wait at the end for a reader that does not read.
const FLUSH_MAX: Duration = Duration::from_secs(2);

/// Takes lines and writes them on a thread of its own.
pub(crate) struct Writer {
    waiting: Mutex<Waiting>,
    /// Something came in, or must go out at once.
    news: Condvar,
    /// Everything that had come in is out.
    done: Condvar,
}

#[derive(Default)]
struct Waiting {
    lines: Vec<u8>,
    dropped: u64,
    urgent: bool,
    writing: bool,
}

impl Writer {
    /// Starts the thread that writes to `out`.
    pub(crate) fn start(out: impl Write + Send + 'static) -> Arc<Self> {
        let writer = Arc::new(Self { waiting: Mutex::default(), news: Condvar::new(), done: Condvar::new() });
        let own = writer.clone();
        std::thread::Builder::new()
            .name("log".into())
            .spawn(move || own.work(out))
            .expect("a process that has just started can start a thread");
        writer
    }

    /// Takes a line; an urgent one goes out at once.
    pub(crate) fn push(&self, line: &[u8], urgent: bool) {
        let mut waiting = self.lock();
        if waiting.lines.len() + line.len() > WAITING_BYTES_MAX {
            waiting.dropped += 1;
            return;
        }
        let wake = waiting.lines.is_empty() || (urgent && !waiting.urgent);
        waiting.lines.extend_from_slice(line);
        waiting.urgent |= urgent;
        drop(waiting);
        if wake {
            self.news.notify_one();
        }
    }

    /// Waits until everything that came in before is out.
    pub(crate) fn flush(&self) {
        let mut waiting = self.lock();
        waiting.urgent = true;
        self.news.notify_one();
        let out = |waiting: &mut Waiting| waiting.writing || !waiting.lines.is_empty();
        drop(self.done.wait_timeout_while(waiting, FLUSH_MAX, out));
    }

    fn work(&self, mut out: impl Write) {
        let mut taken = Vec::new();
        loop {
            let dropped = self.take(&mut taken);
            if dropped > 0 {
                let told = format!(
                    "{{\"level\":\"warn\",\"dropped\":{dropped},\"message\":\"log lines were dropped\"}}\n"
                );
                taken.extend_from_slice(told.as_bytes());
            }
            // Nobody is left to tell when the log itself cannot be written.
            let _ = out.write_all(&taken).and_then(|()| out.flush());
            self.lock().writing = false;
            self.done.notify_all();
        }
    }

    /// Waits for lines, gathers some more, and swaps them out; returns how many were dropped.
    fn take(&self, taken: &mut Vec<u8>) -> u64 {
        taken.clear();
        let idle = |waiting: &mut Waiting| waiting.lines.is_empty();
        let calm = |waiting: &mut Waiting| !waiting.urgent;
        let waiting = self.news.wait_while(self.lock(), idle).unwrap_or_else(PoisonError::into_inner);
        let (mut waiting, _) =
            self.news.wait_timeout_while(waiting, GATHER, calm).unwrap_or_else(PoisonError::into_inner);
        std::mem::swap(&mut waiting.lines, taken);
        waiting.urgent = false;
        waiting.writing = true;
        std::mem::take(&mut waiting.dropped)
    }

    /// A thread that panicked while it held the lock left whole lines behind all the same.
    fn lock(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
