//! Which files does a release consist of?

use std::fs::{self, File};
use std::io::{self, BufRead, BufReader, Read};
use std::path::{Path, PathBuf};

use terminology::load::{Entry, Listing};

use super::super::load::progress::Progress;

/// Files of one release; the largest in use have some hundred.
const FILES_MAX: usize = 10_000;

/// Bytes that are read at once: a release is hundreds of megabytes.
const BUFFER_BYTES: usize = 1 << 18;

/// A file, or all files of a folder.
pub(super) struct Release {
    /// What lies below which; the file itself, when it is one.
    root: PathBuf,
    /// The files.
    pub(super) listing: Listing,
}

impl Release {
    pub(super) fn find(root: &Path) -> Result<Self, String> {
        let unusable = |error: io::Error| format!("cannot read {}: {error}", root.display());
        let mut files = Vec::new();
        if fs::metadata(root).map_err(unusable)?.is_dir() {
            walk(root, root, &mut files).map_err(unusable)?;
        } else {
            let name = root.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
            files.push(entry(root, name).map_err(unusable)?);
        }
        if let [archive] = &files[..]
            && archive.head.starts_with("PK\u{3}\u{4}")
        {
            return Err(format!("{} is an archive: unpack it, and load the folder", root.display()));
        }
        Ok(Self { root: root.to_owned(), listing: Listing { files } })
    }

    /// How large all files are together.
    pub(super) fn bytes(&self) -> u64 {
        self.listing.files.iter().map(|entry| entry.bytes).sum()
    }

    /// Opens one of the files; what is read of it is counted.
    pub(super) fn open<'a>(&self, name: &str, progress: &'a Progress) -> io::Result<Box<dyn BufRead + 'a>> {
        let path = if self.root.is_dir() { self.root.join(name) } else { self.root.clone() };
        let counted = Counted { file: File::open(path)?, progress, rest: 0 };
        Ok(Box::new(BufReader::with_capacity(BUFFER_BYTES, counted)))
    }
}

fn walk(root: &Path, folder: &Path, found: &mut Vec<Entry>) -> io::Result<()> {
    let mut entries: Vec<_> = fs::read_dir(folder)?.collect::<io::Result<_>>()?;
    entries.sort_by_key(fs::DirEntry::file_name);
    for file in entries {
        let (path, kind) = (file.path(), file.file_type()?);
        // A link to a folder is not followed: it may lead in a circle.
        if kind.is_dir() {
            walk(root, &path, found)?;
        } else if fs::metadata(&path)?.is_file() {
            if found.len() >= FILES_MAX {
                return Err(io::Error::other(format!(
                    "the folder has more than the limit of {FILES_MAX} files"
                )));
            }
            let name = path.strip_prefix(root).unwrap_or(&path).to_string_lossy().into_owned();
            found.push(entry(&path, name)?);
        }
    }
    Ok(())
}

fn entry(path: &Path, name: String) -> io::Result<Entry> {
    let file = File::open(path)?;
    let bytes = file.metadata()?.len();
    let mut head = Vec::new();
    file.take(Listing::HEAD_BYTES).read_to_end(&mut head)?;
    Ok(Entry { name, bytes, head: String::from_utf8_lossy(&head).into_owned() })
}

/// A file that tells how much of it was read.
struct Counted<'a> {
    file: File,
    progress: &'a Progress,
    /// Bytes that make no kilobyte yet.
    rest: u64,
}

impl Read for Counted<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.file.read(buffer)?;
        self.rest += count as u64;
        self.progress.advanced(self.rest >> 10);
        self.rest &= 1023;
        Ok(count)
    }
}
