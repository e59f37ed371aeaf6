//! What there is of WASI preview 1: `wasi_snapshot_preview1`.

use wasmi::{Caller, Error, Linker};

use crate::wasm::instance::{MAX_PRINTED_BYTES, State, memory};

/// The name of the module.
pub(super) const MODULE: &str = "wasi_snapshot_preview1";
/// What [`define`] defines.
pub(super) const FUNCTIONS: &[&str] = &[
    "args_get",
    "args_sizes_get",
    "clock_time_get",
    "environ_get",
    "environ_sizes_get",
    "fd_close",
    "fd_fdstat_get",
    "fd_prestat_dir_name",
    "fd_prestat_get",
    "fd_seek",
    "fd_write",
    "path_open",
    "proc_exit",
    "random_get",
    "sched_yield",
];
/// Error numbers of WASI.
const SUCCESS: i32 = 0;
const BAD_DESCRIPTOR: i32 = 8;
const NOT_CAPABLE: i32 = 76;

type Context<'a> = Caller<'a, State>;

/// Defines it.
pub(super) fn define(linker: &mut Linker<State>) -> Result<(), Error> {
    strings(linker)?;
    linker.func_wrap(MODULE, "proc_exit", |mut caller: Context<'_>, code: i32| -> Result<(), Error> {
        caller.data_mut().exit = Some(code.cast_unsigned());
        Err(Error::new("exited"))
    })?;
    linker.func_wrap(MODULE, "fd_write", fd_write)?;
    linker.func_wrap(MODULE, "fd_fdstat_get", fd_stat)?;
    linker.func_wrap(MODULE, "random_get", random_get)?;
    linker.func_wrap(MODULE, "clock_time_get", |mut caller: Context<'_>, _: i32, _: i64, at: i32| {
        // The clock stands still.
        put(&mut caller, at, &0_u64.to_le_bytes())
    })?;
    linker.func_wrap(MODULE, "sched_yield", || SUCCESS)?;
    linker.func_wrap(MODULE, "fd_close", |_: i32| SUCCESS)?;
    linker.func_wrap(MODULE, "fd_prestat_get", |_: i32, _: i32| BAD_DESCRIPTOR)?;
    linker.func_wrap(MODULE, "fd_prestat_dir_name", |_: i32, _: i32, _: i32| BAD_DESCRIPTOR)?;
    linker.func_wrap(MODULE, "fd_seek", |_: i32, _: i64, _: i32, _: i32| BAD_DESCRIPTOR)?;
    linker.func_wrap(
        MODULE,
        "path_open",
        |_: i32, _: i32, _: i32, _: i32, _: i32, _: i64, _: i64, _: i32, _: i32| NOT_CAPABLE,
    )?;
    Ok(())
}

/// Arguments and environment: sizes, then pointers and texts.
fn strings(linker: &mut Linker<State>) -> Result<(), Error> {
    linker.func_wrap(MODULE, "args_sizes_get", |mut caller: Context<'_>, count: i32, size: i32| {
        let list = caller.data().arguments.clone();
        sizes(&mut caller, &list, count, size)
    })?;
    linker.func_wrap(MODULE, "args_get", |mut caller: Context<'_>, pointers: i32, texts: i32| {
        let list = caller.data().arguments.clone();
        contents(&mut caller, &list, pointers, texts)
    })?;
    linker.func_wrap(MODULE, "environ_sizes_get", |mut caller: Context<'_>, count: i32, size: i32| {
        let list = caller.data().environment.clone();
        sizes(&mut caller, &list, count, size)
    })?;
    linker.func_wrap(MODULE, "environ_get", |mut caller: Context<'_>, pointers: i32, texts: i32| {
        let list = caller.data().environment.clone();
        contents(&mut caller, &list, pointers, texts)
    })?;
    Ok(())
}

fn word(value: usize) -> [u8; 4] {
    u32::try_from(value).unwrap_or(u32::MAX).to_le_bytes()
}

fn put(caller: &mut Context<'_>, at: i32, bytes: &[u8]) -> Result<i32, Error> {
    memory(caller)?.write(caller, at.cast_unsigned() as usize, bytes)?;
    Ok(SUCCESS)
}

fn sizes(caller: &mut Context<'_>, list: &[String], count: i32, size: i32) -> Result<i32, Error> {
    put(caller, count, &word(list.len()))?;
    put(caller, size, &word(list.iter().map(|text| text.len() + 1).sum()))
}

fn contents(caller: &mut Context<'_>, list: &[String], pointers: i32, texts: i32) -> Result<i32, Error> {
    let mut at = texts;
    let mut pointer = pointers;
    for text in list {
        put(caller, pointer, &at.to_le_bytes())?;
        let bytes = [text.as_bytes(), b"\0"].concat();
        put(caller, at, &bytes)?;
        at = at.wrapping_add_unsigned(u32::try_from(bytes.len()).unwrap_or(0));
        pointer = pointer.wrapping_add(4);
    }
    Ok(SUCCESS)
}

fn fd_write(
    mut caller: Context<'_>,
    descriptor: i32,
    vectors: i32,
    count: i32,
    written: i32,
) -> Result<i32, Error> {
    if !matches!(descriptor, 1 | 2) {
        return Ok(BAD_DESCRIPTOR);
    }
    let memory = memory(&caller)?;
    let (data, state) = memory.data_and_store_mut(&mut caller);
    let number = |at: usize| {
        let bytes = data.get(at..at + 4).and_then(|bytes| bytes.try_into().ok());
        bytes.map(u32::from_le_bytes).ok_or_else(|| Error::new("a vector of `fd_write` is outside of memory"))
    };
    let mut total = 0;
    for vector in 0..count.cast_unsigned() as usize {
        let at = vectors.cast_unsigned() as usize + vector * 8;
        let (start, length) = (number(at)? as usize, number(at + 4)? as usize);
        let bytes = data.get(start..start.saturating_add(length));
        let bytes = bytes.ok_or_else(|| Error::new("a text of `fd_write` is outside of memory"))?;
        let room = MAX_PRINTED_BYTES.saturating_sub(state.printed.len());
        state.printed.extend_from_slice(&bytes[..length.min(room)]);
        total += length;
    }
    put(&mut caller, written, &word(total))
}

/// The standard streams are devices of characters; there are no others.
fn fd_stat(mut caller: Context<'_>, descriptor: i32, at: i32) -> Result<i32, Error> {
    if !(0..3).contains(&descriptor) {
        return Ok(BAD_DESCRIPTOR);
    }
    let mut stat = [0; 24];
    stat[0] = 2;
    stat[8..16].copy_from_slice(&u64::MAX.to_le_bytes());
    put(&mut caller, at, &stat)
}

/// The same at each run: the generator is `SplitMix64`.
fn random_get(mut caller: Context<'_>, at: i32, length: i32) -> Result<i32, Error> {
    let length = length.cast_unsigned() as usize;
    if length > MAX_PRINTED_BYTES {
        return Err(Error::new(format!("{length} random bytes are more than {MAX_PRINTED_BYTES}")));
    }
    let mut bytes = Vec::with_capacity(length + 8);
    while bytes.len() < length {
        let state = &mut caller.data_mut().random;
        *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = *state;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        bytes.extend_from_slice(&(mixed ^ (mixed >> 31)).to_le_bytes());
    }
    put(&mut caller, at, &bytes[..length])
}
