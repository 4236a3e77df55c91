//! Which files are meant, and what is in them?

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use flate2::bufread::MultiGzDecoder;
use model::Instant;

use crate::clock;

/// Bytes of one document after inflation: far above any sensible Bundle, and still memory.
const DOCUMENT_BYTES_MAX: u64 = 1 << 30;

/// A file to be loaded.
pub(in crate::commands) struct Source {
    /// Where it is.
    pub(in crate::commands) path: PathBuf,
    /// How large it is.
    pub(in crate::commands) bytes: u64,
    /// When it was changed last.
    pub(in crate::commands) changed_at: Instant,
    kind: Kind,
    packing: Packing,
}

/// How the content of a file is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::commands) enum Kind {
    Json,
    Xml,
    Ndjson,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Packing {
    Plain,
    Gzip,
    Zstd,
}

/// A document in a file: all of it, or a line.
pub(in crate::commands) struct Document {
    /// The line, from 1; none when it is the whole file.
    pub(in crate::commands) line: Option<u64>,
    /// How it is written.
    pub(in crate::commands) kind: Kind,
    /// Its text.
    pub(in crate::commands) text: Vec<u8>,
}

/// Finds the files that are meant, folders in the order of their names.
pub(in crate::commands) fn find(asked: &[PathBuf]) -> Result<Vec<Source>, String> {
    let mut found = Vec::new();
    for path in asked {
        let unusable = |error: io::Error| format!("cannot read {}: {error}", path.display());
        if std::fs::metadata(path).map_err(unusable)?.is_dir() {
            walk(path, &mut found).map_err(unusable)?;
        } else if kind(path).is_some() {
            found.extend(source(path.clone()).map_err(unusable)?);
        } else {
            return Err(format!(
                "cannot read {}: expected .json, .xml, .ndjson or .jsonl, or one of these with .gz or .zst",
                path.display()
            ));
        }
    }
    Ok(found)
}

fn walk(folder: &Path, found: &mut Vec<Source>) -> io::Result<()> {
    let mut entries: Vec<_> = std::fs::read_dir(folder)?.collect::<io::Result<_>>()?;
    entries.sort_by_key(std::fs::DirEntry::file_name);
    for entry in entries {
        // A link to a folder is not followed: it may lead in a circle.
        if entry.file_type()?.is_dir() {
            walk(&entry.path(), found)?;
        } else {
            found.extend(source(entry.path())?);
        }
    }
    Ok(())
}

fn source(path: PathBuf) -> io::Result<Option<Source>> {
    let Some((kind, packing)) = kind(&path) else { return Ok(None) };
    let metadata = std::fs::metadata(&path)?;
    let changed_at = clock::instant(metadata.modified()?);
    Ok(Some(Source { path, bytes: metadata.len(), changed_at, kind, packing }))
}

fn kind(path: &Path) -> Option<(Kind, Packing)> {
    let name = path.file_name()?.to_str()?.to_ascii_lowercase();
    let (name, packing) = match (name.strip_suffix(".gz"), name.strip_suffix(".zst")) {
        (Some(inner), _) => (inner, Packing::Gzip),
        (_, Some(inner)) => (inner, Packing::Zstd),
        _ => (name.as_str(), Packing::Plain),
    };
    let kind = match name.rsplit_once('.')?.1 {
        "json" => Kind::Json,
        "xml" => Kind::Xml,
        "ndjson" | "jsonl" => Kind::Ndjson,
        _ => return None,
    };
    Some((kind, packing))
}

impl Source {
    /// Reads the documents one after the other and adds what was read of the file to `bytes_read`.
    pub(in crate::commands) fn documents(
        &self,
        bytes_read: Arc<AtomicU64>,
    ) -> io::Result<Box<dyn Iterator<Item = io::Result<Document>>>> {
        let file = BufReader::with_capacity(1 << 16, Counted { file: File::open(&self.path)?, bytes_read });
        let content: Box<dyn BufRead> = match self.packing {
            Packing::Plain => Box::new(file),
            Packing::Gzip => Box::new(BufReader::new(MultiGzDecoder::new(file))),
            Packing::Zstd => Box::new(BufReader::new(zstd::Decoder::with_buffer(file)?)),
        };
        let kind = self.kind;
        Ok(match kind {
            Kind::Ndjson => Box::new(Lines { content, line: 0 }),
            Kind::Json | Kind::Xml => {
                let mut text = Vec::new();
                content.take(DOCUMENT_BYTES_MAX + 1).read_to_end(&mut text)?;
                Box::new(std::iter::once(bounded(text).map(|text| Document { line: None, kind, text })))
            }
        })
    }
}

/// A file that tells how much of it was read.
struct Counted {
    file: File,
    bytes_read: Arc<AtomicU64>,
}

impl Read for Counted {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.file.read(buffer)?;
        self.bytes_read.fetch_add(count as u64, Ordering::Relaxed);
        Ok(count)
    }
}

/// The lines of a file that are not blank.
struct Lines {
    content: Box<dyn BufRead>,
    line: u64,
}

impl Iterator for Lines {
    type Item = io::Result<Document>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            let mut text = Vec::new();
            let read = (&mut self.content).take(DOCUMENT_BYTES_MAX + 1).read_until(b'\n', &mut text);
            match read {
                Ok(0) => return None,
                Ok(_) => self.line += 1,
                Err(error) => return Some(Err(error)),
            }
            if !text.trim_ascii().is_empty() {
                let line = Some(self.line);
                return Some(bounded(text).map(|text| Document { line, kind: Kind::Json, text }));
            }
        }
    }
}

fn bounded(text: Vec<u8>) -> io::Result<Vec<u8>> {
    if text.len() as u64 > DOCUMENT_BYTES_MAX {
        return Err(io::Error::other(format!("a document has more than {DOCUMENT_BYTES_MAX} bytes")));
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_known_by_their_names() {
        for (name, expected) in [
            ("a.json", Some((Kind::Json, Packing::Plain))),
            ("A.JSON.GZ", Some((Kind::Json, Packing::Gzip))),
            ("a.b.ndjson.zst", Some((Kind::Ndjson, Packing::Zstd))),
            ("a.jsonl", Some((Kind::Ndjson, Packing::Plain))),
            ("a.xml", Some((Kind::Xml, Packing::Plain))),
            ("a.txt", None),
            ("a.gz", None),
            ("json", None),
        ] {
            assert_eq!(kind(Path::new(name)), expected, "{name}");
        }
    }
}
