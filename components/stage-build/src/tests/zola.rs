//! Sites in Zola's layout.

use super::*;

const CONFIG: &str = r#"
base_url = "https://rope.example"
title = "Rope"
default_language = "en"
generate_feeds = true
compile_sass = true
build_search_index = true
taxonomies = [{ name = "tags", paginate_by = 1, feed = true }]
[markdown]
smart_punctuation = true
bottom_footnotes = true
insert_anchor_links = "right"
[markdown.highlighting]
theme = "dracula"
[languages.fr]
title = "Corde"
[languages.fr.translations]
more = "encore"
[translations]
more = "more"
[extra]
color = "brown"
"#;

const BASE: &str = "<!DOCTYPE html><title>{{ config.title }}</title>{% block body %}{% endblock %}";
const PAGE: &str = r#"{% extends "base.html" %}{% block body %}
<h1>{{ page.title }}</h1>{{ page.content | safe }}
{% if page.lower %}<p>before: {{ page.lower.title }}</p>{% endif %}
{% for h in page.toc %}<i>{{ h.title }}</i>{% endfor %}
<p>{{ trans(key="more", lang=lang) }} {{ config.extra.color }} {{ page.word_count }}</p>{% endblock %}"#;
const SECTION: &str = r#"{% extends "base.html" %}{% block body %}
{% for page in paginator.pages %}<a href="{{ page.permalink }}">{{ page.title }}</a>{% endfor %}
{{ paginator.current_index }}/{{ paginator.number_pagers }}{% endblock %}"#;

const SITE: &[(&str, &str)] = &[
    ("config.toml", CONFIG),
    ("templates/base.html", BASE),
    (
        "templates/index.html",
        "{{ section.title }} {{ now() }} {{ get_url(path=\"@/blog/one.md\") }} {{ get_url(path=\"a.css\", cachebust=true) }}",
    ),
    ("templates/page.html", PAGE),
    ("templates/section.html", SECTION),
    ("templates/taxonomy_list.html", "{% for t in terms %}{{ t.name }} {{ t.page_count }};{% endfor %}"),
    (
        "templates/taxonomy_single.html",
        "{{ term.name }}: {% for p in paginator.pages %}{{ p.title }}{% endfor %}",
    ),
    ("templates/shortcodes/shout.html", "<b>{{ word | upper }}{{ nth }}</b>"),
    ("templates/shortcodes/quote.md", "> {{ body }}"),
    ("sass/a.scss", "$c: brown; p { a { color: $c } }"),
    ("static/plain.txt", "as it is"),
    ("content/_index.md", "+++\ntitle = \"Start\"\n+++\n"),
    ("content/_index.fr.md", "+++\ntitle = \"Début\"\n+++\n"),
    ("content/blog/_index.md", "+++\ntitle = \"Blog\"\nsort_by = \"date\"\npaginate_by = 2\n+++\n"),
    (
        "content/blog/one.md",
        "+++\ntitle = \"One\"\ndate = 2024-01-01\naliases = [\"old/one\", \"x.html\"]\n[taxonomies]\ntags = [\"Red Rope\", \"b\"]\n+++\nIntro -- text.[^n]\n\n<!-- more -->\n\n# A heading\n\n{{ shout(word=\"hey\") }} and {{ shout(word=\"ho\") }}\n\n{% quote() %}\nsaid\n{% end %}\n\n[two](@/blog/2024-02-02-two/index.md#end)\n\n```rust,linenos\nlet x = \"<\";\n```\n\n[^n]: A note.\n",
    ),
    ("content/blog/one.fr.md", "+++\ntitle = \"Un\"\ndate = 2024-01-01\n+++\n"),
    (
        "content/blog/2024-02-02-two/index.md",
        "---\ntitle: Two\ntaxonomies:\n  tags: [b]\n---\n## End\n![i](i.png)\n",
    ),
    ("content/blog/2024-02-02-two/i.png", "png"),
    ("content/blog/three.md", "+++\ntitle = \"Three\"\ndate = 2023-01-01\n+++\n"),
    ("content/blog/draft.md", "+++\ntitle = \"Draft\"\ndraft = true\n+++\n[x](@/nowhere.md)\n"),
];

