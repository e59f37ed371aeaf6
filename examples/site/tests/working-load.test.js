import assert from "node:assert/strict";
import { describe, it, test } from "node:test";

import { breakingLoad, massOf, workingLoad } from "../src/js/working-load.js";

const near = (actual, expected) => assert.ok(Math.abs(actual - expected) < 1e-9, `${actual} is not ${expected}`);

test("twice as thick is four times as strong", () => {
  near(breakingLoad(0.2, 10), 20);
  near(breakingLoad(0.2, 20), 4 * breakingLoad(0.2, 10));
});

describe("workingLoad", () => {
  it("is the example of the book", () => {
    near(workingLoad({ factor: 0.2, diameter: 10, strengthPercent: 67, safetyFactor: 5 }), 2.68);
  });

  it("assumes no knot and a safety factor of 5", () => {
    near(workingLoad({ factor: 0.2, diameter: 10 }), 4);
  });

  for (const [what, values] of [
    ["factor", { factor: 0, diameter: 10 }],
    ["diameter", { factor: 0.2, diameter: -1 }],
    ["diameter", { factor: 0.2, diameter: Number.NaN }],
    ["strength", { factor: 0.2, diameter: 10, strengthPercent: 101 }],
    ["safety factor", { factor: 0.2, diameter: 10, safetyFactor: Infinity }],
  ]) {
    it(`refuses ${JSON.stringify(values)}`, () => {
      assert.throws(() => workingLoad(values), { name: "RangeError", message: new RegExp(`^${what} must be`) });
    });
  }
});

test("masses are rounded down, to two digits", () => {
  assert.equal(massOf(2.68), 270);
  assert.equal(massOf(0.05), 5);
  assert.equal(massOf(20), 2000);
});
