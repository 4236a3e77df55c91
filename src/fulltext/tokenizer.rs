//! How does tantivy get the words of a text?

use tantivy::tokenizer::{Token, TokenStream, Tokenizer};

use crate::words::Words;

/// The name by which fields ask for it.
pub(crate) const NAME: &str = "words";

/// Takes texts apart as [`Words`] does.
#[derive(Clone, Default)]
pub(crate) struct WordTokenizer {
    words: Words,
    token: Token,
}

/// The words of one text.
pub(crate) struct WordStream<'t> {
    words: &'t Words,
    token: &'t mut Token,
    place: usize,
}

impl Tokenizer for WordTokenizer {
    type TokenStream<'a> = WordStream<'a>;

    fn token_stream<'a>(&'a mut self, text: &'a str) -> WordStream<'a> {
        self.words.read(text);
        self.token.reset();
        WordStream { words: &self.words, token: &mut self.token, place: 0 }
    }
}

impl TokenStream for WordStream<'_> {
    fn advance(&mut self) -> bool {
        let Some(word) = self.words.get(self.place) else { return false };
        self.token.text.clear();
        self.token.text.push_str(word);
        self.token.position = self.place;
        self.place += 1;
        true
    }

    fn token(&self) -> &Token {
        self.token
    }

    fn token_mut(&mut self) -> &mut Token {
        self.token
    }
}
