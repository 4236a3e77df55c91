//! Does the folder keep bytes, and notice when they change?

use std::sync::Arc;

use bytes::Bytes;
use futures_util::{FutureExt, StreamExt, TryStreamExt, stream};
use tempfile::TempDir;

use super::*;

/// The SHA-256 of `abc`, from the standard's examples.
const ABC: &str = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

const FOREVER: Instant = Instant(i64::MAX);

fn open() -> (TempDir, Folder) {
    let place = tempfile::tempdir().expect("a folder for the test");
    let folder = Folder::open(place.path().join("blobs")).expect("the folder can be made");
    (place, folder)
}

fn pieces(content: &[&'static [u8]]) -> Pieces {
    let pieces: Vec<_> = content.iter().map(|piece| Ok(Bytes::from_static(piece))).collect();
    Box::pin(stream::iter(pieces))
}

/// So many bytes that tell where they stand, in pieces of an odd size.
fn large(length: usize) -> (Vec<u8>, Pieces) {
    let byte = |place: usize| u8::try_from((place % 251) ^ ((place >> 16) & 3)).expect("251 at most");
    let content: Vec<u8> = (0..length).map(byte).collect();
    let pieces: Vec<_> = content.chunks(10_007).map(|piece| Ok(Bytes::copy_from_slice(piece))).collect();
    (content, Box::pin(stream::iter(pieces)))
}

async fn read(folder: &Folder, id: BlobId, range: Range<u64>) -> Vec<Bytes> {
    folder.get(id, range).await.expect("it can be opened").try_collect().await.expect("it can be read")
}

/// The files below a folder, by their paths from there.
fn files(root: &Path) -> Vec<String> {
    let mut files = Vec::new();
    for entry in fs::read_dir(root).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            files.extend(self::files(&path));
        } else {
            files.push(
                path.strip_prefix(root.parent().expect("not the top")).expect("below").display().to_string(),
            );
        }
    }
    files
}

/// Lets other threads go on until something is so.
async fn until(mut so: impl FnMut() -> bool) {
    for _ in 0..10_000_000 {
        if so() {
            return;
        }
        tokio::task::yield_now().await;
    }
    panic!("it never came to be so");
}

#[tokio::test]
async fn a_blob_stands_under_its_hash_and_is_read_back() {
    let (_place, folder) = open();
    let stored = folder.put(pieces(&[b"a", b"", b"bc"])).await.expect("stored");
    assert_eq!((stored.id.to_string().as_str(), stored.length), (ABC, 3));
    assert_eq!(files(&folder.root.join("ba")), [format!("ba/{}", &ABC[2..])]);
    assert_eq!(folder.length(stored.id).await, Ok(Some(3)));
    assert_eq!(read(&folder, stored.id, 0..3).await, [&b"abc"[..]]);
    assert_eq!(read(&folder, stored.id, 1..2).await, [&b"b"[..]]);
    assert_eq!(read(&folder, stored.id, 3..3).await, Vec::<Bytes>::new());
    assert_eq!(folder.verify(stored.id).await, Ok(true));
}

#[tokio::test]
async fn a_blob_of_nothing_is_a_blob() {
    let (_place, folder) = open();
    let stored = folder.put(pieces(&[])).await.expect("stored");
    assert_eq!(stored.length, 0);
    assert_eq!(folder.length(stored.id).await, Ok(Some(0)));
    assert_eq!(folder.verify(stored.id).await, Ok(true));
}

#[tokio::test]
async fn what_is_not_here_is_told_apart() {
    let (_place, folder) = open();
    let id = BlobId::parse(ABC).expect("hexadecimal");
    assert_eq!(folder.length(id).await, Ok(None));
    assert_eq!(folder.verify(id).await, Ok(false));
    assert_eq!(folder.remove(id, Instant(i64::MAX)).await, Ok(()));
    assert!(matches!(folder.get(id, 0..1).await, Err(Error::Unavailable(_))));
}

