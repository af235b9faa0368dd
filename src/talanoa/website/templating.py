"""The Jinja2 environment of pages and letters."""

from typing import Any

import jinja2


def environment(**options: Any) -> jinja2.Environment:
    return jinja2.Environment(**options)
