//! Hosts store artifacts, come upon cached ones, keep and remove runs, tag and collect, all at once, while the store fails,
//! delays and kills them. Nothing that a run, a tag or a cached result names may ever be missing, and when calm comes
//! nothing else may be left.

use std::collections::BTreeSet;
use std::rc::Rc;

use artifact::{Artifacts, Digest, File, Holding, MemoryStore, Store, StoredTree};
use serde_json::{Value, json};

use super::{Faults, Machine, SimHost, World};
use crate::api::Orchestrator;
use crate::collector::{self, Filter, Mentions};
use crate::host::Host;
use crate::run::{Loaded, Run, Status};
use crate::start::new_id;
use crate::{table, tags};

/// How many seeds are played, unless the environment says otherwise.
const SEEDS: u64 = 100;
/// Says how many.
const SEEDS_VARIABLE: &str = "ROPEWALK_GC_SEEDS";
/// Things that are begun in one story.
const DEEDS: u64 = 120;
/// The longest somebody thinks between finding an artifact and naming it, in milliseconds.
const THINKS_MS: u64 = 120_000;
/// For which what nobody needs is kept, in seconds: longer than whatever anybody does, the store's delays included.
const GRACE_S: u64 = 1_800;

type App = Orchestrator<SimHost>;

#[test]
fn nothing_is_missed_and_garbage_goes() {
    let seeds = std::env::var(SEEDS_VARIABLE).ok().map_or(SEEDS, |text| text.parse().unwrap());
    let threads = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    std::thread::scope(|scope| {
        for first in (0..seeds).take(threads) {
            scope.spawn(move || (first..seeds).step_by(threads).for_each(play));
        }
    });
}

/// Says how to see a failure again.
struct Told<'a>(u64, &'a World);

impl Drop for Told<'_> {
    #[expect(clippy::print_stderr, reason = "whoever looks for the mistake must be told")]
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("{}\nseed {} of the collection failed", self.1.notes(), self.0);
        }
        self.1.end();
    }
}

fn play(seed: u64) {
    let world = World::new(seed);
    let _told = Told(seed, &world);
    let random = &world.random;
    world.faults.set(Faults {
        read: random.below(15),
        write: random.below(15),
        crash: random.below(10),
        cut: random.below(5),
        delay: random.below(60),
        call: 0,
    });
    for _ in 0..DEEDS {
        let machine = some_host(&world);
        begin_something(&world, &machine);
        world.run_for(if random.permille(200) {
            random.below(GRACE_S * 1_200)
        } else {
            random.below(20_000)
        });
        check(&world);
    }
    world.faults.set(Faults::default());
    world.run_for(GRACE_S * 1_000);
    check(&world);
    calm(&world);
}

/// A host that lives.
fn some_host(world: &World) -> Rc<Machine> {
    let machine = world.host();
    let alive = world.some_machine();
    if alive.is_dead() || world.random.permille(200) { machine } else { alive }
}

fn app(world: &World, machine: &Rc<Machine>) -> App {
    let mut app = world.app(machine);
    app.settings.store_grace_s = GRACE_S.to_string();
    // Some stories have a budget that is always spent.
    app.settings.store_limit = if world.random.permille(300) { "20000".to_owned() } else { String::new() };
    app
}

/// Begins one of the things that hosts do.
fn begin_something(world: &World, machine: &Rc<Machine>) {
    let app = app(world, machine);
    let keys = world.durable.keys();
    let some = |prefix: &str| {
        let found: Vec<&String> = keys.iter().filter(|key| key.starts_with(prefix)).collect();
        let at = usize::try_from(world.random.below(found.len().max(1) as u64)).unwrap();
        found.get(at).map(|key| (*key).clone())
    };
    match world.random.below(100) {
        0..40 => machine.spawn(make(app, some("run/"))),
        40..60 => {
            if let Some(entry) = some("cache/") {
                machine.spawn(reuse(app, entry));
            }
        }
        60..75 => {
            let key = some("run/");
            machine.spawn(async move { remove(&app, key) });
        }
        75..78 => {
            let _ = collector::clear(&app, &Filter::default());
        }
        78..83 => {
            let (key, number) = (some("run/"), world.random.below(3));
            machine.spawn(async move { tag(&app, key, number) });
        }
        _ => machine.spawn(async move {
            if let Err(error) = collector::collect(&app).await {
                app.host.log(&format!("not collected: {}", error.message));
            }
        }),
    }
}

