//! How much of anything a checkout takes. Each limit's error names it.

/// Bytes of a pack as it is sent, with what the protocol wraps it in.
pub const MAX_PACK_BYTES: u64 = 64 << 20;
/// Bytes of the list of references, or of any other answer that isn't a pack.
pub const MAX_ADVERTISEMENT_BYTES: u64 = 16 << 20;
/// Objects in a pack.
pub const MAX_OBJECTS: u32 = 200_000;
/// Bytes of one object: of a file, or of the list of a folder.
pub const MAX_OBJECT_BYTES: u64 = 32 << 20;
/// Bytes of all objects of a pack, decompressed. A pack that is made to explode ends here.
pub const MAX_UNPACKED_BYTES: u64 = 512 << 20;
/// Bytes that decoding one object may take beside the pack: twice its size, and the deltas that make it.
pub const MAX_DECODING_BYTES: u64 = 3 * MAX_OBJECT_BYTES;
/// Deltas between an object and the one it is built on. Git writes no longer chains than this either.
pub const MAX_DELTA_DEPTH: u32 = 4095;
/// Bytes of decoded objects that are kept because others may build on them.
pub const KEPT_OBJECTS_BYTES: usize = 32 << 20;
/// Files and folders that are written.
pub const MAX_FILES: usize = 50_000;
/// Bytes of the files that are written.
pub const MAX_CHECKOUT_BYTES: u64 = 128 << 20;
/// Folders within folders.
pub const MAX_FOLDER_DEPTH: usize = 128;
/// Bytes of a path, from the top of the tree.
pub const MAX_PATH_BYTES: usize = 4096;
/// Bytes of a name in a path.
pub const MAX_NAME_BYTES: usize = 255;
/// Bytes of a reference's name.
pub const MAX_REFERENCE_BYTES: usize = 1024;
/// Tags that point at tags.
pub const MAX_TAG_DEPTH: usize = 8;
/// Redirects that are followed to find the repository.
pub const MAX_REDIRECTS: usize = 5;
/// Commits that are fetched from a reference when the server doesn't give the wanted one by its id.
pub const SEARCHED_COMMITS: u32 = 100;
/// Submodules, pointers, links and executables that the result lists, of each kind.
pub const MAX_LISTED: usize = 200;
/// Characters of a server's words, or of a commit's first line, that are repeated.
pub const MAX_QUOTED_CHARS: usize = 300;
