//! What does a Bundle ask for, and how is one told?
//!
//! Reading is for batches and transactions alone: other Bundles are resources like any other.
//! Writing goes straight to JSON, because the resources in it lie in storage as JSON already and need
//! not be parsed to be sent: <https://hl7.org/fhir/R4/bundle.html>.

mod read;
mod write;

pub use read::{Bundle, Entry, Request, Submission, read};
pub use write::{BundleHead, BundleWriter, EntryParts, Link, Response, SearchMode};

/// What a Bundle is for: <https://hl7.org/fhir/R4/valueset-bundle-type.html>.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum BundleType {
    /// Requests, each on its own.
    Batch,
    /// What came of a batch.
    BatchResponse,
    /// A set of resources without further meaning.
    Collection,
    /// A document, led by its Composition.
    Document,
    /// Versions of resources.
    History,
    /// A message, led by its MessageHeader.
    Message,
    /// What a search found.
    Searchset,
    /// Requests, all or none.
    Transaction,
    /// What came of a transaction.
    TransactionResponse,
}

impl BundleType {
    const ALL: [Self; 9] = [
        Self::Batch,
        Self::BatchResponse,
        Self::Collection,
        Self::Document,
        Self::History,
        Self::Message,
        Self::Searchset,
        Self::Transaction,
        Self::TransactionResponse,
    ];

    /// Reads the code in `Bundle.type`.
    pub fn parse(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == code)
    }

    /// The code in `Bundle.type`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Batch => "batch",
            Self::BatchResponse => "batch-response",
            Self::Collection => "collection",
            Self::Document => "document",
            Self::History => "history",
            Self::Message => "message",
            Self::Searchset => "searchset",
            Self::Transaction => "transaction",
            Self::TransactionResponse => "transaction-response",
        }
    }
}

/// What a request asks to be done: <https://hl7.org/fhir/R4/valueset-http-verb.html>.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Method {
    /// Remove.
    Delete,
    /// Add.
    Post,
    /// Replace, or add under a chosen id.
    Put,
    /// Change in part.
    Patch,
    /// Read or search.
    Get,
    /// Read without the content.
    Head,
}

impl Method {
    const ALL: [Self; 6] = [Self::Delete, Self::Post, Self::Put, Self::Patch, Self::Get, Self::Head];

    /// Reads the code in `Bundle.entry.request.method`, which is HTTP's too.
    pub fn parse(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|method| method.as_str() == code)
    }

    /// The code in `Bundle.entry.request.method`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Delete => "DELETE",
            Self::Post => "POST",
            Self::Put => "PUT",
            Self::Patch => "PATCH",
            Self::Get => "GET",
            Self::Head => "HEAD",
        }
    }

    /// Whether the request carries a resource.
    fn has_content(self) -> bool {
        matches!(self, Self::Post | Self::Put | Self::Patch)
    }
}

#[cfg(test)]
mod tests;
