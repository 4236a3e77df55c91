//! Do lists and what they list agree, both ways?

use std::collections::BTreeSet;

use super::refuse;
use super::source::take_apart;
use super::workspace::{File, members, names, read, sources};

/// Files of `src/interactions` that do no interaction of their own, but serve those that do.
const SUPPORTING: &[&str] = &[
    "answer",
    "aside",
    "binary",
    "bundle",
    "conditional",
    "context",
    "failure",
    "included",
    "interaction",
    "lib",
    "library",
    "narrowing",
    "offer",
    "page",
    "parameters",
    "patch",
    "place",
    "prepare",
    "principal",
    "scrutiny",
    "status",
    "words",
];

/// Files that use storage without anyone who asks, each with the reason.
const FOR_THE_SERVER: &str = include_str!("for_the_server.txt");

#[test]
fn an_interaction_is_one_file_with_a_line_in_the_list() {
    let listed = listed_modules(&read("src/interactions/lib.rs"));
    assert!(listed.len() > 8, "the list was not understood: {listed:?}");
    let files = names("src/interactions");
    let files: Vec<_> = files.iter().filter_map(|name| name.strip_suffix(".rs")).collect();
    refuse(&compare(&listed, &files, SUPPORTING));
}

#[test]
fn storage_is_used_in_the_servers_own_name_only_where_that_is_listed() {
    let uses = sources().into_iter().filter(uses_for_the_server).map(|file| file.path).collect();
    refuse(&differences(&uses, FOR_THE_SERVER));
}

#[test]
fn migrations_are_numbered_without_gaps() {
    let folders = names("migrations").into_iter().filter(|name| !name.contains('.'));
    let sets: Vec<(String, Vec<String>)> =
        folders.map(|name| (name.clone(), names(&format!("migrations/{name}")))).collect();
    assert!(!sets.is_empty(), "no migrations were found");
    let mut breaches: Vec<_> = sets.iter().flat_map(|(folder, files)| gaps(folder, files)).collect();
    let uneven = sets.windows(2).filter(|pair| pair[0].1 != pair[1].1);
    breaches.extend(uneven.map(|pair| format!("{} and {} have different migrations", pair[0].0, pair[1].0)));
    refuse(&breaches);
}

#[test]
fn every_limit_is_kept_somewhere() {
    let limits = constants(&read("src/model/limits.rs"));
    assert!(limits.len() > 10, "the limits were not understood: {limits:?}");
    let others: Vec<_> = sources().into_iter().filter(|file| file.path != "src/model/limits.rs").collect();
    refuse(&unused(&limits, &others));
}

#[test]
fn the_readme_shows_every_crate_on_its_map() {
    let readme = read("README.md");
    let missing = members().into_iter().filter(|member| !readme.contains(&member.folder));
    refuse(
        &missing.map(|member| format!("README.md does not mention {}", member.folder)).collect::<Vec<_>>(),
    );
}

/// The modules named in the list of interactions, such as `read` in `read::OFFER`.
fn listed_modules(source: &str) -> BTreeSet<String> {
    let list = source.split_once("pub static ALL:").map_or("", |(_, rest)| rest);
    let list = list.split_once("&[\n").map_or("", |(_, rest)| rest).split("];").next().unwrap_or_default();
    list.lines()
        .filter_map(|line| line.trim().split_once("::"))
        .map(|(module, _)| module.to_owned())
        .collect()
}

fn compare(listed: &BTreeSet<String>, files: &[&str], supporting: &[&str]) -> Vec<String> {
    let mut breaches = Vec::new();
    for file in files {
        match (listed.contains(*file), supporting.contains(file)) {
            (false, false) => breaches.push(format!("{file}.rs is on no list")),
            (true, true) => breaches.push(format!("{file}.rs is on both lists")),
            _ => {}
        }
    }
    let known = listed.iter().map(String::as_str).chain(supporting.iter().copied());
    breaches.extend(
        known.filter(|name| !files.contains(name)).map(|name| format!("{name} is listed and has no file")),
    );
    breaches
}

fn uses_for_the_server(file: &File) -> bool {
    // Where it is made, and where only tests use it, is no use.
    let shipped = file.text.split("\n#[cfg(test)]").next().unwrap_or_default();
    let is_test = file.path.contains("/tests/")
        || file.path.ends_with("/tests.rs")
        || file.path.contains("/suite")
        || file.path.contains("/examples/");
    !is_test && file.path != "src/access/permit.rs" && take_apart(shipped).code.contains("for_the_server(")
}

