"""Third-party scripts come from installed packages: plotly.js is served from the plotly wheel."""

from importlib.util import find_spec
from pathlib import Path

from django.contrib.staticfiles.finders import BaseFinder
from django.core.files.storage import FileSystemStorage

#: address under STATIC_URL -> (package, file inside it)
FILES = {"vendor/plotly.min.js": ("plotly", "package_data/plotly.min.js")}


class PackageFinder(BaseFinder):
    """Finds exactly the files of :data:`FILES`; a package is located, never imported."""

    def find(self, path, find_all=False, **kwargs):
        file = _location(path)
        found = [str(file)] if file else []
        return found if find_all else (found[0] if found else [])

    def list(self, ignore_patterns):
        for path in FILES:
            file = _location(path)
            if file:
                storage = FileSystemStorage(location=file.parent)
                storage.prefix = str(Path(path).parent)
                yield file.name, storage

    def check(self, **kwargs):
        return []


def _location(path: str) -> Path | None:
    package, inside = FILES.get(str(path), (None, None))
    spec = find_spec(package) if package else None
    file = Path(spec.origin).parent / inside if spec and spec.origin else None
    return file if file and file.is_file() else None
