//! Are code systems loaded, listed and removed, and does a running server answer from them?

use std::path::Path;

use terminology::load::with_check_digit;

use crate::packed::put;
use crate::program::{folder, run};
use crate::running::Server;

/// What a server says when it has taken other code systems.
const TAKEN: &str = "code systems were loaded or removed; the rules are those of now";

const LOOKUP: &str = "/fhir/CodeSystem/$lookup?system=http://test.example/colors&code=red";

fn colors(version: &str) -> Vec<u8> {
    let head = format!(r#""url":"http://test.example/colors","version":"{version}","name":"Colors""#);
    let concept = format!(r#"{{"code":"red","display":"Red of {version}"}}"#);
    format!(
        r#"{{"resourceType":"CodeSystem",{head},"status":"active","content":"complete","concept":[{concept}]}}"#
    )
    .into_bytes()
}

/// Runs `terminology` with these words and holds the code and a part of what is said against what is expected.
fn check(folder: &Path, words: &[&str], (expected, part): (i32, &str)) {
    let (code, said) = run(folder, &[&["terminology"], words].concat());
    assert!(code == expected && said.contains(part), "{words:?}: {code} {said}");
}

/// How many files there are of code systems, whole or not.
fn files(folder: &Path) -> usize {
    let entries = std::fs::read_dir(folder.join("data/terminology")).expect("the folder is there");
    entries.filter(|entry| entry.as_ref().is_ok_and(|entry| entry.file_name() != ".hold")).count()
}

#[test]
fn a_code_system_is_loaded_listed_and_removed() {
    let folder = folder();
    let path = folder.path();
    assert_eq!(run(path, &["terminology", "list"]), (0, String::new()));
    let file = put(path, "colors.json", &colors("1"));
    check(path, &["load", file], (0, "loaded http://test.example/colors|1: 1 concepts in"));
    check(path, &["load", file], (0, "CodeSystem (JSON)"));
    check(path, &["list"], (0, "http://test.example/colors|1  1 concepts  0.0 MB  loaded 20"));
    check(path, &["load", put(path, "newer.json", &colors("2"))], (0, "colors|2"));
    let several =
        "`http://test.example/colors` is loaded in several versions: say http://test.example/colors|VERSION";
    check(path, &["remove", "http://test.example/colors"], (1, several));
    check(path, &["remove", "http://test.example/colors|1"], (0, "removed http://test.example/colors|1"));
    check(path, &["remove", "http://test.example/colors"], (0, "removed"));
    check(path, &["remove", "http://test.example/colors"], (1, "is not loaded"));
    assert_eq!(files(path), 0);
}

#[test]
fn a_running_server_answers_from_what_is_loaded_and_forgets_what_is_removed() {
    let folder = folder();
    let path = folder.path();
    let server = Server::start(path, &[]);
    let lookup = |expected: &str| {
        let answer = server.ask_with("GET", LOOKUP, "", "");
        assert!(answer.contains(expected), "{expected} in {answer}");
    };
    lookup("is not loaded");
    check(path, &["load", put(path, "colors.json", &colors("1"))], (0, "loaded"));
    server.wait_for(TAKEN);
    lookup("Red of 1");
    check(path, &["load", put(path, "newer.json", &colors("2"))], (0, "loaded"));
    server.wait_for(TAKEN);
    lookup("Red of 2");
    check(path, &["remove", "http://test.example/colors|2"], (0, "removed"));
    server.wait_for(TAKEN);
    lookup("Red of 1");
    assert_eq!(server.stop().0, 0);
}

#[test]
fn another_server_is_asked_for_what_is_not_loaded() {
    let (with, without) = (folder(), folder());
    check(with.path(), &["load", put(with.path(), "colors.json", &colors("1"))], (0, "loaded"));
    let other = Server::start(with.path(), &[]);
    let systems = "http://test.example/";
    let flags = ["--terminology-remote", &other.base(), "--terminology-remote-systems", systems];
    let server = Server::start(without.path(), &flags);
    let ask = |path: &str, expected: &str| {
        let answer = server.ask_with("GET", path, "", "");
        assert!(answer.contains(expected), "{path}: {expected} in {answer}");
    };
    ask(LOOKUP, "Red of 1");
    let code_system = "/fhir/CodeSystem/$validate-code?url=http://test.example/colors";
    ask(&format!("{code_system}&code=red"), r#"{"name":"result","valueBoolean":true}"#);
    let subsumes = "/fhir/CodeSystem/$subsumes?system=http://test.example/colors";
    ask(&format!("{subsumes}&codeA=red&codeB=red"), "equivalent");
    let value_set = r#"{"resourceType":"Parameters","parameter":[{"name":"valueSet","resource":{
        "resourceType":"ValueSet","status":"draft","compose":{"include":[{"system":"http://test.example/colors"}]}}}]}"#;
    let expanded = server.ask("POST", "/fhir/ValueSet/$expand", value_set);
    assert!(expanded.contains("Red of 1"), "{expanded}");
    let nowhere = "/fhir/ValueSet/$expand?url=http://test.example/none";
    ask(nowhere, "HTTP/1.1 404");
    let refused = "the terminology server that is asked for what is not loaded here says";
    ask("/fhir/CodeSystem/$lookup?system=http://test.example/colors&code=blue", refused);
    ask("/fhir/CodeSystem/$lookup?system=http://none.example/colors&code=red", "is not loaded");
    assert_eq!(other.stop().0, 0);
    ask(LOOKUP, "Red of 1");
    ask("/fhir/CodeSystem/$lookup?system=http://test.example/colors&code=green", "is not loaded");
    assert_eq!(server.stop().0, 0);
}

