//! How does a person's command reach the server that runs?
//!
//! Through a socket in the data folder that only its owner can open. It knows one request: the path of
//! a folder to copy everything into. Its answer is one line, `done: …` or `failed: …`.

use std::future::Future;
use std::io;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{UnixListener, UnixStream};

/// The socket's name in the data folder.
const FILE: &str = "control.sock";

/// Bytes of a request or an answer: a path and a sentence.
const BYTES_MAX: u64 = 16 << 10;

/// How long a caller may take for its one line.
const READ_MAX: Duration = Duration::from_secs(5);

/// A socket that listens, and is gone when this is.
pub(crate) struct Socket {
    listener: UnixListener,
    path: PathBuf,
}

/// Makes the socket; the caller holds the lock on the data folder, so one that is there is left over.
pub(crate) fn bind(data: &Path) -> io::Result<Socket> {
    let path = data.join(FILE);
    match std::fs::remove_file(&path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let listener = UnixListener::bind(&path)?;
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600))?;
    Ok(Socket { listener, path })
}

/// Answers one caller after the other, for as long as it is driven.
pub(crate) async fn serve<F>(socket: Socket, copy: impl Fn(PathBuf) -> F)
where
    F: Future<Output = Result<String, String>>,
{
    loop {
        let Ok((stream, _)) = socket.listener.accept().await else { continue };
        if let Err(error) = answer(stream, &copy).await {
            tracing::debug!(error = %error, "a command was cut off");
        }
    }
}

async fn answer<F>(mut stream: UnixStream, copy: &impl Fn(PathBuf) -> F) -> io::Result<()>
where
    F: Future<Output = Result<String, String>>,
{
    let mut request = String::new();
    let (mut reading, mut writing) = stream.split();
    let read = (&mut reading).take(BYTES_MAX);
    tokio::time::timeout(READ_MAX, { read }.read_to_string(&mut request)).await??;
    tracing::info!(folder = request, "asked for a copy");
    let answer = match copy(PathBuf::from(request)).await {
        Ok(told) => format!("done: {told}"),
        Err(why) => format!("failed: {why}"),
    };
    writing.write_all(answer.as_bytes()).await
}

/// Asks the server that runs over a data folder for a copy; none when no server runs there.
pub(crate) async fn ask(data: &Path, folder: &Path) -> Result<Option<String>, String> {
    let Ok(mut stream) = UnixStream::connect(data.join(FILE)).await else { return Ok(None) };
    let folder = folder.to_str().ok_or_else(|| format!("{} is not UTF-8", folder.display()))?;
    let told = converse(&mut stream, folder).await;
    let told = told.map_err(|error| format!("the running server did not answer: {error}"))?;
    match told.split_once(": ") {
        Some(("done", told)) => Ok(Some(told.to_owned())),
        Some(("failed", why)) => Err(why.to_owned()),
        _ => Err("the running server stopped before the copy was whole".into()),
    }
}

async fn converse(stream: &mut UnixStream, request: &str) -> io::Result<String> {
    stream.write_all(request.as_bytes()).await?;
    stream.shutdown().await?;
    let mut told = String::new();
    stream.take(BYTES_MAX).read_to_string(&mut told).await?;
    Ok(told)
}

/// Starts to answer, in a task of its own, by copying with `copy`.
pub(crate) fn start<F>(
    data: &Path,
    copy: Arc<dyn Fn(PathBuf) -> F + Send + Sync>,
) -> Option<tokio::task::JoinHandle<()>>
where
    F: Future<Output = Result<String, String>> + Send + 'static,
{
    match bind(data) {
        Ok(socket) => Some(crate::tasks::spawn("control", serve(socket, move |folder| copy(folder)))),
        Err(error) => {
            tracing::warn!(error = %error, "no backup can be made while the server runs");
            None
        }
    }
}

impl Drop for Socket {
    fn drop(&mut self) {
        // What stays behind is removed by the next server.
        let _ = std::fs::remove_file(&self.path);
    }
}
