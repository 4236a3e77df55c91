//! How is what is looked for said to tantivy?

use tantivy::Term;
use tantivy::query::{AllQuery, BooleanQuery, Occur, PhraseQuery, Query, RegexPhraseQuery, TermQuery};
use tantivy::query::{ConstScoreQuery, InvertedIndexRangeQuery};
use tantivy::schema::{Field as Column, IndexRecordOption};

use crate::expression::{Expression, Phrase};
use crate::limits::EXPANSIONS_MAX;

/// A query for what an expression means in these columns, together.
///
/// Expressions are no deeper than their parser lets them be.
pub(crate) fn lower(expression: &Expression, columns: &[Column]) -> Box<dyn Query> {
    match expression {
        Expression::All(parts) => {
            let clauses = parts.iter().map(|part| clause(part, columns));
            Box::new(BooleanQuery::new(clauses.collect()))
        }
        Expression::Any(parts) => {
            Box::new(BooleanQuery::union(parts.iter().map(|part| lower(part, columns)).collect()))
        }
        Expression::Not(_) => Box::new(BooleanQuery::new(vec![clause(expression, columns)])),
        Expression::Phrase(phrase) => {
            let mut anywhere: Vec<_> = columns.iter().map(|column| in_column(phrase, *column)).collect();
            match anywhere.len() {
                1 => anywhere.swap_remove(0),
                _ => Box::new(BooleanQuery::union(anywhere)),
            }
        }
    }
}

/// All documents of a place that an expression means.
pub(crate) fn within(place: Term, meant: Box<dyn Query>) -> BooleanQuery {
    let place: Box<dyn Query> = Box::new(TermQuery::new(place, IndexRecordOption::Basic));
    BooleanQuery::intersection(vec![place, meant])
}

fn clause(part: &Expression, columns: &[Column]) -> (Occur, Box<dyn Query>) {
    match part {
        // What is not there is taken from everything, so that it means the same wherever it stands.
        Expression::Not(inner) => {
            let without = vec![(Occur::Must, everything()), (Occur::MustNot, lower(inner, columns))];
            (Occur::Must, Box::new(BooleanQuery::new(without)))
        }
        _ => (Occur::Must, lower(part, columns)),
    }
}

fn everything() -> Box<dyn Query> {
    Box::new(AllQuery)
}

fn in_column(phrase: &Phrase, column: Column) -> Box<dyn Query> {
    let term = |word: &String| Term::from_field_text(column, word);
    match (phrase.first.as_slice(), phrase.is_open) {
        ([], false) => Box::new(TermQuery::new(term(&phrase.last), IndexRecordOption::Basic)),
        ([], true) => beginning(column, &phrase.last),
        (first, false) => Box::new(PhraseQuery::new(first.iter().chain([&phrase.last]).map(term).collect())),
        (first, true) => {
            // Words are letters, digits and marks, none of which means anything in a pattern.
            let open = format!("{}.*", phrase.last);
            let patterns = first.iter().cloned().chain([open]).collect();
            let mut query = RegexPhraseQuery::new(column, patterns);
            query.set_max_expansions(EXPANSIONS_MAX);
            Box::new(query)
        }
    }
}

/// Words that begin so.
pub(crate) fn beginning(column: Column, word: &str) -> Box<dyn Query> {
    let from = std::ops::Bound::Included(Term::from_field_text(column, word));
    // No word has this last character of all, and none comes behind it.
    let below = std::ops::Bound::Excluded(Term::from_field_text(column, &format!("{word}{}", char::MAX)));
    Box::new(ConstScoreQuery::new(Box::new(InvertedIndexRangeQuery::new(from, below)), 1.0))
}
