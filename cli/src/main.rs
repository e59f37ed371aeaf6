//! The `ropewalk` command.

use std::process::ExitCode;

/// Each request makes an instance, and each instance hundreds of small allocations: the system's allocator takes longer
/// for them than the program of a small stage.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    cli::main()
}
