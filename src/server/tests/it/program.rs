//! Do the commands do what they say, and refuse with a sentence what they cannot?

use std::io::Write;
use std::path::Path;
use std::process::{Command, Output};

/// The program, away from any settings of whoever runs the test.
pub(crate) fn brigid(folder: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_brigid"));
    command.current_dir(folder).env_clear().args(arguments);
    command
}

/// Runs a command and returns its exit code with what it said, folder names left out.
pub(crate) fn run(folder: &Path, arguments: &[&str]) -> (i32, String) {
    let Output { status, stdout, stderr } = brigid(folder, arguments).output().expect("the program starts");
    let said = format!("{}{}", String::from_utf8_lossy(&stdout), String::from_utf8_lossy(&stderr));
    (status.code().unwrap_or(-1), said.replace(&folder.display().to_string(), "HERE"))
}

/// A folder for a test.
pub(crate) fn folder() -> tempfile::TempDir {
    tempfile::tempdir().expect("a folder for the test")
}

fn write(folder: &Path, name: &str, content: &[u8]) {
    std::fs::create_dir_all(folder.join("in")).expect("a folder");
    std::fs::write(folder.join("in").join(name), content).expect("a file");
}

fn gzip(content: &[u8]) -> Vec<u8> {
    let mut packer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    packer.write_all(content).expect("packed");
    packer.finish().expect("packed")
}

/// Files of every kind: six resources.
fn fill(folder: &Path) {
    write(folder, "a.json", br#"{"resourceType":"Patient","id":"a"}"#);
    let lines = b"{\"resourceType\":\"Basic\",\"id\":\"b\",\"code\":{\"text\":\"x\"}}\n\n{\"resourceType\":\"Patient\"}\n";
    write(folder, "b.ndjson.gz", &gzip(lines));
    let bundle = br#"{"resourceType":"Bundle","type":"transaction","entry":[
        {"fullUrl":"urn:uuid:1","resource":{"resourceType":"Patient","active":true},"request":{"method":"POST","url":"Patient"}},
        {"fullUrl":"urn:uuid:2","resource":{"resourceType":"Account","status":"active","subject":[{"reference":"urn:uuid:1"}]},
         "request":{"method":"POST","url":"Account"}}]}"#;
    write(folder, "c.json.zst", &zstd::encode_all(&bundle[..], 1).expect("packed"));
    write(folder, "d.xml", br#"<Patient xmlns="http://hl7.org/fhir"><id value="d"/></Patient>"#);
    write(folder, "readme.txt", b"not a resource");
}

#[test]
fn a_wrong_setting_is_refused_with_a_sentence() {
    let folder = folder();
    let (code, said) = run(folder.path(), &["config", "--open=maybe"]);
    assert_eq!(
        (code, said.as_str()),
        (1, "brigid: flag --open: `maybe` is not a value for `open`, expected true or false\n")
    );
    std::fs::write(folder.path().join("brigid.toml"), "lisen = 1").expect("written");
    let (code, said) = run(folder.path(), &["config"]);
    assert_eq!(
        (code, said.as_str()),
        (1, "brigid: brigid.toml, line 1: there is no setting `lisen`; did you mean `listen`?\n")
    );
    let (code, said) = run(folder.path(), &["dance"]);
    assert!(code == 2 && said.contains("dance"), "{said}");
}

#[test]
fn config_tells_value_source_and_meaning_of_every_setting() {
    let folder = folder();
    std::fs::write(folder.path().join("brigid.toml"), "open = false").expect("written");
    let told =
        brigid(folder.path(), &["config", "--listen", "127.0.0.1:9"]).env("BRIGID_DATA", "/d").output();
    let told = String::from_utf8(told.expect("the program starts").stdout).expect("UTF-8");
    for line in [
        "listen = \"127.0.0.1:9\"  # flag --listen",
        "data = \"/d\"  # environment variable BRIGID_DATA",
        "open = false  # brigid.toml, line 1",
        "log_level = \"info\"  # built in",
    ] {
        assert!(told.lines().any(|told| told == line), "{line} in {told}");
    }
}

#[test]
fn an_open_server_refuses_to_listen_beyond_this_computer() {
    let folder = folder();
    let (code, said) = run(folder.path(), &["serve", "--listen", "0.0.0.0:0"]);
    assert!(code == 1 && said.contains("--insecure-listen"), "{said}");
}

