"""The command line: one module a verb, and only the one that is called is loaded.

A verb's module has a docstring (its help), ``arguments(parser)`` and ``run(args) -> exit code``. Exit codes: 0 done; 2 a mistake
in what was given, with one sentence on standard error; 75 stopped on request; 1 anything else.
"""

import argparse
import importlib
import os
import sys
import warnings
from typing import NoReturn

from gradatim.errors import UserError

VERBS = ("methods", "order", "reorder", "select", "score", "meters", "plan", "train", "suite", "evaluate", "diagnose")
VERBS += ("harness", "work")


class Parser(argparse.ArgumentParser):
    """argparse without abbreviations, whose complaints are one sentence."""

    def __init__(self, **options):
        super().__init__(allow_abbrev=False, formatter_class=argparse.RawDescriptionHelpFormatter, **options)

    def error(self, message: str) -> NoReturn:
        message = " ".join(message.split()).rstrip(".")
        raise UserError(f"{message[:1].upper()}{message[1:]} (see {self.prog} --help).")


def main(argv: list[str] | None = None) -> int:
    argv = sys.argv[1:] if argv is None else argv
    warnings.showwarning = lambda message, *_, **__: print(message, file=sys.stderr)
    try:
        code = _dispatch(argv)
        sys.stdout.flush()
        return code
    except UserError as error:
        print(" ".join(error.sentence.split()), file=sys.stderr)
        return 2
    except BrokenPipeError:  # the reader of our output has left: nobody to tell
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except MemoryError:
        print("There is not enough memory for this.", file=sys.stderr)
        return 1


def _dispatch(argv: list[str]) -> int:
    if not argv:
        raise UserError(f"Name a command: {', '.join(VERBS)} (see python -m gradatim --help).")
    if argv[0] in ("-h", "--help", "help"):
        print(_overview())
        return 0
    verb, rest = argv[0], argv[1:]
    if verb == "--version":
        from gradatim import __version__

        print(__version__)
        return 0
    if verb not in VERBS:
        raise UserError(f"There is no command {verb!r}; there are: {', '.join(VERBS)}.")
    module = importlib.import_module(f"gradatim.cli.{verb}")
    parser = Parser(prog=f"python -m gradatim {verb}", description=module.__doc__)
    module.arguments(parser)
    return module.run(parser.parse_args(rest))


def _overview() -> str:
    lines = ["python -m gradatim COMMAND ..., where COMMAND is one of", ""]
    for verb in VERBS:
        module = importlib.import_module(f"gradatim.cli.{verb}")
        lines.append(f"  {verb:<10}{module.__doc__.strip().splitlines()[0]}")
    return "\n".join([*lines, "", "python -m gradatim COMMAND --help says more."])
