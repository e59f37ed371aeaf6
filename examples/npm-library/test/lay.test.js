import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { strandLength, takeUp } from "../src/lay.js";

describe("strandLength", () => {
  it("is that of the rope where nothing winds", () => {
    assert.equal(strandLength({ ropeLength: 220, pitch: 0.1, radius: 0 }), 220);
  });

  it("grows with the radius", () => {
    const thin = strandLength({ ropeLength: 1, pitch: 0.1, radius: 0.01 });
    const thick = strandLength({ ropeLength: 1, pitch: 0.1, radius: 0.02 });
    assert.ok(1 < thin && thin < thick);
  });

  it("refuses what is no rope", () => {
    assert.throws(() => strandLength({ ropeLength: 1, pitch: 0, radius: 0 }), RangeError);
    assert.throws(() => strandLength({ ropeLength: -1, pitch: 1, radius: 0 }), RangeError);
  });
});

describe("takeUp", () => {
  it("is the part that is lost", () => {
    const pitch = 2 * Math.PI;
    assert.ok(Math.abs(takeUp({ pitch, radius: 1 }) - (1 - Math.SQRT1_2)) < 1e-12);
  });
});
