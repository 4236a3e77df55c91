//! What does the order file say?
//!
//! Lines of fixed width: a number, the code without its point, whether it may be billed, a short and a long
//! description. A code stands below the longest code that begins it and came before:
//! <https://www.cms.gov/medicare/coding-billing/icd-10-codes>.

use std::io::{BufRead, Read};

use crate::code_system::{Builder, Designation};
use crate::limits::RECORD_BYTES_MAX;
use crate::load::telling::{boolean, call, tell};
use crate::load::{Defect, Entry, Loading};

/// Where in a line the code, the mark, the short and the long description begin.
const CODE: usize = 6;
const MARK: usize = 14;
const SHORT: usize = 16;
const LONG: usize = 77;

/// Characters of the longest code.
const CODE_WIDTH: usize = 7;

/// A line, cut.
#[derive(Debug, PartialEq, Eq)]
struct Line<'l> {
    code: &'l str,
    is_billable: bool,
    short: &'l str,
    long: &'l str,
}

impl<'l> Line<'l> {
    fn of(line: &'l str) -> Option<Self> {
        let number = line.get(..CODE - 1)?;
        let code = line.get(CODE..CODE + CODE_WIDTH)?.trim_end();
        let mark = line.get(MARK..=MARK)?;
        let is_code =
            code.len() >= 3 && code.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit());
        let is_line = number.bytes().all(|byte| byte.is_ascii_digit()) && matches!(mark, "0" | "1");
        (is_code && is_line).then_some(Self {
            code,
            is_billable: mark == "1",
            short: line.get(SHORT..LONG).or(line.get(SHORT..)).unwrap_or_default().trim(),
            long: line.get(LONG..).unwrap_or_default().trim(),
        })
    }
}

/// Whether a file is such a list.
pub(super) fn is_order(entry: &Entry) -> bool {
    Line::of(entry.first_line()).is_some()
}

/// The year that the name of a file tells.
pub(super) fn year(name: &str) -> Option<String> {
    let numbers = name.split(|letter: char| !letter.is_ascii_digit());
    numbers.filter(|number| number.len() == 4 && number.starts_with("20")).map(str::to_owned).next()
}

pub(super) fn read(loading: &mut Loading<'_>, name: &str, builder: &mut Builder) -> Result<(), Defect> {
    let mut reader = loading.open(name)?;
    let mut bytes = Vec::new();
    let mut number = 0;
    loop {
        bytes.clear();
        number += 1;
        let read = Read::take(&mut reader, RECORD_BYTES_MAX as u64).read_until(b'\n', &mut bytes);
        let refuse = |message: String| Defect::at(name, number, message);
        if read.map_err(|error| refuse(format!("the line cannot be read: {error}")))? == 0 {
            return Ok(());
        }
        let text = std::str::from_utf8(&bytes).map_err(|_| refuse("the line is not in UTF-8".to_owned()))?;
        let text = text.trim_end_matches(['\r', '\n']);
        if text.is_empty() {
            continue;
        }
        let wrong = || refuse("expected a number, a code, 0 or 1 and two descriptions".to_owned());
        let line = Line::of(text).filter(|line| !line.short.is_empty()).ok_or_else(wrong)?;
        add(&line, builder).map_err(refuse)?;
        loading.report.take(if line.is_billable { "codes that may be billed" } else { "headings" });
    }
}

fn add(line: &Line<'_>, builder: &mut Builder) -> Result<(), String> {
    let code = pointed(line.code);
    let known = builder.find(&code);
    let display = if line.long.is_empty() { line.short } else { line.long };
    let place = match known {
        Some(place) => place,
        None => {
            let place = builder.add(&code, Some(display))?;
            let above = (3..line.code.len()).rev().find_map(|end| builder.find(&pointed(&line.code[..end])));
            above.into_iter().for_each(|above| builder.put_below(place, above));
            place
        }
    };
    tell(builder, place, boolean("billable", line.is_billable))?;
    if line.short != display {
        call(builder, place, Designation { language: "en", purpose: "", value: line.short })?;
    }
    Ok(())
}

/// A code with its point, which stands after the third character.
pub(super) fn pointed(code: &str) -> String {
    match code.split_at_checked(3) {
        Some((category, rest)) if !rest.is_empty() => format!("{category}.{rest}"),
        _ => code.to_owned(),
    }
}