fn site<'a>(changed: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
    let mut files = SITE.to_vec();
    for (path, text) in changed {
        files.retain(|(other, _)| other != path);
        files.push((path, text));
    }
    files
}

#[track_caller]
fn built(changed: &[(&str, &str)]) -> TempDir {
    let base = given(&site(changed));
    let built = build(base.path(), &Parameters::default()).unwrap();
    assert_eq!(built.generator, Generator::Zola);
    base
}

#[test]
fn a_site_is_built() {
    let base = built(&[]);
    let paths: Vec<_> = output(&base).into_iter().map(|(path, _)| path).collect();
    assert_eq!(
        paths,
        [
            "404.html",
            "a.css",
            "atom.xml",
            "blog/index.html",
            "blog/one/index.html",
            "blog/page/1/index.html",
            "blog/page/2/index.html",
            "blog/three/index.html",
            "blog/two/i.png",
            "blog/two/index.html",
            "elasticlunr.min.js",
            "fr/blog/one/index.html",
            "fr/index.html",
            "index.html",
            "old/one/index.html",
            "plain.txt",
            "robots.txt",
            "search_index.en.js",
            "sitemap.xml",
            "tags/b/atom.xml",
            "tags/b/index.html",
            "tags/b/page/1/index.html",
            "tags/b/page/2/index.html",
            "tags/index.html",
            "tags/red-rope/atom.xml",
            "tags/red-rope/index.html",
            "tags/red-rope/page/1/index.html",
            "x.html",
        ]
    );
    assert_eq!(text(&base, "a.css").trim(), "p a{color:brown}");
    assert_eq!(text(&base, "tags/index.html"), "b 2;Red Rope 1;");
    assert_eq!(text(&base, "tags/b/page/2/index.html"), "b: One");
    assert!(text(&base, "robots.txt").contains("https://rope.example/sitemap.xml"));
    assert!(text(&base, "old/one/index.html").contains("https://rope.example/blog/one/"));
    assert!(text(&base, "sitemap.xml").contains("<loc>https://rope.example/blog/page/2/</loc>"));
    assert!(text(&base, "search_index.en.js").starts_with("window.searchIndex = {"));
}

#[track_caller]
fn check_contains(path: &str, parts: &[&str]) {
    let base = built(&[]);
    let text = text(&base, path);
    for part in parts {
        assert!(text.contains(part), "`{path}` has no `{part}`:\n{text}");
    }
}

#[test]
fn pages_are_rendered() {
    check_contains(
        "index.html",
        &[
            "Start",
            "2024-02-02T00:00:00+00:00",
            "https://rope.example/blog/one",
            "https://rope.example/a.css?h=",
        ],
    );
    check_contains(
        "blog/one/index.html",
        &[
            "<title>Rope</title>",
            "Intro – text.<sup class=\"footnote-reference\" id=\"fr-n-1\">",
            "<span id=\"continue-reading\"></span>",
            "<h1 id=\"a-heading\">A heading<a class=\"zola-anchor\" href=\"#a-heading\"",
            "<b>HEY1</b> and <b>HO2</b>",
            "<blockquote>\n<p>said</p>\n</blockquote>",
            "<a href=\"https://rope.example/blog/two/#end\">two</a>",
            "<span aria-hidden=\"true\" class=\"giallo-ln\">1</span>",
            "<code data-lang=\"rust\">",
            "<section class=\"footnotes\">",
            "<p>before: Two</p>",
            "<i>A heading</i>",
            "<p>more brown",
        ],
    );
    check_contains("blog/two/index.html", &["<img src=\"https://rope.example/blog/two/i.png\" alt=\"i\" />"]);
    check_contains("fr/blog/one/index.html", &["<title>Corde</title>", "<p>encore brown"]);
    check_contains("blog/index.html", &[">Two</a>", ">One</a>", "1/2"]);
    check_contains("blog/page/2/index.html", &[">Three</a>", "2/2"]);
    check_contains(
        "atom.xml",
        &[
            "<updated>2024-02-02T00:00:00+00:00</updated>",
            "<summary type=\"html\">&lt;p&gt;Intro – text.&lt;",
        ],
    );
}