/// A stage that makes an artifact of another one, its cached answer, and a moment later the run that names it.
async fn make(app: App, base: Option<String>) {
    let store = app.host.store().clone();
    let artifacts = Artifacts::new(&store);
    let random = || u64::try_from(app.host.random() & 0xffff_ffff).unwrap();
    let base: Option<StoredTree> = base
        .and_then(|key| table::read::<Run>(&store, &key).ok().flatten())
        .and_then(|run| artifacts.load(&digest_of(&store, &run)?).ok());
    let mut files = Vec::new();
    for number in 0..random() % 4 {
        // Few different contents, so that equal ones come again from elsewhere.
        let contents = vec![b'a' + u8::try_from(random() % 12).unwrap(); 700];
        files.push(File { path: format!("f{number}"), contents, executable: false });
    }
    for (path, _) in base.iter().flat_map(|base| base.tree().iter()).take(2) {
        let Some(base) = &base else { continue };
        let Ok(contents) = artifacts.read(base, path) else { return };
        files.push(File { path: format!("old-{path}-{}", random() % 3), contents, executable: false });
    }
    files.sort_by(|a, b| a.path.cmp(&b.path));
    files.dedup_by(|a, b| a.path == b.path);
    let bases: Vec<&StoredTree> = base.iter().collect();
    let Ok((digest, mut writes)) = artifacts.stage_put(files, &bases) else { return };
    app.host.sleep(random() % THINKS_MS).await;
    let entry = format!("cache/{}", Digest::of(&random().to_le_bytes()).hex());
    let id = new_id(&app.host);
    let answer = json!({ "run": id, "artifacts": { "out": digest } });
    writes.push((entry.clone(), answer.to_string().into_bytes()));
    if artifacts.write(&writes).is_ok() {
        app.host.sleep(random() % THINKS_MS).await;
        keep(&app, id, &entry, &digest);
    }
}

/// A run that is answered from the cache.
async fn reuse(app: App, entry: String) {
    let Ok(Some(answer)) = table::read::<Value>(app.host.store(), &entry) else { return };
    let Some(digest) = answer["artifacts"]["out"].as_str().and_then(|digest| digest.parse().ok()) else {
        return;
    };
    app.host.sleep(u64::try_from(app.host.random() & 0xffff).unwrap() % THINKS_MS).await;
    keep(&app, new_id(&app.host), &entry, &digest);
}

fn keep(app: &App, id: String, entry: &str, digest: &Digest) {
    let mut run = Run::new(id, "sim".to_owned(), Digest::of(b"definition"), app.host.now_ms());
    run.status = Status::Succeeded;
    let filler = if app.host.random().is_multiple_of(8) { "x".repeat(40_000) } else { String::new() };
    run.output = Some(json!({ "filler": filler, "record": entry, "tree": digest }));
    let output = run.output.take();
    let mut made = Loaded::unsaved(run);
    if made.create(app.host.store()).is_ok_and(|written| written) {
        // As a run's last event: the record is replaced.
        made.run.output = output;
        let _ = made.save(app.host.store());
    }
}

/// As retention does it.
fn remove(app: &App, key: Option<String>) {
    let Some(key) = key.filter(|key| key.matches('/').count() == 1) else { return };
    if collector::lets_remove(app).unwrap_or(false) {
        let Ok(Some(run)) = table::read::<Run>(app.host.store(), &key) else { return };
        if app.host.store().delete(&key).is_ok() {
            let _ = app.host.store().delete_many(&run.own_keys(&[]));
        }
    }
}

fn tag(app: &App, key: Option<String>, number: u64) {
    let Some(key) = key else { return };
    let Ok(Some(run)) = table::read::<Run>(app.host.store(), &key) else { return };
    if let Some(digest) = digest_of(app.host.store(), &run) {
        // It may be gone by now, of which somebody who tags is told.
        let _ = tags::set(app, &format!("t{number}"), digest);
    }
}

fn digest_of(store: &impl Store, run: &Run) -> Option<Digest> {
    run.output(store).ok()?["tree"].as_str()?.parse().ok()
}

/// Everything that somebody names is there, whole.
#[track_caller]
fn check(world: &World) {
    let store = &world.durable;
    let artifacts = Artifacts::new(store);
    for digest in named(store) {
        let stored = artifacts.load(&digest).unwrap_or_else(|error| panic!("{error}"));
        let paths: Vec<&str> = stored.tree().iter().map(|(path, _)| path).collect();
        artifacts.read_all(&stored, paths).unwrap_or_else(|error| panic!("{error}"));
    }
}

