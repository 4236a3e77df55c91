//! Which packages do tests install, and where are they fetched from?
//!
//! Small ones, made here; and a registry that speaks as npm's does, on a port of this machine.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::thread;

use fhir_profiles::Registry;
use model::{Value, json};

/// Bytes of a block of a tar.
const BLOCK_BYTES: usize = 512;

/// Where the definitions of the tests' packages begin.
pub(crate) const HERE: &str = "http://test.example/StructureDefinition";

/// A Patient that claims the profile of the package `test.base`.
pub(crate) fn claiming(content: &str) -> String {
    format!(r#"{{"resourceType":"Patient","meta":{{"profile":["{HERE}/named-patient"]}}{content}}}"#)
}

/// The package `test.base`: a profile of Patient that asks for a name.
pub(crate) fn base(version: &str) -> Vec<u8> {
    package("test.base", version, "{}", &[named_patient()])
}

/// The package `test.more`, which needs `test.base`: an extension and a value set.
pub(crate) fn more(wanted: &str) -> Vec<u8> {
    let value_set = r#"{"resourceType":"ValueSet","id":"colours","url":"http://test.example/ValueSet/colours",
        "status":"active","compose":{"include":[{"system":"http://test.example/c","concept":[{"code":"red"}]}]}}"#;
    let needs = format!(r#"{{"hl7.fhir.r4.core":"4.0.1","test.base":"{wanted}"}}"#);
    let value_set = json::parse(value_set.as_bytes()).expect("JSON");
    package("test.more", "1.0.0", &needs, &[colour(), value_set])
}

/// The package `test.rule`: a profile of Patient with a rule that fails when there are several names.
pub(crate) fn rule() -> Vec<u8> {
    let constraint = r#"[{"key":"one-1","severity":"error","human":"One name is used","expression":"name.single().family.exists()"}]"#;
    let profile = derived("Patient", "ruled-patient", |element| {
        if element.text("path") == Some("Patient") {
            set(element, "constraint", json::parse(constraint.as_bytes()).expect("JSON"));
        }
    });
    package("test.rule", "1.0.0", "{}", &[profile])
}

/// An archive with a manifest and resources.
pub(crate) fn package(name: &str, version: &str, needs: &str, resources: &[Value]) -> Vec<u8> {
    let manifest = format!(
        r#"{{"name":"{name}","version":"{version}","canonical":"http://test.example","fhirVersions":["4.0.1"],
            "dependencies":{needs}}}"#
    );
    let mut files = vec![("package/package.json".to_owned(), manifest.into_bytes())];
    let named = resources.iter().enumerate();
    files.extend(named.map(|(number, it)| (format!("package/{number}.json"), json::to_compact(it))));
    archive(&files)
}

/// A gzipped tar of these files.
pub(crate) fn archive(files: &[(String, Vec<u8>)]) -> Vec<u8> {
    let mut packer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    for (name, content) in files {
        packer.write_all(&header(name, content.len())).expect("packed");
        packer.write_all(content).expect("packed");
        let rest = content.len().next_multiple_of(BLOCK_BYTES) - content.len();
        packer.write_all(&vec![0; rest]).expect("packed");
    }
    packer.write_all(&[0; 2 * BLOCK_BYTES]).expect("packed");
    packer.finish().expect("packed")
}

fn header(name: &str, length: usize) -> [u8; BLOCK_BYTES] {
    let mut header = [0; BLOCK_BYTES];
    let mut put = |place: usize, text: &[u8]| header[place..place + text.len()].copy_from_slice(text);
    put(0, name.as_bytes());
    put(100, b"0000644\0");
    put(124, format!("{length:011o}\0").as_bytes());
    put(148, b"        0ustar\0");
    // The sum is taken over a header with blanks in its place.
    let sum: u32 = header.iter().map(|byte| u32::from(*byte)).sum();
    header[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
    header
}

/// A profile of Patient that asks for a name.
fn named_patient() -> Value {
    derived("Patient", "named-patient", |element| {
        if element.text("path") == Some("Patient.name") {
            set(element, "min", 1_u64.into());
        }
    })
}

/// A simple extension of Patient, which is a code.
fn colour() -> Value {
    derived("Extension", "colour", |element| match element.text("path") {
        Some("Extension.url") => set(element, "fixedUri", format!("{HERE}/colour").as_str().into()),
        Some("Extension.value[x]") => {
            let code = json::parse(br#"[{"code":"code"}]"#).expect("JSON");
            set(element, "type", code);
        }
        _ => {}
    })
}

/// A definition of R4 under another URL, with its elements changed.
fn derived(base: &str, id: &str, change: impl Fn(&mut Value)) -> Value {
    let base_url = format!("http://hl7.org/fhir/StructureDefinition/{base}");
    let base = Registry::r4().resolve_as("StructureDefinition", &base_url).expect("a type of R4");
    let mut definition = Value::clone(&base);
    for (name, text) in [("id", id), ("url", &format!("{HERE}/{id}")), ("baseDefinition", &base_url)] {
        set(&mut definition, name, text.into());
    }
    set(&mut definition, "derivation", "constraint".into());
    let snapshot = definition.as_object_mut().and_then(|all| all.get_mut("snapshot"));
    let elements = snapshot.and_then(Value::as_object_mut).and_then(|all| all.get_mut("element"));
    let Some(Value::Array(elements)) = elements else { panic!("{base_url} has no elements") };
    elements.iter_mut().for_each(change);
    definition
}

fn set(value: &mut Value, name: &str, member: Value) {
    value.as_object_mut().expect("an object").set(name, member);
}

/// Writes an archive into the folder of a test and returns its name there.
pub(crate) fn put<'n>(folder: &Path, name: &'n str, archive: &[u8]) -> &'n str {
    std::fs::write(folder.join(name), archive).expect("written");
    name
}

/// A registry with these packages, each a name, a version and an archive; returns the flag that names it.
pub(crate) fn registry(packages: &[(&str, &str, Vec<u8>)]) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let base = format!("http://{}", listener.local_addr().expect("an address"));
    let mut answers: BTreeMap<String, Vec<u8>> = BTreeMap::new();
    for (name, _, _) in packages {
        let versions = packages.iter().filter(|package| package.0 == *name).map(|(name, version, _)| {
            format!(r#""{version}":{{"dist":{{"tarball":"{base}/archives/{name}-{version}.tgz"}}}}"#)
        });
        let list = format!(r#"{{"versions":{{{}}}}}"#, versions.collect::<Vec<_>>().join(","));
        answers.insert(format!("/{name}"), list.into_bytes());
    }
    for (name, version, archive) in packages {
        answers.insert(format!("/archives/{name}-{version}.tgz"), archive.clone());
    }
    thread::spawn(move || {
        listener.incoming().map_while(Result::ok).for_each(|stream| answer(stream, &answers));
    });
    format!("--package-registry={base}")
}

fn answer(mut stream: TcpStream, answers: &BTreeMap<String, Vec<u8>>) {
    let mut head = String::new();
    let mut reader = BufReader::new(&stream);
    while !head.ends_with("\r\n\r\n") {
        if reader.read_line(&mut head).unwrap_or(0) == 0 {
            return;
        }
    }
    let found = head.split(' ').nth(1).and_then(|path| answers.get(path));
    let (status, body) = found.map_or(("404 Not Found", &[][..]), |body| ("200 OK", body));
    let head = format!("HTTP/1.1 {status}\r\nconnection: close\r\ncontent-length: {}\r\n\r\n", body.len());
    // Whoever asked may have gone away.
    let _ = stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(body));
}
