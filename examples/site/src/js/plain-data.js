// Reads the two plain formats of the data folder: TOML of tables with scalar values, and YAML of one
// mapping with scalar values. Whatever is beyond that is an error that names its line.

/** `[table]` headers and `key = value` lines, as a map of maps. */
export function parseTables(text) {
  const tables = new Map();
  let table;
  for (const [number, line] of content(text)) {
    const header = /^\[([A-Za-z0-9_-]+)\]$/.exec(line);
    if (header) {
      if (tables.has(header[1])) {
        throw new SyntaxError(`line ${number}: table \`${header[1]}\` is there already`);
      }
      table = new Map();
      tables.set(header[1], table);
      continue;
    }
    const pair = /^([A-Za-z0-9_-]+)\s*=\s*(.+)$/.exec(line);
    if (!pair || table === undefined) {
      throw new SyntaxError(`line ${number}: expected ${table ? "`key = value`" : "`[table]`"}`);
    }
    put(table, pair[1], tomlScalar(pair[2], number), number);
  }
  return tables;
}

/** `key: text` lines, as a map. */
export function parseMapping(text) {
  const mapping = new Map();
  for (const [number, line] of content(text)) {
    const pair = /^([^\s:#"'[\]{}&*!|>%@`-][^:#]*):\s+(.+)$/.exec(line);
    if (!pair) {
      throw new SyntaxError(`line ${number}: expected \`key: text\``);
    }
    put(mapping, pair[1].trim(), yamlScalar(pair[2], number), number);
  }
  return mapping;
}

/** Lines that are neither empty nor comments, with their numbers, from 1. */
function content(text) {
  return text
    .split(/\r?\n/)
    .map((line, index) => [index + 1, line.trim()])
    .filter(([, line]) => line !== "" && !line.startsWith("#"));
}

function put(map, key, value, number) {
  if (map.has(key)) {
    throw new SyntaxError(`line ${number}: \`${key}\` is there already`);
  }
  map.set(key, value);
}

function tomlScalar(source, number) {
  if (source === "true" || source === "false") {
    return source === "true";
  }
  if (/^[+-]?\d+(\.\d+)?$/.test(source)) {
    return Number(source);
  }
  return quoted(source, number);
}

function yamlScalar(source, number) {
  if (source.startsWith('"')) {
    return quoted(source, number);
  }
  if (source.includes(": ") || source.includes(" #")) {
    throw new SyntaxError(`line ${number}: put the text in quotes`);
  }
  return source;
}

/** A text in double quotes; the escapes of JSON are good TOML and YAML, too. */
function quoted(source, number) {
  try {
    const value = JSON.parse(source);
    if (typeof value === "string") {
      return value;
    }
  } catch {
    // Reported below, with the line.
  }
  throw new SyntaxError(`line ${number}: cannot read the value ${source}`);
}
