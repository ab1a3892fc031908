"""Turn a series of measurements into findings: a number and a sentence each.

`stability_gap --series F.json` reads {"tokens": [...], "values": {"name": [...]}, "better": {"name": "lower" or "higher"},
"phase_starts": [tokens]} and prints {"findings": [...]}; times are in tokens since the phase's start. `continual` reads the same, and
"learned": {"name": number of the phase in which it is learned, or null}; `task_divergence` also "pairs": [["loss", "accuracy"]].
"""

import argparse
import json
from pathlib import Path

from gradatim import registry
from gradatim.cli import options
from gradatim.errors import UserError


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("method", metavar="METHOD", help=", ".join(registry.names("diagnostics")))
    parser.add_argument("--series", type=Path, required=True, metavar="F.json", help="the measurements")
    parser.add_argument(
        "--tolerance", metavar="T", help="how far below the level before still counts as recovered (default 0)"
    )
    options.add_params(parser)


def run(args: argparse.Namespace) -> int:
    from gradatim import params

    method = registry.load("diagnostics", args.method)
    values = options.mapping(args.params)
    if args.tolerance is not None:
        try:
            values["tolerance"] = float(args.tolerance)
        except ValueError:
            raise UserError(f"--tolerance is a number, not {args.tolerance!r}.", field="tolerance") from None
    findings = method.diagnose(_read(args.series), params.parse(method.Params, values))
    print(json.dumps(findings, ensure_ascii=False, allow_nan=False, indent=2))
    return 0


def _read(path: Path) -> dict:
    try:
        series = json.loads(path.read_text(encoding="utf-8"), parse_constant=_no_constant)
    except OSError as error:
        raise UserError(f"{path} cannot be read: {error.strerror or error}.", field="series") from None
    except (ValueError, RecursionError) as error:
        reason = getattr(error, "msg", None) or getattr(error, "reason", None) or str(error)
        raise UserError(f"{path} is not JSON that can be read: {reason}.", field="series") from None
    if not isinstance(series, dict):
        raise UserError(f"{path} holds no JSON object with tokens, values, better and phase_starts.", field="series")
    return series


def _no_constant(name: str) -> None:
    raise ValueError(f"{name} is not a measurement")
