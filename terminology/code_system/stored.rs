//! How is the table of a code system a file?
//!
//! The arrays of the table as they are, one behind the other, in little-endian order: a file is read from front to back,
//! once, into arrays of the right size, and nothing is parsed. So half a million concepts of
//! <https://hl7.org/fhir/R4/codesystem.html> are there in a fraction of a second, and a table that was loaded and one
//! that was read from a resource are the same thing. The hash index is made anew, because its seed is this process's.
//!
//! What stands in a file: [`MAGIC`], the format's number, what is known of the system ([`Head`]), the arrays, and the
//! hash of all that. A file that was cut, damaged or written by another version is refused.

mod plain;
mod sections;

use std::io::{Read, Write};
use std::sync::OnceLock;

use super::words::{Postings, Words};
use super::{About, CodeSystem, Extent, Hierarchy, Lists, index};
use sections::{Sink, Source};

/// How a file begins.
pub const MAGIC: &[u8; 8] = b"brigidCS";

/// Another number for every other form.
const FORMAT: u32 = 1;

/// What can be told of a file without reading all of it.
pub struct Head {
    /// What is known of the code system as a whole.
    pub about: About,
    /// How many concepts it has.
    pub concepts: u64,
}

/// Writes a table, and the index of its words with it.
pub fn write(table: &CodeSystem, out: &mut dyn Write) -> Result<(), String> {
    let mut sink = Sink::new(out);
    put(table, &mut sink).map_err(|error| format!("the code system cannot be written: {error}"))
}

/// Reads a table from a file of so many bytes.
pub fn read(from: &mut dyn Read, bytes: u64) -> Result<CodeSystem, String> {
    let mut source = Source::new(from, bytes);
    take(&mut source).map_err(|wrong| format!("the file of the code system cannot be used: {wrong}"))
}

/// Reads what a file says of its code system; the rest is neither read nor checked.
pub fn head(from: &mut dyn Read, bytes: u64) -> Result<Head, String> {
    let mut source = Source::new(from, bytes);
    take_head(&mut source).map_err(|wrong| format!("the file of the code system cannot be used: {wrong}"))
}

fn put(table: &CodeSystem, sink: &mut Sink<'_>) -> std::io::Result<()> {
    sink.bytes(MAGIC)?;
    sink.number(u64::from(FORMAT))?;
    sink.number(table.len() as u64)?;
    let about = &table.about;
    let texts = [&about.url, &about.version, &about.name, &about.status, &about.language, &about.value_set];
    for text in texts.into_iter().chain([&about.supplements]) {
        sink.text(text)?;
    }
    let extent = EXTENTS.iter().position(|extent| *extent == about.extent).unwrap_or_default();
    sink.number(extent as u64)?;
    sink.number(u64::from(about.case_sensitive))?;

    sink.text(&table.text)?;
    sink.array(&table.concepts)?;
    sink.number(table.names.len() as u64)?;
    table.names.iter().try_for_each(|name| sink.text(name))?;
    sink.array(&table.sorts)?;
    sink.array(&table.shapes)?;
    sink.array(&table.values)?;
    put_lists(&table.designations, sink)?;
    sink.array(&table.designation_ids)?;
    put_lists(&table.properties, sink)?;
    put_lists(&table.members, sink)?;
    put_lists(&table.hierarchy.parents, sink)?;
    put_lists(&table.hierarchy.children, sink)?;
    sink.array(&table.hierarchy.ranks)?;
    sink.number(u64::from(table.hierarchy.is_tree))?;
    let words = table.words.get_or_init(|| Words::of(table));
    put_postings(&words.displays, sink)?;
    put_postings(&words.designations, sink)?;
    sink.array(&words.by_code)?;
    sink.end()
}

fn put_lists<T: plain::Plain>(lists: &Lists<T>, sink: &mut Sink<'_>) -> std::io::Result<()> {
    sink.array(&lists.starts)?;
    sink.array(&lists.items)
}

fn put_postings(postings: &Postings, sink: &mut Sink<'_>) -> std::io::Result<()> {
    sink.text(&postings.text)?;
    sink.array(&postings.starts)?;
    sink.array(&postings.firsts)?;
    sink.array(&postings.steps)
}

fn take_head(source: &mut Source<'_>) -> Result<Head, String> {
    if source.bytes(MAGIC.len())? != MAGIC {
        return Err("it is no code system of Brigid".to_owned());
    }
    let format = source.number()?;
    if format != u64::from(FORMAT) {
        return Err(format!("its format is {format} where {FORMAT} was expected; load the release again"));
    }
    let concepts = source.number()?;
    let about = About {
        url: source.text()?,
        version: source.text()?,
        name: source.text()?,
        status: source.text()?,
        language: source.text()?,
        value_set: source.text()?,
        supplements: source.text()?,
        extent: {
            let number = usize::try_from(source.number()?).unwrap_or(usize::MAX);
            *EXTENTS.get(number).ok_or("it tells an extent that does not exist")?
        },
        case_sensitive: source.number()? != 0,
    };
    Ok(Head { about, concepts })
}

fn take(source: &mut Source<'_>) -> Result<CodeSystem, String> {
    let Head { about, concepts: count } = take_head(source)?;
    let text = source.text()?;
    let concepts = source.array()?;
    if concepts.len() as u64 != count {
        return Err(format!("it has {} concepts and says that it has {count}", concepts.len()));
    }
    let names = source.number()?;
    let table = CodeSystem {
        index: index(&concepts, &text, about.case_sensitive),
        about,
        text,
        concepts,
        names: (0..names).map(|_| source.text()).collect::<Result<_, _>>()?,
        sorts: source.array()?,
        shapes: source.array()?,
        values: source.array()?,
        designations: take_lists(source)?,
        designation_ids: source.array()?,
        properties: take_lists(source)?,
        members: take_lists(source)?,
        hierarchy: Hierarchy {
            parents: take_lists(source)?,
            children: take_lists(source)?,
            ranks: source.array()?,
            is_tree: source.number()? != 0,
        },
        words: OnceLock::from(Words {
            displays: take_postings(source)?,
            designations: take_postings(source)?,
            by_code: source.array()?,
        }),
    };
    source.end()?;
    Ok(table)
}

fn take_lists<T: plain::Plain>(source: &mut Source<'_>) -> Result<Lists<T>, String> {
    Ok(Lists { starts: source.array()?, items: source.array()? })
}

fn take_postings(source: &mut Source<'_>) -> Result<Postings, String> {
    let (text, starts, firsts) = (source.text()?, source.array()?, source.array()?);
    Ok(Postings { text, starts, firsts, steps: source.array()? })
}

/// Extents by the numbers that stand for them.
const EXTENTS: [Extent; 5] =
    [Extent::Complete, Extent::Fragment, Extent::Example, Extent::NotPresent, Extent::Supplement];

#[cfg(test)]
mod tests;
