#include "json.h"

#include <ctype.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

// What is read is JSON, as the caller of the stage has checked: no error but an end too early is looked for.

static const char *skip_space(const char *at) {
  while (isspace((unsigned char)*at)) at += 1;
  return at;
}

// From a text's first quote to behind its last.
static const char *skip_text(const char *at) {
  for (at += 1; *at && *at != '"'; at += 1) {
    if (*at == '\\' && at[1]) at += 1;
  }
  return *at ? at + 1 : at;
}

static const char *skip_value(const char *at) {
  int depth = 0;
  do {
    if (*at == '"') {
      at = skip_text(at);
      continue;
    }
    if (*at == '{' || *at == '[') depth += 1;
    if (*at == '}' || *at == ']') depth -= 1;
    at += 1;
  } while (*at && (depth > 0 || (*at != ',' && *at != '}' && *at != ']')));
  return at;
}

static char *put_utf8(char *to, uint32_t code) {
  if (code < 0x80) {
    *to++ = (char)code;
    return to;
  }
  int more = code < 0x800 ? 1 : code < 0x10000 ? 2 : 3;
  static const unsigned char leads[] = {0, 0xC0, 0xE0, 0xF0};
  *to++ = (char)(leads[more] | (code >> (6 * more)));
  while (more-- > 0) *to++ = (char)(0x80 | ((code >> (6 * more)) & 0x3F));
  return to;
}

static uint32_t hex4(const char **at) {
  char digits[5] = {0};
  for (int i = 0; i < 4 && **at; i += 1) digits[i] = *(*at)++;
  return (uint32_t)strtoul(digits, NULL, 16);
}

// What a text says, its escapes replaced.
static char *read_text(const char *at) {
  const char *end = skip_text(at);
  char *text = malloc((size_t)(end - at) + 1);
  if (!text) abort();
  char *to = text;
  at += 1;
  while (at < end && *at != '"') {
    if (*at != '\\') {
      *to++ = *at++;
      continue;
    }
    char kind = at[1];
    at += 2;
    if (kind == 'u') {
      uint32_t code = hex4(&at);
      if (code >= 0xD800 && code < 0xDC00 && at[0] == '\\' && at[1] == 'u') {
        at += 2;
        code = 0x10000 + ((code - 0xD800) << 10) + (hex4(&at) - 0xDC00);
      }
      to = put_utf8(to, code);
      continue;
    }
    const char *found = strchr("b\bf\fn\nr\rt\t", kind);
    *to++ = found && strchr("bfnrt", kind) ? found[1] : kind;
  }
  *to = '\0';
  return text;
}

// The value of a member, or NULL.
static const char *member(const char *object, const char *name) {
  const char *at = skip_space(object);
  if (*at != '{') return NULL;
  at = skip_space(at + 1);
  while (*at == '"') {
    char *key = read_text(at);
    bool is_it = strcmp(key, name) == 0;
    free(key);
    at = skip_space(skip_text(at));
    at = skip_space(*at == ':' ? at + 1 : at);
    if (is_it) return at;
    at = skip_space(skip_value(at));
    if (*at == ',') at = skip_space(at + 1);
  }
  return NULL;
}

char *json_text(const char *object, const char *name) {
  const char *value = member(object, name);
  return value && *value == '"' ? read_text(value) : NULL;
}

bool json_integer(const char *object, const char *name, long long *value) {
  const char *text = member(object, name);
  if (!text || (*text != '-' && !isdigit((unsigned char)*text))) return false;
  *value = strtoll(text, NULL, 10);
  return true;
}

void json_write(FILE *to, const char *text) {
  fputc('"', to);
  for (; *text; text += 1) {
    unsigned char c = (unsigned char)*text;
    if (c == '"' || c == '\\') {
      fprintf(to, "\\%c", c);
    } else if (c < 0x20) {
      fprintf(to, "\\u%04x", c);
    } else {
      fputc(c, to);
    }
  }
  fputc('"', to);
}
