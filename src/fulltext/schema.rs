//! Which columns does the index of documents have?

use tantivy::Term;
use tantivy::schema::{Field as Column, IndexRecordOption, STRING, Schema, TextFieldIndexing, TextOptions};
use tantivy::tokenizer::{TextAnalyzer, TokenizerManager};

use crate::document::{Field, Name};
use crate::tokenizer::{self, WordTokenizer};

/// The column of the names, by which documents are told.
pub(crate) const NAMES: &str = "name";

/// The columns of documents.
#[derive(Clone, Copy)]
pub(crate) struct Columns {
    /// Tenant and kind.
    pub(crate) place: Column,
    /// Tenant, kind and id.
    pub(crate) name: Column,
    /// What a document says to people, and what it holds beside that.
    pub(crate) words: [Column; 2],
}

/// The columns, and how words stand in them.
pub(crate) fn schema() -> Schema {
    let mut schema = Schema::builder();
    let words = TextFieldIndexing::default()
        .set_tokenizer(tokenizer::NAME)
        // Nothing is ranked by its length.
        .set_fieldnorms(false)
        .set_index_option(IndexRecordOption::WithFreqsAndPositions);
    let words = TextOptions::default().set_indexing_options(words);
    schema.add_text_field("place", STRING);
    schema.add_text_field(NAMES, STRING.set_fast("raw"));
    schema.add_text_field("text", words.clone());
    schema.add_text_field("beside", words);
    schema.build()
}

/// Where columns of words get their words from.
pub(crate) fn tokenizers() -> TokenizerManager {
    let tokenizers = TokenizerManager::default();
    tokenizers.register(tokenizer::NAME, TextAnalyzer::from(WordTokenizer::default()));
    tokenizers
}

impl Columns {
    /// Finds them in a schema, which must have them.
    pub(crate) fn of(schema: &Schema) -> tantivy::Result<Self> {
        let words = [schema.get_field("text")?, schema.get_field("beside")?];
        Ok(Self { place: schema.get_field("place")?, name: schema.get_field(NAMES)?, words })
    }

    /// Those in which the words of a field stand.
    pub(crate) fn of_field(&self, field: Field) -> &[Column] {
        match field {
            Field::Text => &self.words[..1],
            Field::Content => &self.words,
        }
    }

    /// What only one document has.
    pub(crate) fn name_of(&self, name: &Name<'_>) -> Term {
        Term::from_field_text(self.name, &name.key())
    }
}
