//! Are rows read as their form has them, and resources as they are?

use std::io::Cursor;

use super::rows::{Form, Heading, Rows};
use super::{Defect, trial};

/// Holds the rows of a text, fields in brackets, or why it is refused, against what is expected.
fn check(text: &str, form: Form, heading: Heading, expected: &str) {
    let read = || -> Result<String, Defect> {
        let mut rows = Rows::new("f", Box::new(Cursor::new(text.to_owned())), form, heading)?;
        let mut told = String::new();
        while let Some(row) = rows.next_row()? {
            told += &row.fields().map(|field| format!("[{field}]")).collect::<String>();
            told += &format!("{} ", row.line());
        }
        Ok(told.trim_end().to_owned())
    };
    assert_eq!(read().unwrap_or_else(|refused| refused.to_string()), expected);
}

#[test]
fn fields_part_at_tabulators_and_pipes() {
    check("a\tb\r\n1\t\r\n\r\n\t2\n", Form::Tabs, Heading::Line, "[1][]2 [][2]4");
    check("1|\"2|\n3||\n", Form::Pipes, Heading::Fields(2), "[1][\"2]1 [3][]2");
}

#[test]
fn fields_in_quotes_hold_anything() {
    check("a,b\n\"x, \"\"y\"\"\",\"1\n2\"\n3,4", Form::Commas, Heading::Line, "[x, \"y\"][1\n2]2 [3][4]4");
}

#[test]
fn what_is_wrong_is_told_with_its_line() {
    check("a\tb\n1\n", Form::Tabs, Heading::Line, "f, line 2: the row has 1 fields where 2 were expected");
    let cut = "f, line 2: the file ends in the middle of this line, as if it had been cut";
    check("a\tb\n1\t2", Form::Tabs, Heading::Line, cut);
    let cut = "f, line 2: the file ends within quotes, as if it had been cut";
    check("a,b\n\"1,2\n", Form::Commas, Heading::Line, cut);
    check(
        "",
        Form::Tabs,
        Heading::Line,
        "f: the file is empty, where a line that names its columns was expected",
    );
}

#[test]
fn a_column_that_is_missing_is_named() {
    let rows = Rows::new("f", Box::new(Cursor::new("a\tb\n")), Form::Tabs, Heading::Line);
    let refused = rows.and_then(|rows| rows.columns(["b", "c"]));
    assert_eq!(
        refused.map_err(|refused| refused.to_string()),
        Err("f, line 1: there is no column `c`".to_owned())
    );
}

#[test]
fn a_code_system_is_loaded_and_other_resources_are_counted() {
    let files = [
        (
            "a.json",
            r#"{"resourceType":"CodeSystem","url":"http://s","content":"complete","concept":[{"code":"a"}]}"#,
        ),
        ("b.json", r#"{"resourceType":"ValueSet","url":"http://v"}"#),
        ("readme.txt", "hello"),
    ];
    let (name, tables, report) = trial::load_as(&files, Some("7")).expect("one of them is right");
    assert_eq!((name, tables.len(), &*tables[0].about.version), ("CodeSystem (JSON)", 1, "7"));
    assert_eq!((report.taken["concepts"], report.skipped.len()), (1, 2));
    let refused = trial::load(&files[1..]).err().map(|refused| refused.to_string());
    assert_eq!(refused.as_deref(), Some("there is no CodeSystem among the resources"));
}
