import assert from "node:assert/strict";
import { describe, it } from "node:test";

import data from "../src/data/knots.json" with { type: "json" };
import { search, words } from "../src/js/knots.js";

const names = (query, limit) => search(data.knots, query, limit).map((knot) => knot.name);

describe("words", () => {
  it("drops case, accents, apostrophes and small words", () => {
    assert.deepEqual(words("The Trucker's hitch, to an Élan"), ["truckers", "hitch", "elan"]);
  });

  it("finds none in punctuation", () => {
    assert.deepEqual(words(" … – ! "), []);
  });
});

describe("search", () => {
  it("finds a knot by its name", () => {
    assert.equal(names("bowline")[0], "Bowline");
  });

  it("finds a knot by another name for it", () => {
    assert.deepEqual(names("square knot"), ["Reef knot"]);
  });

  it("ranks names above uses", () => {
    assert.equal(names("figure-eight")[0], "Figure-eight loop");
    assert.equal(names("hitch").length, 4);
  });

  it("asks for every word", () => {
    assert.deepEqual(names("join different"), ["Sheet bend"]);
    assert.deepEqual(names("join parcel"), []);
  });

  it("takes the beginnings of words", () => {
    assert.deepEqual(names("butterf"), ["Alpine butterfly"]);
    assert.deepEqual(names("b"), []);
  });

  it("keeps to the limit", () => {
    assert.equal(names("rope", 2).length, 2);
  });

  it("finds nothing for nothing", () => {
    assert.deepEqual(names("  "), []);
    assert.deepEqual(names("to the"), []);
  });
});

describe("knots.json", () => {
  it("names each knot once", () => {
    const ids = data.knots.map((knot) => knot.id);
    assert.equal(new Set(ids).size, ids.length);
  });

  it("is complete", () => {
    const kinds = new Set(["loop", "bend", "hitch", "stopper", "binding"]);
    for (const knot of data.knots) {
      assert.ok(kinds.has(knot.kind), `${knot.id}: kind ${knot.kind}`);
      assert.ok(knot.uses.length > 0, `${knot.id}: no use`);
      assert.ok(knot.strength_percent > 0 && knot.strength_percent <= 100, `${knot.id}: strength`);
      assert.match(knot.page, /^knots\/[a-z]+\.html#[a-z-]+$/);
    }
  });
});
