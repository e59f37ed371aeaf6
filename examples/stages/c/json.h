// Reads the parameters of a request, and writes JSON. A stage with more to read takes a library of its choice.

#ifndef JSON_H
#define JSON_H

#include <stdbool.h>
#include <stdio.h>

// A member of an object that is a text, to be freed by the caller. NULL if there is no such member.
char *json_text(const char *object, const char *name);

// A member of an object that is a whole number. False if there is no such member.
bool json_integer(const char *object, const char *name, long long *value);

// Writes a text, with quotes.
void json_write(FILE *to, const char *text);

#endif
