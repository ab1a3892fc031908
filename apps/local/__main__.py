"""python -m apps.local up | once | env: the whole of Gradatim on one machine.

    up      start everything and serve until Ctrl-C; --demo also queues the demo and follows it; --once ends with it
    once    up --demo --once
    env     print the environment of the installation for a shell: eval "$(python -m apps.local env)"

Everything is kept in var/ beside the code, or where GRADATIM_VAR says. DATABASE_URL or BROKER_URL replaces its part.
"""

import argparse
import shlex
import sys

from apps.local import env
from gradatim.errors import UserError


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        prog="python -m apps.local", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("command", choices=["up", "once", "env"])
    parser.add_argument("--demo", action="store_true", help="create the demo and follow it")
    parser.add_argument("--once", action="store_true", help="end when the demo is complete")
    parser.add_argument("--host", default="127.0.0.1", help="address to serve at (127.0.0.1: this machine only)")
    parser.add_argument("--port", type=int, default=8000)
    chosen = parser.parse_args(arguments)
    var = env.var_folder()
    try:
        if chosen.command == "env":
            return show(var)
        from apps.local.launcher import Launcher

        once = chosen.once or chosen.command == "once"
        return Launcher(var, chosen.host, chosen.port, demo=chosen.demo or once, once=once).run()
    except UserError as error:
        print(error.sentence, file=sys.stderr)
        return 2


def show(var) -> int:
    values = env.read(var)
    if not values:
        raise UserError(f"{var / 'env'} does not exist yet: start Gradatim once with python -m apps.local up.")
    for name, value in values.items():
        print(f"export {name}={shlex.quote(value)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