/// The artifacts that runs, tags and cached answers name.
fn named(store: &MemoryStore) -> BTreeSet<Digest> {
    let mut named = BTreeSet::new();
    for key in store.keys() {
        let value = || store.get(&key).unwrap().unwrap();
        if key.starts_with("run/") && key.matches('/').count() == 1 {
            named.extend(digest_of(store, &table::decode::<Run>(&key, &value()).unwrap()));
        } else if key.starts_with("cache/") || key == "tags" {
            let mut mentions = Mentions::default();
            mentions.read([value().as_slice()], 0);
            named.extend(mentions.digests());
        }
    }
    named
}

/// Nobody does anything any more: what nobody names goes, and nothing else.
fn calm(world: &World) {
    let machine = world.host();
    let mut app = app(world, &machine);
    app.settings.store_limit = String::new();
    if world.random.permille(500) {
        collector::clear(&app, &Filter::default()).unwrap();
    }
    for _ in 0..5 {
        world.run_for((GRACE_S + 601) * 1_000);
        let app = app.clone();
        machine.spawn(async move {
            collector::collect(&app).await.unwrap().expect("nobody else collects");
        });
        world.run_for(60_000);
        check(world);
    }
    let mut holding = Holding::default();
    for key in world.durable.keys() {
        holding.note(&key);
    }
    let named = named(&world.durable);
    assert_eq!(holding.trees, named);
    assert!(holding.trashed_trees.is_empty() && holding.trashed_packs.is_empty(), "{holding:?}");
    let artifacts = Artifacts::new(&world.durable);
    let packs: BTreeSet<Digest> =
        named.iter().flat_map(|tree| artifacts.packs_of(tree).unwrap().unwrap().into_keys()).collect();
    assert_eq!(holding.packs, packs);
}

/// What a collection on a quiet store tells.
fn collect(app: &App, world: &World, machine: &Machine) -> collector::Report {
    world.run_for((GRACE_S + 601) * 1_000);
    let background = app.clone();
    machine.spawn(async move {
        collector::collect(&background).await.unwrap().unwrap();
    });
    world.run_for(60_000);
    collector::state(app).unwrap().last().unwrap().clone()
}

#[test]
fn the_budget_is_kept_by_evicting_what_was_used_least_lately() {
    let world = World::new(7);
    let machine = world.host();
    let mut app = app(&world, &machine);
    let entry = |number: u8| {
        let file = File { path: "f".to_owned(), contents: vec![number; 10_000], executable: false };
        let digest = Artifacts::new(&world.durable).put(vec![file], &[]).unwrap();
        let key = format!("cache/{}", Digest::of(&[number]).hex());
        let answer = json!({ "run": new_id(&app.host), "artifacts": { "out": digest } });
        world.durable.set(&key, answer.to_string().as_bytes()).unwrap();
        world.run_for(3_600_000);
        (key, digest)
    };
    let entries: Vec<(String, Digest)> = (0..5).map(entry).collect();
    // The oldest is used once more, and the second is pinned.
    let (_, pinned) = (&entries[0], &entries[1]);
    let user = new_id(&app.host);
    keep(&app, user.clone(), &entries[0].0, &entries[0].1);
    keep(&app, new_id(&app.host), &pinned.0, &pinned.1);
    app.settings.store_limit = "unlimited".to_owned();
    let report = collect(&app, &world, &machine);
    assert_eq!((report.entries, report.pinned, report.evicted), (5, 2, 0), "{report:?}");
    assert!(report.held_bytes >= 20_000 && report.cache_bytes > 30_000, "{report:?}");
    // The use stays noted when the run is gone.
    remove(&app, Some(format!("run/{user}")));
    app.settings.store_limit = "35000".to_owned();
    let report = collect(&app, &world, &machine);
    assert_eq!((report.entries, report.pinned, report.evicted), (5, 1, 2), "{report:?}");
    let left: Vec<bool> = entries.iter().map(|(key, _)| world.durable.exists(key).unwrap()).collect();
    assert_eq!(left, [true, true, false, false, true]);
    let before = world.durable.bytes();
    for _ in 0..3 {
        collect(&app, &world, &machine);
    }
    assert!(before - world.durable.bytes() >= 20_000, "the artifacts of what was evicted stay");
    assert!(world.durable.bytes() < 40_000);
    world.end();
}
