//! Markdown, HTML and CSS.

use super::check;

#[test]
fn markdown_links() {
    check(
        &[
            (
                "README.md",
                "[a](docs/a.md) [b](docs/b.md#the-ends) [c](docs/) [d](https://example.org/x) [e](/docs/a.md?x=1)\n[f](mailto:a@b.c) [g](#top) [h](<docs/a b.md>) [i](docs/a%20b.md) [x]\n",
            ),
            ("docs/a.md", "[up](../README.md)"),
            ("docs/b.md", "# The *ends*!\n"),
            ("docs/a b.md", ""),
        ],
        "",
    );
    check(
        &[
            ("README.md", "# Title\n\n[a](docs/c.md)\nand [b](docs/b.md#middle), [c](#titel), [d](../up.md), ![e](img/e.png)\n\n[f]\n\n[f]: gone.md\n"),
            ("docs/b.md", "# Ends\n"),
        ],
        "README.md:3:1 error markdown-broken-link link `docs/c.md` leads to `docs/c.md`, which is not there
         README.md:4:5 error markdown-missing-anchor link `docs/b.md#middle`: `docs/b.md` has no anchor `middle`
         README.md:4:28 error markdown-missing-anchor link `#titel`: `README.md` has no anchor `titel`
         README.md:4:41 error markdown-broken-link link `../up.md` leads out of the project
         README.md:4:56 error markdown-missing-image image `img/e.png` leads to `img/e.png`, which is not there
         README.md:6:1 error markdown-broken-link link `gone.md` leads to `gone.md`, which is not there",
    );
}

#[test]
fn markdown_anchors() {
    let text = "# A_b – C's `d`\n\n## Same\n\n## Same\n\n### Named {#own}\n\n<a id=\"html\"></a>\n\n\
        [1](#a_b--cs-d) [2](#same) [3](#same-1) [4](#own) [5](#html) [6](#Same)\n";
    check(
        &[("a.md", text)],
        "a.md:5:1 note markdown-duplicate-heading heading `Same` is there twice: links lead to the first",
    );
    check(
        &[("a.md", "# A\n\n[1](#a-1)\n")],
        "a.md:3:1 error markdown-missing-anchor link `#a-1`: `a.md` has no anchor `a-1`",
    );
}

#[test]
fn markdown_references() {
    check(
        &[("a.md", "[text][ref], [ref][], [ref], a[0], [ ], [x]\n\n[other][there]\n\n[there]: #\n")],
        "a.md:1:1 warning markdown-undefined-reference reference `ref` has no definition in this file
         a.md:1:14 warning markdown-undefined-reference reference `ref` has no definition in this file",
    );
}

#[test]
fn markdown_code_is_not_looked_at() {
    check(&[("a.md", "`[a](b)`\n\n```text\n[c](d) ![e](f)\n```\n\n    [g](h)\n")], "");
}

#[test]
fn markdown_with_html_and_data() {
    check(
        &[(
            "a.md",
            "---\na: 1\na: 2\n---\n\nSee <a href=\"b.html\">b</a>\n\n<div>\n<img src=\"c.png\" alt=\"\">\n</div>\n",
        )],
        "a.md:3:1 error yaml-duplicate-key the mapping has this key twice: it is in line 1, too
         a.md:6:8 error html-broken-link link `b.html` leads to `b.html`, which is not there
         a.md:9:6 error html-missing-image image `c.png` leads to `c.png`, which is not there",
    );
}

#[test]
fn books() {
    let book = [
        ("docs/book.toml", "[book]\ntitle = \"B\"\n"),
        ("docs/src/SUMMARY.md", "[Start](README.md)\n- [One](one.md)\n- [Draft]()\n- [Two](two.md)\n"),
        (
            "docs/src/README.md",
            "[rendered](one.html), [print](print.html), [index](index.html#top)\n\n{{#include one.md:1:2}}\n{{#include gone.rs}}\n\\{{#include escaped}}\n",
        ),
        ("docs/src/one.md", "[root](/README.md)\n"),
    ];
    check(
        &book,
        "docs/src/README.md:4:1 error markdown-missing-include included file `gone.rs` is not there
         docs/src/SUMMARY.md:4:3 error markdown-broken-link link `two.md` leads to `docs/src/two.md`, which is not there",
    );
    check(
        &[("src/a.md", "[rendered](b.html)"), ("src/b.md", "")],
        "src/a.md:1:1 error markdown-broken-link link `b.html` leads to `src/b.html`, which is not there",
    );
}

