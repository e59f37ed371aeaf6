// The stage `todo-marks`: lists the lines that hold a marker, and fails if there are too many.

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "hermetic_stage.h"
#include "json.h"

static const char PARAMETERS[] =
    "{\"$schema\": \"https://json-schema.org/draft/2020-12/schema\", \"type\": \"object\", \"properties\": {"
    "\"marker\": {\"type\": \"string\", \"minLength\": 1, \"default\": \"TODO\","
    " \"description\": \"What a line is searched for.\"},"
    "\"max\": {\"type\": \"integer\", \"minimum\": 0,"
    " \"description\": \"The stage fails when more lines hold it. Any number may, unless given.\"}},"
    "\"additionalProperties\": false}";

// What is given away is allocated: the caller frees it.
static void give(hermetic_stage_string_t *to, const char *text) { hermetic_stage_string_dup(to, text); }

void exports_ropewalk_pipeline_stage_describe(exports_ropewalk_pipeline_stage_description_t *stage) {
  give(&stage->name, "todo-marks");
  give(&stage->version, "0.1.0");
  give(&stage->parameters_schema, PARAMETERS);
  stage->hermetic = true;
  stage->pinned = false;
  stage->default_include.len = 1;
  stage->default_include.ptr = malloc(sizeof(hermetic_stage_string_t));
  if (!stage->default_include.ptr) abort();
  give(stage->default_include.ptr, "**");
}

struct search {
  const char *marker;
  FILE *report;
  long long files, marks;
};

static void search_file(struct search *search, const char *path) {
  FILE *file = fopen(path, "r");
  if (!file) {
    fprintf(stderr, "%s cannot be read\n", path);
    return;
  }
  search->files += 1;
  char *line = NULL;
  size_t room = 0;
  ssize_t length;
  for (long number = 1; (length = getline(&line, &room, file)) >= 0; number += 1) {
    if (!strstr(line, search->marker)) continue;
    while (length > 0 && strchr(" \t\r\n", line[length - 1])) line[--length] = '\0';
    const char *text = line + strspn(line, " \t");
    printf("%s:%ld: %s\n", path, number, text);
    fprintf(search->report, "%s\n  {\"file\": ", search->marks ? "," : "");
    json_write(search->report, path);
    fprintf(search->report, ", \"line\": %ld, \"text\": ", number);
    json_write(search->report, text);
    fputc('}', search->report);
    search->marks += 1;
  }
  free(line);
  fclose(file);
}

static void search_folder(struct search *search, const char *folder) {
  struct dirent **entries;
  int count = scandir(*folder ? folder : ".", &entries, NULL, alphasort);
  for (int i = 0; i < count; i += 1) {
    const char *name = entries[i]->d_name;
    char path[4096];
    int length = snprintf(path, sizeof path, "%s%s%s", folder, *folder ? "/" : "", name);
    struct stat known;
    bool is_named = strcmp(name, ".") && strcmp(name, "..") && strcmp(path, "out");
    if (is_named && length < (int)sizeof path && stat(path, &known) == 0) {
      if (S_ISDIR(known.st_mode)) {
        search_folder(search, path);
      } else {
        search_file(search, path);
      }
    }
    free(entries[i]);
  }
  if (count >= 0) free(entries);
}

bool exports_ropewalk_pipeline_stage_run(exports_ropewalk_pipeline_stage_request_t *request,
                                         exports_ropewalk_pipeline_stage_response_t *response,
                                         exports_ropewalk_pipeline_stage_failure_t *failure) {
  // Strings of the interface have no NUL at their end.
  char *parameters = strndup((const char *)request->parameters.ptr, request->parameters.len);
  char *marker = json_text(parameters, "marker");
  long long most;
  bool has_most = json_integer(parameters, "max", &most);

  mkdir("out", 0777);
  mkdir("out/report", 0777);
  struct search search = {marker ? marker : "TODO", fopen("out/report/marks.json", "w"), 0, 0};
  if (!search.report) abort();
  fputc('[', search.report);
  search_folder(&search, "");
  fputs(search.marks ? "\n]" : "]", search.report);
  fclose(search.report);

  char text[512];
  bool is_well = !has_most || search.marks <= most;
  if (is_well) {
    snprintf(text, sizeof text, "{\"files\": %lld, \"marks\": %lld}", search.files, search.marks);
    give(&response->result, text);
  } else {
    give(&failure->error, "TodoMarks.TooMany");
    snprintf(text, sizeof text, "%lld lines hold `%s`, the most is %lld", search.marks, search.marker, most);
    give(&failure->cause, text);
  }
  fflush(stdout);
  exports_ropewalk_pipeline_stage_request_free(request);
  free(parameters);
  free(marker);
  return is_well;
}