#[test]
fn the_same_site_is_the_same_byte_by_byte() {
    let (first, second) = (built(&[]), built(&[]));
    assert_eq!(output(&first), output(&second));
}

#[test]
fn a_theme_gives_what_the_site_has_not() {
    let config = "base_url = \"https://rope.example\"\ntheme = \"t\"\n[extra]\na = 1\n[extra.deep]\nx = 1\n";
    let base = given(&[
        ("config.toml", config),
        ("content/a.md", "+++\n+++\n{{ s() }}\n"),
        ("templates/page.html", "{% extends \"t/templates/page.html\" %}{% block b %}mine{% endblock %}"),
        ("static/own.txt", "own"),
        ("themes/t/theme.toml", "name = \"t\"\n[extra]\na = 2\nb = 3\n[extra.deep]\ny = 2\n"),
        (
            "themes/t/templates/page.html",
            "{{ config.extra.a }}{{ config.extra.b }}{{ config.extra.deep.x }}{{ config.extra.deep.y }}{% block b %}theirs{% endblock %}{{ page.content | safe }}",
        ),
        ("themes/t/templates/index.html", "theirs"),
        ("themes/t/templates/shortcodes/s.html", "<hr>"),
        ("themes/t/sass/t.scss", "a { b { color: red } }"),
        ("themes/t/static/own.txt", "theirs"),
        ("themes/t/static/t.txt", "theirs"),
    ]);
    build(base.path(), &Parameters::default()).unwrap();
    assert_eq!(text(&base, "a/index.html"), "1312mine<hr>");
    assert_eq!(text(&base, "index.html"), "theirs");
    assert_eq!(text(&base, "own.txt"), "own");
    assert_eq!(text(&base, "t.txt"), "theirs");
    assert_eq!(text(&base, "t.css").trim(), "a b{color:red}");
}

#[track_caller]
fn check_invalid(changed: &[(&str, &str)], error: &str, causes: &[&str]) {
    for cause in causes {
        check_failed(&site(changed), &Parameters::default(), error, cause);
    }
}

#[test]
fn broken_sites_are_told_where() {
    check_invalid(
        &[("config.toml", "base_url = \"x\"\ntitel = 1\n")],
        "Build.InvalidConfig",
        &["line 2: unknown field `titel`"],
    );
    check_invalid(
        &[("config.toml", "title = \"base_url\"\nbase_url = \"\"\n")],
        "Build.InvalidConfig",
        &["`base_url` is missing"],
    );
    check_invalid(
        &[("config.toml", "base_url = \"x\"\ntheme = \"gone\"\n")],
        "Build.InvalidTheme",
        &["`themes/gone/theme.toml` is missing"],
    );
    check_invalid(
        &[
            ("content/blog/one.md", "+++\ntitle = \"A\"\nweight = x\n+++\n"),
            ("content/b.md", "no front matter"),
        ],
        "Build.InvalidFrontMatter",
        &["`content/b.md`: line 1: there is no front matter", "`content/blog/one.md`: line 3: "],
    );
    check_invalid(
        &[("content/b.md", "+++\n[taxonomies]\ncolours = [\"a\"]\n+++\n")],
        "Build.InvalidContent",
        &["`content/b.md`: taxonomy `colours` is not configured"],
    );
    check_invalid(
        &[("content/blog/two.md", "+++\n+++\n")],
        "Build.Conflict",
        &["`content/blog/2024-02-02-two/index.md` and `content/blog/two.md` would both be `/blog/two/`"],
    );
    check_invalid(
        &[("content/a.md", "+++\npath = \"../../x\"\n+++\n")],
        "Build.UnsafePath",
        &["path `../../x/index.html` leads out"],
    );
    check_invalid(
        &[("sass/a.scss", "p {\n  color: $none;\n}")],
        "Build.InvalidSass",
        &["style sheet `sass/a.scss:2:10`: Undefined variable"],
    );
}

