//! Is each file short, introduced, and free of what does not belong there?

use super::refuse;
use super::source::{functions, take_apart};
use super::workspace::{File, sources};

/// Lines of a file without its tests.
const FILE_LINES_MAX: usize = 400;

/// Lines of code in the body of a function.
const FUNCTION_LINES_MAX: usize = 70;

/// How a literal begins that is SQL; methods of HTTP in capitals do not.
const SQL_OPENINGS: &[&str] = &[
    "ALTER TABLE ",
    "CREATE DATABASE ",
    "CREATE INDEX ",
    "CREATE TABLE ",
    "CREATE UNIQUE ",
    "DELETE FROM ",
    "DROP ",
    "INSERT INTO ",
    "PRAGMA ",
    "SELECT ",
    "TRUNCATE ",
    "UPDATE ",
    "VACUUM ",
    "WITH ",
];

/// Names that say nothing.
const EMPTY_NAMES: &[&str] = &["common", "helper", "helpers", "manager", "misc", "util", "utils"];

#[test]
fn files_are_short_and_introduce_themselves() {
    refuse(&sources().iter().flat_map(form).collect::<Vec<_>>());
}

#[test]
fn functions_fit_a_screen() {
    refuse(&sources().iter().flat_map(long_functions).collect::<Vec<_>>());
}

#[test]
fn nothing_is_left_to_do_without_an_issue() {
    refuse(&sources().iter().flat_map(left_to_do).collect::<Vec<_>>());
}

#[test]
fn sql_is_spoken_in_one_crate() {
    refuse(&sources().iter().flat_map(sql_elsewhere).collect::<Vec<_>>());
}

fn form(file: &File) -> Vec<String> {
    let File { path, text } = file;
    let name = path.rsplit('/').next().unwrap_or(path);
    let mut breaches = Vec::new();
    if !text.starts_with("//! ") {
        breaches.push(format!("{path}: its first line does not say what question it answers"));
    }
    if name == "mod.rs" {
        breaches.push(format!("{path}: stands beside its folder, not in it"));
    }
    if EMPTY_NAMES.iter().any(|empty| name.strip_suffix(".rs") == Some(empty)) {
        breaches.push(format!("{path}: is named for nothing"));
    }
    let lines = lines_without_tests(file);
    if lines > FILE_LINES_MAX {
        breaches.push(format!("{path}: has {lines} lines where {FILE_LINES_MAX} are enough"));
    }
    breaches
}

/// Lines up to the tests in the file; files of tests beside other code have none.
fn lines_without_tests(file: &File) -> usize {
    let is_test = file.path.ends_with("/tests.rs")
        || (file.path.contains("/tests/") && !file.path.starts_with("conformance-tests/"));
    if is_test {
        return 0;
    }
    let code = file.text.split("\n#[cfg(test)]\nmod tests {").next().unwrap_or_default();
    code.lines().count()
}

fn long_functions(file: &File) -> Vec<String> {
    let functions = functions(&take_apart(&file.text).code);
    let long = functions.into_iter().filter(|function| function.body_lines > FUNCTION_LINES_MAX);
    long.map(|function| {
        let (name, line, lines) = (&function.name, function.line, function.body_lines);
        format!("{}:{line}: `{name}` has {lines} lines where {FUNCTION_LINES_MAX} are enough", file.path)
    })
    .collect()
}

/// Marks of unfinished work; `(#7)` behind one names its issue.
fn left_to_do(file: &File) -> Vec<String> {
    let comments = take_apart(&file.text).comments;
    let mut breaches = Vec::new();
    for (comment, line) in comments.lines().zip(1..) {
        for mark in ["TODO", "FIXME", "XXX", "HACK"] {
            let behind = comment.split_once(mark).map(|(_, behind)| behind);
            let is_quoted = comment.contains(&format!("`{mark}"));
            if behind.is_some_and(|behind| !is_quoted && !names_issue(behind)) {
                breaches.push(format!("{}:{line}: {mark} without an issue", file.path));
            }
        }
    }
    breaches
}

