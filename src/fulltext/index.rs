//! Which documents hold these words?
//!
//! Documents come and go in order of time; what was done becomes visible, and stays over a crash, together with the
//! moment up to which it was done. Whoever feeds the index goes on from that moment, after an error and at a start.

use std::panic;
use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};

use tantivy::indexer::{IndexWriterOptions, LogMergePolicy};
use tantivy::{
    DocId, DocSet as _, IndexReader, IndexWriter, ReloadPolicy, SegmentReader, TERMINATED, TantivyDocument,
    Term, query::EnableScoring, query::Query as _,
};

use crate::document::{Change, Field, Name, place};
use crate::error::{Error, Result};
use crate::expression::Expression;
use crate::folder::Folder;
use crate::limits::{FOUND_MAX, TEXT_BYTES_MAX, WRITER_BYTES};
use crate::lower;
use crate::schema::{Columns, NAMES, schema, tokenizers};

/// How documents are written; those of another form are read anew.
const FORM: &str = "1";

/// Deleted documents of a piece, as a share, from which on it is written anew without them.
const DELETED_SHARE_MAX: f32 = 0.3;

/// An index of documents.
pub struct Index {
    // Fields are dropped in this order: the lock goes last.
    writer: Mutex<Writer>,
    reader: IndexReader,
    index: tantivy::Index,
    columns: Columns,
    _folder: Option<Folder>,
}

/// What is written, and how far that has come.
struct Writer {
    /// Made when there is something to write, since it has threads of its own.
    open: Option<IndexWriter>,
    /// The moment of the last commit.
    position: Option<i64>,
}

/// The ids of what was found, in no order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Found {
    /// All of them.
    All(Vec<String>),
    /// More than [`FOUND_MAX`].
    TooMany,
}

impl Index {
    /// Opens an index in a folder, which is made when it is not there; one that is damaged or of another form is
    /// emptied. Blocks until that is done.
    pub fn open(folder: &Path) -> Result<Self> {
        let folder = Folder::take(folder)?;
        // tantivy panics over some files that were cut short.
        let opened = panic::catch_unwind(|| open_files(&folder).and_then(Self::over));
        match opened.unwrap_or_else(|_| Err(Error::Damaged("to open it panicked".to_owned()))) {
            // Damage often looks like a file that cannot be read; where it is none, clearing fails, too.
            Err(_) => {
                folder.clear()?;
                let index = Self::over(open_files(&folder)?)?;
                Ok(Self { _folder: Some(folder), ..index })
            }
            Ok(index) => Ok(Self { _folder: Some(folder), ..index }),
        }
    }

    /// An empty index that ends with the process.
    pub fn in_memory() -> Result<Self> {
        let builder = tantivy::Index::builder().schema(schema()).tokenizers(tokenizers());
        Self::over(builder.create_in_ram()?)
    }

    fn over(index: tantivy::Index) -> Result<Self> {
        let columns = Columns::of(&index.schema())?;
        let reader = index.reader_builder().reload_policy(ReloadPolicy::Manual).try_into()?;
        let position = read_position(&index)?;
        let writer = Mutex::new(Writer { open: None, position });
        Ok(Self { writer, reader, index, columns, _folder: None })
    }

    /// Up to which moment everything can be found; none, when nothing was done since the index was empty.
    pub fn position(&self) -> Option<i64> {
        self.writing().position
    }

