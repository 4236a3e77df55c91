//! What stands in the rows of a file?
//!
//! Tab-separated as RF2 and NDC, with `|` behind each field as RxNorm's RRF, and comma-separated with quotes as LOINC:
//! <https://www.rfc-editor.org/rfc/rfc4180>. One row is in memory at a time. A row with another number of fields, a line
//! without end and text that is no UTF-8 are refused with file and line.

use std::io::{BufRead, Read};

use super::Defect;
use crate::limits::{RECORD_BYTES_MAX, RECORD_FIELDS_MAX};

/// How fields and rows end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// Fields part at tabulators; a last line without end means that the file was cut.
    Tabs,
    /// A `|` behind each field; a last line without end means that the file was cut.
    Pipes,
    /// Fields part at commas and may stand in quotes, line breaks and all.
    Commas,
}

/// Whether the first row names the columns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Heading {
    /// It does.
    Line,
    /// It does not; so many fields has each.
    Fields(usize),
}

/// A file, row by row.
pub struct Rows<'a> {
    file: String,
    reader: Box<dyn BufRead + 'a>,
    form: Form,
    /// The line on which the last row began, and that on which it ended.
    lines: (u64, u64),
    /// A line as read.
    line: Vec<u8>,
    /// The fields of the row, one behind the other.
    text: String,
    /// Where in the text each field ends.
    ends: Vec<usize>,
    heading: Vec<String>,
    width: usize,
}

/// One row.
#[derive(Clone, Copy)]
pub struct Row<'r> {
    file: &'r str,
    line: u64,
    text: &'r str,
    ends: &'r [usize],
}

impl<'a> Rows<'a> {
    /// Begins to read, and reads the heading where there is one.
    pub fn new(
        file: &str,
        reader: Box<dyn BufRead + 'a>,
        form: Form,
        heading: Heading,
    ) -> Result<Self, Defect> {
        let (lines, line, text, ends) = ((0, 0), Vec::new(), String::new(), Vec::new());
        let mut rows = Self {
            file: file.to_owned(),
            reader,
            form,
            lines,
            line,
            text,
            ends,
            heading: Vec::new(),
            width: 0,
        };
        match heading {
            Heading::Fields(width) => rows.width = width,
            Heading::Line => {
                if !rows.read()? {
                    return Err(Defect::of(
                        file,
                        "the file is empty, where a line that names its columns was expected",
                    ));
                }
                rows.heading =
                    rows.row().fields().map(|name| name.trim_start_matches('\u{feff}').to_owned()).collect();
                rows.width = rows.heading.len();
            }
        }
        Ok(rows)
    }

    /// What the heading calls the columns; none without a heading.
    pub fn heading(&self) -> &[String] {
        &self.heading
    }

    /// Where the columns of these names stand; the first that is missing is refused.
    pub fn columns<const N: usize>(&self, names: [&str; N]) -> Result<[usize; N], Defect> {
        let mut places = [0; N];
        for (place, name) in places.iter_mut().zip(names) {
            let found = self.column(name);
            *place =
                found.ok_or_else(|| Defect::at(&self.file, 1, format!("there is no column `{name}`")))?;
        }
        Ok(places)
    }

    /// Where the column of this name stands, if there is one.
    pub fn column(&self, name: &str) -> Option<usize> {
        self.heading.iter().position(|known| known.eq_ignore_ascii_case(name))
    }

