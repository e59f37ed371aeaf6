//! JavaScript and TypeScript: for each rule what breaks it, and what looks alike and doesn't.

use super::check;
use crate::Parameters;

/// The rules that a script breaks, by line: `1 no-empty, 3 eqeqeq`.
#[track_caller]
pub(super) fn rules(path: &str, script: &str, expected: &str) {
    let folder = super::project(&[(path, script.as_bytes())]);
    // The names that the examples use are defined nowhere.
    let parameters: Parameters = serde_json::from_str(r#"{"rules": {"no-undef": "off"}}"#).unwrap();
    let findings = crate::lint(folder.path(), &parameters).unwrap();
    let found: Vec<String> = findings
        .diagnostics
        .iter()
        .map(|diagnostic| format!("{} {}", diagnostic.start.line, diagnostic.rule.id))
        .collect();
    assert_eq!(found.join(", "), expected, "{script}\n{:#?}", findings.diagnostics);
}

#[test]
fn syntax() {
    check(&[("a.js", "let a = ;\n")], "a.js:1:9 error js-syntax Unexpected token");
    rules("a.mjs", "import a from './a.js';\nlet a = 1;\nexport default a;\n", "2 js-syntax");
    rules("a.js", "'use strict';\nlet a = 1;\nlet a = 2;\n", "3 js-syntax");
    rules("a.js", "f(/(/);\n", "1 js-syntax");
    rules("a.js", "function f() { await x; }\nf();\n", "1 js-syntax");
    rules("a.js", "return;\n", "");
    rules("a.mjs", "return;\n", "1 js-syntax");
    rules("a.js", "#!/usr/bin/env node\nf();\n", "");
    rules("a.ts", "const a: number = 1 as number;\nexport { a };\nexport type B = { c?: string };\n", "");
    rules("a.ts", "const a: = 1;\n", "1 js-syntax");
    rules("a.js", "const a: number = 1;\n", "1 js-syntax, 1 js-syntax");
    rules("a.jsx", "export const A = () => <div>it's {1}</div>;\n", "");
    rules("a.tsx", "export const A = <T,>(b: T) => <div>{String(b)}</div>;\n", "");
    rules("a.d.ts", "declare const a: number;\nexport interface B { c: string }\n", "");
}

#[test]
fn unused() {
    rules(
        "a.mjs",
        "import { a, b } from 'c';\nlet d = 1;\nfunction e() {}\nclass F {}\nexport const g = b;\n",
        "1 no-unused-vars, 2 no-unused-vars, 3 no-unused-vars, 4 no-unused-vars",
    );
    rules("a.js", "var a = 1;\nfunction b() { var c; }\n", "2 no-unused-vars");
    rules("a.js", "const a = require('a');\n", "1 no-unused-vars");
    rules("a.mjs", "export function f(a, b, c) { return b; }\n", "1 no-unused-vars");
    rules("a.mjs", "export const f = (a, b) => b;\nexport default ([c, d]) => d;\n", "2 no-unused-vars");
    rules("a.mjs", "let a = 0;\na++;\na += 2;\nlet b = 0;\nexport const c = b++;\n", "1 no-unused-vars");
    rules(
        "a.mjs",
        "try { f(); } catch (e) { f(); }\nfor (const k in x) f();\n",
        "1 no-unused-vars, 2 no-unused-vars",
    );
    rules("a.mjs", "const _a = 1;\nexport default (function g() {});\nf(class H {});\n", "");
    rules(
        "a.mjs",
        "const { a, ...b } = x;\nexport { b };\nexport class C { set d(e) { f(); } }\n",
        "1 no-unused-vars",
    );
    rules(
        "a.ts",
        "import type { A } from 'a';\nimport { B } from 'b';\nexport function f(x: A): void;\nexport function f(x: string): void { g(x as B); }\ninterface D {}\n",
        "5 no-unused-vars",
    );
    rules(
        "a.ts",
        "export class A { constructor(private b: string) {} }\nexport type F = (a: string) => void;\nexport enum E { X }\nexport abstract class G { abstract h(i: string): void; }\n",
        "",
    );
}

#[test]
fn assignments() {
    rules("a.mjs", "const a = 1;\na = 2;\nexport default a;\n", "2 no-const-assign");
    rules("a.mjs", "import b from 'b';\nb = 1;\nexport default b;\n", "2 no-import-assign");
    rules(
        "a.mjs",
        "export class C {}\nC = 1;\nexport function f() {}\nf = 2;\n",
        "2 no-class-assign, 4 no-func-assign",
    );
    rules("a.mjs", "try { f(); } catch (e) { e = 1; g(e); }\n", "1 no-ex-assign");
    rules("a.js", "undefined = 1;\nArray = 2;\n", "1 no-global-assign, 2 no-global-assign");
    rules(
        "a.js",
        "var a = 1;\nvar a = 2;\nfunction b() {}\nfunction b() {}\n",
        "2 no-redeclare, 4 no-redeclare",
    );
    rules("a.mjs", "export function f(NaN) { return NaN; }\n", "1 no-shadow-restricted-names");
    rules("a.mjs", "a = a;\nb.c = b.c;\nd = e;\nf[0] = f[0];\n", "1 no-self-assign, 2 no-self-assign");
    rules("a.js", "a: for (;;) break a;\nb: for (;;) break;\n", "2 no-unused-labels");
}

#[test]
fn blocks() {
    rules(
        "a.js",
        "debugger;\nif (a) {}\nif (b) { /* why */ }\ntry { f(); } catch {}\nfunction g() {}\nswitch (c) {}\n",
        "1 no-debugger, 2 no-empty, 4 no-empty, 6 no-empty",
    );
    rules("a.js", "with (a) b();\n", "1 no-with");
    rules(
        "a.mjs",
        "const {} = f();\nexport default ([]) => 1;\nexport class A { static {} }\n",
        "1 no-empty-pattern, 2 no-empty-pattern, 3 no-empty-static-block",
    );
    rules(
        "a.js",
        "function f() {\n  return 1;\n  g();\n}\nfunction h() {\n  return i();\n  function i() {}\n  var j;\n}\nf(); h();\n",
        "3 no-unreachable, 8 no-unused-vars",
    );
    rules("a.js", "for (;;) {\n  if (a) { break; } else { continue; }\n  f();\n}\n", "3 no-unreachable");
    rules(
        "a.js",
        "function f() { try { return 1; } finally { g(); } }\nfunction h() { try { return 1; } finally { return 2; } }\nfunction i() { try { g(); } finally { for (;;) { break; } } }\nf(); h(); i();\n",
        "2 no-unsafe-finally",
    );
    rules(
        "a.js",
        "try { f(); } catch (e) { throw e; }\ntry { f(); } catch (e) { throw new Error(e); }\n",
        "1 no-useless-catch, 2 preserve-caught-error",
    );
}

#[test]
fn switches() {
    rules(
        "a.js",
        "switch (a) {\n  case 1:\n    f();\n  case 2:\n    g();\n    // falls through\n  case 3:\n  case 4: {\n    break;\n  }\n  default:\n    h();\n}\n",
        "4 no-fallthrough",
    );
    rules(
        "a.js",
        "switch (a) {\n  case 1: break;\n  case 1: break;\n  case 2:\n    let b = 1;\n    f(b);\n}\n",
        "3 no-duplicate-case, 5 no-case-declarations",
    );
    rules("a.js", "if (a) f();\nelse if (b) g();\nelse if (a) h();\n", "3 no-dupe-else-if");
}

#[test]
fn conditions() {
    rules(
        "a.js",
        "if (1) f();\nwhile (true) f();\nfor (;false;) f();\na = 'x' ? 1 : 2;\nif (a) f();\nif (!0) f();\n",
        "1 no-constant-condition, 3 no-constant-condition, 4 no-constant-condition, 6 no-constant-condition",
    );
    rules("a.js", "if (a = 1) f();\nwhile ((b = g())) f();\n", "1 no-cond-assign");
    rules(
        "a.js",
        "if (!!a) f();\nb = !!a;\nc = !!!a;\nif (Boolean(a)) f();\n",
        "1 no-extra-boolean-cast, 3 no-extra-boolean-cast, 4 no-extra-boolean-cast",
    );
    rules(
        "a.js",
        "for (let i = 0; i < 9; i--) f();\nfor (let i = 9; i > 0; i += 1) f();\nfor (let i = 0; i < 9; i++) f();\n",
        "1 for-direction, 2 for-direction",
    );
}

#[test]
fn comparisons() {
    rules("a.js", "a == 1;\na != null;\na === 1;\n", "1 eqeqeq");
    rules(
        "a.js",
        "a === NaN;\na < Number.NaN;\nswitch (a) { case NaN: break; }\na === -0;\n",
        "1 use-isnan, 2 use-isnan, 3 use-isnan, 4 no-compare-neg-zero",
    );
    rules(
        "a.js",
        "typeof a === 'strnig';\ntypeof a === 'string';\n!a in b;\n!(a in b);\n!a instanceof B;\n",
        "1 valid-typeof, 3 no-unsafe-negation, 5 no-unsafe-negation",
    );
}

#[test]
fn calls_and_literals() {
    rules(
        "a.js",
        "new Symbol('a');\nMath();\nnew JSON();\nnew Promise(async () => {});\nnew Promise(() => {});\n",
        "1 no-new-native-nonconstructor, 2 no-obj-calls, 3 no-obj-calls, 4 no-async-promise-executor",
    );
    rules(
        "a.js",
        "a.hasOwnProperty('b');\nObject.prototype.hasOwnProperty.call(a, 'b');\n",
        "1 no-prototype-builtins",
    );
    rules(
        "a.js",
        "f([1,,2]);\nf([1,]);\nf(/[]/, /[^]/, /\\[]/, /a  b/, /[  ]/, /a b/);\n",
        "1 no-sparse-arrays, 3 no-empty-character-class, 3 no-regex-spaces",
    );
    rules(
        "a.js",
        "(a?.b).c;\n(a?.b)();\na?.b.c;\n(a?.b)?.c;\nf(...a?.b);\n({ ...a?.b });\n",
        "1 no-unsafe-optional-chaining, 2 no-unsafe-optional-chaining, 5 no-unsafe-optional-chaining",
    );
}

#[test]
fn objects_and_classes() {
    rules(
        "a.js",
        "f({ a: 1, 'a': 2, get b() { return 1; }, set b(v) { g(v); }, [a]: 1, [a]: 2 });\n",
        "1 no-dupe-keys",
    );
    rules(
        "a.mjs",
        "export class A {\n  b() {}\n  static b() {}\n  b() {}\n  get c() { return 1; }\n  set c(v) { f(v); }\n}\n",
        "4 no-dupe-class-members",
    );
    rules("a.ts", "export class A {\n  b(): void;\n  b(c?: string): void { f(c); }\n}\n", "");
    rules(
        "a.mjs",
        "export class A {\n  get a() {}\n  get b() { throw new Error(); }\n  set c(v) { return v; }\n  get d() { return [1].map(() => 1); }\n  get e() { f(() => { return 1; }); }\n}\n",
        "2 getter-return, 4 no-setter-return, 6 getter-return",
    );
    rules(
        "a.mjs",
        "export function* a() { f(); }\nexport function* b() { yield 1; }\nexport function* c() {}\n",
        "1 require-yield",
    );
}

#[test]
fn ordinary_scripts_without_semicolons() {
    let script = "const a = require('a')\nif (a) f()\nelse g()\n[1].map(x => x)\n".to_string()
        + &"h()\nif (i) j()\nk.l.m(n => n + 1)\n".repeat(5_000);
    rules("a.js", &script, "4 no-unexpected-multiline");
    let table =
        format!("export default [\n{}]\n", "  { a: 1, b: [2, 3], c: x ? y : z, d: `${e}` },\n".repeat(5_000));
    rules("b.mjs", &table, "");
}
