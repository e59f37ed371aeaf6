// The matchers that compare with snapshots.
'use strict';

const path = require('path');
const { pretty } = require('internal/pretty');
const { equals } = require('internal/equal');
const snapshots = require('internal/snapshots');

const { main } = host.facts();
const serializers = [];

const HEADERS = {
  jest: '// Jest Snapshot v1, https://goo.gl/fbAQLP',
  vitest: '// Vitest Snapshot v1, https://vitest.dev/guide/snapshot.html',
};

/** As which of the two names and files are: that which the test file asked for. */
const style = { current: 'jest' };

function texts(value) {
  for (const serializer of serializers.toReversed()) {
    if (!serializer.test(value)) continue;
    const print = (inner) => texts(inner)[0];
    return [serializer.serialize !== undefined
      ? serializer.serialize(value, {}, '', 0, [], (inner) => print(inner))
      : serializer.print(value, print, (text) => text, {}, {})];
  }
  return [pretty(value), pretty(value, { basic: true })];
}

function place() {
  return path.join(path.dirname(main), '__snapshots__', `${path.basename(main)}.snap`);
}

function matchStored(context, value, hint) {
  const names = context.test.path().join(style.current === 'vitest' ? ' > ' : ' ');
  const name = hint === undefined ? names : `${names}${style.current === 'vitest' ? ' > ' : ': '}${hint}`;
  return answer(snapshots.compare(place(), HEADERS[style.current], name, texts(value)));
}

function answer(wrong) {
  return { pass: wrong === null, message: wrong === null ? 'the snapshot matches' : explain(wrong) };
}

function explain({ message, actual, expected }) {
  if (expected === undefined) return message;
  const { difference } = require('internal/diff');
  return `${message}\n+ received - snapshot\n\n${difference(actual.split('\n'), expected.split('\n'))}`;
}

/** An inline snapshot without the indentation of the source around it. */
function dedent(text) {
  const lines = text.split('\n');
  if (lines.length < 3 || lines[0].trim() !== '' || lines.at(-1).trim() !== '') return text;
  const inner = lines.slice(1, -1);
  const indent = /^\s*/.exec(inner.find((line) => line.trim() !== '') ?? '')[0];
  return inner.map((line) => (line.startsWith(indent) ? line.slice(indent.length) : line.trim() === '' ? '' : line)).join('\n');
}

function matchInline(value, written) {
  const [text, basic] = texts(value);
  if (written === undefined) {
    return { pass: false, message: `there is no inline snapshot, hint: write it into the call: ${text}` };
  }
  const wanted = dedent(written).trim();
  const pass = [text, basic].some((shown) => shown !== undefined && shown.trim() === wanted);
  return { pass, message: pass ? 'the snapshot matches' : explain({ message: 'the inline snapshot differs', actual: text, expected: wanted }) };
}

function messageOf(context) {
  if (context.promise === 'rejects') return context.received?.message ?? context.received;
  try {
    context.received();
  } catch (error) {
    return error?.message ?? error;
  }
  throw new Error('the received function did not throw');
}

/** Properties that are matched by themselves: the snapshot has the matchers in their place. */
function withProperties(context, properties) {
  if (properties === undefined || typeof properties === 'string') return context.received;
  if (!equals(context.received, properties, { subset: true })) throw new Error(`the properties don't match: ${pretty(context.received)}`);
  const merge = (value, wanted) => {
    if (wanted === null || typeof wanted !== 'object' || typeof wanted.asymmetricMatch === 'function') return wanted;
    const out = Array.isArray(value) ? [...value] : { ...value };
    for (const key of Object.keys(wanted)) out[key] = merge(value?.[key], wanted[key]);
    return out;
  };
  return merge(context.received, properties);
}

const matchers = {
  toMatchSnapshot(properties, hint) {
    return matchStored(this, withProperties(this, properties), typeof properties === 'string' ? properties : hint);
  },
  toMatchInlineSnapshot(properties, written) {
    const own = typeof properties === 'string' ? properties : written;
    return matchInline(withProperties(this, properties), own);
  },
  toThrowErrorMatchingSnapshot(hint) {
    const error = messageOf(this);
    return matchStored(this, error, hint);
  },
  toThrowErrorMatchingInlineSnapshot(written) {
    const message = messageOf(this);
    const result = matchInline(message, written);
    return result.pass || style.current === 'jest' ? result : matchInline(Object.assign(new Error(message)), written);
  },
  toMatchFileSnapshot(file) {
    const value = this.received;
    return answer(snapshots.compareFile(path.resolve(path.dirname(main), file), typeof value === 'string' ? value : texts(value)[0]));
  },
};
module.exports = { matchers, style, addSerializer: (serializer) => { serializers.push(serializer); } };