#[test]
fn broken_text_is_told_where() {
    check_invalid(
        &[
            ("content/a.md", "+++\n+++\n[x](@/none.md) [y](@/blog/none.md)\n"),
            ("content/b.md", "+++\n+++\n\n{% quote() %}\nno end\n"),
            ("content/c.md", "+++\n+++\n{{ none() }}\n"),
        ],
        "Build.InvalidContent",
        &[
            "`content/a.md`: link `@/none.md` leads to no page; `content/a.md`: link `@/blog/none.md` leads to no page",
            "`content/b.md`: line 2: shortcode `quote` is not closed",
            "`content/c.md`: there is no shortcode `none`",
        ],
    );
    check_invalid(
        &[("content/a.md", "+++\n+++\n[x](@/blog/one.md#none) [top](@/blog/one.md#top) [y](#gone)\n")],
        "Build.BrokenLink",
        &[
            "`content/a.md`: link `@/blog/one.md#none` leads to no heading",
            "`content/a.md`: link `@/a.md#gone` leads to no",
        ],
    );
}

#[test]
fn broken_templates_are_told_where() {
    check_invalid(
        &[("templates/page.html", "{% if %}"), ("templates/base.html", "a\n{{ x")],
        "Build.InvalidTemplate",
        &["`templates/page.html`: ", "`templates/base.html`: "],
    );
    check_invalid(
        &[("templates/page.html", "{{ page.none }}")],
        "Build.InvalidTemplate",
        &["`content/blog/one.md`: Failed to render 'page.html': Variable `page.none` not found"],
    );
    check_invalid(
        &[("templates/page.html", "{% extends \"none.html\" %}")],
        "Build.InvalidTemplate",
        &["none.html"],
    );
    check_invalid(
        &[("content/a.md", "+++\ntemplate = \"none.html\"\n+++\n")],
        "Build.InvalidTemplate",
        &["`content/a.md`: there is no template `none.html`"],
    );
    check_invalid(
        &[
            ("templates/page.html", "{% extends \"b.html\" %}"),
            ("templates/b.html", "{% extends \"page.html\" %}"),
        ],
        "Build.InvalidTemplate",
        &["ircular extend"],
    );
    check_invalid(
        &[
            ("templates/page.html", "{% include \"b.html\" %}"),
            ("templates/b.html", "{% include \"page.html\" %}"),
        ],
        "Build.InvalidTemplate",
        &["templates go in circles: `page.html` → `b.html` → `page.html`: the limit is 48"],
    );
    check_invalid(
        &[
            ("templates/page.html", "{% import \"m.html\" as m %}{{ m::f() }}"),
            ("templates/m.html", "{% macro f() %}{{ self::f() }}{% endmacro %}"),
        ],
        "Build.InvalidTemplate",
        &["templates go in circles: `m.html::f` → `m.html::f`: the limit is 48"],
    );
    check_invalid(
        &[
            ("content/a.md", "+++\n+++\n{{ loop() }}\n"),
            ("templates/shortcodes/loop.html", "{{ '{{ loop() }}' | markdown }}"),
        ],
        "Build.InvalidContent",
        &["templates go in circles: `shortcodes/loop.html` → `shortcodes/loop.html`"],
    );
}

#[test]
fn templates_that_call_themselves_over_a_tree_are_fine() {
    let base = built(&[
        ("templates/index.html", "{% import \"m.html\" as m %}{{ m::count(to=10) }}"),
        (
            "templates/m.html",
            "{% macro count(to) %}{% if to > 0 %}{{ to }} {{ self::count(to=to - 1) }}{% endif %}{% endmacro %}",
        ),
    ]);
    assert_eq!(text(&base, "index.html"), "10 9 8 7 6 5 4 3 2 1 ");
}