fn differences(uses: &BTreeSet<String>, listed: &str) -> Vec<String> {
    let lines = listed.lines().filter(|line| !line.starts_with('#') && !line.is_empty());
    let entries: Vec<_> = lines.map(|line| line.split_once(": ").unwrap_or((line, ""))).collect();
    let mut breaches = Vec::new();
    let unlisted = uses.iter().filter(|path| !entries.iter().any(|(listed, _)| listed == path));
    breaches.extend(unlisted.map(|path| format!("{path} uses storage for the server and is not listed")));
    for (path, reason) in entries {
        if !uses.contains(path) {
            breaches.push(format!("{path} is listed and uses no storage for the server"));
        } else if reason.len() < 20 {
            breaches.push(format!("{path} is listed without a reason"));
        }
    }
    breaches
}

fn gaps(folder: &str, files: &[String]) -> Vec<String> {
    let wrong = files
        .iter()
        .zip(1..)
        .filter(|(file, number)| !file.starts_with(&format!("{number:04}_")) || !file.ends_with(".sql"));
    wrong
        .map(|(file, number)| format!("migrations/{folder}/{file} stands where {number:04} is expected"))
        .collect()
}

fn constants(source: &str) -> Vec<String> {
    let names = source.lines().filter_map(|line| line.strip_prefix("pub const ")?.split(':').next());
    names.map(str::to_owned).collect()
}

fn unused(constants: &[String], files: &[File]) -> Vec<String> {
    let mentions = |code: &str, name: &str| {
        code.match_indices(name).any(|(at, _)| {
            let is_name = |character: char| character.is_alphanumeric() || character == '_';
            let (before, after) = (code[..at].chars().next_back(), code[at + name.len()..].chars().next());
            !before.is_some_and(is_name) && !after.is_some_and(is_name)
        })
    };
    let codes: Vec<_> = files.iter().map(|file| take_apart(&file.text).code).collect();
    let unused = constants.iter().filter(|name| !codes.iter().any(|code| mentions(code, name)));
    unused.map(|name| format!("the limit {name} is kept nowhere")).collect()
}

#[test]
fn a_list_that_differs_from_its_folder_is_found() {
    let source = "pub static ALL: &[Offer] = &[\n    read::OFFER,\n    history::TYPE,\n    history::SYSTEM,\n];\nfn f() { x::y }\n";
    let listed = listed_modules(source);
    assert_eq!(listed, BTreeSet::from(["history".to_owned(), "read".to_owned()]));
    assert_eq!(compare(&listed, &["history", "read", "lib"], &["lib"]), Vec::<String>::new());
    assert_eq!(
        compare(&listed, &["read", "stray", "lib"], &["lib", "read", "gone"]),
        [
            "read.rs is on both lists",
            "stray.rs is on no list",
            "history is listed and has no file",
            "gone is listed and has no file"
        ]
    );
}

#[test]
fn an_unlisted_use_of_storage_is_found() {
    let file = |path: &str, text: &str| File { path: path.to_owned(), text: text.to_owned() };
    assert!(uses_for_the_server(&file("src/a/b.rs", "Permit::for_the_server(\"x\");")));
    assert!(!uses_for_the_server(&file(
        "src/a/b.rs",
        "// for_the_server(\n#[cfg(test)]\nmod tests { for_the_server(x) }"
    )));
    assert!(!uses_for_the_server(&file("src/a/tests/it/b.rs", "Permit::for_the_server(\"x\");")));
    let uses = BTreeSet::from(["a.rs".to_owned(), "b.rs".to_owned()]);
    assert_eq!(
        differences(&uses, "# why\na.rs: short\nc.rs: a reason that is long enough\n"),
        [
            "b.rs uses storage for the server and is not listed",
            "a.rs is listed without a reason",
            "c.rs is listed and uses no storage for the server"
        ]
    );
}

#[test]
fn a_gap_between_migrations_and_a_limit_that_nobody_keeps_are_found() {
    let files = ["0001_a.sql", "0003_b.sql", "0003_c.sql"].map(str::to_owned);
    assert_eq!(gaps("x", &files), ["migrations/x/0003_b.sql stands where 0002 is expected"]);
    let limits =
        constants("/// Why.\npub const A_MAX: usize = 1;\nconst B: u8 = 2;\npub const C_MAX: u64 = 3;\n");
    assert_eq!(limits, ["A_MAX", "C_MAX"]);
    let file =
        File { path: "a.rs".to_owned(), text: "use A_MAX; // C_MAX\nlet x = \"C_MAX\" + SC_MAX;".to_owned() };
    assert_eq!(unused(&limits, &[file]), ["the limit C_MAX is kept nowhere"]);
}
