//! The loop around a target.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use super::mutate::Mutator;

/// Seconds that a target has where `ROPEWALK_FUZZ_SECONDS` doesn't say.
const DEFAULT_SECONDS: f64 = 0.5;

/// Seconds that one input may take before the target counts as hanging.
const MAX_INPUT_SECONDS: u64 = 30;

/// Bytes that an input may have.
const MAX_INPUT_BYTES: usize = 8_192;

/// Accepted inputs that are kept to be mutated further.
const MAX_POOL: usize = 4_000;

/// The input at work, and since when.
type Current = Arc<Mutex<Option<(Instant, String)>>>;

/// Feeds mutated texts to a target, which says whether it accepted the text: what is accepted is mutated further.
#[track_caller]
pub(super) fn fuzz(name: &str, corpus: &[&str], words: &[&str], target: impl Fn(&str) -> bool) {
    if let Some(text) = replayed(name) {
        target(&text);
        return;
    }
    for text in corpus {
        assert!(target(text), "the corpus of {name} is right: {text}");
    }
    let seconds = std::env::var("ROPEWALK_FUZZ_SECONDS").ok().and_then(|text| text.parse().ok());
    // A short look at a time is the same each time; a long one goes elsewhere each time.
    let seed = match seconds {
        None => 1,
        Some(_) => {
            u64::from(std::process::id()) << 32 | u64::from(Instant::now().elapsed().subsec_nanos()) | 1
        }
    };
    let end = Instant::now() + Duration::from_secs_f64(seconds.unwrap_or(DEFAULT_SECONDS));
    let current = watched(name);
    let mut mutator = Mutator::new(seed, words);
    let mut pool: Vec<String> = corpus.iter().map(|text| (*text).to_owned()).collect();
    let (mut tried, mut accepted) = (0_u64, 0_u64);
    while Instant::now() < end {
        let mut text = mutator.mutated(&pool);
        if text.len() > MAX_INPUT_BYTES {
            continue;
        }
        *current.lock().expect("nobody panics with the lock") = Some((Instant::now(), text.clone()));
        let outcome = catch_unwind(AssertUnwindSafe(|| target(&text)));
        *current.lock().expect("nobody panics with the lock") = None;
        tried += 1;
        let Ok(taken) = outcome else {
            panic!("{}", failure(name, "panics", &text));
        };
        if !taken {
            continue;
        }
        accepted += 1;
        if pool.len() < MAX_POOL {
            pool.push(text);
        } else {
            let at = corpus.len() + mutator.below(pool.len() - corpus.len());
            std::mem::swap(&mut pool[at], &mut text);
        }
    }
    say(&format!("fuzz {name}: {tried} inputs, {accepted} of them accepted"));
}

/// The text of `ROPEWALK_FUZZ_REPLAY=NAME:HEX`, where it is for this target.
fn replayed(name: &str) -> Option<String> {
    let replay = std::env::var("ROPEWALK_FUZZ_REPLAY").ok()?;
    let digits = replay.strip_prefix(name)?.strip_prefix(':')?;
    let bytes = hex::decode(digits).expect("ROPEWALK_FUZZ_REPLAY is NAME:HEX");
    Some(String::from_utf8(bytes).expect("the input is a text"))
}

fn failure(name: &str, what: &str, text: &str) -> String {
    format!(
        "the target {what} on {text:?}\nreplay: ROPEWALK_FUZZ_REPLAY={name}:{} cargo test -p workflow --lib fuzz::{name}",
        hex::encode(text)
    )
}

/// Watches over the target: an input that takes too long ends the process, since nothing else can.
fn watched(name: &str) -> Current {
    let current: Current = Arc::default();
    let (watched, name) = (Arc::downgrade(&current), name.to_owned());
    std::thread::spawn(move || {
        while let Some(current) = watched.upgrade() {
            if let Ok(current) = current.lock()
                && let Some((since, text)) = &*current
                && since.elapsed().as_secs() > MAX_INPUT_SECONDS
            {
                say(&failure(&name, "hangs", text));
                std::process::abort();
            }
            drop(current);
            std::thread::sleep(Duration::from_millis(200));
        }
    });
    current
}

/// A line past the test harness, which shows what a test prints only where it fails.
fn say(line: &str) {
    use std::io::Write as _;
    let _ = writeln!(std::io::stderr(), "{line}");
}
