"""Makes stage.wasm with componentize-py, which is installed into .venv as requirements.txt pins it."""

import os
import subprocess
import sys
import venv
from pathlib import Path

HERE = Path(__file__).resolve().parent
VENV = HERE / ".venv"
BIN = VENV / ("Scripts" if os.name == "nt" else "bin")
INSTALLED = VENV / "requirements.txt"


def main():
    wanted = (HERE / "requirements.txt").read_text()
    if not INSTALLED.exists() or INSTALLED.read_text() != wanted:
        venv.create(VENV, clear=True, with_pip=True)
        call(BIN / "python", "-m", "pip", "install", "--quiet", "--disable-pip-version-check",
             "--require-hashes", "--only-binary", ":all:", "-r", "requirements.txt")
        INSTALLED.write_text(wanted)
    call(BIN / "componentize-py", "-q", "-d", "wit", "-w", "hermetic-stage",
         "componentize", "stage", "-p", ".", "-o", "stage.wasm")


def call(*command):
    status = subprocess.run([str(word) for word in command], cwd=HERE).returncode
    if status != 0:
        sys.exit(f"{command[0]} failed with exit code {status}")


main()
