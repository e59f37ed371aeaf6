// The stage `todo-marks`: lists the lines that hold a marker, and fails if there are too many.

import { filesBelow, readText, writeText } from './files.js';

const PARAMETERS = {
  $schema: 'https://json-schema.org/draft/2020-12/schema',
  type: 'object',
  properties: {
    marker: { type: 'string', minLength: 1, default: 'TODO', description: 'What a line is searched for.' },
    max: { type: 'integer', minimum: 0, description: 'The stage fails when more lines hold it. Any number may, unless given.' },
  },
  additionalProperties: false,
};

export const stage = {
  describe() {
    return {
      name: 'todo-marks',
      version: '0.1.0',
      hermetic: true,
      pinned: false,
      parametersSchema: JSON.stringify(PARAMETERS),
      defaultInclude: ['**'],
    };
  },

  run(request) {
    const { marker = 'TODO', max } = JSON.parse(request.parameters);
    const files = filesBelow('.').filter((path) => !path.startsWith('out/'));
    const marks = files.flatMap((path) => marksIn(path, marker));
    for (const { file, line, text } of marks) {
      console.log(`${file}:${line}: ${text}`);
    }
    writeText('out/report/marks.json', JSON.stringify(marks, null, 2));

    if (max !== undefined && marks.length > max) {
      // A thrown `failure` is how the stage ends, not an error of the program.
      throw { error: 'TodoMarks.TooMany', cause: `${marks.length} lines hold \`${marker}\`, the most is ${max}` };
    }
    return { result: JSON.stringify({ files: files.length, marks: marks.length }) };
  },
};

function marksIn(file, marker) {
  const lines = readText(file).split('\n');
  return lines.flatMap((text, index) =>
    text.includes(marker) ? [{ file, line: index + 1, text: text.trim() }] : []);
}
