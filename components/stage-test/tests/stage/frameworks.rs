//! Tests that are written for other programs than Node's own.

use crate::{check, check_with, outcome, parameters, project};

const VITEST: (&str, &str) = ("package.json", r#"{"type": "module", "devDependencies": {"vitest": "*"}}"#);
const JEST: (&str, &str) = ("package.json", r#"{"scripts": {"test": "jest"}}"#);
const MOCHA: (&str, &str) = ("package.json", r#"{"scripts": {"test": "nyc mocha"}}"#);

#[test]
fn vitest() {
    let script = "
        import { test, it, describe, expect, vi, beforeEach } from 'vitest';
        describe('matchers', () => {
          it('pass', () => {
            expect({ a: 1, b: undefined }).toEqual({ a: 1 });
            expect({ a: 1, b: { c: 2 } }).toMatchObject({ b: { c: 2 } });
            expect([1, { x: 'y' }]).toEqual([expect.any(Number), expect.objectContaining({ x: expect.stringMatching(/y/) })]);
            expect(() => { throw new TypeError('no way'); }).toThrow(/way/);
            expect({ a: [{ b: 3 }] }).toHaveProperty('a[0].b', 3);
            expect(0.1 + 0.2).toBeCloseTo(0.3);
          });
          it('fail', () => { expect({ a: 1 }).toEqual({ a: 2 }); });
          it('strictly', () => { expect({ a: 1, b: undefined }).toStrictEqual({ a: 1 }); });
          it.each([[1, 2, 3], [1, 1, 3]])('%i + %i', (a, b, sum) => { expect(a + b).toBe(sum); });
          it.each`a | b\n ${1} | ${1}\n ${2} | ${2}`('$a is $b', ({ a, b }) => { expect(a).toBe(b); });
          it.skip('later', () => {});
          it.todo('someday');
          it.fails('must fail', () => { expect(1).toBe(2); });
        });
        test('promises', async () => {
          await expect(Promise.resolve(1)).resolves.toBe(1);
          await expect(Promise.reject(new Error('x'))).rejects.toThrow('x');
        });
        test('assertions are counted', () => { expect.assertions(2); expect(1).toBe(1); });
        test('mocks', () => {
          const fn = vi.fn((x) => x * 2).mockReturnValueOnce(7);
          expect([fn(1), fn(2)]).toEqual([7, 4]);
          expect(fn).toHaveBeenCalledTimes(2);
          expect(fn).toHaveBeenNthCalledWith(2, 2);
          expect(fn.mock.results[1].value).toBe(4);
          const object = { method: () => 1 };
          const spy = vi.spyOn(object, 'method').mockImplementation(() => 2);
          expect(object.method()).toBe(2);
          spy.mockRestore();
          expect(object.method()).toBe(1);
        });
        test('timers', async () => {
          vi.useFakeTimers();
          vi.setSystemTime(new Date(0));
          const seen = [];
          setTimeout(() => seen.push(Date.now()), 60_000);
          vi.advanceTimersByTime(60_000);
          const late = new Promise((resolve) => { setTimeout(() => resolve('late'), 5); });
          await vi.advanceTimersByTimeAsync(5);
          expect([seen, await late]).toEqual([[60_000], 'late']);
          vi.useRealTimers();
        });
        expect.extend({ toBeEven(n) { return { pass: n % 2 === 0, message: () => `${n} is odd` }; } });
        test('own matchers', () => { expect(2).toBeEven(); expect(3).not.toBeEven(); expect({ n: 4 }).toEqual({ n: expect.toBeEven() }); });
        let count = 0;
        beforeEach(() => { count += 1; });
        test('hooks', () => { expect(count).toBeGreaterThan(1); });
    ";
    check(
        &[VITEST, ("a.spec.js", script)],
        "Test.Failed: 4 of 16 tests failed; first: a.spec.js:12 matchers > fail: expect(received).toEqual(expected)",
    );
}

#[test]
fn jest() {
    let script = "
        const { add } = require('./lib');
        beforeAll(() => { global.ready = true; });
        test('globals', () => { expect(add(1, 2)).toBe(3); expect(ready).toBe(true); });
        test('done', (done) => { setTimeout(done, 1000); });
        test('done with an error', (done) => { done(new Error('told')); });
        xtest('not now', () => {});
        describe('mock', () => {
          it('stands for a module', () => {
            jest.mock('./other', () => ({ name: 'mocked' }));
            expect(require('./other').name).toBe('mocked');
            expect(jest.requireActual('./other').name).toBe('real');
          });
        });
    ";
    let other = "import { expect, jest, test } from '@jest/globals';\ntest('imported', () => { expect(jest.fn()()).toBe(undefined); });\n";
    check(
        &[
            JEST,
            ("src/a.test.js", script),
            ("src/lib.js", "exports.add = (a, b) => a + b;\n"),
            ("src/other.js", "exports.name = 'real';\n"),
            ("src/__tests__/b.mjs", other),
        ],
        "Test.Failed: 1 of 6 tests failed; first: src/a.test.js:6 done with an error: told",
    );
}

#[test]
fn mocha() {
    let script = "
        const assert = require('assert');
        describe('suite', function () {
          this.timeout(500);
          beforeEach(function () { this.value = 5; });
          it('has what hooks left', function () { assert.strictEqual(this.value, 5); });
          it('waits', (done) => { setTimeout(done, 5); });
          it('fails', (done) => { setTimeout(() => done(new Error('late')), 5); });
          it('skips', function () { this.skip(); });
          it('pending');
          context('inner', () => { specify('too', async () => {}); });
        });
    ";
    check(
        &[MOCHA, ("test/a.js", script)],
        "Test.Failed: 1 of 6 tests failed; first: test/a.js:8 suite > fails: late",
    );
}

#[test]
fn smaller_ones() {
    check(
        &[(
            "test/a.js",
            "const { test } = require('uvu');\nconst assert = require('assert');\ntest('one', () => {});\ntest('two', () => assert(false));\ntest.run();\n",
        )],
        "Test.Failed: 1 of 2 tests failed; first: test/a.js:4 uvu > two: The expression evaluated to a falsy value:",
    );
    check(
        &[(
            "test.mjs",
            "import test from 'ava';\ntest('is', (t) => { t.is(1, 1); t.deepEqual({ a: [1] }, { a: [1] }); });\ntest('throws', async (t) => { await t.throwsAsync(async () => { throw new TypeError('x'); }, { instanceOf: TypeError, message: 'x' }); });\ntest('nothing', () => {});\n",
        )],
        "Test.Failed: 1 of 3 tests failed; first: test.mjs:4 nothing: test finished without running any assertions",
    );
    let tape = "const test = require('tape');\ntest('plan', (t) => { t.plan(2); t.equal(1, 1); setTimeout(() => t.deepEqual([1], [1]), 5); });\n\
        test('end', (t) => { t.test('inner', (s) => { s.ok(true); s.end(); }); t.end(); });\n\
        test('bad', (t) => { t.equal(1, 2, 'are one'); t.notOk(1); t.end(); });\n";
    check(&[("test/a.js", tape)], "Test.Failed: 1 of 4 tests failed; first: test/a.js:4 bad: are one");
    let tap = "const t = require('tap');\nt.test('match', async (t) => { t.match({ a: 'xyz', b: 1 }, { a: /y/, b: Number }); t.same({ a: 1 }, { a: '1' }); });\nt.equal(1, 1, 'outside');\n";
    check(&[("test/a.js", tap)], "2/2/0/0/0");
}

#[test]
fn globals_may_be_chosen() {
    let script = "it('x', () => {});\n";
    check_with(&[("a.test.js", script)], &parameters(r#"{"globals": "mocha"}"#), "1/1/0/0/0");
    check_with(
        &[MOCHA, ("a.test.js", script)],
        &parameters(r#"{"globals": "none"}"#),
        "Test.Failed: 1 of 1 tests failed; first: a.test.js:1 a.test.js: ReferenceError: it is not defined",
    );
}

const SNAPSHOTS: &str = "import { test, expect } from 'vitest';\ntest('a', () => { expect({ b: [1, 'x'], a: new Map([[1, null]]) }).toMatchSnapshot(); });\n";

#[test]
fn snapshots_are_left_when_asked_for() {
    let files = [VITEST, ("src/a.test.js", SNAPSHOTS)];
    let folder = project(&files);
    let (first, _) = outcome(folder.path(), &parameters("{}"));
    assert!(first.contains("snapshot `a 1` is not in `/src/__snapshots__/a.test.js.snap`, hint: run the stage with `update_snapshots`"), "{first}");
    let (updated, log) = outcome(folder.path(), &parameters(r#"{"update_snapshots": true}"#));
    assert_eq!(updated, "1/1/0/0/0", "{log}");
    let left = std::fs::read_to_string(folder.path().join("out/snapshots/src/__snapshots__/a.test.js.snap"))
        .unwrap();
    let expected = "// Vitest Snapshot v1, https://vitest.dev/guide/snapshot.html\n\nexports[`a 1`] = `\n{\n  \"a\": Map {\n    1 => null,\n  },\n  \"b\": [\n    1,\n    \"x\",\n  ],\n}\n`;\n";
    assert_eq!(left, expected);
    assert_eq!(outcome(folder.path(), &parameters("{}")).0, "1/1/0/0/0");
    std::fs::write(folder.path().join("src/a.test.js"), SNAPSHOTS.replace("'x'", "'y'")).unwrap();
    let (changed, log) = outcome(folder.path(), &parameters("{}"));
    assert!(
        changed.contains("snapshot `a 1` differs")
            && log.contains("-     \"x\",")
            && log.contains("+     \"y\","),
        "{log}"
    );
}

#[test]
fn snapshots_of_node() {
    let script = "const test = require('node:test');\ntest('suite', async (t) => {\n  await t.test('a', (t) => { t.assert.snapshot({ a: [1] }); t.assert.snapshot('two'); });\n  await t.test('file', (t) => { t.assert.fileSnapshot({ b: 1 }, './b.json'); });\n});\n";
    let stored = "exports[`suite > a 1`] = `\n{\n  \"a\": [\n    1\n  ]\n}\n`;\n\nexports[`suite > a 2`] = `\n\"two\"\n`;\n";
    let files = [("a.test.js", script), ("a.test.js.snapshot", stored), ("b.json", "{\n  \"b\": 1\n}")];
    check(&files, "3/3/0/0/0");
    let folder = project(&files[..1]);
    let (missing, _) = outcome(folder.path(), &parameters("{}"));
    assert!(missing.contains("snapshot `suite > a 1` is not in `/a.test.js.snapshot`"), "{missing}");
    let (updated, log) = outcome(folder.path(), &parameters(r#"{"update_snapshots": true}"#));
    assert_eq!(updated, "3/3/0/0/0", "{log}");
    assert_eq!(
        std::fs::read_to_string(folder.path().join("out/snapshots/a.test.js.snapshot")).unwrap(),
        stored
    );
    assert_eq!(
        std::fs::read_to_string(folder.path().join("out/snapshots/b.json")).unwrap(),
        "{\n  \"b\": 1\n}"
    );
}

#[test]
fn inline_snapshots() {
    let script = "import { test, expect } from 'vitest';\ntest('a', () => {\n  expect({ a: 1 }).toMatchInlineSnapshot(`\n    {\n      \"a\": 1,\n    }\n  `);\n  expect(() => { throw new Error('bad'); }).toThrowErrorMatchingInlineSnapshot(`[Error: bad]`);\n});\n\
        test('missing', () => { expect(1).toMatchInlineSnapshot(); });\n";
    check(
        &[VITEST, ("a.test.js", script)],
        "Test.Failed: 1 of 2 tests failed; first: a.test.js:10 missing: there is no inline snapshot, hint: write it into the call: 1",
    );
}

#[test]
fn the_first_condition_that_holds_counts() {
    let package = r#"{"exports": {".": {"types": "./t.d.ts", "require": "./r.cjs", "import": "./i.mjs", "default": "./d.cjs"}, "./first": {"default": "./d.cjs", "import": "./i.mjs"}}}"#;
    let script = "import test from 'node:test';\nimport assert from 'node:assert';\nimport { createRequire } from 'node:module';\nimport name from 'p';\nimport first from 'p/first';\n\
        test('x', () => { assert.deepStrictEqual([name, first, createRequire(import.meta.url)('p')], ['i', 'd', 'r']); });\n";
    check(
        &[
            ("a.test.mjs", script),
            ("node_modules/p/package.json", package),
            ("node_modules/p/i.mjs", "export default 'i';\n"),
            ("node_modules/p/r.cjs", "module.exports = 'r';\n"),
            ("node_modules/p/d.cjs", "module.exports = 'd';\n"),
        ],
        "1/1/0/0/0",
    );
}

#[test]
fn modules_that_are_required_and_mocked() {
    let script = "const test = require('node:test');\nconst assert = require('node:assert');\n\
        test('require of a module', () => { assert.strictEqual(require('./m.mjs').name, 'm'); });\n\
        test('await at the top', () => { assert.throws(() => require('./later.mjs'), { code: 'ERR_REQUIRE_ASYNC_MODULE' }); });\n\
        test('mock', async (t) => {\n  t.mock.module('./other.cjs', { namedExports: { name: 'mocked' } });\n  assert.strictEqual(require('./other.cjs').name, 'mocked');\n  assert.strictEqual((await import('./uses.mjs')).default, 'mocked');\n});\n\
        test('absent', () => { assert.throws(() => require('child_process').exec('ls'), /child_process.exec\\(\\) is not supported in the sandbox/); });\n";
    check(
        &[
            ("a.test.cjs", script),
            ("m.mjs", "export const name = 'm';\n"),
            ("later.mjs", "await new Promise((resolve) => setTimeout(resolve, 1));\n"),
            ("other.cjs", "exports.name = 'real';\n"),
            ("uses.mjs", "import { name } from './other.cjs';\nexport default name;\n"),
        ],
        "4/4/0/0/0",
    );
}

#[test]
fn modules_of_node() {
    let script = "const test = require('node:test');\nconst assert = require('node:assert');\n\
        const crypto = require('crypto');\nconst { Readable, Transform, pipeline } = require('stream');\nconst { AsyncLocalStorage } = require('async_hooks');\n\
        test('hashes', async () => {\n  assert.strictEqual(crypto.createHash('sha256').update('a').update('b').digest('hex'), 'fb8e20fc2e4c3f248c60c39bd652f3c1347298bb977b8b4d5903b85055620603');\n\
          assert.strictEqual(crypto.createHash('md5').update('').digest('base64'), '1B2M2Y8AsgTpgAmY7PhCfg==');\n\
          assert.strictEqual(crypto.createHmac('sha1', 'key').update('x').digest('hex'), '2a00e8e8343df86c4c188b263eeca331afa31548');\n\
          assert.strictEqual((await globalThis.crypto.subtle.digest('SHA-512', new Uint8Array(1))).byteLength, 64);\n\
          assert.throws(() => crypto.createHash('nope'), { message: 'Digest method not supported' });\n});\n\
        test('streams', (t, done) => {\n  let text = '';\n  pipeline(Readable.from(['a', 'b']), new Transform({ objectMode: true, transform(chunk, encoding, next) { next(null, chunk.toUpperCase()); } }).on('data', (chunk) => { text += chunk; }), (error) => { assert.strictEqual(text, 'AB'); done(error); });\n});\n\
        test('stores follow what is asynchronous', async () => {\n  const store = new AsyncLocalStorage();\n  const seen = [];\n  await store.run(1, async () => { await null; seen.push(store.getStore()); await new Promise((resolve) => setTimeout(resolve, 5)); seen.push(store.getStore()); });\n  assert.deepStrictEqual([...seen, store.getStore()], [1, 1, undefined]);\n});\n\
        test('buffers of old', () => { assert.ok(Buffer('a').equals(new Buffer('a'))); assert.strictEqual(Buffer.from('a').constructor, Buffer); });\n\
        test('sources', () => { assert.deepStrictEqual([/a\\/b/.source, new RegExp('[/]').source, 'i'.toLocaleUpperCase('tr')], ['a\\\\/b', '[/]', 'İ']); });\n\
        test('win32', () => { assert.strictEqual(require('path').win32.join('C:\\\\a', '..', 'b/c'), 'C:\\\\b\\\\c'); });\n";
    check(&[("a.test.cjs", script)], "6/6/0/0/0");
}