#[tokio::test]
async fn a_large_blob_comes_and_goes_in_small_pieces() {
    let (_place, folder) = open();
    let (content, pieces) = large(5_000_000);
    let stored = folder.put(pieces).await.expect("stored");
    assert_eq!(stored.length, 5_000_000);
    assert_eq!(folder.verify(stored.id).await, Ok(true));
    for (start, end) in [(0, 5_000_000), (1, 65_537), (65_536, 131_072), (4_999_999, 5_000_000)] {
        let range = start..end;
        let pieces = read(&folder, stored.id, start as u64..end as u64).await;
        assert!(pieces.iter().all(|piece| piece.len() <= 64 << 10), "{range:?}");
        assert!(pieces.concat() == content[range.clone()], "{range:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn the_same_content_put_at_once_is_kept_once() {
    let (_place, folder) = open();
    let folder = Arc::new(folder);
    let putting: tokio::task::JoinSet<_> = (0..32)
        .map(|_| {
            let folder = Arc::clone(&folder);
            async move { folder.put(large(300_000).1).await }
        })
        .collect();
    let stored = putting.join_all().await;
    let first = stored[0].clone().expect("stored");
    assert!(stored.iter().all(|other| *other == Ok(first)));
    assert_eq!(files(&folder.root).len(), 1);
    assert_eq!(folder.list(FOREVER).await, Ok(vec![first.id]));
    assert_eq!(folder.verify(first.id).await, Ok(true));
}

#[tokio::test]
async fn a_stream_that_fails_leaves_nothing_behind() {
    let (_place, folder) = open();
    let broken = stream::iter([Err(io::Error::other("the client went away"))]);
    let outcome = folder.put(Box::pin(large(1_000_000).1.chain(broken))).await;
    assert_eq!(outcome, Err(Error::Unavailable("receiving a blob: the client went away".to_owned())));
    assert_eq!(files(&folder.root), Vec::<String>::new());
}

#[tokio::test]
async fn a_put_that_is_given_up_leaves_nothing_behind() {
    let (_place, folder) = open();
    let mut put = folder.put(Box::pin(large(1_000_000).1.chain(stream::pending())));
    until(|| (&mut put).now_or_never().is_none() && !files(&folder.root).is_empty()).await;
    drop(put);
    // A write that had begun ends on its own thread, and takes the file with it.
    until(|| files(&folder.root).is_empty()).await;
}

#[tokio::test]
async fn what_a_crash_left_is_removed_and_what_another_process_writes_is_not() {
    let (_place, folder) = open();
    let stored = folder.put(pieces(&[b"abc"])).await.expect("stored");
    fs::write(folder.root.join("incoming/.tmpLeft"), b"half a bl").expect("written");
    let mut put = folder.put(Box::pin(pieces(&[b"in", b"coming"]).chain(stream::pending())));
    until(|| (&mut put).now_or_never().is_none() && locked(&folder.root)).await;
    let again = Folder::open(&folder.root).expect("it opens again");
    let left = files(&folder.root);
    assert_eq!(left.len(), 2, "{left:?}");
    assert!(!left.iter().any(|file| file.ends_with(".tmpLeft")), "{left:?}");
    assert_eq!(again.verify(stored.id).await, Ok(true));
}

/// Whether some file that is not whole yet is held by its writer.
fn locked(root: &Path) -> bool {
    let files = fs::read_dir(incoming::folder(root)).expect("a folder");
    files
        .filter_map(|entry| File::open(entry.expect("an entry").path()).ok())
        .any(|file| file.try_lock().is_err())
}

#[tokio::test]
async fn damage_is_detected_and_healed_by_storing_again() {
    let (_place, folder) = open();
    let (content, pieces) = large(100_000);
    let stored = folder.put(pieces).await.expect("stored");
    let path = folder.path(stored.id);
    let mut damaged = content;
    damaged[70_000] ^= 1;
    fs::write(&path, &damaged).expect("written");
    assert_eq!(folder.verify(stored.id).await, Ok(false));
    fs::write(&path, &damaged[..90_000]).expect("written");
    assert_eq!(folder.verify(stored.id).await, Ok(false));
    assert!(matches!(folder.get(stored.id, 0..100_000).await, Err(Error::Unavailable(_))));
    assert_eq!(folder.put(large(100_000).1).await, Ok(stored));
    assert_eq!(folder.verify(stored.id).await, Ok(true));
}

#[tokio::test]
async fn a_file_that_shrinks_while_it_is_read_breaks_the_stream() {
    let (_place, folder) = open();
    let stored = folder.put(large(200_000).1).await.expect("stored");
    let mut pieces = folder.get(stored.id, 0..200_000).await.expect("opened");
    assert!(pieces.next().await.is_some_and(|piece| piece.is_ok()));
    File::options().write(true).open(folder.path(stored.id)).and_then(|it| it.set_len(80_000)).expect("cut");
    assert!(pieces.next().await.is_some_and(|piece| piece.is_err()));
}

#[tokio::test]
async fn blobs_are_listed_by_age_and_strangers_left_alone() {
    let (_place, folder) = open();
    let old = folder.put(pieces(&[b"old"])).await.expect("stored").id;
    let new = folder.put(pieces(&[b"new"])).await.expect("stored").id;
    for (id, seconds) in [(old, 1_000), (new, 2_000)] {
        age(&folder, id, seconds);
    }
    let stranger = folder.path(old).with_file_name("README");
    fs::write(stranger, b"not a blob").expect("written");
    fs::write(folder.root.join("incoming/.tmpHalf"), b"half").expect("written");
    assert_eq!(folder.list(Instant(-1)).await, Ok(vec![]));
    assert_eq!(folder.list(Instant(1_000_000_000)).await, Ok(vec![]));
    assert_eq!(folder.list(Instant(1_000_000_001)).await, Ok(vec![old]));
    let mut all = folder.list(FOREVER).await.expect("listed");
    all.sort_unstable();
    let mut both = vec![old, new];
    both.sort_unstable();
    assert_eq!(all, both);
}

#[tokio::test]
async fn storing_again_makes_a_blob_young() {
    let (_place, folder) = open();
    let id = folder.put(pieces(&[b"abc"])).await.expect("stored").id;
    age(&folder, id, 1_000);
    assert_eq!(folder.list(Instant(2_000_000_000)).await, Ok(vec![id]));
    folder.put(pieces(&[b"abc"])).await.expect("stored again");
    assert_eq!(folder.list(Instant(2_000_000_000)).await, Ok(vec![]));
}

#[tokio::test]
async fn a_removed_blob_is_gone_for_good_but_a_reader_finishes() {
    let (_place, folder) = open();
    let (content, pieces) = large(200_000);
    let stored = folder.put(pieces).await.expect("stored");
    let reading = folder.get(stored.id, 0..200_000).await.expect("opened");
    folder.remove(stored.id, Instant(i64::MAX)).await.expect("removed");
    assert_eq!(folder.length(stored.id).await, Ok(None));
    let pieces: Vec<Bytes> = reading.try_collect().await.expect("read");
    assert!(pieces.concat() == content);
    assert_eq!(files(&folder.root), Vec::<String>::new());
}

#[tokio::test]
async fn a_folder_that_cannot_be_written_is_unavailable() {
    let (_place, folder) = open();
    fs::remove_dir(incoming::folder(&folder.root)).expect("removed");
    let outcome = folder.put(pieces(&[b"abc"])).await;
    assert!(matches!(outcome, Err(Error::Unavailable(_))), "{outcome:?}");
    fs::write(folder.root.join("file"), b"").expect("written");
    assert!(Folder::open(folder.root.join("file")).is_err());
}

#[test]
fn only_a_full_disk_is_told_as_full() {
    for (kind, expected) in [
        (ErrorKind::StorageFull, "the disk is full"),
        (ErrorKind::QuotaExceeded, "the disk is full"),
        (ErrorKind::PermissionDenied, "storage is unavailable: storing a blob: permission denied"),
    ] {
        assert_eq!(failed("storing a blob", &kind.into()).to_string(), expected);
    }
}

/// Dates a blob to so many seconds after 1970.
fn age(folder: &Folder, id: BlobId, seconds: u64) {
    let modified = SystemTime::UNIX_EPOCH + Duration::from_secs(seconds);
    let file = File::options().write(true).open(folder.path(id)).expect("it is there");
    file.set_modified(modified).expect("dated");
}

#[tokio::test]
async fn a_blob_that_was_written_again_is_not_removed_for_having_been_old() {
    let home = TempDir::new().expect("a folder for the test");
    let folder = Folder::open(home.path()).expect("opens");
    let piece = || Box::pin(stream::iter([Ok(Bytes::from_static(b"abc"))]));
    let stored = folder.put(piece()).await.expect("stored");
    folder.remove(stored.id, Instant(0)).await.expect("looked at");
    assert_eq!(folder.length(stored.id).await, Ok(Some(3)));
    folder.remove(stored.id, Instant(i64::MAX)).await.expect("removed");
    assert_eq!(folder.length(stored.id).await, Ok(None));
}
