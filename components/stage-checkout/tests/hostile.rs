//! Servers that send what no git would, and connections that break.

use gix_pack::data::entry::Header;

use crate::support::git_server::{Answer, GitServer, Request};
use crate::support::pack_builder::{PackBuilder, delta, fetch_answer, pack_of, seal};
use crate::support::repository::{Repository, TreeEntry};
use crate::support::{check_out, parameters};

const MIB: u64 = 1 << 20;

#[track_caller]
fn check(server: &GitServer, error: &str, cause: &str) {
    let Err((failure, _)) = check_out(&parameters(&server.url("site")), &[]) else {
        panic!("it is checked out");
    };
    assert_eq!(failure.error, error, "{}", failure.cause);
    assert!(failure.cause.contains(cause), "{}", failure.cause);
}

/// A server that changes its answers to fetches.
fn tampering(repository: &Repository, change: impl Fn(&mut Answer) + Send + Sync + 'static) -> GitServer {
    GitServer::start_with(repository.root(), move |request: Request, git| {
        let mut answer = git(&request);
        if request.is_fetch() {
            change(&mut answer);
        }
        answer
    })
}

/// A server that changes the packs that it sends.
fn tampering_with_packs(
    repository: &Repository,
    change: impl Fn(&mut Vec<u8>) + Send + Sync + 'static,
) -> GitServer {
    tampering(repository, move |answer| {
        let mut pack = pack_of(&answer.body);
        change(&mut pack);
        answer.body = fetch_answer(&pack);
    })
}

#[test]
fn broken_connections() {
    let repository = Repository::small();
    let server = tampering(&repository, |answer| {
        answer.cut_after = Some(answer.body.len() / 2);
    });
    check(&server, "Checkout.Unreachable", "the connection ended within the answer");
    let server = tampering(&repository, |answer| {
        answer.body.truncate(answer.body.len() - 9);
    });
    check(&server, "Checkout.Unreachable", "the answer ends before it is complete");
    let server = tampering(&repository, |answer| answer.body.clear());
    check(&server, "Checkout.Unreachable", "the answer ends before it is complete");
    let server = GitServer::start_with(repository.root(), |request, git| {
        let mut answer = git(&request);
        answer.cut_after = Some(10);
        answer
    });
    check(&server, "Checkout.Unreachable", "the connection ended within the answer");
}

#[test]
fn packs_that_are_not_whole_or_not_right() {
    let repository = Repository::small();
    let corrupt = |cause: &str, change: fn(&mut Vec<u8>)| {
        check(&tampering_with_packs(&repository, change), "Checkout.CorruptPack", cause);
    };
    corrupt("its checksum is", |pack| pack.truncate(pack.len() - 30));
    corrupt("its header", |pack| pack.truncate(8));
    corrupt("its header", Vec::clear);
    corrupt("its header", |pack| pack[0] = b'X');
    corrupt("its checksum is", |pack| {
        let middle = pack.len() / 2;
        pack[middle] ^= 1;
    });
    corrupt("its checksum is", |pack| *pack.last_mut().unwrap() ^= 1);
    corrupt("there is more in it than its objects", |pack| {
        pack.truncate(pack.len() - 20);
        pack.extend_from_slice(b"more");
        seal(pack);
    });
    corrupt("it ends within its objects", |pack| {
        pack.truncate(pack.len() - 20);
        pack[11] += 1;
        seal(pack);
    });
    // Every byte but the checksum's, one at a time, with the checksum made right again: whatever is
    // decoded then, it is not the commit that was asked for.
    let length = {
        let pack = repository.git_with(&["pack-objects", "--revs", "--stdout", "--quiet"], b"HEAD\n");
        pack.len()
    };
    for at in (0..length - 20).step_by(7) {
        let server = tampering_with_packs(&repository, move |pack| {
            pack.truncate(pack.len() - 20);
            if let Some(byte) = pack.get_mut(at) {
                *byte ^= 0x10;
            }
            seal(pack);
        });
        let Err((failure, _)) = check_out(&parameters(&server.url("site")), &[]) else {
            panic!("byte {at} does not matter");
        };
        let expected = ["Checkout.CorruptPack", "Checkout.TooLarge"];
        assert!(expected.contains(&failure.error.as_str()), "byte {at}: {failure}");
    }
}

