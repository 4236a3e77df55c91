//! What does a conditional interaction search for?
//!
//! The query of `If-None-Exist`, of `PUT [type]?…` and its like, and of a conditional reference. What is not known in
//! it is refused, whatever leniency was asked for: passing it over would mean other resources.

use model::{Issue, ResourceType};
use search::types::Surroundings;
use search::{Branch, Condition, parse};

use crate::search::takes_long;
use crate::{Context, Pairs, Result, aside, parse_pairs};

/// A search of a type, as sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Criteria {
    /// Which type.
    pub resource_type: ResourceType,
    /// The parameters.
    pub pairs: Pairs,
}

impl Criteria {
    /// Reads the query that `If-None-Exist` holds; what stands before it in a URL may stand there, too.
    pub fn read(resource_type: ResourceType, query: &str) -> std::result::Result<Self, Issue> {
        let query = match query.split_once('?') {
            Some((before, query)) if before.is_empty() || before == resource_type.as_str() => query,
            _ => query,
        };
        Ok(Self { resource_type, pairs: parse_pairs(query.trim())? })
    }

    /// Which resources it means, on which those hang that are written; refused while they cannot all be found.
    pub(crate) async fn branch(&self, context: &Context) -> Result<Branch> {
        let resource_type = self.resource_type;
        let condition = match takes_long(&self.pairs) {
            true => {
                let (inside, criteria) = (context.clone(), self.clone());
                aside::run(context, move || criteria.condition(&inside)).await?
            }
            false => self.condition(context),
        };
        let branch = Branch { resource_type, condition: condition?, sort: Vec::new() };
        context.library.rely_on(&branch)?;
        Ok(branch)
    }

    fn condition(&self, context: &Context) -> Result<Condition> {
        let shelf = context.library.shelf();
        let surroundings = Surroundings {
            catalogue: &shelf.catalogue,
            terminology: &shelf.rules.terminology,
            base_url: &context.policy.base_url,
            now: (context.clock)(),
        };
        Ok(parse::condition(&self.pairs, self.resource_type, &surroundings)?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(query: &str, expected: &[(&str, &str)]) {
        let criteria = Criteria::read(ResourceType::known("Patient"), query).expect(query);
        let expected: Pairs =
            expected.iter().map(|(name, value)| ((*name).into(), (*value).into())).collect();
        assert_eq!(criteria.pairs, expected, "{query}");
    }

    #[test]
    fn criteria_are_a_query_with_or_without_what_stands_before_it() {
        let expected = [("identifier", "urn:a|1")];
        check("identifier=urn:a|1", &expected);
        check("?identifier=urn:a%7C1", &expected);
        check("Patient?identifier=urn:a|1", &expected);
        check("identifier=http://a?b|1", &[("identifier", "http://a?b|1")]);
        check("", &[]);
    }
}
