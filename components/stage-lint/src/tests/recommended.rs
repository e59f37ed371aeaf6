//! The rules of eslint's recommended set that need more than one look: what breaks them, and what looks alike.

use super::found_rules;
use super::scripts::rules;

#[test]
fn names() {
    found_rules(
        &[(
            "a.js",
            "f(x);\ntypeof y;\nlet z;\nconsole.log(window, process, z, Buffer, __dirname, globalThis);\nexports.a = 1;\n",
        )],
        "a.js 1 error no-undef, a.js 1 error no-undef, a.js 3 error no-unassigned-vars",
    );
    found_rules(
        &[
            ("a.test.js", "describe('a', () => { it('b', () => expect(1)); });\n"),
            ("b.ts", "let a: Foo = bar;\nexport { a };\n"),
        ],
        "",
    );
    rules("a.js", "var a = 1;\ndelete a;\ndelete a.b;\n", "2 no-delete-var");
    rules("a.js", "exports.f = function (a, b, a) { return a + b; };\n", "1 no-dupe-args, 1 no-redeclare");
    rules(
        "a.mjs",
        "let a;\nlet b;\nb = 1;\nfor (let c of d) f(a, b, c);\nexport let e;\n",
        "1 no-unassigned-vars",
    );
}

#[test]
fn assignments() {
    rules("a.mjs", "export function f() { let a = 1; a = 2; return a; }\n", "1 no-useless-assignment");
    rules("a.mjs", "export function f() { let a = 1; g(a); a = 2; }\n", "1 no-useless-assignment");
    rules(
        "a.mjs",
        "export function f() { let a; a = 1; if (g()) { h(); } a = 2; return a; }\n",
        "1 no-useless-assignment",
    );
    for body in [
        "let a = 1; a = a + 1; return a;",
        "let a = 1; if (b) { a = 2; } return a;",
        "let a; for (;;) { g(a); a = 1; }",
        "let a = 1; try { g(); a = 2; h(); a = 3; } catch { return a; }",
        "let a = 1; g(() => a); a = 2;",
        "let a = 0; for (const c of b) { a = 1; if (c) break; a = 2; } return a;",
        "let a = 1; a += 1; return a;",
        "let a = null; return { b: a };",
    ] {
        rules("a.mjs", &format!("export function f(b) {{ g(b); {body} }}\n"), "");
    }
}

#[test]
fn constructors() {
    rules("a.mjs", "export class A extends B { constructor() { f(); } }\n", "1 constructor-super");
    rules(
        "a.mjs",
        "export class A extends B { constructor() { super(); super(); } }\n",
        "1 constructor-super",
    );
    rules(
        "a.mjs",
        "export class A extends B { constructor(a) { if (a) { super(); } } }\n",
        "1 constructor-super",
    );
    rules(
        "a.mjs",
        "export class A extends B { constructor(a) { if (a) { super(1); } else { super(2); } this.a = a; } }\n\
         export class C extends B { constructor(a) { if (a) { return a; } super(); } }\n\
         export class D extends B { constructor(a) { if (a) { throw new Error(); } super(); } }\n\
         export class E extends B { constructor(a) { super(() => this); const f = () => this; f(a); } }\n\
         export class F extends B { constructor(a) { for (;;) { super(); break; } this.a = a; } }\n\
         export class G { constructor() { this.a = 1; } }\n",
        "",
    );
    rules(
        "a.mjs",
        "export class A extends B { constructor(a) { this.a = a; super(); } }\n",
        "1 no-this-before-super",
    );
    rules(
        "a.mjs",
        "export class A extends B { constructor() { super(this.c()); super.d(); } }\n",
        "1 no-this-before-super",
    );
    rules(
        "a.mjs",
        "export class A extends B { constructor() { super.d(); super(); } }\n",
        "1 no-this-before-super",
    );
}

#[test]
fn private_members() {
    rules(
        "a.mjs",
        "export class A {\n#a = 1;\n#b() {}\n#c = 2;\nd() { return this.#c; }\n#e = 3;\nf() { this.#e = 4; }\n#g = 5;\nh() { this.#g++; }\nset #i(j) { f(j); }\nk() { this.#i = 1; }\n#l;\nm(n) { return #l in n; }\n}\n",
        "2 no-unused-private-class-members, 3 no-unused-private-class-members, 6 no-unused-private-class-members, 8 no-unused-private-class-members",
    );
}

#[test]
fn constants() {
    for script in [
        "[] || a",
        "({}) && a",
        "'a' ?? b",
        "null ?? b",
        "(a + b) ?? c",
        "a === []",
        "a !== {}",
        "(() => 1) == null",
        "void 0 || a",
        "!1 && a",
        "`a` ?? b",
        "true === 'b'",
        "(a || true) && b",
    ] {
        rules("a.js", &format!("f({script});\n"), "1 no-constant-binary-expression");
    }
    for script in [
        "a || b",
        "a ?? b",
        "a === b",
        "`${a}` || b",
        "a === null",
        "new A() === b",
        "Boolean(a) || b",
        "-a || b",
    ] {
        rules("a.js", &format!("f({script});\n"), "");
    }
}