#[test]
fn packs_made_by_hand() {
    let repository = Repository::small();
    let serve = |pack: Vec<u8>| tampering_with_packs(&repository, move |sent| sent.clone_from(&pack));
    let mut alone = PackBuilder::new();
    alone.add(Header::Blob, b"not what was asked for");
    check(&serve(alone.finish()), "Checkout.CorruptPack", "is missing");
    check(&serve(alone.finish_claiming(u32::MAX)), "Checkout.TooLarge", "MAX_OBJECTS");

    let base_id = gix_hash::ObjectId::null(gix_hash::Kind::Sha1);
    let mut thin = PackBuilder::new();
    thin.add(Header::RefDelta { base_id }, &delta(3, 1, b"\x01x"));
    check(&serve(thin.finish()), "Checkout.CorruptPack", "on which others build, is missing");

    let mut nowhere = PackBuilder::new();
    nowhere.add(Header::OfsDelta { base_distance: 1000 }, &delta(3, 1, b"\x01x"));
    check(&serve(nowhere.finish()), "Checkout.CorruptPack", "before the pack");
    let mut within = PackBuilder::new();
    within.add(Header::Blob, b"abc").add(Header::OfsDelta { base_distance: 2 }, &delta(3, 1, b"\x01x"));
    check(&serve(within.finish()), "Checkout.CorruptPack", "builds on one that is missing");

    for instructions in [&b"\x00"[..], b"\x05ab", b"\x90\xff", b"\x01a\x01b", b""] {
        let mut wrong = PackBuilder::new();
        wrong.add(Header::Blob, b"abc");
        let base_distance = wrong.position() - 12;
        wrong.add(Header::OfsDelta { base_distance }, &delta(3, 1, instructions));
        check(&serve(wrong.finish()), "Checkout.CorruptPack", "the object at");
    }
    let mut lies = PackBuilder::new();
    lies.add_claiming(Header::Blob, b"short", 5000);
    check(&serve(lies.finish()), "Checkout.CorruptPack", "the object at 12");
}

#[test]
fn packs_that_explode() {
    let repository = Repository::small();
    let serve = |pack: Vec<u8>| tampering_with_packs(&repository, move |sent| sent.clone_from(&pack));
    let mut claims = PackBuilder::new();
    claims.add_claiming(Header::Blob, b"small", 1 << 40);
    check(&serve(claims.finish()), "Checkout.TooLarge", "MAX_OBJECT_BYTES, 33554432 bytes");

    let zeros = vec![0; usize::try_from(30 * MIB).unwrap()];
    let mut sum = PackBuilder::new();
    for _ in 0..18 {
        sum.add(Header::Blob, &zeros);
    }
    let pack = sum.finish();
    assert!(pack.len() < 8_000_000, "{}", pack.len());
    check(&serve(pack), "Checkout.TooLarge", "MAX_UNPACKED_BYTES, 536870912 bytes");

    // A delta that copies the 64 KiB of its base again and again.
    let mut copies = PackBuilder::new();
    copies.add(Header::Blob, &zeros[..0x10000]);
    let base_distance = copies.position() - 12;
    copies.add(Header::OfsDelta { base_distance }, &delta(0x10000, 1 << 34, &vec![0x80; 1 << 18]));
    check(&serve(copies.finish()), "Checkout.TooLarge", "MAX_OBJECT_BYTES");

    let mut chain = PackBuilder::new();
    chain.add(Header::Blob, b"abc");
    let mut last = 12;
    for _ in 0..4100 {
        let here = chain.position();
        chain.add(Header::OfsDelta { base_distance: here - last }, &delta(3, 3, b"\x90\x03"));
        last = here;
    }
    check(&serve(chain.finish()), "Checkout.TooLarge", "MAX_DELTA_DEPTH, 4095");

    let repository = Repository::small();
    repository.write("film.mp4", &vec![0; usize::try_from(33 * MIB).unwrap()]);
    repository.commit("Add a film");
    check(&GitServer::start(repository.root()), "Checkout.TooLarge", "MAX_OBJECT_BYTES");
    let server = tampering(&repository, |answer| {
        answer.body = vec![0; usize::try_from(65 * MIB).unwrap()];
    });
    check(&server, "Checkout.TooLarge", "MAX_PACK_BYTES, 67108864 bytes");
}

