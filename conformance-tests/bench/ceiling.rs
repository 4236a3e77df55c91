//! What could this machine do at best?
//!
//! The same HTTP stack as the server's with nothing behind it (2 KB from memory), with one bare point read
//! behind it, and with one bare durable insert, group-committed, behind it. Runs as a process of its own, so
//! that it is measured as the server is.

use std::ffi::OsString;
use std::io;
use std::sync::Arc;

use axum::Router;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use conformance_tests::chance::Chance;
use sql::bare::Bare;

use crate::drive::{Script, expect_status};
use crate::samples::{self, Kind, Template};

/// Bytes of the answer from memory.
const MEMORY_BYTES: usize = 2 << 10;

/// Rows that the point read chooses from: a warm set, as the server's is.
const ROWS: u64 = 1000;

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
    row_end: Option<u64>,
    chance: Chance,
}

impl Script for Asking {
    fn next(&mut self, request: &mut Vec<u8>) -> bool {
        let row = self.row_end.map(|end| format!("/{}", self.chance.below(end))).unwrap_or_default();
        samples::write_get(request, &format!("{}{row}", self.path));
        true
    }

    fn answered(&mut self, answer: &conformance_tests::client::Answer<'_>) -> Result<(), String> {
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
        self.chance.pick(&self.templates).render(&mut self.body, None, self.chance.clone().number());
        self.chance.number();
        samples::write_with_body(request, "POST", "/insert", &self.body);
        true
    }

    fn answered(&mut self, answer: &conformance_tests::client::Answer<'_>) -> Result<(), String> {
        expect_status(answer, &[201])
    }
}

/// Serves the ceilings; the one argument is a folder for SQLite or the URL of a PostgreSQL database.
pub(crate) fn run(arguments: &[OsString]) -> io::Result<()> {
    let place = arguments.first().and_then(|place| place.to_str());
    let place = place.ok_or_else(|| io::Error::other("the ceilings need a place for their rows"))?;
    let url = if place.contains("://") { place.to_owned() } else { format!("sqlite://{place}/bare.db") };
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    runtime.block_on(serve(&url))
}

async fn serve(url: &str) -> io::Result<()> {
    let bare = Bare::open(url).await.map_err(io::Error::other)?;
    let mut body = Vec::new();
    for row in 0..ROWS {
        Template::of(Kind::Patient, &mut Chance::from_seed(row)).render(&mut body, Some(&row.to_string()), row);
        bare.seed(row, Bytes::copy_from_slice(&body)).await.map_err(io::Error::other)?;
    }
    let memory = Bytes::from(vec![b'x'; MEMORY_BYTES]);
    let router = Router::new()
        .route("/memory", get(async move || ([(header::CONTENT_TYPE, "application/fhir+json")], memory.clone())))
        .route("/point/{row}", get(point))
        .route("/insert", post(insert))
        .with_state(Arc::new(bare));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
    println!("Ceilings listen on http://{}", listener.local_addr()?);
    axum::serve(listener, router).await
}

async fn point(State(bare): State<Arc<Bare>>, Path(row): Path<u64>) -> Response {
    match bare.point_read(row).await {
        Some(body) => ([(header::CONTENT_TYPE, "application/fhir+json")], body).into_response(),
        None => StatusCode::NOT_FOUND.into_response(),
    }
}

async fn insert(State(bare): State<Arc<Bare>>, body: Bytes) -> Response {
    match bare.insert(body).await {
        Ok(()) => StatusCode::CREATED.into_response(),
        Err(error) => (StatusCode::INTERNAL_SERVER_ERROR, error.to_string()).into_response(),
    }
}