#[track_caller]
fn check_call(call: &str, expected: Result<&str, &str>) {
    let files = [
        ("templates/index.html", &*format!("{{{{ {call} }}}}")),
        ("data/a.json", "{\"a\": 1}"),
        ("data/broken.json", "{"),
        ("static/broken.png", "\u{89}PNG not"),
        ("static/plain.png", "not an image"),
        ("static/i.svg", "<svg width='3' height='4'/>"),
        ("static/broken.woff2", "not a font"),
    ];
    match expected {
        Ok(expected) => assert_eq!(text(&built(&files), "index.html"), expected, "{call}"),
        Err(cause) => check_invalid(&files, "Build.InvalidTemplate", &[cause]),
    }
}

#[test]
fn functions_do_what_they_say() {
    check_call("load_data(path=\"data/a.json\") | get(key=\"a\")", Ok("1"));
    check_call("load_data(literal=\"a = 2\", format=\"toml\") | get(key=\"a\")", Ok("2"));
    check_call("load_data(path=\"none.json\", required=false) | default(value=\"none\")", Ok(""));
    check_call(
        "get_hash(literal=\"a\", sha_type=256, base64=false)",
        Ok("ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb"),
    );
    check_call("get_image_metadata(path=\"i.svg\") | get(key=\"width\")", Ok("3"));
    check_call("get_page(path=\"blog/one.md\") | get(key=\"title\")", Ok("One"));
    check_call("get_page(path=\"blog/one.md\", lang=\"fr\") | get(key=\"title\")", Ok("Un"));
    check_call("get_section(path=\"blog/_index.md\") | get(key=\"pages\") | length", Ok("3"));
    check_call(
        "get_taxonomy_url(kind=\"tags\", name=\"Red Rope\")",
        Ok("https://rope.example/tags/red-rope/"),
    );
    check_call("get_taxonomy_term(kind=\"tags\", term=\"b\") | get(key=\"page_count\")", Ok("2"));
    check_call("get_url(path=\"broken.woff2\")", Ok("https://rope.example/broken.woff2"));
    check_call("\"*a*\" | markdown(inline=true) | safe", Ok("<em>a</em>"));
    check_call("\"a\" | base64_encode", Ok("YQ=="));
    check_call("\"abc\" | regex_replace(pattern=`b(.)`, rep=`$1`)", Ok("ac"));
    check_call("1234567 | num_format", Ok("1,234,567"));
    check_call("get_env(name=\"HOME\", default=\"none\")", Ok("none"));
}

#[test]
fn functions_say_what_is_wrong() {
    check_call(
        "load_data(path=\"../secret.json\")",
        Err("`load_data`: `../secret.json` leads out of the site's folder"),
    );
    check_call("load_data(path=\"@/../../x.json\")", Err("leads out of the site's folder"));
    check_call("get_url(path=\"../../etc/passwd\", cachebust=true)", Err("leads out of the site's folder"));
    check_call("get_hash(path=\"/../x\")", Err("leads out of the site's folder"));
    check_call(
        "load_data(path=\"data/broken.json\")",
        Err("`data/broken.json` is not valid: EOF while parsing an object at line 1"),
    );
    check_call("load_data(url=\"https://example.com/a.json\")", Err("a stage has no network"));
    check_call("load_data(path=\"none.json\")", Err("there is no file `none.json`"));
    check_call("get_url(path=\"@/none.md\")", Err("`@/none.md` leads to no page"));
    check_call("get_page(path=\"none.md\")", Err("there is no page `content/none.md`"));
    check_call("get_page(path=1)", Err("argument `path` is `1`: it must be text"));
    check_call(
        "get_image_metadata(path=\"plain.png\")",
        Err("image `plain.png` can't be read: it is no JPEG, PNG, WebP or GIF"),
    );
    check_call(
        "resize_image(path=\"broken.png\", width=1, height=1)",
        Err("image `broken.png` can't be read"),
    );
    check_call("get_env(name=\"HOME\")", Err("a stage has no environment"));
    check_call("trans(key=\"none\")", Err("`none` has no translation in `en`"));
    check_call(
        "\"a\" | regex_replace(pattern=`(`, rep=``)",
        Err("`(` is no regular expression: unclosed group"),
    );
}

