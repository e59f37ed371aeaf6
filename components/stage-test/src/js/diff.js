// The difference of two texts, line by line.
'use strict';

/** Above so many lines on a side, lines are only compared at the same place. */
const MAX_LINES = 400;
/** Lines that are the same are shown so far around a difference. */
const AROUND = 3;

/** Lines with `+` for the actual, `-` for the expected, and what is around them. */
function difference(actual, expected) {
  const steps = actual.length > MAX_LINES || expected.length > MAX_LINES ? byPlace(actual, expected) : byLongestCommon(actual, expected);
  const near = steps.map((step, at) => steps.slice(Math.max(0, at - AROUND), at + AROUND + 1).some(([mark]) => mark !== ' '));
  const lines = [];
  for (let at = 0; at < steps.length; at++) {
    if (near[at]) lines.push(`${steps[at][0]} ${steps[at][1]}`);
    else if (lines.at(-1) !== '...') lines.push('...');
    if (lines.length > 200) {
      lines.push('...');
      break;
    }
  }
  return lines.join('\n');
}

function byPlace(actual, expected) {
  const steps = [];
  for (let at = 0; at < Math.max(actual.length, expected.length); at++) {
    if (actual[at] === expected[at]) steps.push([' ', actual[at]]);
    else {
      if (at < actual.length) steps.push(['+', actual[at]]);
      if (at < expected.length) steps.push(['-', expected[at]]);
    }
  }
  return steps;
}

const same = (a, b) => a === b || a === `${b},` || `${a},` === b;

function byLongestCommon(actual, expected) {
  const width = expected.length + 1;
  const lengths = new Uint16Array((actual.length + 1) * width);
  for (let i = actual.length - 1; i >= 0; i--) {
    for (let j = expected.length - 1; j >= 0; j--) {
      lengths[i * width + j] = same(actual[i], expected[j])
        ? lengths[(i + 1) * width + j + 1] + 1
        : Math.max(lengths[(i + 1) * width + j], lengths[i * width + j + 1]);
    }
  }
  const steps = [];
  let [i, j] = [0, 0];
  while (i < actual.length || j < expected.length) {
    if (i < actual.length && j < expected.length && same(actual[i], expected[j])) {
      steps.push([' ', actual[i]]);
      i++;
      j++;
    } else if (j >= expected.length || (i < actual.length && lengths[(i + 1) * width + j] >= lengths[i * width + j + 1])) {
      steps.push(['+', actual[i++]]);
    } else {
      steps.push(['-', expected[j++]]);
    }
  }
  return steps;
}

module.exports = { difference };
