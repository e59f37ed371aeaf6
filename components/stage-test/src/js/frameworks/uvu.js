// `uvu`: suites that are registered, and run by `test.run()`.
'use strict';

const harness = require('test')[host.harness];

function make(name, context = {}) {
  const tests = [];
  const hooks = { before: [], after: [], beforeEach: [], afterEach: [] };
  const define = (extra) => (title, fn) => { tests.push([title, extra, fn]); };
  const test = define({});
  const hook = (kind) => (fn) => { hooks[kind].push(fn); };
  Object.assign(test, {
    only: define({ only: true }),
    skip: (title, fn) => { tests.push([typeof title === 'string' ? title : '(skipped)', { skip: true }, fn]); },
    before: Object.assign(hook('before'), { each: hook('beforeEach') }),
    after: Object.assign(hook('after'), { each: hook('afterEach') }),
    run: () => {
      const some = tests.some(([, extra]) => extra.only);
      harness.create('suite', name, {}, () => {
        for (const [kind, list] of Object.entries(hooks)) for (const fn of list) harness.hook(kind, () => fn(context), {});
        for (const [title, extra, fn] of tests) {
          harness.create('test', title, { skip: extra.skip || (some && !extra.only) }, () => fn({ ...context, __suite__: name, __test__: title }));
        }
      });
    },
  });
  return test;
}

// The suite without a name is the file's.
module.exports = { test: make('uvu'), suite: make, exec: async () => ({ errors: 0 }) };
