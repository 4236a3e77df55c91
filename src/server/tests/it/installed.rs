//! Does a running server go by the packages that are installed, and by its settings?

use std::path::Path;

use crate::packed::{HERE, base, claiming, put};
use crate::program::{folder, run};
use crate::running::Server;

/// What a server says when it has taken other packages.
const TAKEN: &str = "the rules are those of now";

const CLOSELY: &str = "prefer: validation=full\r\n";

fn package(folder: &Path, words: &[&str]) {
    let (code, said) = run(folder, &[&["package"], words, &["--package-registry="]].concat());
    assert_eq!(code, 0, "{said}");
}

fn create(server: &Server, headers: &str, resource: &str) -> String {
    let resource_type = if resource.contains(r#""Patient""#) { "Patient" } else { "Basic" };
    server.ask_with("POST", &format!("/fhir/{resource_type}"), headers, resource)
}

/// Creates the resource and compares the status, and what is said of a refusal.
fn check(server: &Server, headers: &str, resource: &str, expected: &[&str]) {
    let answer = create(server, headers, resource);
    let [status, parts @ ..] = expected else { panic!("a status is expected") };
    assert!(answer.starts_with(&format!("HTTP/1.1 {status} ")), "{answer}");
    for part in parts {
        assert!(answer.contains(part), "{part} in {answer}");
    }
}

const REFUSED: &[&str] = &["422", "cardinality", "Patient.name"];

#[test]
fn a_running_server_takes_what_is_added_and_forgets_what_is_removed() {
    let folder = folder();
    let path = folder.path();
    let file = put(path, "base.tgz", &base("1.0.0"));
    let server = Server::start(path, &[]);
    let (nameless, named) = (claiming(""), claiming(r#","name":[{"family":"Curie"}]"#));
    check(&server, CLOSELY, &nameless, &["201"]);

    package(path, &["add", file]);
    server.wait_for(TAKEN);
    check(&server, CLOSELY, &nameless, REFUSED);
    check(&server, CLOSELY, &named, &["201"]);
    check(&server, "", &nameless, &["201"]);

    package(path, &["remove", "test.base"]);
    server.wait_for(TAKEN);
    check(&server, CLOSELY, &nameless, &["201"]);
    assert_eq!(server.stop().0, 0);
}

#[test]
fn what_was_installed_before_is_there_from_the_start() {
    let folder = folder();
    let path = folder.path();
    package(path, &["add", put(path, "base.tgz", &base("1.0.0"))]);
    let server = Server::start(path, &["--validation=full"]);
    check(&server, "", &claiming(""), REFUSED);
    check(&server, "prefer: validation=structure\r\n", &claiming(""), REFUSED);
    server.stop();
}

#[test]
fn packages_that_are_damaged_under_a_running_server_change_nothing() {
    let folder = folder();
    let path = folder.path();
    package(path, &["add", put(path, "base.tgz", &base("1.0.0"))]);
    let server = Server::start(path, &["--validation=full"]);
    std::fs::write(path.join("data/packages/packages.lock"), b"damaged").expect("written");
    let line = server.wait_for("packages cannot be read");
    assert!(line.contains("the rules stay as they were") && line.contains("\"error\""), "{line}");
    check(&server, "", &claiming(""), REFUSED);
    server.stop();
}

#[test]
fn a_profile_can_be_demanded_of_every_resource_of_a_type() {
    let folder = folder();
    let path = folder.path();
    let demanded = format!("--profiles=Patient={HERE}/named-patient");
    let server = Server::start(path, &[&demanded]);
    server.wait_for("no installed package has a profile that `profiles` demands");
    let nameless = r#"{"resourceType":"Patient"}"#;
    check(&server, "", nameless, &["422", "unknown-profile"]);
    check(&server, "", r#"{"resourceType":"Basic","code":{"text":"x"}}"#, &["201"]);

    package(path, &["add", put(path, "base.tgz", &base("1.0.0"))]);
    server.wait_for(TAKEN);
    check(&server, "", nameless, REFUSED);
    check(&server, "", r#"{"resourceType":"Patient","name":[{"family":"Curie"}]}"#, &["201"]);
    server.stop();
}

#[test]
fn the_level_can_differ_from_type_to_type() {
    let folder = folder();
    let server = Server::start(folder.path(), &["--validation=core,Patient=structure"]);
    let vague = r#"{"resourceType":"Patient","gender":"vague"}"#;
    check(&server, "", vague, &["201"]);
    check(&server, "prefer: validation=core\r\n", vague, &["422", "code-not-in-value-set"]);
    check(&server, "", r#"{"resourceType":"Patient","colour":1}"#, &["422", "unknown-element"]);
    check(&server, "", r#"{"resourceType":"Basic"}"#, &["422", "cardinality"]);
    server.stop();
}

#[test]
fn a_level_or_profile_that_makes_no_sense_is_refused_at_the_start() {
    let folder = folder();
    for (flag, part) in [
        ("--validation=hard", "structure, core or full"),
        ("--validation=Pat=full", "structure, core or full"),
        ("--profiles=Patient", "types and canonicals"),
        ("--package-registry=ftp://a", "a URL such as"),
    ] {
        let (code, said) = run(folder.path(), &["serve", flag]);
        assert!(code == 1 && said.starts_with("brigid: flag ") && said.contains(part), "{said}");
    }
}
