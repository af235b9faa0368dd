"""The demo's settings: those of the house, and the pages of its post office."""

from talanoa.settings import *  # noqa: F403  # all of them hold here too

INSTALLED_APPS = [*INSTALLED_APPS, "talanoa.demo"]  # noqa: F405
ROOT_URLCONF = "talanoa.demo.urls"
# A letter's own HTML is shown in a frame without rights; the pages of the house themselves frame nothing.
CONTENT_SECURITY_POLICY = {"DIRECTIVES": {**CONTENT_SECURITY_POLICY["DIRECTIVES"], "frame-src": ["'self'"]}}  # noqa: F405