#[test]
fn files_of_every_kind_are_loaded_once() {
    let folder = folder();
    fill(folder.path());
    let (code, said) = run(folder.path(), &["load", "in"]);
    assert!(code == 0 && said.contains("loaded 6 resources from 4 files"), "{said}");
    let (code, said) = run(folder.path(), &["load", "in"]);
    assert!(
        code == 0 && said.contains("loaded 0 resources from 0 files") && said.contains("4 files skipped"),
        "{said}"
    );
    let (code, said) = run(folder.path(), &["load", "--again", "in"]);
    assert!(code == 0 && said.contains("loaded 6 resources from 4 files"), "{said}");
    let (code, said) = run(folder.path(), &["check"]);
    assert_eq!(
        (code, said.as_str()),
        (0, "all is well with 6 versions, 0 blobs and 0 blobs that no resource names\n"),
        "what was loaded twice has one version"
    );
}

#[test]
fn what_a_load_refuses_is_told_with_its_place_and_the_rest_is_loaded() {
    let folder = folder();
    let lines = b"{\"resourceType\":\"Patient\",\"id\":\"a\"}\n{\"resourceType\":\"Patient\",\"id\":\"b\",\"colour\":1}\n{oops\n";
    write(folder.path(), "a.ndjson", lines);
    write(folder.path(), "b.json.gz", b"not gzip");
    let (code, said) = run(folder.path(), &["load", "in"]);
    assert_eq!(code, 1, "{said}");
    for part in [
        "in/a.ndjson, line 2: Patient.colour: ",
        "in/a.ndjson, line 3: line 1, column 2: ",
        "in/b.json.gz: cannot be read to its end: ",
        "loaded 1 resources from 2 files",
        "3 refused",
    ] {
        assert!(said.contains(part), "{part} in {said}");
    }
    let (_, said) = run(folder.path(), &["load", "in"]);
    assert!(said.contains("0 files skipped"), "a file with refusals is not finished: {said}");
    let (code, said) = run(folder.path(), &["load", "nowhere"]);
    assert!(code == 1 && said.contains("cannot read nowhere: "), "{said}");
    let (code, said) = run(folder.path(), &["load", "in/a.ndjson", "Cargo.toml"]);
    assert!(code == 1 && said.contains("cannot read Cargo.toml"), "{said}");
}

#[test]
fn a_copy_is_restored_and_proves_itself() {
    let folder = folder();
    fill(folder.path());
    let data =
        "{\"resourceType\":\"Binary\",\"id\":\"x\",\"contentType\":\"text/plain\",\"data\":\"aGVsbG8=\"}";
    write(folder.path(), "x.json", data.as_bytes());
    run(folder.path(), &["load", "in"]);
    let (code, said) = run(folder.path(), &["backup", "copy"]);
    assert!(code == 0 && said.contains("and 1 blobs into HERE/copy"), "{said}");
    let (code, said) = run(folder.path(), &["backup", "copy"]);
    assert!(code == 1 && said.contains("cannot make the folder HERE/copy"), "{said}");
    let (code, said) = run(folder.path(), &["restore", "copy"]);
    assert!(code == 1 && said.contains("./data is not empty"), "{said}");
    let (code, said) = run(folder.path(), &["restore", "copy", "--data", "new"]);
    assert_eq!(code, 0, "{said}");
    assert!(
        said.ends_with("all is well with 7 versions, 1 blobs and 0 blobs that no resource names\n"),
        "{said}"
    );
}

#[test]
fn a_copy_that_was_changed_is_not_restored() {
    let folder = folder();
    fill(folder.path());
    run(folder.path(), &["load", "in"]);
    run(folder.path(), &["backup", "copy"]);
    let file = folder.path().join("copy/brigid.db");
    let mut bytes = std::fs::read(&file).expect("a database");
    let last = bytes.len() - 1;
    bytes[last] ^= 1;
    std::fs::write(&file, bytes).expect("written");
    let (code, said) = run(folder.path(), &["restore", "copy", "--data", "new"]);
    assert!(code == 1 && said.contains("is not the one that its manifest describes"), "{said}");
}

#[test]
fn a_check_tells_of_a_blob_that_is_gone() {
    let folder = folder();
    let data = br#"{"resourceType":"Binary","id":"x","contentType":"text/plain","data":"aGVsbG8="}"#;
    write(folder.path(), "x.json", data);
    run(folder.path(), &["load", "in"]);
    std::fs::remove_dir_all(folder.path().join("data/blobs")).expect("removed");
    let (code, said) = run(folder.path(), &["check"]);
    assert!(code == 1 && said.contains("is named by a resource and is damaged or gone"), "{said}");
}

#[test]
fn a_database_is_migrated_once() {
    let folder = folder();
    let (code, said) = run(folder.path(), &["migrate"]);
    assert!(code == 0 && said.starts_with("applied foundation"), "{said}");
    let (code, said) = run(folder.path(), &["migrate"]);
    assert!(code == 0 && said.contains("already"), "{said}");
}