    /// The next row; `None` after the last.
    pub fn next_row(&mut self) -> Result<Option<Row<'_>>, Defect> {
        loop {
            if !self.read()? {
                return Ok(None);
            }
            // An empty line is one empty field.
            if self.text.is_empty() && self.ends.len() <= 1 && self.width > 1 {
                continue;
            }
            if self.ends.len() != self.width {
                let message =
                    format!("the row has {} fields where {} were expected", self.ends.len(), self.width);
                return Err(self.refuse(message));
            }
            return Ok(Some(self.row()));
        }
    }

    fn row(&self) -> Row<'_> {
        Row { file: &self.file, line: self.lines.0, text: &self.text, ends: &self.ends }
    }

    fn refuse(&self, message: impl Into<String>) -> Defect {
        Defect::at(&self.file, self.lines.0, message)
    }

    /// Reads one row; `false` at the end.
    fn read(&mut self) -> Result<bool, Defect> {
        self.text.clear();
        self.ends.clear();
        self.lines.0 = self.lines.1 + 1;
        if !self.read_line()? {
            return Ok(false);
        }
        match self.form {
            Form::Tabs => self.part('\t')?,
            Form::Pipes => self.part('|')?,
            Form::Commas => self.part_quoted()?,
        }
        Ok(true)
    }

    /// Reads one line, without its end, into `line`; `false` at the end of the file.
    fn read_line(&mut self) -> Result<bool, Defect> {
        self.line.clear();
        self.lines.1 += 1;
        let mut limited = Read::take(&mut self.reader, RECORD_BYTES_MAX as u64 + 1);
        if let Err(error) = limited.read_until(b'\n', &mut self.line) {
            return Err(self.refuse(format!("the line cannot be read: {error}")));
        }
        if self.line.is_empty() {
            return Ok(false);
        }
        if self.line.len() > RECORD_BYTES_MAX {
            return Err(self.refuse(format!("the line is longer than the limit of {RECORD_BYTES_MAX} bytes")));
        }
        if self.line.pop_if(|last| *last == b'\n').is_none() && self.form != Form::Commas {
            return Err(self.refuse("the file ends in the middle of this line, as if it had been cut"));
        }
        self.line.pop_if(|last| *last == b'\r');
        Ok(true)
    }

    /// Cuts the line where no field has quotes.
    fn part(&mut self, separator: char) -> Result<(), Defect> {
        let line = std::str::from_utf8(&self.line);
        let Ok(line) = line else { return Err(self.refuse("the line is not in UTF-8")) };
        let line = match self.form {
            Form::Pipes => line.strip_suffix(separator).unwrap_or(line),
            Form::Tabs | Form::Commas => line,
        };
        for field in line.split(separator) {
            if self.ends.len() >= RECORD_FIELDS_MAX {
                return Err(self.refuse(too_many_fields()));
            }
            self.text.push_str(field);
            self.ends.push(self.text.len());
        }
        Ok(())
    }

    /// Cuts the line where fields may have quotes, and reads on while one is open.
    fn part_quoted(&mut self) -> Result<(), Defect> {
        let mut is_open = false;
        loop {
            let line = std::mem::take(&mut self.line);
            let Ok(text) = std::str::from_utf8(&line) else {
                return Err(self.refuse("the line is not in UTF-8"));
            };
            let mut letters = text.chars().peekable();
            while let Some(letter) = letters.next() {
                match letter {
                    // Two quotes within quotes stand for one.
                    '"' if is_open && letters.next_if_eq(&'"').is_some() => self.text.push('"'),
                    '"' => is_open = !is_open,
                    ',' if !is_open => self.ends.push(self.text.len()),
                    other => self.text.push(other),
                }
            }
            self.line = line;
            if self.ends.len() >= RECORD_FIELDS_MAX {
                return Err(self.refuse(too_many_fields()));
            }
            if !is_open {
                self.ends.push(self.text.len());
                return Ok(());
            }
            self.text.push('\n');
            if self.text.len() > RECORD_BYTES_MAX {
                return Err(
                    self.refuse(format!("the row is longer than the limit of {RECORD_BYTES_MAX} bytes"))
                );
            }
            if !self.read_line()? {
                return Err(self.refuse("the file ends within quotes, as if it had been cut"));
            }
        }
    }
}

fn too_many_fields() -> String {
    format!("the row has more than the limit of {RECORD_FIELDS_MAX} fields")
}

impl<'r> Row<'r> {
    /// The field in a column; empty beyond the last.
    pub fn text(&self, column: usize) -> &'r str {
        let start = column.checked_sub(1).map_or(Some(0), |before| self.ends.get(before).copied());
        let bounds = start.zip(self.ends.get(column).copied());
        bounds.and_then(|(start, end)| self.text.get(start..end)).unwrap_or_default()
    }

    /// The field as a whole number, or a refusal that names the column.
    pub fn number(&self, column: usize, name: &str) -> Result<u64, Defect> {
        let text = self.text(column);
        let is_plain = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        let number = if is_plain { text.parse().ok() } else { None };
        number.ok_or_else(|| {
            self.refuse(format!("`{name}` is `{}` where a whole number was expected", shown(text)))
        })
    }

    /// Every field.
    pub fn fields(&self) -> impl Iterator<Item = &'r str> + use<'r> {
        let row = *self;
        (0..self.ends.len()).map(move |column| row.text(column))
    }

    /// The line on which the row begins.
    pub fn line(&self) -> u64 {
        self.line
    }

    /// A refusal of this row.
    pub fn refuse(&self, message: impl Into<String>) -> Defect {
        Defect::at(self.file, self.line, message)
    }
}

/// As much of a field as a message repeats.
fn shown(text: &str) -> &str {
    let end = text.char_indices().nth(SHOWN_LENGTH_MAX).map_or(text.len(), |(end, _)| end);
    &text[..end]
}

/// Characters of a field that a message repeats.
const SHOWN_LENGTH_MAX: usize = 60;
