"""The door by which archives come in."""

import functools

import pytest

from old_mail import TODAY, InThisProcess
from talanoa.migration import importing


@pytest.fixture
def bring(cast, tmp_path, monkeypatch):
    """`bring(bytes or path, …, into=community)`: the account of an import."""
    monkeypatch.setattr(importing, "Reader", InThisProcess)

    def bring_in(*sources, into=None, chosen="", at=TODAY, verb=importing.bring_in, name="archive"):
        paths = []
        for number, source in enumerate(sources):
            path = source
            if isinstance(source, bytes):
                path = tmp_path / f"{name}-{number}"
                path.write_bytes(source)
            paths.append(path)
        return verb(into or cast.mdg, paths, chosen=chosen, at=at, tell=lambda done, of: None)

    bring_in.rehearse = functools.partial(bring_in, verb=importing.rehearse)
    return bring_in