#[test]
fn data_has_a_limit() {
    let base = given(&site(&[("templates/index.html", "{{ load_data(path=\"big.json\") }}")]));
    // A hundred megabytes that no disk has to hold.
    fs::File::create(base.path().join("big.json")).unwrap().set_len(100_000_000).unwrap();
    let failure = Failure::from(build(base.path(), &Parameters::default()).unwrap_err());
    assert!(
        failure.cause.contains("`big.json` has 100000000 bytes: the limit is 16777216"),
        "{}",
        failure.cause
    );
}

#[test]
fn images_are_resized_once() {
    let base = given(&site(&[(
        "templates/index.html",
        "{% for n in [1, 2] %}{% set i = resize_image(path=\"i.png\", width=2, height=2) %}{{ i.url | safe }} {{ i.orig_width }};{% endfor %}",
    )]));
    fs::create_dir_all(base.path().join("static")).unwrap();
    image::RgbImage::new(8, 4).save(base.path().join("static/i.png")).unwrap();
    build(base.path(), &Parameters::default()).unwrap();
    let made: Vec<_> =
        output(&base).into_iter().filter(|(path, _)| path.starts_with("processed_images/")).collect();
    let [(path, bytes)] = &made[..] else { panic!("{made:?}") };
    assert_eq!(image::load_from_memory(bytes).unwrap().to_rgb8().dimensions(), (2, 2));
    assert_eq!(text(&base, "index.html"), format!("https://rope.example/{path} 8;").repeat(2));
}

/// The text of a page of a site that is given whole, but for its templates of pages and sections.
#[track_caller]
fn check_page(files: &[(&str, &str)], path: &str, expected: &str) {
    let mut all = vec![
        (
            "templates/page.html",
            "{{ page.title }}|{{ page.path | safe }}|{{ page.ancestors | join(sep=\",\") | safe }}|{{ page.content | safe }}",
        ),
        ("templates/section.html", "{% for page in section.pages %}{{ page.title }};{% endfor %}"),
    ];
    all.retain(|(name, _)| !files.iter().any(|(other, _)| other == name));
    all.extend(files);
    if !files.iter().any(|(name, _)| name.ends_with(".toml")) {
        all.push(("config.toml", "base_url = \"https://rope.example\""));
    }
    let base = given(&all);
    build(base.path(), &Parameters::default()).unwrap();
    assert_eq!(text(&base, path), expected);
}

#[test]
fn sections_order_and_hand_on_their_pages() {
    let weighed = |sort_by| format!("+++\nsort_by = \"{sort_by}\"\n+++\n");
    let pages = [
        ("content/s/a.md", "+++\ntitle = \"x10\"\nweight = 2\n+++\n"),
        ("content/s/b.md", "+++\ntitle = \"x9\"\nweight = 1\n+++\n"),
        ("content/s/c.md", "+++\ntitle = \"y\"\n+++\n"),
        ("content/s/deep/_index.md", "+++\ntransparent = true\n+++\n"),
        ("content/s/deep/d.md", "+++\ntitle = \"deep\"\nweight = 0\n+++\n"),
    ];
    for (sort_by, expected) in [
        ("none", "x10;x9;y;deep;"),
        ("weight", "deep;x9;x10;"),
        ("title", "deep;x9;x10;y;"),
        ("title_bytes", "deep;x10;x9;y;"),
    ] {
        let index = weighed(sort_by);
        let files: Vec<_> = pages.into_iter().chain([("content/s/_index.md", index.as_str())]).collect();
        check_page(&files, "s/index.html", expected);
    }
    let files: Vec<_> = pages.into_iter().chain([("content/s/_index.md", "+++\n+++\n")]).collect();
    check_page(&files, "s/deep/d/index.html", "deep|/s/deep/d/|_index.md,s/_index.md|");
}