    /// Does what became of documents; of several changes of one document only the last may be given.
    ///
    /// Nobody finds it before [`Index::commit`]. After an error all is forgotten since the last commit.
    pub fn apply(&self, changes: &[(Name<'_>, Change)]) -> Result<()> {
        self.write(|writer, columns| {
            for (name, change) in changes {
                if !matches!(change, Change::Add(_)) {
                    writer.delete_term(columns.name_of(name));
                }
                if let Change::Add(document) | Change::Replace(document) = change {
                    let mut written = TantivyDocument::new();
                    written.add_text(columns.place, name.place());
                    written.add_text(columns.name, name.key());
                    for (column, texts) in columns.words.iter().zip([&document.text, &document.beside]) {
                        let mut room = TEXT_BYTES_MAX;
                        for text in texts {
                            let part = &text[..text.floor_char_boundary(room)];
                            room -= part.len();
                            written.add_text(*column, part);
                        }
                    }
                    writer.add_document(written)?;
                }
            }
            Ok(())
        })
    }

    /// Lets everybody find what was done, which is everything up to this moment.
    pub fn commit(&self, position: i64) -> Result<()> {
        self.write(|writer, _| commit(writer, Some(position)))?;
        self.writing().position = Some(position);
        Ok(self.reader.reload()?)
    }

    /// Forgets everything.
    pub fn clear(&self) -> Result<()> {
        self.write(|writer, _| {
            writer.delete_all_documents()?;
            commit(writer, None)
        })?;
        self.writing().position = None;
        Ok(self.reader.reload()?)
    }

    /// Lets go of what writing takes, until something is written again. What was not committed is forgotten.
    pub fn rest(&self) -> Result<()> {
        match self.writing().open.take() {
            Some(writer) => Ok(writer.wait_merging_threads()?),
            None => Ok(()),
        }
    }

    /// The documents of a tenant and a kind that are meant.
    pub fn search(&self, (tenant, kind): (u32, &str), field: Field, meant: &Expression) -> Result<Found> {
        let place = place(tenant, kind);
        let owner = Term::from_field_text(self.columns.place, &place);
        let query = lower::within(owner, lower::lower(meant, self.columns.of_field(field)));
        let searcher = self.reader.searcher();
        let weight = query.weight(EnableScoring::disabled_from_searcher(&searcher));
        let weight = weight.map_err(of_search)?;
        let mut ids = Vec::new();
        for segment in searcher.segment_readers() {
            let mut documents = weight.scorer(segment, 1.0).map_err(of_search)?;
            let mut found = Vec::new();
            let mut document = documents.doc();
            while document != TERMINATED {
                if segment.alive_bitset().is_none_or(|alive| alive.is_alive(document)) {
                    if ids.len() + found.len() == FOUND_MAX {
                        return Ok(Found::TooMany);
                    }
                    found.push(document);
                }
                document = documents.advance();
            }
            names(segment, &found, &mut |name| {
                ids.extend(name.strip_prefix(&place).map(str::to_owned));
            })?;
        }
        Ok(Found::All(ids))
    }

    /// How many documents there are.
    pub fn count(&self) -> u64 {
        self.reader.searcher().num_docs()
    }

    fn write(&self, work: impl FnOnce(&mut IndexWriter, &Columns) -> tantivy::Result<()>) -> Result<()> {
        let mut writing = self.writing();
        let done = match &mut writing.open {
            Some(writer) => work(writer, &self.columns),
            open => match new_writer(&self.index) {
                Ok(writer) => work(open.insert(writer), &self.columns),
                Err(error) => Err(error),
            },
        };
        if done.is_err() {
            // Its threads may have ended; the next one begins at the last commit.
            writing.open = None;
        }
        Ok(done?)
    }

    fn writing(&self) -> MutexGuard<'_, Writer> {
        self.writer.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn open_files(folder: &Folder) -> Result<tantivy::Index> {
    let builder = tantivy::Index::builder().schema(schema()).tokenizers(tokenizers());
    let directory =
        tantivy::directory::MmapDirectory::open(folder.files()).map_err(tantivy::TantivyError::from)?;
    let index = builder.open_or_create(directory)?;
    let is_empty = index.searchable_segment_metas()?.is_empty();
    if !is_empty && read_position(&index)?.is_none() {
        return Err(Error::Damaged("it does not say how far it has come".to_owned()));
    }
    Ok(index)
}

/// The moment of the last commit; none, when it was written in another form.
fn read_position(index: &tantivy::Index) -> Result<Option<i64>> {
    let payload = index.load_metas()?.payload;
    let position = payload.as_deref().and_then(|payload| payload.split_once(' '));
    Ok(position.filter(|(form, _)| *form == FORM).and_then(|(_, position)| position.parse().ok()))
}

fn new_writer(index: &tantivy::Index) -> tantivy::Result<IndexWriter> {
    let options = IndexWriterOptions::builder()
        .num_worker_threads(1)
        .num_merge_threads(1)
        .memory_budget_per_thread(WRITER_BYTES)
        .build();
    let writer = index.writer_with_options(options)?;
    let mut merging = LogMergePolicy::default();
    merging.set_del_docs_ratio_before_merge(DELETED_SHARE_MAX);
    writer.set_merge_policy(Box::new(merging));
    Ok(writer)
}

fn commit(writer: &mut IndexWriter, position: Option<i64>) -> tantivy::Result<()> {
    let mut commit = writer.prepare_commit()?;
    let position = position.map_or_else(String::new, |position| position.to_string());
    commit.set_payload(&format!("{FORM} {position}"));
    commit.commit().map(drop)
}

/// Shows the names of documents of a piece, in the order of the names.
fn names(segment: &SegmentReader, documents: &[DocId], show: &mut dyn FnMut(&str)) -> Result<()> {
    if documents.is_empty() {
        return Ok(());
    }
    let unnamed = || Error::Damaged("its documents have no names".to_owned());
    let column = segment.fast_fields().str(NAMES)?.ok_or_else(unnamed)?;
    let numbers = documents.iter().map(|document| column.ords().first(*document).ok_or_else(unnamed));
    let mut numbers = numbers.collect::<Result<Vec<u64>>>()?;
    numbers.sort_unstable();
    let is_whole = column.dictionary().sorted_ords_to_term_cb(&numbers, |name| {
        if let Ok(name) = std::str::from_utf8(name) {
            show(name);
        }
    })?;
    if is_whole { Ok(()) } else { Err(unnamed()) }
}

/// An argument of a search is what somebody looks for.
fn of_search(error: tantivy::TantivyError) -> Error {
    match error {
        tantivy::TantivyError::InvalidArgument(_) => {
            Error::Expression("too many words begin so; some letters more are expected before `*`".to_owned())
        }
        other => other.into(),
    }
}

#[cfg(test)]
mod tests;
