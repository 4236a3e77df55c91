//! Which files does a release consist of?

use std::fs::{self, File};
use std::io::{self, BufRead, BufReader, Read};
use std::path::{Path, PathBuf};

use terminology::load::{Entry, Listing};

use super::super::load::progress::Progress;
use super::archive::{self, Member};

/// Files of one release; the largest in use have some hundred.
const FILES_MAX: usize = 10_000;

/// Bytes that are read at once: a release is hundreds of megabytes.
const BUFFER_BYTES: usize = 1 << 18;

/// A file, or all files of a folder or of an archive.
pub(super) struct Release {
    /// What lies below which; the file itself, when it is one.
    root: PathBuf,
    /// The files of the archive, when it is one.
    members: Option<Vec<Member>>,
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
            && archive::is_archive(&archive.head)
        {
            return Self::of_archive(root).map_err(unusable);
        }
        Ok(Self { root: root.to_owned(), members: None, listing: Listing { files } })
    }

    fn of_archive(root: &Path) -> io::Result<Self> {
        let members = archive::members(root)?;
        let files = members.iter().map(|member| {
            let head = head(archive::open(root, member)?)?;
            Ok(Entry { name: member.name.clone(), bytes: member.bytes, head })
        });
        let files = files.collect::<io::Result<_>>()?;
        Ok(Self { root: root.to_owned(), members: Some(members), listing: Listing { files } })
    }

    /// How large all files are together.
    pub(super) fn bytes(&self) -> u64 {
        self.listing.files.iter().map(|entry| entry.bytes).sum()
    }

    /// Opens one of the files; what is read of it is counted.
    pub(super) fn open<'a>(&self, name: &str, progress: &'a Progress) -> io::Result<Box<dyn BufRead + 'a>> {
        let file: Box<dyn Read> = match &self.members {
            Some(members) => {
                let member = members.iter().find(|member| member.name == name);
                archive::open(&self.root, member.ok_or(io::ErrorKind::NotFound)?)?
            }
            None if self.root.is_dir() => Box::new(File::open(self.root.join(name))?),
            None => Box::new(File::open(&self.root)?),
        };
        let counted = Counted { file, progress, rest: 0 };
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
    Ok(Entry { name, bytes, head: head(file)? })
}

/// The beginning of a file.
fn head(file: impl Read) -> io::Result<String> {
    let mut head = Vec::new();
    file.take(Listing::HEAD_BYTES).read_to_end(&mut head)?;
    Ok(String::from_utf8_lossy(&head).into_owned())
}

/// A file that tells how much of it was read.
struct Counted<'a> {
    file: Box<dyn Read>,
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
