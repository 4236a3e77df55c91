//! Does each crate use only what it may?

use super::refuse;
use super::workspace::{Member, members};

/// Heavy or dangerous dependencies, and the one crate that may name each.
const OWNERS: &[(&str, &str)] = &[
    ("argon2", "access"),
    ("axum", "api"),
    ("brotli", "api"),
    ("clap", "server"),
    ("compact_str", "model"),
    ("getrandom", "server"),
    ("hyper", "server"),
    ("hyper-util", "server"),
    ("mimalloc", "server"),
    ("octofhir-ucum", "model"),
    ("quick-xml", "model"),
    ("ring", "access"),
    ("rsa", "server"),
    ("sqlx", "sql"),
    ("tantivy", "fulltext"),
    ("tar", "fhir-profiles"),
    ("tokio-rustls", "server"),
    ("toml", "server"),
];

/// Whose dependencies never reach the program.
const EXEMPT: &str = "conformance-tests";

#[test]
fn crates_depend_only_on_crates_listed_above_them() {
    refuse(&layering(&members()));
}

#[test]
fn heavy_dependencies_have_one_owner() {
    let members = members();
    refuse(&ownership(&members));
    let used = |dependency: &str| {
        members.iter().any(|member| dependencies(&member.manifest).any(|(_, name)| name == dependency))
    };
    let unused: Vec<_> = OWNERS.iter().filter(|(dependency, _)| !used(dependency)).collect();
    assert!(unused.is_empty(), "{unused:?} are owned and used by nobody");
}

fn layering(members: &[Member]) -> Vec<String> {
    let mut breaches = Vec::new();
    for (layer, member) in members.iter().enumerate() {
        for (_, dependency) in dependencies(&member.manifest) {
            let place = members.iter().position(|other| other.name() == dependency);
            if place.is_some_and(|place| place >= layer) {
                breaches
                    .push(format!("{}: uses `{dependency}`, which is not listed above it", member.folder));
            }
        }
    }
    breaches
}

fn ownership(members: &[Member]) -> Vec<String> {
    let mut breaches = Vec::new();
    for member in members.iter().filter(|member| member.name() != EXEMPT) {
        for (section, dependency) in dependencies(&member.manifest) {
            let owner = OWNERS.iter().find(|(owned, _)| *owned == dependency).map(|(_, owner)| *owner);
            // What only tests use never reaches the program.
            if section != "dev-dependencies" && owner.is_some_and(|owner| owner != member.name()) {
                let owner = owner.unwrap_or_default();
                breaches.push(format!("{}: names `{dependency}`, which `{owner}` owns", member.folder));
            }
        }
    }
    breaches
}

/// Section and name of every dependency, `[dependencies.name]` and targets' own included.
fn dependencies(manifest: &str) -> impl Iterator<Item = (&str, &str)> {
    let mut section = "";
    manifest.lines().filter_map(move |line| {
        let line = line.trim();
        if let Some(header) = line.strip_prefix('[') {
            let header = header.trim_end_matches(']');
            section = kind(header);
            let named = header.split_once("dependencies.").map(|(_, name)| name);
            return named.map(|name| (section, name));
        }
        let name = line.split(['.', ' ', '=']).next().unwrap_or_default();
        (!section.is_empty() && !name.is_empty() && !name.starts_with('#')).then_some((section, name))
    })
}

/// The kind of dependency that a header begins; nothing for headers of other matters.
fn kind(header: &str) -> &'static str {
    // What follows `[dependencies.name]` are the properties of that one.
    let kinds = ["dev-dependencies", "build-dependencies", "dependencies"];
    kinds.into_iter().find(|kind| header.ends_with(kind)).unwrap_or("")
}

#[test]
fn a_crate_that_reaches_upwards_or_takes_what_is_owned_is_found() {
    let member =
        |folder: &str, manifest: &str| Member { folder: folder.to_owned(), manifest: manifest.to_owned() };
    let members = [
        member(
            "src/model",
            "[package]\nname = \"x\"\n[dependencies]\nstore.workspace = true\nbytes = \"1\"\n",
        ),
        member(
            "src/store",
            "[dependencies]\nmodel = { path = \"../model\" }\n\n[dev-dependencies]\nsqlx = \"1\"\n",
        ),
        member(
            "src/sql",
            "[dependencies]\nsqlx.workspace = true\n[target.'cfg(unix)'.dependencies]\naxum = \"1\"\n",
        ),
        member("src/api", "[dev-dependencies]\napi = \"0\"\n[dependencies.toml]\nversion = \"1\"\n"),
        member("conformance-tests", "[dependencies]\naxum.workspace = true\n"),
    ];
    assert_eq!(
        layering(&members),
        [
            "src/model: uses `store`, which is not listed above it",
            "src/api: uses `api`, which is not listed above it"
        ]
    );
    assert_eq!(
        ownership(&members),
        ["src/sql: names `axum`, which `api` owns", "src/api: names `toml`, which `server` owns"]
    );
}
