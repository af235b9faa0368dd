"""The style sheet, the script and the mark, served under names that carry their digest.

No step gathers them beforehand: each process puts them, hashed and compressed, into the state
folder when it starts, unless they stand there already, and whitenoise serves them from there
as immutable.
"""

import functools
import gzip
import hashlib
import importlib.util
import os
from pathlib import Path
from typing import Any

from django.conf import settings
from whitenoise.middleware import WhiteNoiseMiddleware

SOURCE = Path(__file__).parent / "static"
# What packages bring: our name for it, the package, and where it stands in it.
BROUGHT = {"prose.js": ("django_prose_editor", "static/django_prose_editor/editor.js")}


@functools.cache
def sources() -> dict[str, Path]:
    """Every file that is served, by its name without a digest."""
    found = {path.name: path for path in SOURCE.iterdir()}
    for name, (package, place) in BROUGHT.items():
        spec = importlib.util.find_spec(package)
        assert spec is not None
        assert spec.origin is not None
        found[name] = Path(spec.origin).parent / place
    return found


@functools.cache
def hashed(name: str) -> str:
    """The name with its digest: "talanoa.css" gives "talanoa.1f0c9a7e2b4d.css"; KeyError if there is no such file."""
    stem, dot, ending = name.rpartition(".")
    return f"{stem}.{hashlib.sha256(sources()[name].read_bytes()).hexdigest()[:12]}{dot}{ending}"


@functools.cache
def asset(name: str) -> str:
    """The address of a file that is served."""
    return f"{settings.STATIC_URL}{hashed(name)}"


def _put(path: Path, content: bytes) -> None:
    # Two processes that start together each write their own and rename: a reader never sees half a file.
    own = path.with_name(f"{path.name}.{os.getpid()}")
    own.write_bytes(content)
    own.replace(path)


def lay_out(folder: Path) -> list[str]:
    """Put every file into `folder` under its hashed name, with a gzip beside it."""
    folder.mkdir(parents=True, exist_ok=True)
    names = []
    for plain, source in sorted(sources().items()):
        name = hashed(plain)
        if not (folder / name).exists():  # it comes last, so where it stands its gzip stands too
            content = source.read_bytes()
            _put(folder / f"{name}.gz", gzip.compress(content, 9, mtime=0))
            _put(folder / name, content)
        names.append(name)
    return names


class Assets(WhiteNoiseMiddleware):
    """Whitenoise over what `lay_out` put down; only names of this version are known."""

    def __init__(self, get_response: Any) -> None:
        super().__init__(get_response)
        self.allow_all_origins = False  # nobody else has business with them
        folder = settings.TALANOA.home / "static"
        for name in lay_out(folder):
            self.add_file_to_dictionary(f"{self.static_prefix}{name}", str(folder.absolute() / name))

    def immutable_file_test(self, path: str, url: str) -> bool:  # noqa: ARG002  # the parent's promise
        """Every name carries its digest."""
        return True
