use std::fs;
use std::path::Path;

use tempfile::TempDir;

use super::*;

mod zola;

/// A working directory with these files.
fn given(files: &[(&str, &str)]) -> TempDir {
    let base = TempDir::new().unwrap();
    for (path, text) in files {
        let path = base.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    base
}

fn with(generator: Generator, root: &str) -> Parameters {
    Parameters { generator, root: root.to_owned(), ..Parameters::default() }
}

/// Every file of the artifact, with its bytes.
fn output(base: &TempDir) -> Vec<(String, Vec<u8>)> {
    let out = base.path().join("out/site");
    let place = Place { base: base.path().to_owned(), root: out.clone(), out };
    let mut found: Vec<_> = files::of_site(&place)
        .unwrap()
        .iter()
        .map(|path| (path.display().to_string(), fs::read(place.root.join(path)).unwrap()))
        .collect();
    found.sort();
    found
}

fn text(base: &TempDir, path: &str) -> String {
    fs::read_to_string(base.path().join("out/site").join(path)).unwrap()
}

#[track_caller]
fn check_failed(files: &[(&str, &str)], parameters: &Parameters, error: &str, cause: &str) {
    let base = given(files);
    let failure = Failure::from(build(base.path(), parameters).unwrap_err());
    assert_eq!(failure.error, error, "{}", failure.cause);
    assert!(failure.cause.contains(cause), "`{}` has no `{cause}`", failure.cause);
    assert!(!failure.cause.contains('\n'), "{}", failure.cause);
    assert!(!failure.cause.contains(base.path().to_str().unwrap()), "{}", failure.cause);
}

const BOOK: &[(&str, &str)] = &[
    ("book.toml", "[book]\ntitle = \"Rope\"\n[output.html]\nadditional-css = [\"assets/x.css\"]\n"),
    ("assets/x.css", "p { color: brown }"),
    ("src/SUMMARY.md", "# Summary\n\n[Start](README.md)\n\n- [One](one.md)\n  - [Two](deep/two.md)\n"),
    ("src/README.md", "# Start\n\n[One](one.md) {{#include note.txt}}\n"),
    ("src/note.txt", "an included note"),
    ("src/one.md", "# One\n\n![image](i.svg)\n"),
    ("src/deep/two.md", "# Two\n"),
    ("src/i.svg", "<svg/>"),
];

/// The book, with some of its files replaced.
fn book<'a>(changed: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
    let mut files = BOOK.to_vec();
    for (path, text) in changed {
        files.retain(|(other, _)| other != path);
        files.push((path, text));
    }
    files
}

#[test]
fn a_book_is_built_by_mdbook() {
    let base = given(BOOK);
    let built = build(base.path(), &Parameters::default()).unwrap();
    assert_eq!(built.generator, Generator::Mdbook);
    // Start (the index), One, Two, print, 404, toc.
    assert_eq!(built.pages, 6, "{:?}", output(&base).iter().map(|(path, _)| path).collect::<Vec<_>>());
    assert!(text(&base, "index.html").contains("an included note"));
    assert!(text(&base, "deep/two.html").contains("<h1 id=\"two\">"));
    assert_eq!(text(&base, "assets/x.css"), "p { color: brown }");
    assert_eq!(text(&base, "i.svg"), "<svg/>");
    assert!(text(&base, "searchindex.js").contains("one"));
    assert!(built.files >= 40 && built.bytes > 100_000, "{built:?}");
}

#[test]
fn the_same_input_gives_the_same_bytes() {
    let (first, second) = (given(BOOK), given(BOOK));
    build(first.path(), &Parameters::default()).unwrap();
    build(second.path(), &Parameters::default()).unwrap();
    assert_eq!(output(&first), output(&second));
}

#[test]
fn files_are_renamed_when_the_book_asks_for_it() {
    let base = given(&book(&[("book.toml", "[output.html]\nhash-files = true\n")]));
    build(base.path(), &Parameters::default()).unwrap();
    let renamed = output(&base).iter().any(|(path, _)| path.starts_with("book-"));
    assert!(renamed);
}

#[test]
fn a_book_may_stand_in_a_folder() {
    let files: Vec<_> = BOOK.iter().map(|(path, text)| (format!("docs/{path}"), *text)).collect();
    let files: Vec<_> = files.iter().map(|(path, text)| (path.as_str(), *text)).collect();
    let base = given(&files);
    assert_eq!(build(base.path(), &with(Generator::Auto, "./docs/")).unwrap().pages, 6);
    check_failed(
        &files,
        &Parameters::default(),
        "Build.NothingToBuild",
        "set the parameter `root` to `docs`",
    );
}

