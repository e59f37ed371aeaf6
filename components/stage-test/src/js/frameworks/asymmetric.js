// What stands for values that are not known exactly: `expect.any(Number)`.
'use strict';

const { equals } = require('internal/equal');
const { pretty } = require('internal/pretty');

class Matcher {
  constructor(name, sample, matches, inverse = false) {
    Object.assign(this, { name, sample, inverse });
    Object.defineProperty(this, 'matches', { value: matches, enumerable: false });
    this.$$typeof = Symbol.for('jest.asymmetricMatcher');
  }
  asymmetricMatch(other) { return Boolean(this.matches(other)) !== this.inverse; }
  toString() { return `${this.inverse ? 'Not' : ''}${this.name}`; }
  getExpectedType() { return typeof this.sample; }
  toAsymmetricMatcher() {
    if (this.name === 'Anything') return 'Anything';
    if (this.name === 'Any') return `Any<${this.sample.name}>`;
    return `${this.toString()} ${pretty(this.sample)}`;
  }
}

const primitives = new Map([[String, 'string'], [Number, 'number'], [Boolean, 'boolean'], [BigInt, 'bigint'], [Symbol, 'symbol'], [Function, 'function']]);

function isA(type, value) {
  if (primitives.get(type) === typeof value) return true;
  if (type === Object) return typeof value === 'object';
  return type === Array ? Array.isArray(value) : value instanceof type;
}

const make = (inverse) => ({
  objectContaining: (sample) => new Matcher('ObjectContaining', sample, (value) => value !== null && value !== undefined
    && Reflect.ownKeys(sample).every((key) => key in Object(value) && equals(value[key], sample[key])), inverse),
  arrayContaining: (sample) => new Matcher('ArrayContaining', sample, (value) => Array.isArray(value)
    && sample.every((item) => value.some((other) => equals(other, item))), inverse),
  stringContaining: (sample) => new Matcher('StringContaining', sample, (value) => typeof value === 'string' && value.includes(sample), inverse),
  stringMatching: (sample) => new Matcher('StringMatching', new RegExp(sample), (value) => typeof value === 'string' && new RegExp(sample).test(value), inverse),
  closeTo: (sample, digits = 2) => new Matcher('NumberCloseTo', sample, (value) => value === sample || Math.abs(value - sample) < 10 ** -digits / 2, inverse),
});

const asymmetric = {
  any: (type) => {
    if (type === undefined) throw new TypeError('any() expects to be passed a constructor function');
    return new Matcher('Any', type, (value) => isA(type, value));
  },
  anything: () => new Matcher('Anything', undefined, (value) => value !== null && value !== undefined),
  ...make(false),
  not: make(true),
};

module.exports = { asymmetric, Matcher };
