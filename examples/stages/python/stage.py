"""The stage `todo-marks`: lists the lines that hold a marker, and fails if there are too many."""

import json
import os

from componentize_py_types import Err
from wit_world import exports
from wit_world.exports.stage import Description, Failure, Request, Response

PARAMETERS = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "type": "object",
    "properties": {
        "marker": {"type": "string", "minLength": 1, "default": "TODO", "description": "What a line is searched for."},
        "max": {"type": "integer", "minimum": 0, "description": "The stage fails when more lines hold it. Any number may, unless given."},
    },
    "additionalProperties": False,
}


class Stage(exports.Stage):
    def describe(self) -> Description:
        return Description(
            name="todo-marks",
            version="0.1.0",
            hermetic=True,
            pinned=False,
            parameters_schema=json.dumps(PARAMETERS),
            default_include=["**"],
        )

    def run(self, request: Request) -> Response:
        parameters = json.loads(request.parameters)
        marker = parameters.get("marker", "TODO")
        files = sorted(files_below("."))
        marks = [mark for path in files for mark in marks_in(path, marker)]
        for mark in marks:
            print(f"{mark['file']}:{mark['line']}: {mark['text']}")

        os.makedirs("out/report")
        with open("out/report/marks.json", "w", encoding="utf-8") as report:
            json.dump(marks, report, indent=2)

        most = parameters.get("max")
        if most is not None and len(marks) > most:
            raise Err(Failure("TodoMarks.TooMany", f"{len(marks)} lines hold `{marker}`, the most is {most}"))
        return Response(json.dumps({"files": len(files), "marks": len(marks)}))


def files_below(folder):
    for parent, folders, names in os.walk(folder):
        folders[:] = [name for name in folders if os.path.join(parent, name) != "./out"]
        yield from (os.path.relpath(os.path.join(parent, name), folder) for name in names)


def marks_in(path, marker):
    # Files need not be text.
    with open(path, encoding="utf-8", errors="replace") as file:
        for number, line in enumerate(file, 1):
            if marker in line:
                yield {"file": path, "line": number, "text": line.strip()}
