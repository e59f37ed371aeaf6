//! What workers print while they are at a task: appended as it comes, so that it is seen before the task ends. It stands
//! in pages, so that a chunk writes again no more than the last one.

use artifact::Store;

use crate::call;
use crate::error::ApiError;
use crate::journal::CallId;

/// Most bytes of one task's log.
pub const MAX_LOG_BYTES: u64 = 16 << 20;
/// Bytes of a page.
const PAGE_BYTES: u64 = 256 << 10;

/// Where a task's log stands; never where a stage's answer does.
pub fn record(run: &str, (entry, attempt): CallId) -> String {
    format!("{PREFIX}{}", call::key(run, entry, attempt))
}

/// Whether a record is the log of a task.
pub fn is_record(record: &str) -> bool {
    record.starts_with(PREFIX)
}

const PREFIX: &str = "log/";

/// Appends what came after the first `offset` bytes. The same chunk again changes nothing, so it may be sent again.
/// One writer at a time: the worker that has the task.
pub fn append(store: &impl Store, record: &str, offset: u64, chunk: &[u8]) -> Result<(), ApiError> {
    let end = offset.saturating_add(chunk.len() as u64);
    if end > MAX_LOG_BYTES {
        let message = format!("the task's log has more than {MAX_LOG_BYTES} bytes (MAX_LOG_BYTES)");
        return Err(ApiError::new(413, "log-too-long", message));
    }
    let (page, within) = (offset / PAGE_BYTES, usize::try_from(offset % PAGE_BYTES).unwrap_or(0));
    let mut bytes = if within == 0 { Vec::new() } else { store.get(&key(record, page))?.unwrap_or_default() };
    let before_is_whole = within > 0 || page == 0 || store.exists(&key(record, page - 1))?;
    if bytes.len() < within || !before_is_whole {
        let message = format!("the chunk begins at byte {offset}, and what comes before is not there");
        return Err(ApiError::new(409, "log-gap", message).hint("send the log from its start"));
    }
    bytes.truncate(within);
    bytes.extend_from_slice(chunk);
    #[expect(clippy::cast_possible_truncation, reason = "a page fits into memory")]
    let pages = bytes.chunks(PAGE_BYTES as usize).zip(page..);
    let writes: Vec<_> = pages.map(|(bytes, page)| (key(record, page), bytes.to_vec())).collect();
    Ok(store.set_many(&writes)?)
}

/// The log so far.
pub fn read(store: &impl Store, record: &str) -> Result<String, ApiError> {
    let mut log = Vec::new();
    for (page, bytes) in store.get_many(&keys(record))?.into_iter().enumerate() {
        let Some(bytes) = bytes else { break };
        log.extend(bytes);
        if (log.len() as u64) < (page as u64 + 1) * PAGE_BYTES {
            break;
        }
    }
    Ok(String::from_utf8(log).unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned()))
}

/// Every key that a task's log may have.
pub fn keys(record: &str) -> Vec<String> {
    (0..MAX_LOG_BYTES / PAGE_BYTES).map(|page| key(record, page)).collect()
}

fn key(record: &str, page: u64) -> String {
    format!("{record}/{page}")
}

#[cfg(test)]
mod tests {
    use artifact::MemoryStore;

    use super::*;

    const RECORD: &str = "log/01a-1-1";

    #[track_caller]
    fn check(chunks: &[(u64, usize, u8)], expected: Result<&[(usize, u8)], &str>) {
        let store = MemoryStore::default();
        let appended = chunks
            .iter()
            .try_for_each(|(offset, length, byte)| append(&store, RECORD, *offset, &vec![*byte; *length]));
        let found = appended.map_err(|error| error.code).map(|()| read(&store, RECORD).unwrap());
        let whole = |parts: &[(usize, u8)]| -> String {
            parts.iter().flat_map(|(length, byte)| vec![char::from(*byte); *length]).collect()
        };
        assert!(found == expected.map(whole), "{chunks:?}: {:?}", found.map(|log| log.len()));
    }

    #[test]
    fn chunks_make_a_log() {
        check(&[], Ok(&[]));
        check(&[(0, 3, b'a'), (3, 2, b'b')], Ok(&[(3, b'a'), (2, b'b')]));
        check(&[(0, 3, b'a'), (0, 3, b'a'), (3, 2, b'b')], Ok(&[(3, b'a'), (2, b'b')]));
        check(&[(0, 262_144, b'a'), (262_144, 2, b'b')], Ok(&[(262_144, b'a'), (2, b'b')]));
        check(&[(0, 262_143, b'a'), (262_143, 600_000, b'b')], Ok(&[(262_143, b'a'), (600_000, b'b')]));
        check(&[(1, 1, b'a')], Err("log-gap"));
        check(&[(262_144, 1, b'a')], Err("log-gap"));
        check(&[(0, 2, b'a'), (3, 1, b'a')], Err("log-gap"));
        check(&[(16 << 20, 1, b'a')], Err("log-too-long"));
        check(&[(u64::MAX, 1, b'a')], Err("log-too-long"));
    }

    #[test]
    fn a_log_in_pages_is_text_again() {
        let store = MemoryStore::default();
        let text = "é".repeat(200_000);
        append(&store, RECORD, 0, &text.as_bytes()[..262_145]).unwrap();
        append(&store, RECORD, 262_145, &text.as_bytes()[262_145..]).unwrap();
        assert!(read(&store, RECORD).unwrap() == text);
        let keys: Vec<String> = keys(RECORD);
        assert!(store.get_many(&keys).unwrap().iter().flatten().count() == 2);
    }
}
