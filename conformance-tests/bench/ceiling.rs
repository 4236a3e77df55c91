//! What could this machine do at best?
//!
//! The server's own listener with nothing behind it (2 KB from memory), with one bare point read behind it,
//! and with one bare durable insert, group-committed, behind it. It has no router and no middleware, which
//! are part of what the server costs. Runs as a process of its own, so that it is measured as the server is.

use std::convert::Infallible;
use std::ffi::OsString;
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use bytes::Bytes;
use conformance_tests::chance::Chance;
use conformance_tests::client::Answer;
use http::{Request, Response, StatusCode, header};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use server::listeners::http::{Bounds, serve as serve_http};
use sql::bare::Bare;
use tokio::sync::watch;

use crate::drive::{Script, expect_status};
use crate::samples::{self, Kind, Template};

/// Bytes of the answer from memory.
const MEMORY_BYTES: usize = 2 << 10;

/// Rows that the point read chooses from: a warm set, as the server's is.
const ROWS: usize = 1000;

/// One of the ceilings.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Ceiling {
    /// The HTTP stack answering 2 KB from memory.
    Memory,
    /// A bare point read.
    Point,
    /// A bare durable insert.
    Insert,
}

impl Ceiling {
    /// The name in reports.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Ceiling::Memory => "memory",
            Ceiling::Point => "point read",
            Ceiling::Insert => "bare insert",
        }
    }

    /// What one connection asks of this ceiling.
    pub(crate) fn script(self, worker: usize) -> Box<dyn Script> {
        let chance = Chance::from_seed(worker as u64);
        match self {
            Ceiling::Memory => Box::new(Asking { path: "/memory", row_end: None, chance }),
            Ceiling::Point => Box::new(Asking { path: "/point", row_end: Some(ROWS), chance }),
            Ceiling::Insert => Box::new(Inserting { templates: samples::small(), body: Vec::new(), chance }),
        }
    }
}

struct Asking {
    path: &'static str,
    row_end: Option<usize>,
    chance: Chance,
}

impl Script for Asking {
    fn next(&mut self, request: &mut Vec<u8>) -> bool {
        let row = self.row_end.map(|end| format!("/{}", self.chance.place(end))).unwrap_or_default();
        samples::write_get(request, &format!("{}{row}", self.path));
        true
    }

    fn answered(&mut self, answer: &Answer<'_>) -> Result<(), String> {
        expect_status(answer, &[200])
    }
}

struct Inserting {
    templates: Arc<Vec<Template>>,
    body: Vec<u8>,
    chance: Chance,
}

impl Script for Inserting {
    fn next(&mut self, request: &mut Vec<u8>) -> bool {
        let template = self.chance.pick(&self.templates);
        template.render(&mut self.body, None, self.chance.number());
        samples::write_with_body(request, "POST", "/insert", &self.body);
        true
    }

    fn answered(&mut self, answer: &Answer<'_>) -> Result<(), String> {
        expect_status(answer, &[201])
    }
}

/// Serves the ceilings; the one argument is a database file for SQLite or the URL of a PostgreSQL database.
pub(crate) fn run(arguments: &[OsString]) -> io::Result<()> {
    let database = arguments.first().and_then(|database| database.to_str());
    let database = database.ok_or_else(|| io::Error::other("the ceilings need a database"))?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(serve(database))
}

async fn serve(database: &str) -> io::Result<()> {
    let bare = Bare::open(database).await.map_err(|error| io::Error::other(error.to_string()))?;
    let mut body = Vec::new();
    Template::of(Kind::Patient, &mut Chance::from_seed(0)).render(&mut body, Some("0"), 0);
    bare.seed(ROWS, &body).await.map_err(io::Error::other)?;
    let memory = Bytes::from(vec![b'x'; MEMORY_BYTES]);
    let ceilings = Arc::new(Ceilings { bare, memory, inserted: AtomicU64::new(0) });
    let service = tower::service_fn(move |request| {
        let ceilings = Arc::clone(&ceilings);
        async move { Ok::<_, Infallible>(ceilings.answer(request).await) }
    });
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
    println!("Ceilings listen on http://{}", listener.local_addr()?);
    let (_going_on, stop) = watch::channel(false);
    serve_http(listener, None, service, Bounds::default(), stop).await;
    Ok(())
}

struct Ceilings {
    bare: Bare,
    memory: Bytes,
    inserted: AtomicU64,
}

impl Ceilings {
    async fn answer(&self, request: Request<Incoming>) -> Response<Full<Bytes>> {
        let path = request.uri().path();
        if path == "/memory" {
            return answer(StatusCode::OK, self.memory.clone());
        }
        if let Some(row) = path.strip_prefix("/point/").and_then(|row| row.parse().ok()) {
            return match self.bare.point_read(row).await {
                Some(body) => answer(StatusCode::OK, body),
                None => answer(StatusCode::NOT_FOUND, Bytes::new()),
            };
        }
        match request.into_body().collect().await {
            Ok(body) => self.insert(body.to_bytes()).await,
            Err(error) => answer(StatusCode::BAD_REQUEST, error.to_string().into()),
        }
    }

    async fn insert(&self, body: Bytes) -> Response<Full<Bytes>> {
        let id = format!("i{}", self.inserted.fetch_add(1, Ordering::Relaxed));
        match self.bare.insert(id, body).await {
            Ok(()) => answer(StatusCode::CREATED, Bytes::new()),
            Err(error) => answer(StatusCode::INTERNAL_SERVER_ERROR, error.into()),
        }
    }
}

fn answer(status: StatusCode, body: Bytes) -> Response<Full<Bytes>> {
    let answer = Response::builder().status(status).header(header::CONTENT_TYPE, "application/fhir+json");
    answer.body(Full::new(body)).expect("the parts are well-formed")
}
