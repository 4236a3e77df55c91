//! How is one connection held, from its first byte to its end?

use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use http::Request;
use hyper::body::Incoming;
use hyper::server::conn::{http1, http2};
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::service::TowerToHyperService;
use model::limits::HEADER_BYTES_MAX;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::sync::watch;
use tokio::time::MissedTickBehavior;
use tokio_rustls::TlsAcceptor;

use super::coarse_timer::CoarseTimer;
use super::http::{Answering, Bounds};
use super::paced::Paced;
use crate::clock::mark;

/// Requests that one HTTP/2 connection may have running at once.
const STREAMS_MAX: u32 = 256;

/// Streams that a client may open and reset before the server has looked at them
/// (CVE-2023-44487); a browser that changes its mind resets a handful.
const RESET_STREAMS_MAX: usize = 32;

/// How often a silent HTTP/2 connection is asked whether somebody is there still.
const PING_AFTER: Duration = Duration::from_secs(30);

/// How long the answer to that may take.
const PING_ANSWER: Duration = Duration::from_secs(15);

/// Looks at every connection in the time that a client has for its headers; more cost, fewer are coarse.
const TICKS: u32 = 4;

/// How long to wait for the rest of a first word that came in pieces.
const FIRST_WORD_PAUSE: Duration = Duration::from_millis(10);

/// What a client speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Protocol {
    Http1,
    Http2,
}

/// Talks with a client until it goes, is too slow, or the server stops.
pub(super) async fn hold<S: Answering>(
    stream: TcpStream,
    tls: Option<TlsAcceptor>,
    service: S,
    bounds: Bounds,
    stop: watch::Receiver<bool>,
) {
    // Answers go out whole; waiting for more to send with them would only delay them.
    if stream.set_nodelay(true).is_err() {
        return;
    }
    match tls {
        None => {
            let first = tokio::time::timeout(bounds.header_read, first_word(&stream)).await;
            if let Ok(Some(protocol)) = first {
                talk(stream, protocol, service, bounds, stop).await;
            }
        }
        Some(acceptor) => match tokio::time::timeout(bounds.header_read, acceptor.accept(stream)).await {
            Ok(Ok(stream)) => {
                let http2 = stream.get_ref().1.alpn_protocol() == Some(b"h2");
                let protocol = if http2 { Protocol::Http2 } else { Protocol::Http1 };
                talk(stream, protocol, service, bounds, stop).await;
            }
            Ok(Err(error)) => tracing::debug!(error = %error, "a TLS handshake failed"),
            Err(_) => tracing::debug!("a TLS handshake took too long"),
        },
    }
}

/// Tells HTTP/2 by its preface, `PRI`, which no HTTP/1 method begins with; none when the client goes.
async fn first_word(stream: &TcpStream) -> Option<Protocol> {
    let mut start = [0; 3];
    loop {
        let seen = stream.peek(&mut start).await.ok()?;
        match &start[..seen] {
            [] => return None,
            b"PRI" => return Some(Protocol::Http2),
            b"P" | b"PR" => tokio::time::sleep(FIRST_WORD_PAUSE).await,
            _ => return Some(Protocol::Http1),
        }
    }
}

async fn talk<S: Answering>(
    stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
    protocol: Protocol,
    service: S,
    bounds: Bounds,
    stop: watch::Receiver<bool>,
) {
    let (stream, stall) = Paced::new(stream);
    let stream = TokioIo::new(stream);
    let ended = match protocol {
        Protocol::Http1 => {
            let service = TowerToHyperService::new(service);
            let connection = http1::Builder::new()
                .timer(CoarseTimer)
                .header_read_timeout(bounds.header_read)
                .max_header_size(HEADER_BYTES_MAX)
                .serve_connection(stream, service);
            drive(connection, bounds, stop, || stall.exceeds(bounds.write_stall)).await
        }
        Protocol::Http2 => {
            let (service, asked) = noting(service);
            let connection = http2::Builder::new(TokioExecutor::new())
                .timer(CoarseTimer)
                .max_concurrent_streams(STREAMS_MAX)
                .max_pending_accept_reset_streams(RESET_STREAMS_MAX)
                .max_header_list_size(u32::try_from(HEADER_BYTES_MAX).expect("a header block is small"))
                .keep_alive_interval(PING_AFTER)
                .keep_alive_timeout(PING_ANSWER)
                .serve_connection(stream, TowerToHyperService::new(service));
            let began = mark();
            let silent = || !asked.load(Ordering::Relaxed) && began.elapsed() > bounds.header_read;
            drive(connection, bounds, stop, || silent() || stall.exceeds(bounds.write_stall)).await
        }
    };
    if let Err(error) = ended {
        tracing::debug!(error = %error, "a connection broke off");
    }
}

/// The same service, and whether it has been asked anything yet.
///
/// hyper bounds the wait for an HTTP/1 request itself; in HTTP/2 a client could say hello and no more.
fn noting<S: Answering>(
    service: S,
) -> (impl Answering<Body = S::Body, BodyError = S::BodyError, Answer = S::Answer>, Arc<AtomicBool>) {
    let asked = Arc::new(AtomicBool::new(false));
    let note = asked.clone();
    let service = tower::util::MapRequest::new(service, move |request: Request<Incoming>| {
        note.store(true, Ordering::Relaxed);
        request
    });
    (service, asked)
}

/// Drives a connection, looks at it every tick, and asks it to end when the server stops.
async fn drive<C>(
    connection: C,
    bounds: Bounds,
    mut stop: watch::Receiver<bool>,
    given_up: impl Fn() -> bool,
) -> Result<(), hyper::Error>
where
    C: Future<Output = Result<(), hyper::Error>> + Gracefully,
{
    let mut connection = pin!(connection);
    let mut tick = tokio::time::interval(bounds.header_read / TICKS);
    tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut stopping = false;
    loop {
        tokio::select! {
            biased;
            ended = &mut connection => return ended,
            _ = stop.wait_for(|stopping| *stopping), if !stopping => {
                stopping = true;
                connection.as_mut().end();
            }
            _ = tick.tick() => {
                if given_up() {
                    return Ok(());
                }
            }
        }
    }
}

/// Connections that can be asked to finish what they do and then end.
trait Gracefully {
    fn end(self: std::pin::Pin<&mut Self>);
}

impl<I, S, B> Gracefully for http1::Connection<I, S>
where
    S: hyper::service::HttpService<Incoming, ResBody = B>,
    S::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
    I: hyper::rt::Read + hyper::rt::Write + Unpin,
    B: http_body::Body + 'static,
    B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
{
    fn end(self: std::pin::Pin<&mut Self>) {
        self.graceful_shutdown();
    }
}

impl<I, S, B> Gracefully for http2::Connection<I, S, TokioExecutor>
where
    S: hyper::service::HttpService<Incoming, ResBody = B>,
    S::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
    I: hyper::rt::Read + hyper::rt::Write + Unpin,
    B: http_body::Body + 'static,
    B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
    TokioExecutor: hyper::rt::bounds::Http2ServerConnExec<S::Future, B>,
{
    fn end(self: std::pin::Pin<&mut Self>) {
        self.graceful_shutdown();
    }
}
