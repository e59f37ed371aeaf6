import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { explain } from "../src/js/glossary.js";
import { countWords, readingTime } from "../src/js/reading-time.js";

describe("reading time", () => {
  it("counts words and numbers, not dashes", () => {
    assert.equal(countWords("  Three strands – laid 3 times.\n"), 5);
    assert.equal(countWords(""), 0);
  });

  it("is rounded, and at least a minute", () => {
    assert.equal(readingTime("word"), "1 min read");
    assert.equal(readingTime("word ".repeat(660)), "3 min read");
  });
});

describe("explain", () => {
  const glossary = new Map([
    ["load", "A force."],
    ["working load", "What it may carry."],
    ["yarn", "Fibres, spun."],
  ]);

  it("finds each term once, the longest first", () => {
    assert.deepEqual(explain("Working load is a load. Yarns, yarn.", glossary), [
      { term: "working load", text: "Working load" },
      " is a ",
      { term: "load", text: "load" },
      ". ",
      { term: "yarn", text: "Yarns" },
      ", yarn.",
    ]);
  });

  it("leaves alone what was explained before, and parts of words", () => {
    const seen = new Set(["yarn"]);
    assert.deepEqual(explain("yarn, reloaded", glossary, seen), ["yarn, reloaded"]);
    assert.deepEqual([...seen], ["yarn"]);
  });

  it("leaves the text alone when there is nothing to explain", () => {
    assert.deepEqual(explain("any text", new Map()), ["any text"]);
  });
});
