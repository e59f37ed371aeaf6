//! What would make the same site come out differently each time, were it not made to be the same.

use std::cell::Cell;

use tera::{Result, Value};

use super::{Arguments, Site};

thread_local! {
    static SEED: Cell<u64> = const { Cell::new(0) };
}

/// From here on, random numbers are those of this name. A page's are the same in every build.
pub(crate) fn seed(name: &str) {
    // FNV-1a: any spread will do.
    let hash = name.bytes().fold(0xcbf2_9ce4_8422_2325, |hash: u64, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x100_0000_01b3)
    });
    SEED.set(hash | 1);
}

/// `now(timestamp, utc)`: the newest date of the site's pages.
pub(super) fn now(site: &Site, arguments: &Arguments<'_>) -> Result<Value> {
    let now = if arguments.flag("utc", false)? { site.now.to_utc().fixed_offset() } else { site.now };
    if arguments.flag("timestamp", false)? {
        return Ok(now.timestamp().into());
    }
    Ok(Value::String(now.to_rfc3339()))
}

/// `get_random(start, end)`: the same numbers for the same page in every build.
pub(super) fn get_random(_: &Site, arguments: &Arguments<'_>) -> Result<Value> {
    let start = arguments.integer("start")?.unwrap_or(0);
    let end = arguments.integer("end")?.ok_or_else(|| arguments.error("argument `end` is missing"))?;
    let span = u64::try_from(end.saturating_sub(start)).unwrap_or(0);
    if span == 0 {
        return Err(arguments.error("`end` must be greater than `start`"));
    }
    let mut state = SEED.get();
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    SEED.set(state);
    let offset = i64::try_from(state % span).unwrap_or_default();
    Ok((start + offset).into())
}

/// `get_env(name, default)`: a stage has no environment, so the default it is.
pub(super) fn get_env(_: &Site, arguments: &Arguments<'_>) -> Result<Value> {
    let name = arguments.required("name")?;
    let default = arguments.text("default")?;
    let default = default.ok_or_else(|| {
        arguments.error(&format!("a stage has no environment, and so no `{name}`: hint: give a `default`"))
    })?;
    Ok(Value::String(default.to_owned()))
}