#[test]
fn front_matter_says_where_pages_are() {
    let page = |front: &str| format!("+++\ntitle = \"t\"\n{front}\n+++\n");
    for (file, front, path, expected) in [
        ("content/a b.md", "", "a-b/index.html", "t|/a-b/||"),
        ("content/a.md", "slug = \"An Other\"", "an-other/index.html", "t|/an-other/||"),
        ("content/a.md", "path = \"x/y.z\"", "x/y.z/index.html", "t|/x/y.z/||"),
        ("content/2024-05-01-a.md", "", "a/index.html", "t|/a/||"),
        ("content/b/index.md", "", "b/index.html", "t|/b/||"),
    ] {
        // Pages at the top are in the root's section.
        let expected = expected.replace("||", "|_index.md|");
        check_page(&[(file, &page(front))], path, &expected);
    }
    let redirected = given(&[
        ("config.toml", "base_url = \"https://rope.example/sub\"\nminify_html = true"),
        ("content/s/_index.md", "+++\nredirect_to = \"other/place\"\n+++\n"),
        ("content/s/image.txt", "beside"),
        ("templates/page.html", ""),
    ]);
    build(redirected.path(), &Parameters::default()).unwrap();
    assert!(text(&redirected, "s/index.html").contains("https://rope.example/sub/other/place/"));
    assert_eq!(text(&redirected, "s/image.txt"), "beside");
}

#[test]
fn markdown_is_rendered_as_configured() {
    let config = "base_url = \"https://rope.example\"\n[markdown]\nrender_emoji = true\ngithub_alerts = true\ndefinition_list = true\nlazy_async_image = true\nexternal_links_target_blank = true\nexternal_links_external = false\ninsert_anchor_links = \"heading\"\nhighlight_code = true\nhighlight_theme = \"css\"\n";
    for (markdown, expected) in [
        (":tada:", "<p>🎉</p>\n"),
        ("> [!NOTE]\n> a", "<blockquote class=\"markdown-alert-note\">\n<p>a</p>\n</blockquote>\n"),
        ("a\n: b", "<dl>\n<dt>a</dt>\n<dd>b</dd>\n</dl>\n"),
        (
            "![a \"b\"](/c.png)",
            "<p><img src=\"/c.png\" alt=\"a &quot;b&quot;\" loading=\"lazy\" decoding=\"async\" /></p>\n",
        ),
        (
            "[a](https://b.example)",
            "<p><a rel=\"noopener\" target=\"_blank\" href=\"https://b.example\">a</a></p>\n",
        ),
        (
            "# A *b*",
            "<h1 id=\"a-b\"><a class=\"zola-anchor\" href=\"#a-b\" aria-label=\"Anchor link for: a-b\">A <em>b</em></a></h1>\n",
        ),
        (
            "```toml\na = 1\n```",
            "<pre class=\"giallo z-code\"><code data-lang=\"toml\"><span class=\"giallo-l\"><span class=\"z-source z-toml\"><span class=\"z-meta z-tag z-key z-toml\"><span class=\"z-entity z-name z-tag z-toml\">a</span></span> <span class=\"z-punctuation z-definition z-key-value z-toml\">=</span> <span class=\"z-constant z-numeric z-integer z-toml\">1</span></span></span></code></pre>",
        ),
    ] {
        let page = format!("+++\n+++\n{markdown}\n");
        check_page(
            &[
                ("config.toml", config),
                ("content/a.md", &page),
                ("templates/page.html", "{{ page.content | safe }}"),
            ],
            "a/index.html",
            expected,
        );
    }
}
