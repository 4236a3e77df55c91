//! How does a batch of spans reach the collector?
//!
//! OTLP over HTTP/1.1 (<https://opentelemetry.io/docs/specs/otlp/#otlphttp-request>), on one connection
//! that is kept for the next batch. A wait that the collector asks for by `Retry-After` is not kept to:
//! the one more try comes at its own time.

use std::fmt;
use std::time::Duration;

use bytes::Bytes;
use http::{Request, StatusCode, Uri, header};
use http_body_util::{BodyExt as _, Full, Limited};
use hyper::client::conn::http1::{self, SendRequest};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;

use crate::tasks;

/// How long connecting, sending and being answered may take together.
const ANSWER_WAIT_MAX: Duration = Duration::from_secs(5);

/// Bytes of an answer that are read, only so that the connection can be used again.
const ANSWER_BYTES_MAX: usize = 64 << 10;

/// The port where a URL names none.
const PORT_DEFAULT: u16 = 80;

/// Sends batches to one collector.
pub(super) struct Delivery {
    host: String,
    port: u16,
    authority: String,
    path: String,
    connection: Option<SendRequest<Full<Bytes>>>,
}

/// Why a batch was not taken.
#[derive(Debug)]
pub(super) enum Refusal {
    /// It may be taken another time.
    Passing(String),
    /// It will never be taken.
    Final(StatusCode),
}

impl Delivery {
    /// Knows the way to the collector and does not go yet.
    pub(super) fn to(endpoint: &Uri) -> Self {
        // The brackets of an IPv6 address belong to the URL and not to the address.
        let host = endpoint.host().unwrap_or_default().trim_matches(['[', ']']).to_owned();
        Self {
            host,
            port: endpoint.port_u16().unwrap_or(PORT_DEFAULT),
            authority: endpoint.authority().map(ToString::to_string).unwrap_or_default(),
            path: format!("{}/v1/traces", endpoint.path().trim_end_matches('/')),
            connection: None,
        }
    }

    /// Sends one batch; a connection that was in trouble is not used again.
    pub(super) async fn send(&mut self, body: Bytes) -> Result<(), Refusal> {
        let kept = self.connection.take();
        let exchange = tokio::time::timeout(ANSWER_WAIT_MAX, self.exchange(kept, body));
        let (status, connection) = match exchange.await {
            Ok(Ok(answer)) => answer,
            Ok(Err(why)) => return Err(Refusal::Passing(why)),
            Err(_) => return Err(Refusal::Passing(format!("no answer within {ANSWER_WAIT_MAX:?}"))),
        };
        self.connection = connection;
        match status.as_u16() {
            200..300 => Ok(()),
            429 | 502..=504 => Err(Refusal::Passing(format!("it answered {status}"))),
            _ => Err(Refusal::Final(status)),
        }
    }

    /// Asks and listens; returns the status and the connection, if it can be used again.
    async fn exchange(
        &self,
        kept: Option<SendRequest<Full<Bytes>>>,
        body: Bytes,
    ) -> Result<(StatusCode, Option<SendRequest<Full<Bytes>>>), String> {
        let usable = match kept {
            Some(mut kept) => kept.ready().await.is_ok().then_some(kept),
            None => None,
        };
        let mut connection = match usable {
            Some(connection) => connection,
            None => self.connect().await?,
        };
        let request = Request::post(&self.path)
            .header(header::HOST, &self.authority)
            .header(header::CONTENT_TYPE, "application/json")
            .body(Full::new(body))
            .map_err(|error| error.to_string())?;
        let response = connection.send_request(request).await.map_err(|error| error.to_string())?;
        let status = response.status();
        let read = Limited::new(response.into_body(), ANSWER_BYTES_MAX).collect().await;
        Ok((status, read.is_ok().then_some(connection)))
    }

    async fn connect(&self) -> Result<SendRequest<Full<Bytes>>, String> {
        let place = (self.host.as_str(), self.port);
        let stream = TcpStream::connect(place).await.map_err(|error| error.to_string())?;
        let shaken = http1::handshake(TokioIo::new(stream)).await;
        let (sender, connection) = shaken.map_err(|error| error.to_string())?;
        tasks::spawn("exporter connection", async {
            // Whoever sends on it is told of what goes wrong.
            let _ = connection.await;
        });
        Ok(sender)
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Refusal::Passing(why) => out.write_str(why),
            Refusal::Final(status) => write!(out, "it answered {status}"),
        }
    }
}
