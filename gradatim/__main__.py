"""``python -m gradatim``: the library from a shell."""

from gradatim.cli import main

if __name__ == "__main__":
    raise SystemExit(main())