#[test]
fn html_that_is_right() {
    check(
        &[
            (
                "index.html",
                "<!doctype html>\n<html><head><meta charset=utf-8><title>A &amp; B</title><link rel=stylesheet href=/a.css></head>\n<body><p>One<p>Two<ul><li>a<li>b</ul><svg><path d=\"M0\"/></svg><br><img src=\"a.png?v=1\" alt=\"\" srcset=\"a.png 1x, a.png 2x\"><a href=\"docs/#x\">x</a></body></html>",
            ),
            ("docs/index.html", "<h1 id=x></h1><a href=\"{{ url }}\"></a>"),
            ("a.css", "a { background: url(a.png) }"),
            ("a.png", ""),
        ],
        "",
    );
}

#[test]
fn html_errors() {
    check(
        &[("a.html", "<html>\n<div><span></div>\n</p></br>\n<a b=1 b=2>&notit;</a>\n<b/>\n<section>\n")],
        "a.html:1:1 warning html-missing-doctype the document has no `<!doctype html>`: browsers lay it out in quirks mode
         a.html:2:6 error html-unclosed-element `<span>` is not closed before `</div>`
         a.html:3:1 error html-stray-end-tag `</p>` closes nothing: the `<p>` before it ended where a block began
         a.html:3:5 error html-stray-end-tag `<br>` is a void element and has no end tag
         a.html:4:8 error html-syntax duplicate attribute
         a.html:4:17 error html-syntax missing semicolon after character reference
         a.html:5:1 error html-syntax `<b/>` doesn't close itself: only void elements do
         a.html:6:1 error html-unclosed-element `<section>` is not closed before the end of the file",
    );
    check(&[("a.html", "<p>a</p><!-- b")], "a.html:1:15 error html-syntax eof in comment");
}

#[test]
fn html_links_and_ids() {
    check(
        &[
            (
                "a.html",
                "<a href=\"b.html\">b</a><a href=\"c.html#y\">c</a>\n<img src=\"d.png\"><p id=i></p><p id=i></p>\n<script src=\"e.js\"></script><a href=\"#nowhere\"></a>",
            ),
            ("c.html", "<a name=x></a>"),
        ],
        "a.html:1:4 error html-broken-link link `b.html` leads to `b.html`, which is not there
         a.html:1:26 error html-missing-anchor link `c.html#y`: `c.html` has no anchor `y`
         a.html:2:1 note html-missing-alt the image has no `alt` attribute
         a.html:2:6 error html-missing-image image `d.png` leads to `d.png`, which is not there
         a.html:2:33 warning html-duplicate-id id `i` is given twice: it is in line 2, too
         a.html:3:9 error html-broken-link link `e.js` leads to `e.js`, which is not there
         a.html:3:32 error html-missing-anchor link `#nowhere`: `a.html` has no anchor `nowhere`",
    );
    check(&[("a.html", "<base href=\"https://example.org/\"><a href=\"b\"></a>")], "");
}

#[test]
fn html_with_other_languages() {
    check(
        &[(
            "a.html",
            "<style>\na { color: red\n</style>\n<script>\nfunction used() {}\ndebugger;\n</script>\n<script type=module>let a = ;</script>\n<script type=\"application/ld+json\">{\"a\": 1,}</script>\n<script type=\"text/template\"><b></script>\n",
        )],
        "a.html:2:3 error css-syntax `{` is not closed
         a.html:6:1 error no-debugger `debugger` stops every browser
         a.html:8:29 error js-syntax Unexpected token
         a.html:9:43 error json-syntax a comma after the last element is not JSON",
    );
}

#[test]
fn css() {
    check(
        &[(
            "a.css",
            "@charset \"utf-8\";\n:root { --a: {b}; }\n.a { &:hover { color: red } @media print { color: blue } }\n@tailwind base;\n",
        )],
        "a.css:4:1 warning css-unknown-at-rule unknown at rule: @tailwind",
    );
    check(
        &[
            (
                "css/a.css",
                "@import \"gone.css\";\n@import url(b.css);\na { background: url('../img/x.png'), url(data:image/png;base64,aaa), url(https://example.org/a.png) }\nb { color: }\nc } \nd { content: \"a\n\" }\n",
            ),
            ("css/b.css", "/* ok */"),
        ],
        "css/a.css:1:10 error css-missing-file URL `gone.css` leads to `css/gone.css`, which is not there
         css/a.css:3:22 error css-missing-file URL `../img/x.png` leads to `img/x.png`, which is not there
         css/a.css:5:3 error css-syntax `}` closes nothing
         css/a.css:5:3 error css-syntax invalid dangling combinator in selector
         css/a.css:6:3 error css-syntax `{` is not closed",
    );
}