fn names_issue(behind: &str) -> bool {
    let number = behind.strip_prefix("(#").and_then(|rest| rest.split_once(')'));
    number.is_some_and(|(number, _)| !number.is_empty() && number.bytes().all(|digit| digit.is_ascii_digit()))
}

fn sql_elsewhere(file: &File) -> Vec<String> {
    if file.path.starts_with("src/sql/") || file.path == "conformance-tests/tests/it/tidy/files.rs" {
        return Vec::new();
    }
    let strings = take_apart(&file.text).strings;
    let is_sql = |text: &str| SQL_OPENINGS.iter().any(|opening| text.trim_start().starts_with(opening));
    let found = strings.into_iter().filter(|(_, text)| is_sql(text));
    found.map(|(line, text)| format!("{}:{line}: speaks SQL: {text}", file.path)).collect()
}

fn file(path: &str, text: &str) -> File {
    File { path: path.to_owned(), text: text.to_owned() }
}

#[test]
fn a_file_out_of_form_is_found() {
    let long = format!("//! x\n{}#[cfg(test)]\nmod tests {{\n", "a\n".repeat(400));
    for (path, text, expected) in [
        ("src/a/b.rs", "//! Who?\n", vec![]),
        ("src/a/b.rs", "// Who?\n", vec!["src/a/b.rs: its first line does not say what question it answers"]),
        ("src/a/mod.rs", "//! x\n", vec!["src/a/mod.rs: stands beside its folder, not in it"]),
        ("src/a/util.rs", "//! x\n", vec!["src/a/util.rs: is named for nothing"]),
        ("src/a/b.rs", &long, vec!["src/a/b.rs: has 401 lines where 400 are enough"]),
        ("src/a/b.rs", &long.replacen("a\n", "", 1), vec![]),
        ("src/a/b/tests.rs", &long, vec![]),
        ("src/a/tests/it/main.rs", &long, vec![]),
        (
            "conformance-tests/tests/it/main.rs",
            &long,
            vec!["conformance-tests/tests/it/main.rs: has 401 lines where 400 are enough"],
        ),
    ] {
        assert_eq!(form(&file(path, text)), expected, "{path}");
    }
}

#[test]
fn a_long_function_is_found() {
    let code = |lines| format!("fn f() {{\n{}}}\n", "    // c\n    x();\n\n".repeat(lines));
    assert_eq!(long_functions(&file("a.rs", &code(70))), Vec::<String>::new());
    assert_eq!(long_functions(&file("a.rs", &code(71))), ["a.rs:1: `f` has 71 lines where 70 are enough"]);
}

#[test]
fn work_left_without_an_issue_is_found() {
    let marked = |mark: &str| left_to_do(&file("a.rs", &format!("fn f() {{}}\n// {mark}: later\n")));
    let mark = ["TO", "DO"].concat();
    assert_eq!(marked(&mark), [format!("a.rs:2: {mark} without an issue")]);
    assert_eq!(marked(&format!("{mark}(#)")), [format!("a.rs:2: {mark} without an issue")]);
    assert_eq!(marked(&format!("{mark}(#12)")), Vec::<String>::new());
    assert_eq!(left_to_do(&file("a.rs", &format!("let a = \"{mark}\";\n"))), Vec::<String>::new());
}

#[test]
fn sql_outside_its_crate_is_found() {
    let text =
        "f(\"SELECT 1\");\ng(\"DELETE\", \"UPDATED\", \"DELETE /Patient\");\nh(r\"\n  INSERT INTO t\");\n";
    assert_eq!(
        sql_elsewhere(&file("src/api/a.rs", text)),
        ["src/api/a.rs:1: speaks SQL: SELECT 1", "src/api/a.rs:3: speaks SQL: \n  INSERT INTO t"]
    );
    assert_eq!(sql_elsewhere(&file("src/sql/a.rs", text)), Vec::<String>::new());
}
