//! Does what PostgreSQL holds come back from a copy, by commands alone?
//!
//! On the server that `BRIGID_TEST_POSTGRES` names, if it does, with PostgreSQL's own `createdb` and
//! `dropdb`: SQL is spoken in `sql` alone.

use std::process::Command;
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::program::{folder, run};
use crate::running::Server;

/// A database of the test's own, which goes when this does.
struct Database {
    server: String,
    name: String,
    url: String,
}

/// A fresh database; none, and a line that says so, where no server is named.
#[expect(clippy::disallowed_methods, reason = "a test asks its surroundings where PostgreSQL is")]
fn database() -> Option<Database> {
    static NUMBER: AtomicUsize = AtomicUsize::new(0);
    let Some(server) = std::env::var("BRIGID_TEST_POSTGRES").ok().filter(|url| !url.is_empty()) else {
        eprintln!("skipped: BRIGID_TEST_POSTGRES names no PostgreSQL server");
        return None;
    };
    let name = format!("brigid_copying_{}_{}", std::process::id(), NUMBER.fetch_add(1, Ordering::Relaxed));
    let made = Command::new("createdb").args(["--maintenance-db", &server, &name]).status();
    assert!(made.expect("createdb is there").success(), "{name} could not be made");
    let (base, _) = server.rsplit_once('/').expect("the URL names a database");
    let url = format!("{base}/{name}");
    Some(Database { server, name, url })
}

impl Drop for Database {
    fn drop(&mut self) {
        let Self { server, name, .. } = self;
        let gone = Command::new("dropdb").args(["--force", "--maintenance-db", server, name]).status();
        if !gone.is_ok_and(|status| status.success()) {
            eprintln!("{name} was left behind");
        }
    }
}

const BINARY: &str = r#"{"resourceType":"Binary","id":"x","contentType":"text/plain","data":"aGVsbG8="}"#;

#[test]
fn a_server_on_postgres_is_copied_while_it_runs_and_restored_into_either_database() {
    let (Some(first), Some(second)) = (database(), database()) else { return };
    let folder = folder();
    let path = folder.path();
    let server = Server::start(path, &["--database", &first.url]);
    server.ask("PUT", "/fhir/Patient/7", r#"{"resourceType":"Patient","id":"7"}"#);
    server.ask("PUT", "/fhir/Binary/x", BINARY);
    let (code, said) = run(path, &["backup", "copy", "--database", &first.url]);
    assert!(code == 0 && said.contains("and 1 blobs into HERE/copy"), "{said}");
    server.ask("PUT", "/fhir/Patient/8", r#"{"resourceType":"Patient","id":"8"}"#);
    server.stop();
    let well = "all is well with 2 versions, 1 blobs and 0 blobs that no resource names\n";
    let (code, said) = run(path, &["restore", "copy", "--data", "file"]);
    assert!(code == 0 && said.ends_with(well), "{said}");
    let (code, said) = run(path, &["restore", "copy", "--data", "again", "--database", &second.url]);
    assert!(code == 0 && said.ends_with(well), "{said}");
    assert!(said.contains("restored the database into PostgreSQL and 1 blobs into again"), "{said}");
    let (code, said) = run(path, &["backup", "last", "--data", "again", "--database", &second.url]);
    assert!(code == 0 && said.contains("and 1 blobs into HERE/last"), "a copy without a server: {said}");
}

#[test]
fn a_copy_is_not_restored_into_a_postgres_that_holds_something() {
    let Some(database) = database() else { return };
    let folder = folder();
    let path = folder.path();
    let (code, said) = run(path, &["backup", "copy", "--database", &database.url]);
    assert_eq!(code, 0, "{said}");
    let (code, said) = run(path, &["restore", "copy", "--data", "new", "--database", &database.url]);
    assert!(code == 1 && said.contains("the database holds rows already"), "{said}");
    assert!(!path.join("new").exists(), "nothing was begun");
}
