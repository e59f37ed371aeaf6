// Snapshot files: read, compared, and written where the stage is asked to.
'use strict';

const path = require('path');

const { update } = host.facts();
const UPDATE = 'hint: run the stage with `update_snapshots`, and put what it leaves in the artifact `snapshots` into the project';

/** By path: what a file has, and what was asked for. */
const files = new Map();

function open(place, header) {
  let file = files.get(place);
  if (file !== undefined) return file;
  file = { place, header, known: {}, asked: new Map(), counts: new Map(), changed: false, exists: host.stat(place) !== null };
  if (file.exists) {
    const text = host.readText(place);
    const head = /^\/\/[^\n]*/.exec(text);
    if (head !== null && header !== '') file.header = head[0];
    try {
      // A snapshot file is a script that assigns to `exports`.
      new Function('exports', text)(file.known);
    } catch (error) {
      throw new Error(`\`${place}\` is no snapshot file: ${error.message}`);
    }
  }
  files.set(place, file);
  return file;
}

const escaped = (text) => text.replaceAll('\\', '\\\\').replaceAll('`', '\\`').replaceAll('${', '\\${');
const lines = (text) => text.replaceAll('\r\n', '\n');

/** Counts how often a name asks: the key of the snapshot. */
function keyOf(file, name) {
  const count = (file.counts.get(name) ?? 0) + 1;
  file.counts.set(name, count);
  return `${name} ${count}`;
}

/**
 * Compares texts with the next snapshot of a name: it matches if one of them is there. Answers null, or what is wrong.
 */
function compare(place, header, name, texts) {
  const file = open(place, header);
  const key = keyOf(file, name);
  const wrapped = texts.map((text) => (header === '' || text.includes('\n') ? `\n${text}\n` : text));
  const known = file.known[key];
  const matches = known !== undefined && wrapped.some((text) => lines(known) === lines(text));
  if (matches) {
    file.asked.set(key, known);
    return null;
  }
  if (update) {
    file.asked.set(key, wrapped[0]);
    file.changed = true;
    return null;
  }
  if (known === undefined) return { message: `snapshot \`${key}\` is not in \`${place}\`, ${UPDATE}` };
  return { message: `snapshot \`${key}\` differs, ${UPDATE}`, expected: known.trim(), actual: wrapped[0].trim() };
}

/** Compares a whole file. Answers null, or what is wrong. */
function compareFile(place, text) {
  const known = host.stat(place) === null ? undefined : host.readText(place);
  if (known !== undefined && lines(known) === lines(text)) return null;
  if (update) {
    write(place, text);
    return null;
  }
  if (known === undefined) return { message: `there is no snapshot file \`${place}\`, ${UPDATE}` };
  return { message: `snapshot file \`${place}\` differs, ${UPDATE}`, expected: known, actual: text };
}

function write(place, text) {
  for (const target of [place, `/out/snapshots${place}`]) {
    host.makeFolder(path.dirname(target), true);
    host.writeFile(target, host.encode(text), false);
  }
}

/** Texts in which numbers stand in the order of their values. */
function natural(a, b) {
  const [left, right] = [a, b].map((text) => text.match(/\d+|\D+/g) ?? []);
  for (let at = 0; at < Math.min(left.length, right.length); at++) {
    if (left[at] === right[at]) continue;
    const numbers = /^\d/.test(left[at]) && /^\d/.test(right[at]);
    return numbers ? Number(left[at]) - Number(right[at]) : left[at] < right[at] ? -1 : 1;
  }
  return left.length - right.length;
}

/** Writes the files that changed: with what was asked for, sorted. */
function save() {
  for (const file of files.values()) {
    const stale = Object.keys(file.known).some((key) => !file.asked.has(key));
    if (!update || !(file.changed || stale)) continue;
    const keys = [...file.asked.keys()].sort(natural);
    const entries = keys.map((key) => `exports[\`${escaped(key)}\`] = \`${escaped(file.asked.get(key))}\`;\n`);
    write(file.place, [...(file.header === '' ? [] : [`${file.header}\n`]), ...entries].join('\n'));
  }
}

module.exports = { compare, compareFile, save };
