//! How is a loader tried on files that a test writes?

use std::io::{self, Cursor};

use super::{ALL, Defect, Entry, Listing, Loader, Loading, Report};
use crate::CodeSystem;

/// What the one loader that recognises these files makes of them.
pub(super) fn load(files: &[(&str, &str)]) -> Result<(&'static str, Vec<CodeSystem>, Report), Defect> {
    load_as(files, None)
}

/// The same with a version that is asked for.
pub(super) fn load_as(
    files: &[(&str, &str)],
    version: Option<&str>,
) -> Result<(&'static str, Vec<CodeSystem>, Report), Defect> {
    let entry = |(name, text): &(&str, &str)| Entry {
        name: (*name).to_owned(),
        bytes: text.len() as u64,
        head: text.chars().take(usize::try_from(Listing::HEAD_BYTES).unwrap_or(usize::MAX)).collect(),
    };
    let listing = Listing { files: files.iter().map(entry).collect() };
    let open = |name: &str| {
        let found = files.iter().find(|(known, _)| *known == name);
        let (_, text) = found.ok_or_else(|| io::Error::other("not there"))?;
        Ok(Box::new(Cursor::new(*text)) as Box<dyn io::BufRead + '_>)
    };
    let mut knowing = ALL.iter().filter(|loader| (loader.recognises)(&listing));
    let loader: &Loader = knowing.next().expect("a loader knows the files");
    assert!(knowing.next().is_none(), "two loaders know the files");
    let mut loading = Loading { version, ..Loading::new(&listing, &open) };
    let tables = (loader.load)(&mut loading)?;
    Ok((loader.name, tables, loading.report))
}
