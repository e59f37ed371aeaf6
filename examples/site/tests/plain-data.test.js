import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { parseMapping, parseTables } from "../src/js/plain-data.js";

describe("parseTables", () => {
  it("reads tables of scalars", () => {
    const tables = parseTables('# rope\n[hemp]\nname = "Hemp \\"true\\""\nfactor = 0.08\n\n[nylon]\r\nfloats = false\n');
    assert.deepEqual([...tables.keys()], ["hemp", "nylon"]);
    assert.equal(tables.get("hemp").get("name"), 'Hemp "true"');
    assert.equal(tables.get("hemp").get("factor"), 0.08);
    assert.equal(tables.get("nylon").get("floats"), false);
  });

  for (const [text, message] of [
    ["name = 1", "line 1: expected `[table]`"],
    ["[a]\nnonsense", "line 2: expected `key = value`"],
    ["[a]\nx = [1]", "line 2: cannot read the value [1]"],
    ["[a]\nx = 1\nx = 2", "line 3: `x` is there already"],
    ["[a]\n[a]", "line 2: table `a` is there already"],
  ]) {
    it(`refuses ${JSON.stringify(text)}`, () => {
      assert.throws(() => parseTables(text), { name: "SyntaxError", message });
    });
  }
});

describe("parseMapping", () => {
  it("reads texts, quoted or not", () => {
    const mapping = parseMapping('# words\nworking load: "What it carries: daily"\nyarn: Fibres, spun.\n');
    assert.deepEqual([...mapping], [
      ["working load", "What it carries: daily"],
      ["yarn", "Fibres, spun."],
    ]);
  });

  for (const [text, message] of [
    ["- item", "line 1: expected `key: text`"],
    ["a: b: c", "line 1: put the text in quotes"],
    ['a: "open', 'line 1: cannot read the value "open'],
    ["a: 1\n\na: 2", "line 3: `a` is there already"],
  ]) {
    it(`refuses ${JSON.stringify(text)}`, () => {
      assert.throws(() => parseMapping(text), { name: "SyntaxError", message });
    });
  }
});
