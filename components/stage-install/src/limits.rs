//! What an install may take. Every limit has its own message.

/// Bytes of a lock file.
pub const MAX_LOCK_BYTES: u64 = 32 << 20;
/// Packages of one lock file.
pub const MAX_PACKAGES: usize = 5_000;
/// Bytes of one downloaded archive.
pub const MAX_ARCHIVE_BYTES: u64 = 64 << 20;
/// Bytes of one package, unpacked.
pub const MAX_PACKAGE_BYTES: u64 = 192 << 20;
/// Entries of one archive.
pub const MAX_PACKAGE_ENTRIES: usize = 20_000;
/// An archive that is larger than [`RATIO_FROM_BYTES`] when unpacked may be so many times its own size.
pub const MAX_RATIO: u64 = 200;
/// Small archives may be anything: a few zeros compress well.
pub const RATIO_FROM_BYTES: u64 = 16 << 20;
/// Bytes of all packages together, unpacked: what one artifact takes.
pub const MAX_INSTALL_BYTES: u64 = 256 << 20;
/// Files of all packages together: what one artifact takes.
pub const MAX_INSTALL_FILES: usize = 50_000;
/// Bytes of a path within the artifact.
pub const MAX_PATH_BYTES: usize = 1_024;
/// Bytes of one name in a path.
pub const MAX_NAME_BYTES: usize = 255;
/// Bytes of an index page of one Python package.
pub const MAX_INDEX_BYTES: u64 = 32 << 20;
/// Redirects of one request.
pub const MAX_REDIRECTS: usize = 5;
/// Requests whose answers are in memory at the same time.
pub const BATCH: usize = 32;
/// Bytes of all lists of the result together, as JSON.
pub const MAX_LISTED_BYTES: usize = 192 << 10;
/// Names in one error or line of the log.
pub const MAX_NAMED: usize = 20;
/// Requirements files within requirements files.
pub const MAX_INCLUDES: usize = 16;
