//! Which short texts have words that begin so, the best first?
//!
//! For what people type while they look for a concept among hundreds of thousands: each word is the beginning of a word
//! of one text. Texts that have the words themselves come before those that only have longer ones, and of these the
//! shorter before the longer. Written once, and then only read, by any number of processes.

use std::collections::HashSet;
use std::fs;
use std::io::ErrorKind;
use std::path::Path;

use tantivy::columnar::Column as Values;
use tantivy::indexer::{IndexWriterOptions, NoMergePolicy};
use tantivy::query::{BooleanQuery, EnableScoring, Query, TermQuery};
use tantivy::schema::{FAST, Field as Column, IndexRecordOption, Schema, TextFieldIndexing, TextOptions};
use tantivy::{
    DocSet as _, IndexReader, IndexWriter, ReloadPolicy, Searcher, SegmentReader, TERMINATED,
    TantivyDocument, Term,
};

use crate::error::{Error, Result};
use crate::limits::{RANKED_WORDS_MAX, RANKED_WRITER_BYTES};
use crate::lower;
use crate::schema::tokenizers;
use crate::tokenizer;
use crate::words::Words;

/// The column of the numbers, and that of the lengths.
const NUMBERS: &str = "number";
const LENGTHS: &str = "length";

/// An index of short texts.
pub struct Ranked {
    reader: IndexReader,
    words: Column,
}

/// What a text is found as.
struct Entry {
    length: u32,
    number: u32,
    text: String,
}

impl Ranked {
    /// Writes an index in place of what stands in a folder. All texts are held in memory until it is written.
    pub fn write(folder: &Path, texts: impl IntoIterator<Item = (u32, String)>) -> Result<Self> {
        match fs::remove_dir_all(folder) {
            Err(error) if error.kind() != ErrorKind::NotFound => return Err(error.into()),
            _ => fs::create_dir_all(folder)?,
        }
        let builder = tantivy::Index::builder().schema(schema()).tokenizers(tokenizers());
        Self::fill(builder.create_in_dir(folder)?, texts)
    }

    /// The same, for as long as the process runs.
    pub fn in_memory(texts: impl IntoIterator<Item = (u32, String)>) -> Result<Self> {
        let builder = tantivy::Index::builder().schema(schema()).tokenizers(tokenizers());
        Self::fill(builder.create_in_ram()?, texts)
    }

    /// Opens an index that was written.
    pub fn open(folder: &Path) -> Result<Self> {
        let mut index = tantivy::Index::open_in_dir(folder)?;
        if index.schema() != schema() {
            return Err(Error::Damaged("it has another form".to_owned()));
        }
        index.set_tokenizers(tokenizers());
        Self::over(&index)
    }

    /// The numbers of the best texts, each once, at most so many; none when nothing is typed.
    pub fn search(&self, typed: &str, count: usize) -> Result<Vec<u32>> {
        let words = Words::of(typed);
        if words.count() > RANKED_WORDS_MAX {
            let message =
                format!("{} words to look for, and {RANKED_WORDS_MAX} are the limit", words.count());
            return Err(Error::Expression(message));
        }
        let mut found = Vec::new();
        if words.count() == 0 {
            return Ok(found);
        }
        let searcher = self.reader.searcher();
        for query in [self.exact(&words), self.open_ended(&words)] {
            if found.len() < count {
                append(&searcher, &query, count, &mut found)?;
            }
        }
        Ok(found)
    }

    fn fill(index: tantivy::Index, texts: impl IntoIterator<Item = (u32, String)>) -> Result<Self> {
        let entry = |(number, text): (u32, String)| Entry { length: length(&text), number, text };
        let mut entries: Vec<Entry> = texts.into_iter().map(entry).collect();
        // In each piece the best stand first, so that a search need not look at the rest.
        entries.sort_by_key(|entry| (entry.length, entry.number));
        let schema = index.schema();
        let column = |name| schema.get_field(name);
        let (numbers, lengths, words) = (column(NUMBERS)?, column(LENGTHS)?, column("words")?);
        let options = IndexWriterOptions::builder()
            .num_worker_threads(1)
            .num_merge_threads(1)
            .memory_budget_per_thread(RANKED_WRITER_BYTES)
            .build();
        let mut writer: IndexWriter = index.writer_with_options(options)?;
        writer.set_merge_policy(Box::new(NoMergePolicy));
        for entry in entries {
            let mut document = TantivyDocument::new();
            document.add_u64(numbers, entry.number.into());
            document.add_u64(lengths, entry.length.into());
            document.add_text(words, entry.text);
            writer.add_document(document)?;
        }
        writer.commit()?;
        writer.wait_merging_threads()?;
        Self::over(&index)
    }

    fn over(index: &tantivy::Index) -> Result<Self> {
        let words = index.schema().get_field("words")?;
        let reader = index.reader_builder().reload_policy(ReloadPolicy::Manual).try_into()?;
        Ok(Self { reader, words })
    }

    /// Texts that have all of the words.
    fn exact(&self, words: &Words) -> BooleanQuery {
        let one = |word: &str| -> Box<dyn Query> {
            let term = Term::from_field_text(self.words, word);
            Box::new(TermQuery::new(term, IndexRecordOption::Basic))
        };
        BooleanQuery::intersection(words.iter().map(one).collect())
    }

