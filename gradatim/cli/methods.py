"""List every method of every family, with its help, source and parameters.

With --json: an array of objects with family, name, title, help, source, version and parameters (a JSON schema).
"""

import argparse
import json
import textwrap

from gradatim import registry


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true", help="as JSON, for programs")


def run(args: argparse.Namespace) -> int:
    described = [
        registry.describe(family, name)
        for family in registry.FAMILIES
        if family != "tasks"  # tasks are run by the verbs, nobody chooses one in a curriculum
        for name in registry.names(family)
    ]
    if args.json:
        print(json.dumps(described, ensure_ascii=False, indent=2))
        return 0
    family = None
    for method in described:
        if method["family"] != family:
            family = method["family"]
            print(family.upper())
        _print(method)
    return 0


def _print(method: dict) -> None:
    print(f"  {method['name']} (version {method['version']})")
    for paragraph in method["help"].split("\n\n"):
        print(_wrapped(paragraph))
    for name, schema in method["parameters"].get("properties", {}).items():
        default = f"default {json.dumps(schema['default'])}" if "default" in schema else "required"
        if name in method["parameters"].get("required", []):
            default = "required"
        print(_wrapped(f"{name} ({default}): {schema.get('description', '')}", 6))
    print(_wrapped(f"Source: {method['source']}"), end="\n\n")


def _wrapped(text: str, indent: int = 4) -> str:
    return textwrap.fill(text, 110, initial_indent=" " * indent, subsequent_indent=" " * (indent + (indent > 4) * 2))