#[test]
fn a_book_whose_sources_are_its_root_does_not_contain_itself() {
    let base = given(&[
        ("book.toml", "[book]\nsrc = \".\"\n"),
        ("SUMMARY.md", "- [One](one.md)\n"),
        ("one.md", "# One\n"),
        ("data/x.txt", "x"),
    ]);
    build(base.path(), &Parameters::default()).unwrap();
    assert_eq!(text(&base, "data/x.txt"), "x");
    assert!(!output(&base).iter().any(|(path, _)| path.starts_with("out/")));
}

#[test]
fn broken_books_say_what_is_broken() {
    #[track_caller]
    fn check(changed: &[(&str, &str)], error: &str, cause: &str) {
        check_failed(&book(changed), &Parameters::default(), error, cause);
    }
    check(&[("book.toml", "[book\n")], "Build.InvalidConfig", "`book.toml` is not a valid configuration: ");
    check(&[("book.toml", "[book]\ntitel = 1\n")], "Build.InvalidConfig", "titel");
    check(&[("book.toml", "[output.html]\nthema = 1\n")], "Build.InvalidConfig", "thema");
    check(&[("book.toml", "[book]\nsrc = \"pages\"\n")], "Build.NoSummary", "`pages/SUMMARY.md` is missing");
    check(
        &[("src/SUMMARY.md", "- [One](one.md)\n- [Gone](gone.md)\n- [Lost](lost.md)\n")],
        "Build.MissingChapter",
        "`src/SUMMARY.md` names `src/gone.md`, `src/lost.md`, which do not exist",
    );
    check(
        &[("src/SUMMARY.md", "- [Out](../assets/x.md)\n")],
        "Build.UnsafePath",
        "chapter `../assets/x.md` leads out",
    );
    check(
        &[("src/SUMMARY.md", "- [Print](print.md)\n"), ("src/print.md", "")],
        "Build.InvalidSummary",
        "reserved",
    );
    check(&[("src/one.md", "{{#include gone.txt}}")], "Build.BookErrors", "`src/one.md`");
    check(
        &[("theme/index.hbs", "<p>{{#if x}}</p>")],
        "Build.InvalidTheme",
        "template `theme/index.hbs`, line 1",
    );
    check(&[("theme/index.hbs", "{{> nosuch}}")], "Build.InvalidTheme", "template `theme/index.hbs`");
    check(&[("book.toml", "[output.html]\ntheme = \"skin\"\n")], "Build.InvalidTheme", "`skin`");
    check(
        &[("book.toml", "[output.html]\nadditional-js = [\"a.js\"]\n")],
        "Build.MissingFile",
        "`a.js` of `additional-js`",
    );
    check(
        &[("book.toml", "[output.html]\nadditional-js = [\"../a.js\"]\n")],
        "Build.UnsafePath",
        "`../a.js`",
    );
    check(
        &[("book.toml", "[preprocessor.mermaid]\n")],
        "Build.UnsupportedPreprocessor",
        "command `mdbook-mermaid`",
    );
    check(
        &[("book.toml", "[preprocessor.x]\ncommand = \"y\"\n")],
        "Build.UnsupportedPreprocessor",
        "`x` of `book.toml` is the external command `y`",
    );
    check(&[("book.toml", "[output.html]\n[output.epub]\n")], "Build.UnsupportedRenderer", "`mdbook-epub`");
    check(&[("book.toml", "[output.markdown]\n")], "Build.UnsupportedRenderer", "[output.html]");
}

#[test]
fn what_is_optional_is_left_out() {
    let base = given(&book(&[
        (
            "book.toml",
            "[build]\ncreate-missing = true\n[output.html]\n[output.markdown]\n[output.linkcheck]\noptional = true\n\
         [preprocessor.mermaid]\noptional = true\n[preprocessor.epub]\nrenderers = [\"epub\"]\n",
        ),
        ("src/SUMMARY.md", "- [One](one.md)\n- [New](new.md)\n"),
    ]));
    build(base.path(), &Parameters::default()).unwrap();
    assert!(text(&base, "new.html").contains("New"));
    assert!(!output(&base).iter().any(|(path, _)| path.contains(".md")));
}

#[test]
fn html_is_published_as_it_is() {
    let base = given(&[
        ("index.html", "<p>hello"),
        ("a/b.css", "broken {"),
        (".well-known/x", "1"),
        (".git/config", "secret"),
        ("notes.md", "# As it is"),
    ]);
    let built = build(base.path(), &Parameters::default()).unwrap();
    assert_eq!(built, Output { generator: Generator::Html, pages: 1, files: 4, bytes: 27 });
    assert_eq!(text(&base, "notes.md"), "# As it is");
    assert_eq!(text(&base, ".well-known/x"), "1");
}