    /// Texts that have words which begin like all of them.
    fn open_ended(&self, words: &Words) -> BooleanQuery {
        BooleanQuery::intersection(words.iter().map(|word| lower::beginning(self.words, word)).collect())
    }
}

fn schema() -> Schema {
    let mut schema = Schema::builder();
    let words = TextFieldIndexing::default()
        .set_tokenizer(tokenizer::NAME)
        .set_fieldnorms(false)
        .set_index_option(IndexRecordOption::Basic);
    schema.add_u64_field(NUMBERS, FAST);
    schema.add_u64_field(LENGTHS, FAST);
    schema.add_text_field("words", TextOptions::default().set_indexing_options(words));
    schema.build()
}

/// What texts are ordered by: their length in words, then in bytes.
fn length(text: &str) -> u32 {
    const BYTES: u32 = 1 << 12;
    let words = u32::try_from(Words::of(text).count()).unwrap_or(u32::MAX / BYTES);
    let bytes = u32::try_from(text.len()).unwrap_or(BYTES);
    words.saturating_mul(BYTES).saturating_add(std::cmp::min(bytes, BYTES - 1))
}

/// Appends the best that a query finds beyond what was found before, until there are so many.
fn append(searcher: &Searcher, query: &BooleanQuery, count: usize, found: &mut Vec<u32>) -> Result<()> {
    let known: HashSet<u32> = found.iter().copied().collect();
    let weight = query.weight(EnableScoring::disabled_from_searcher(searcher))?;
    let mut best = Vec::new();
    for segment in searcher.segment_readers() {
        let (numbers, lengths) = (column(segment, NUMBERS)?, column(segment, LENGTHS)?);
        let mut documents = weight.scorer(segment, 1.0)?;
        let mut own = HashSet::new();
        let mut document = documents.doc();
        while document != TERMINATED && known.len() + own.len() < count {
            let number = numbers.first(document).and_then(|number| u32::try_from(number).ok());
            if let Some(number) = number.filter(|number| !known.contains(number) && own.insert(*number)) {
                best.push((lengths.first(document), number));
            }
            document = documents.advance();
        }
    }
    best.sort_unstable();
    let mut taken = known;
    found.extend(best.into_iter().map(|(_, number)| number).filter(|number| taken.insert(*number)));
    found.truncate(count);
    Ok(())
}

fn column(segment: &SegmentReader, name: &str) -> Result<Values<u64>> {
    Ok(segment.fast_fields().u64(name)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXTS: [(u32, &str); 8] = [
        (1, "Myocardial infarction"),
        (1, "Heart attack"),
        (2, "Heart"),
        (3, "Heartburn"),
        (4, "Old myocardial infarction of the heart"),
        (5, "Infarct of kidney"),
        (6, "Ménière's disease"),
        (7, "Attack of heartburn"),
    ];

    fn texts() -> impl Iterator<Item = (u32, String)> {
        TEXTS.into_iter().map(|(number, text)| (number, text.to_owned()))
    }

    fn check(typed: &str, count: usize, expected: &[u32]) {
        let index = Ranked::in_memory(texts()).expect("an index in memory");
        assert_eq!(index.search(typed, count).expect("words"), expected, "{typed}");
    }

    #[test]
    fn the_words_themselves_come_first_and_then_the_shorter_texts() {
        check("heart", 9, &[2, 1, 4, 3, 7]);
        check("hear", 9, &[2, 3, 1, 7, 4]);
        check("infarct", 9, &[5, 1, 4]);
        check("inf myo", 9, &[1, 4]);
        check("attack heart", 9, &[1, 7]);
        check("MENIERES dis", 9, &[6]);
    }

    #[test]
    fn as_many_are_found_as_are_wanted() {
        check("heart", 2, &[2, 1]);
        check("heart", 4, &[2, 1, 4, 3]);
        check("heart", 0, &[]);
    }

    #[test]
    fn nothing_is_found_of_what_is_not_there_or_not_typed() {
        check("kidney heart", 9, &[]);
        check("eart", 9, &[]);
        check(" - ", 9, &[]);
        let index = Ranked::in_memory(texts()).expect("an index in memory");
        let many = "a ".repeat(RANKED_WORDS_MAX + 1);
        assert!(matches!(index.search(&many, 9), Err(Error::Expression(_))));
    }

    #[test]
    fn what_was_written_is_read_by_others_and_replaced_by_what_is_written_next() {
        let folder = tempfile::tempdir().expect("a folder");
        let place = folder.path().join("texts");
        assert!(Ranked::open(&place).is_err());
        Ranked::write(&place, texts()).expect("written");
        let others = [Ranked::open(&place).expect("written"), Ranked::open(&place).expect("written")];
        for other in others {
            assert_eq!(other.search("kidney", 9), Ok(vec![5]));
        }
        Ranked::write(&place, [(8, "Kidney stone".to_owned())]).expect("written");
        assert_eq!(Ranked::open(&place).expect("written").search("kidney", 9), Ok(vec![8]));
    }
}
