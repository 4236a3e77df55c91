//! By what is a resource found that storage has to tell of?
//!
//! By the search parameters that hold now, so that what a permit reaches is told by the same rows as what a search finds.

use std::sync::Arc;

use model::{Key, Value, json};
use search::{Rows, index};
use store::{Finding, Kept, Store};

use super::Library;

/// A store that keeps to what permits reach, as told by the search parameters of a library.
pub fn kept(store: Arc<dyn Store>, library: Arc<Library>, base_url: &str) -> Kept {
    Kept::new(store, Arc::new(Finder { library, base_url: base_url.to_owned() }))
}

struct Finder {
    library: Arc<Library>,
    base_url: String,
}

impl Finding for Finder {
    fn rows(&self, key: &Key, json: &[u8]) -> Option<Rows> {
        let Ok(Value::Object(resource)) = json::parse(json) else { return None };
        index::rows(&resource, key.resource_type, &self.library.catalogue(), &self.base_url).ok()
    }
}