#[test]
fn code_systems_travel_with_a_copy() {
    let folder = folder();
    let path = folder.path();
    check(path, &["load", put(path, "colors.json", &colors("1"))], (0, "loaded"));
    let (code, said) = run(path, &["backup", "copy"]);
    assert_eq!(code, 0, "{said}");
    let (code, said) = run(path, &["restore", "copy", "--data", "again"]);
    assert_eq!(code, 0, "{said}");
    check(path, &["list", "--data", "again"], (0, "http://test.example/colors|1  1 concepts"));
}

#[test]
fn a_file_that_is_damaged_is_left_out_and_told() {
    let folder = folder();
    let path = folder.path();
    check(path, &["load", put(path, "colors.json", &colors("1"))], (0, "loaded"));
    std::fs::write(path.join("data/terminology/cut.codes"), b"brigidCS").expect("written");
    let server = Server::start(path, &[]);
    let answer = server.ask_with("GET", LOOKUP, "", "");
    assert!(answer.contains("Red of 1"), "{answer}");
    server.wait_for("a loaded code system cannot be used");
    server.stop();
    check(
        path,
        &["list"],
        (1, "cut.codes: the file of the code system cannot be used: it is shorter than it says"),
    );
}

fn id(number: u64, kind: &str) -> String {
    with_check_digit(&format!("{}{kind}", 7_000 + number)).expect("digits alone")
}