#[test]
fn markdown_pages_get_a_plain_theme() {
    let base = given(&[
        ("README.md", "# Rope & more\n\nSee [care](guide/care.md#dry) and ![](i.png).\n"),
        ("guide/care.md", "---\ntitle: Care\norder: 2\n---\n## Dry\n\n[home](../README.md)\n"),
        ("guide/lay.md", "---\norder: 1\n---\n# Lay\n"),
        ("guide/later.md", "---\ndraft: true\n---\n# Later\n"),
        ("404.md", "# Lost\n"),
        ("i.png", "png"),
    ]);
    let built = build(base.path(), &Parameters::default()).unwrap();
    assert_eq!((built.generator, built.pages, built.files), (Generator::Markdown, 4, 6));
    let index = text(&base, "index.html");
    assert!(index.contains("<title>Rope &amp; more</title>"), "{index}");
    assert!(index.contains("href=\"guide/care.html#dry\""), "{index}");
    assert!(index.contains("<a href=\"guide/lay.html\">Guide</a>"), "{index}");
    let care = text(&base, "guide/care.html");
    assert!(care.contains("<title>Care · Rope &amp; more</title>"), "{care}");
    assert!(care.contains("<a href=\"../index.html\">home</a>"), "{care}");
    assert!(care.contains("href=\"../ropewalk-theme.css\""), "{care}");
    assert!(care.contains("<a href=\"care.html\" aria-current=\"page\">Care</a>"), "{care}");
    assert!(care.contains("<a rel=\"prev\" href=\"lay.html\">← Lay</a>"), "{care}");
    let lost = text(&base, "404.html");
    assert!(lost.contains("<style>") && !lost.contains("<nav"), "{lost}");
}

#[test]
fn markdown_without_a_first_page_gets_one() {
    let base = given(&[("a b.md", "# A"), ("ropewalk-theme.css", "/* mine */")]);
    build(base.path(), &Parameters::default()).unwrap();
    assert!(text(&base, "index.html").contains("<a href=\"a%20b.html\">A</a>"));
    assert_eq!(text(&base, "ropewalk-theme.css"), "/* mine */");
}

#[test]
fn what_cannot_be_built_says_why() {
    let auto = Parameters::default();
    check_failed(&[], &auto, "Build.NothingToBuild", "nothing to build in `.`: hint: add a `book.toml`");
    check_failed(&[("main.rs", "")], &auto, "Build.NothingToBuild", "`book.toml`");
    check_failed(
        &[("README.md", ""), ("public/index.html", "")],
        &auto,
        "Build.NothingToBuild",
        "set the parameter `root` to `public`",
    );
    check_failed(&[("hugo.toml", "")], &auto, "Build.UnsupportedGenerator", "`hugo.toml` is of Hugo");
    check_failed(
        &[("a.md", ""), ("a.html", "")],
        &auto,
        "Build.Conflict",
        "`a.html` and `a.md` would both be `a.html`",
    );
    check_failed(&[("a.txt", "")], &with(Generator::Html, "."), "Build.NothingToBuild", "no HTML file");
    check_failed(
        &[("a.txt", "")],
        &with(Generator::Markdown, "."),
        "Build.NothingToBuild",
        "no Markdown file",
    );
    check_failed(
        &[("a.txt", "")],
        &with(Generator::Mdbook, "."),
        "Build.NoSummary",
        "`src/SUMMARY.md` is missing",
    );
    check_failed(
        &[],
        &with(Generator::Auto, "gone"),
        "Build.InvalidParameter",
        "`root` is `gone`: no such folder",
    );
    check_failed(&[], &with(Generator::Auto, "../x"), "Build.InvalidParameter", "without `..`");
    let output = Parameters { output: "a/b".to_owned(), ..Parameters::default() };
    check_failed(&[], &output, "Build.InvalidParameter", "`output` is `a/b`");
}

#[test]
fn text_must_be_utf_8() {
    let base = given(&[]);
    fs::write(base.path().join("a.md"), b"caf\xe9").unwrap();
    let error = build(base.path(), &Parameters::default()).unwrap_err();
    assert_eq!(error.to_string(), "`a.md` is not UTF-8 text");
}

#[test]
fn the_example_site_is_a_book() {
    let base = given(&[]);
    let example = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/site");
    let place = Place { base: example.clone(), root: example, out: base.path().to_owned() };
    for path in files::of_site(&place).unwrap() {
        files::copy(&place, &path).unwrap();
    }
    let built = build(base.path(), &with(Generator::Mdbook, ".")).unwrap();
    assert!(built.pages > 10, "{built:?}");
    assert!(text(&base, "index.html").contains("id=\"knot-finder\""));
    assert!(text(&base, "js/knots.js").contains("export function search"));
}
