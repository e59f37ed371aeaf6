// Tables of tests: `test.each`.
'use strict';

const { format, inspect } = require('internal/inspect');

/** What `each` was given, as rows: of an array, or of a template with names in its first line. */
function rows(table) {
  const [first, ...values] = table;
  if (!Array.isArray(first)) throw new TypeError('`each` must be given an array or a template');
  if (first.raw === undefined) return first.map((item) => ({ args: Array.isArray(item) ? item : [item], fields: item }));
  const names = first[0].split('|').map((name) => name.trim().split('\n')[0].trim()).filter((name) => name !== '');
  const made = [];
  for (let at = 0; at + names.length <= values.length; at += names.length) {
    const fields = Object.fromEntries(names.map((name, index) => [name, values[at + index]]));
    made.push({ args: [fields], fields });
  }
  return made;
}

const shown = (value) => (typeof value === 'string' ? value : inspect(value, { depth: 2, breakLength: Infinity }));

/** A title with the values of a row: `%s` and its like, `%#`, and `$name`. */
function formatTitle(title, { args, fields }, index) {
  let text = String(title).replaceAll('%%', '\u0000').replaceAll('%#', String(index)).replaceAll('%$', String(index + 1));
  const left = [...args];
  text = text.replace(/%([sdifjoOcp])/g, (whole, kind) => {
    if (left.length === 0) return whole;
    const value = left.shift();
    return kind === 'p' ? require('internal/pretty').pretty(value) : format(`%${kind}`, value);
  });
  if (fields !== null && typeof fields === 'object') {
    text = text.replace(/\$([\w.]+)/g, (whole, path) => {
      let at = fields;
      for (const part of path.split('.')) {
        if (at === null || at === undefined || !(part in Object(at))) return whole;
        at = at[part];
      }
      return shown(at);
    });
  }
  return text.replaceAll('\u0000', '%');
}

module.exports = { rows, formatTitle };