/// Writes a small release: a thing, a kind of it, and a set that has the latter.
fn release(folder: &Path) {
    let [thing, kind, set, module] = [1, 2, 3, 4].map(|number| id(number, "00"));
    let write = |name: &str, heading: &str, rows: &[String]| {
        let lines: String =
            std::iter::once(&heading.to_owned()).chain(rows).map(|line| format!("{line}\r\n")).collect();
        std::fs::create_dir_all(folder).expect("made");
        std::fs::write(folder.join(name), lines.replace(' ', "\t").replace('_', " ")).expect("written");
    };
    let concepts =
        [&thing, &kind, &set, &module].map(|own| format!("{own} 20240101 1 {module} 900000000000074008"));
    write("sct2_Concept_Snapshot_XX.txt", "id effectiveTime active moduleId definitionStatusId", &concepts);
    let name = |number: u64, of: &str, term: &str| {
        let own = id(number, "01");
        format!("{own} 20240101 1 {module} {of} en 900000000000013009 {term} 900000000000448009")
    };
    write(
        "sct2_Description_Snapshot_XX.txt",
        "id effectiveTime active moduleId conceptId languageCode typeId term caseSignificanceId",
        &[name(11, &thing, "Thing"), name(12, &kind, "Round_thing")],
    );
    let link = format!(
        "{} 20240101 1 {module} {kind} {thing} 0 116680003 900000000000011006 900000000000451002",
        id(21, "02")
    );
    write(
        "sct2_Relationship_Snapshot_XX.txt",
        "id effectiveTime active moduleId sourceId destinationId relationshipGroup typeId characteristicTypeId modifierId",
        &[link],
    );
    write(
        "der2_Refset_SimpleSnapshot_XX.txt",
        "id effectiveTime active moduleId refsetId referencedComponentId",
        &[format!("x 20240101 1 {module} {set} {kind}")],
    );
    write(
        "der2_ssRefset_ModuleDependencySnapshot_XX.txt",
        "id effectiveTime active moduleId refsetId referencedComponentId sourceEffectiveTime targetEffectiveTime",
        &[format!("y 20240101 1 {module} 900000000000534007 900000000000012004 20240201 20240101")],
    );
}

#[test]
fn a_release_of_snomed_ct_is_asked_by_its_implicit_value_sets() {
    let folder = folder();
    let path = folder.path();
    let files = path.join("release");
    release(&files);
    let [thing, kind, set, module] = [1, 2, 3, 4].map(|number| id(number, "00"));
    let version = format!("http://snomed.info/sct/{module}/version/20240201");
    let loaded = format!("loaded http://snomed.info/sct|{version}: 4 concepts");
    check(path, &["load", &files.to_string_lossy()], (0, &loaded));
    let server = Server::start(path, &[]);
    let expand = |query: &str| {
        let url = format!("http://snomed.info/sct?fhir_vs{query}").replace('?', "%3F").replace('=', "%3D");
        let url = url.replace(' ', "%20").replace('<', "%3C").replace('^', "%5E");
        server.ask_with("GET", &format!("/fhir/ValueSet/$expand?url={url}"), "", "")
    };
    for (query, total, holds) in [
        (String::new(), 4, "Thing"),
        (format!("=isa/{thing}"), 2, "Round thing"),
        (format!("=refset/{set}"), 1, "Round thing"),
        (format!("=ecl/< {thing}"), 1, "Round thing"),
        (format!("=ecl/^ {set}"), 1, &*kind),
    ] {
        let answer = expand(&query);
        assert!(
            answer.contains(&format!(r#""total":{total}"#)) && answer.contains(holds),
            "{query}: {answer}"
        );
    }
    server.stop();
}

#[test]
fn what_cannot_be_loaded_is_refused_with_its_place_and_leaves_nothing() {
    let folder = folder();
    let path = folder.path();
    let broken = path.join("broken");
    release(&broken);
    let concepts = broken.join("sct2_Concept_Snapshot_XX.txt");
    let text = std::fs::read_to_string(&concepts).expect("written before");
    std::fs::write(&concepts, &text[..text.len() - 20]).expect("written");
    let place =
        "cannot be loaded: sct2_Concept_Snapshot_XX.txt, line 5: the file ends in the middle of this line";
    check(path, &["load", &broken.to_string_lossy()], (1, place));
    check(path, &["load", put(path, "a.zip", b"PK\x03\x04")], (1, "the archive has no end"));
    check(path, &["load", put(path, "a.txt", b"hello")], (1, "is of no format that is known: "));
    check(path, &["load", put(path, "a.json", br#"{"resourceType":"CodeSystem","#)], (1, "a.json, line 1: "));
    check(path, &["load", "nowhere"], (1, "cannot read nowhere: "));
    check(path, &["load"], (1, "say which release"));
    assert_eq!(files(path), 0);
}