#[test]
fn a_delta_may_come_before_its_base() {
    let repository = Repository::small();
    let readme = repository.blob(b"one two three\n");
    let longer = repository.blob(b"one two three four\n");
    let tree = repository.unchecked_tree(&[("100644", b"a", &readme), ("100644", b"b", &longer)]);
    let commit = repository.commit_tree(&tree);
    let bytes = |kind: &str, id: &str| repository.git_with(&["cat-file", kind, id], b"");
    let mut pack = PackBuilder::new();
    let base_id = gix_hash::ObjectId::from_hex(readme.as_bytes()).unwrap();
    let outer = pack.position();
    pack.add(Header::RefDelta { base_id }, &delta(14, 19, b"\x90\x0d\x06 four\n"));
    // One more that builds on the delta by its distance, and so has to wait with it.
    let base_distance = pack.position() - outer;
    pack.add(Header::OfsDelta { base_distance }, &delta(19, 3, b"\x90\x03"));
    pack.add(Header::Commit, &bytes("commit", &commit));
    pack.add(Header::Tree, &bytes("tree", &tree));
    pack.add(Header::Blob, b"one two three\n");
    let pack = pack.finish();
    let server = tampering_with_packs(&repository, move |sent| sent.clone_from(&pack));
    let checked_out =
        check_out(&parameters(&server.url("site")), &[]).unwrap_or_else(|(failure, _)| panic!("{failure}"));
    assert_eq!(checked_out.files()["b"], b"one two three four\n");
}

#[test]
fn trees_that_lead_elsewhere() {
    let repository = Repository::small();
    let server = GitServer::start(repository.root());
    let blob = repository.blob(b"malice");
    let inner = repository.unchecked_tree(&[("100644", b"passwd", &blob)]);
    let unsafe_paths: [(&str, &[u8], &str, &str); 8] = [
        ("40000", b"..", &inner, "path `..` is not safe"),
        ("100644", b"../x", &blob, "path `../x` is not safe"),
        ("100644", b"/etc/passwd", &blob, "path `/etc/passwd` is not safe"),
        ("40000", b".git", &inner, "path `.git` is not safe"),
        ("40000", b".GIT", &inner, "path `.GIT` is not safe"),
        ("40000", b"git~1", &inner, "path `git~1` is not safe"),
        ("120000", b".gitmodules", &blob, "`.gitmodules` is a symbolic link"),
        ("100644", b"caf\xe9", &blob, "a name is not UTF-8"),
    ];
    for (mode, name, id, cause) in unsafe_paths {
        let tree = repository.unchecked_tree(&[(mode, name, id)]);
        repository.commit_tree(&tree);
        check(&server, "Checkout.UnsafePath", cause);
    }
    let corrupt: [(&[TreeEntry<'_>], &str); 3] = [
        (&[("100644", b"a", &blob), ("40000", b"a", &inner)], "`a` is there twice"),
        (&[("100644", b"a", &inner)], "file `a` is a tree"),
        (&[("40000", b"a", &blob)], "folder `a` is a blob"),
    ];
    for (entries, cause) in corrupt {
        let tree = repository.unchecked_tree(entries);
        let commit = repository.commit_tree(&tree);
        // Git notices itself that a tree is a file: it is given all objects as they are.
        let ids = format!("{commit}\n{tree}\n{blob}\n{inner}\n");
        let pack = repository.git_with(&["pack-objects", "--stdout", "--quiet"], ids.as_bytes());
        let server = tampering_with_packs(&repository, move |sent| sent.clone_from(&pack));
        check(&server, "Checkout.CorruptPack", cause);
    }
}

#[test]
fn few_trees_that_are_many_files() {
    let repository = Repository::small();
    let server = GitServer::start(repository.root());
    let mut tree = repository.unchecked_tree(&[]);
    for _ in 0..10 {
        let names: Vec<String> = (0..10).map(|n| format!("d{n}")).collect();
        let entries: Vec<_> = names.iter().map(|name| ("40000", name.as_bytes(), tree.as_str())).collect();
        tree = repository.unchecked_tree(&entries);
    }
    repository.commit_tree(&tree);
    check(&server, "Checkout.TooLarge", "MAX_FILES, 50000");

    let mut deep = repository.unchecked_tree(&[]);
    for _ in 0..130 {
        deep = repository.unchecked_tree(&[("40000", b"d", &deep)]);
    }
    repository.commit_tree(&deep);
    check(&server, "Checkout.TooLarge", "MAX_FOLDER_DEPTH, 128");
}
