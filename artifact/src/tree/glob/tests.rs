use globset::GlobBuilder;
use proptest::prelude::*;

use super::*;

#[track_caller]
fn check(glob: &str, matching: &[&str], other: &[&str]) {
    let glob = Glob::new(glob).unwrap();
    for path in matching {
        assert!(glob.matches(path), "{path}: {glob:?}");
    }
    for path in other {
        assert!(!glob.matches(path), "{path}: {glob:?}");
    }
}

#[test]
fn matches_whole_paths() {
    check("a/b.md", &["a/b.md"], &["a/b.mdx", "xa/b.md", "a", ""]);
    check("*", &["a", "a.b", ""], &["a/b"]);
    check("a?c", &["abc", "aéc"], &["ac", "a/c", "abbc"]);
    check("*.tar.*", &["a.tar.gz", ".tar."], &["a.tar", "b/a.tar.gz"]);
    check("é*ü", &["éü", "éaü"], &["éa", "aü"]);
}

#[test]
fn two_stars_cross_parts() {
    check("**", &["a", "a/b"], &[""]);
    check("**/a", &["a", "b/a", "c/b/a"], &["ba", "a/b"]);
    check("a/**", &["a/b", "a/b/c"], &["a", "ab/c"]);
    check("a/**/b", &["a/b", "a/x/b", "a/x/y/b"], &["ab", "a/xb", "a/b/c"]);
    check("a**b", &["ab", "axxb"], &["a/b"]);
    check("**a", &["a", "xa"], &["x/a"]);
    check("a/***", &["a/b"], &["a/b/c"]);
    check("{docs/**,**/*.md}", &["docs/x/y", "a/b.md", "b.md"], &["a/b.txt"]);
    check("x/{**/a,b}", &["x/a", "x/y/a", "x/b"], &["x/y/b"]);
}

#[test]
fn alternatives_and_classes() {
    check("a.{js,ts}", &["a.js", "a.ts"], &["a.", "a.jsts", "a.{js,ts}"]);
    check("a{,b}c", &["ac", "abc"], &["a", "abbc"]);
    check("{a{b,c},d}e", &["abe", "ace", "de"], &["ae", "ade"]);
    check("a,b", &["a,b"], &["a"]);
    check("[a-c]x[!d-f]", &["axa", "cxz"], &["dxa", "axe", "ax/", "ax"]);
    check("[]-]", &["]", "-"], &["a", "[]-]"]);
    check("[!a]", &["b", "é"], &["a", "/"]);
    check("\\*\\{\\[", &["*{["], &["a{["]);
}

#[track_caller]
fn check_refused(glob: &str, expected: &str) {
    assert_eq!(Glob::new(glob).unwrap_err(), expected);
}

#[test]
fn what_is_malformed_is_refused() {
    check_refused("{a", "a `{` is not closed");
    check_refused("{a,{b}", "a `{` is not closed");
    check_refused("a}", "`}` closes nothing");
    check_refused("[a", "a `[` is not closed");
    check_refused("[]", "a `[` is not closed");
    check_refused("[a-", "a `[` is not closed");
    check_refused("[z-a]", "a range in `[…]` goes backwards");
    let begins = "it begins with `/` or `./`: hint: paths are relative to the tree, `docs/**`";
    check_refused("/docs/**", begins);
    check_refused("./*.md", begins);
    check_refused("docs/", "it ends with `/`: hint: `docs/**` is everything below `docs`");
    check_refused("a\\", "nothing follows `\\`");
    check_refused(&"{".repeat(9), "its `{` are nested too deep");
}

#[test]
fn no_glob_takes_long() {
    let glob = Glob::new(&"*a".repeat(500)).unwrap();
    assert!(!glob.matches(&"a".repeat(1000)[..499]));
    let glob = Glob::new(&format!("{}b", "**/{a,a,a}/".repeat(80))).unwrap();
    assert!(!glob.matches(&"a/".repeat(500)));
}

/// Globs of parts, of which one may be `**`.
fn globs() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        4 => "[abc]",
        2 => Just("*".to_owned()),
        1 => Just("?".to_owned()),
        1 => "\\[[ab.]{1,2}\\]",
        2 => "\\{[ab*.]{1,2},[ab*?/]{1,3}\\}",
    ];
    let part = proptest::collection::vec(piece, 1..4)
        .prop_map(|pieces| pieces.concat())
        .prop_filter("`**` beside something else is a matter of taste", |part| !part.contains("**"));
    let parts = proptest::collection::vec(part, 1..4);
    (parts, proptest::option::of(any::<prop::sample::Index>())).prop_map(|(mut parts, at)| {
        if let Some(at) = at {
            let at = at.index(parts.len() + 1);
            parts.insert(at, "**".to_owned());
        }
        parts.join("/")
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(3000))]

    /// `globset` is the measure, but for characters of several bytes, which it counts as several, and
    /// for `[!a]`, which there is a slash, too.
    #[test]
    fn agrees_with_globset(glob in globs(), path in "[abc.]{1,3}(/[abc.]{1,3}){0,3}") {
        let Ok(measure) = GlobBuilder::new(&glob).literal_separator(true).backslash_escape(true).build() else {
            return Ok(());
        };
        let ours = Glob::new(&glob).unwrap();
        prop_assert_eq!(ours.matches(&path), measure.compile_matcher().is_match(&path), "{:?}", ours);
    }
}
