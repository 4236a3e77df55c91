//! How do HTTP connections come in, and how many, for how long?
//!
//! HTTP/1.1 and HTTP/2, in the clear and over TLS, over any tower service. Every wait has a bound: the
//! first byte, the handshake, the headers of each request, and the end. What a body may take is for the
//! service to say. <https://www.rfc-editor.org/rfc/rfc9112>, <https://www.rfc-editor.org/rfc/rfc9113>.

use std::convert::Infallible;
use std::error::Error;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::{Request, Response};
use hyper::body::Incoming;
use model::limits::{CONNECTIONS_MAX, HEADER_READ_MS_MAX};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tokio_rustls::TlsAcceptor;

use super::conversation;
use crate::tasks;

/// Milliseconds that running requests get to finish when the server stops.
const STOP_MS_MAX: u64 = 20_000;

/// Milliseconds in which a client must read something of an answer that fills its connection.
const WRITE_STALL_MS_MAX: u64 = 30_000;

/// Milliseconds to wait before the next try when no connection could be taken, as for want of file
/// descriptors: long enough not to spin, short enough not to be noticed.
const ACCEPT_PAUSE_MS: u64 = 50;

/// What a listener bears.
#[derive(Clone, Copy, Debug)]
pub struct Bounds {
    /// How long a client may take for the headers of a request, or for saying nothing at all.
    pub header_read: Duration,
    /// How long a client may read nothing of its answer.
    pub write_stall: Duration,
    /// How many connections may be open at once; more wait in the system's queue.
    pub connections_max: usize,
    /// How long running requests get to finish when the server stops.
    pub stop: Duration,
}

impl Default for Bounds {
    fn default() -> Self {
        Self {
            header_read: Duration::from_millis(HEADER_READ_MS_MAX),
            write_stall: Duration::from_millis(WRITE_STALL_MS_MAX),
            connections_max: CONNECTIONS_MAX,
            stop: Duration::from_millis(STOP_MS_MAX),
        }
    }
}

/// A service that answers HTTP requests: what `api` builds, or a ceiling to measure it by.
///
/// It is implemented for every tower service of that kind and says its bounds once.
pub trait Answering:
    tower::Service<
        Request<Incoming>,
        Response = Response<Self::Body>,
        Error = Infallible,
        Future = Self::Answer,
    > + Clone
    + Send
    + 'static
{
    /// The body of its answers.
    type Body: http_body::Body<Data = Bytes, Error = Self::BodyError> + Send + 'static;
    /// How its bodies break off.
    type BodyError: Into<Box<dyn Error + Send + Sync>>;
    /// Its work on a request.
    type Answer: Future<Output = Result<Response<Self::Body>, Infallible>> + Send + 'static;
}

impl<S, B> Answering for S
where
    S: tower::Service<Request<Incoming>, Response = Response<B>, Error = Infallible> + Clone + Send + 'static,
    S::Future: Send + 'static,
    B: http_body::Body<Data = Bytes> + Send + 'static,
    B::Error: Into<Box<dyn Error + Send + Sync>>,
{
    type Body = B;
    type BodyError = B::Error;
    type Answer = S::Future;
}

/// Accepts connections until `stop` turns true; then lets what runs finish, within its bound.
pub async fn serve<S: Answering>(
    listener: TcpListener,
    tls: Option<TlsAcceptor>,
    service: S,
    bounds: Bounds,
    mut stop: watch::Receiver<bool>,
) {
    let places = Arc::new(Semaphore::new(bounds.connections_max));
    loop {
        let accepted = tokio::select! {
            biased;
            _ = stop.wait_for(|stopping| *stopping) => break,
            accepted = accept(&listener, &places) => accepted,
        };
        let Some((stream, place)) = accepted else { continue };
        let (tls, service, stop) = (tls.clone(), service.clone(), stop.clone());
        drop(tasks::spawn("connection", async move {
            conversation::hold(stream, tls, service, bounds, stop).await;
            drop(place);
        }));
    }
    drop(listener);
    finish(&places, bounds).await;
}

/// Takes the next connection, when there is a place for it.
async fn accept(
    listener: &TcpListener,
    places: &Arc<Semaphore>,
) -> Option<(TcpStream, OwnedSemaphorePermit)> {
    let place = places.clone().acquire_owned().await.expect("the places are never closed");
    match listener.accept().await {
        Ok((stream, _)) => Some((stream, place)),
        Err(error) => {
            tracing::warn!(error = %error, "cannot take a connection");
            tokio::time::sleep(Duration::from_millis(ACCEPT_PAUSE_MS)).await;
            None
        }
    }
}

/// Waits until every place is free again, which is when every connection has ended.
async fn finish(places: &Semaphore, bounds: Bounds) {
    let all = u32::try_from(bounds.connections_max).unwrap_or(u32::MAX);
    if tokio::time::timeout(bounds.stop, places.acquire_many(all)).await.is_err() {
        let open = bounds.connections_max - places.available_permits();
        tracing::warn!(connections = open, "connections were cut off because they did not end in time");
    }
}