#[test]
fn regular_expressions() {
    rules("a.js", r"f(/\x1f/, /[\u0000]/, /\t\n\cA/);", "1 no-control-regex, 1 no-control-regex");
    rules(
        "a.js",
        r#"f(RegExp("["), new RegExp("a", "gz"), new RegExp("a", "gg"), new RegExp("\\d+", "g"), new RegExp("(" + a));"#,
        "1 no-invalid-regexp, 1 no-invalid-regexp, 1 no-invalid-regexp",
    );
    rules("a.js", r"f(new RegExp('\\u{1F600}', a));", "");
    rules("a.js", "f(/[👍]/, /[👍]/u, /[a-👍]/u);", "1 no-misleading-character-class");
    rules(
        "a.js",
        "f(/[A\u{301}]/u, /[👶🏻]/u, /[🇯🇵]/u, /👶🏻/u);",
        "1 no-misleading-character-class, 1 no-misleading-character-class, 1 no-misleading-character-class",
    );
    for pattern in [r"(a\1)", r"\1(a)", r"(?:(a)|b\1)", r"(?!(a))b\1", r"(?<=\1(a))b", r"\k<a>(?<a>b)"] {
        let expected = if pattern.contains("<=") { "" } else { "1 no-useless-backreference" };
        rules("a.js", &format!("f(/{pattern}/);"), expected);
    }
    rules("a.js", r"f(/(a)\1/, /(?<=(a)\1)b/, /(?:(?<a>x)|(?<a>y))\k<a>/);", "1 no-useless-backreference");
}

#[test]
fn escapes() {
    rules(
        "a.js",
        r#"f("\d", '\"', "\'", `\#`, "\n\\\x41\u0041\0", `\`\${a}$\{b}`, '\'');"#,
        "1 no-useless-escape, 1 no-useless-escape, 1 no-useless-escape, 1 no-useless-escape",
    );
    rules(
        "a.js",
        r"f(/\!/, /[\[]/, /[a\-z]/, /[\-a]/, /\//, /[\]]/, /[\^a]/, /[a\^]/, /[^\-a]/, /\d\.\*/);",
        "1 no-useless-escape, 1 no-useless-escape, 1 no-useless-escape, 1 no-useless-escape",
    );
    rules("a.js", r"f(/[\(]/v, /[\&\&]/v, /[\-]/v);", "1 no-useless-escape");
    rules("a.js", r#"f("\8", "\\8", '\0');"#, "1 no-nonoctal-decimal-escape");
    rules("a.jsx", r#"f(<a href="\d">\d</a>);"#, "");
}

#[test]
fn numbers() {
    rules("a.js", "f(017, 0, 0.5, 08);\n", "1 no-octal, 1 no-octal");
    for number in [
        "9007199254740993",
        "5123000000000000000000000000001",
        "0x20000000000001",
        "1.0000000000000000001",
        "1e999",
        "0b100000000000000000000000000000000000000000000000000001",
        "0o400000000000000001",
    ] {
        rules("a.js", &format!("f({number});\n"), "1 no-loss-of-precision");
    }
    for number in [
        "9007199254740991",
        "0.1",
        "1e308",
        "123_456",
        "0x1fffffffffffff",
        "5e-324",
        "100000000000000000000000",
        "0.0000001",
        "1.50",
        "0",
        "0.0",
        "00.5e1".trim_start_matches('0'),
        "9007199254740993n",
    ] {
        rules("a.js", &format!("f({number});\n"), "");
    }
}

#[test]
fn layout() {
    rules("a.js", "var a = b\n(1 || 2).c();\n", "2 no-unexpected-multiline, 2 no-constant-binary-expression");
    rules("a.js", "var a = b\n[1].c();\nf(a);\n", "2 no-unexpected-multiline");
    rules("a.js", "var a = b\n`c`;\nf(a);\n", "2 no-unexpected-multiline");
    rules("a.js", "var a = b\n/c/g.d(e);\nf(a);\n", "2 no-unexpected-multiline");
    rules(
        "a.js",
        "f(\n  a\n    .b(c)\n    ?.[d],\n  (g)(h),\n  i /* j\n */ (k),\n);\n",
        "7 no-unexpected-multiline",
    );
    rules(
        "a.js",
        "f(1,\u{a0}2);\nf('\u{a0}', `\u{2003}`);\n",
        "1 no-irregular-whitespace, 2 no-irregular-whitespace",
    );
}

#[test]
fn caught_errors() {
    rules(
        "a.js",
        "try { f(); } catch (e) { throw new Error('a'); }\n\
         try { f(); } catch (e) { throw new Error('a', { cause: e }); }\n\
         try { f(); } catch (e) { throw new TypeError('a', { cause: f }); }\n\
         try { f(); } catch (e) { throw new Mine(e); }\n\
         try { f(); } catch (e) { throw new Error('a', e); }\n\
         try { f(); } catch { throw new Error('a'); }\n\
         try { f(); } catch (e) { throw new AggregateError([e], 'a'); }\n\
         try { f(); } catch (e) { g(e, () => { throw new Error('a'); }); }\n",
        "1 no-unused-vars, 1 preserve-caught-error, 3 no-unused-vars, 3 preserve-caught-error, 7 preserve-caught-error",
    );
}
