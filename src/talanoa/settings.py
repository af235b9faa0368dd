"""Django's settings, made from `configuration`."""

import contextlib
import os
import secrets
from pathlib import Path
from urllib.parse import urlsplit

from talanoa.configuration import configure, database

TALANOA = configure()

TALANOA.home.mkdir(parents=True, exist_ok=True)


def _secret_key() -> str:
    """The given key, or the one kept in the state folder, made at the first start."""
    if TALANOA.secret_key:
        return TALANOA.secret_key
    path = TALANOA.home / "secret.key"
    if not path.exists():
        own = TALANOA.home / f"secret.key.{os.getpid()}"
        with os.fdopen(os.open(own, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
            file.write(secrets.token_urlsafe(48))
        # Of two processes that start together one link succeeds, and both read the same whole key.
        with contextlib.suppress(FileExistsError):
            os.link(own, path)
        own.unlink()
    return path.read_text(encoding="ascii")


SECRET_KEY = _secret_key()
DEBUG = False
USE_TZ = True
TIME_ZONE = "UTC"
LANGUAGE_CODE = TALANOA.language
DATABASES = {"default": database(TALANOA)}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
INSTALLED_APPS = [
    "talanoa.mail",
    "talanoa.people",
    "talanoa.communities",
    "talanoa.conversations",
    "talanoa.moderation",
    "talanoa.queries",
    "talanoa.replies",
    "talanoa.consultations",
    "talanoa.discussions",
    "talanoa.search",
    "talanoa.migration",
    "talanoa.moving",
    "talanoa.desk",
    "talanoa.mailroom",
    "talanoa.website",
]
ROOT_URLCONF = "talanoa.urls"
ALLOWED_HOSTS = [urlsplit(TALANOA.base_url).hostname, "localhost", "127.0.0.1", "[::1]", *TALANOA.hosts]
APPEND_SLASH = False
MIDDLEWARE = [
    "talanoa.website.middleware.security_headers",
    "talanoa.website.assets.Assets",
    "talanoa.website.middleware.compressed",
    "csp.middleware.CSPMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "talanoa.website.middleware.on_behalf_of",
]
MESSAGE_STORAGE = "django.contrib.messages.storage.cookie.CookieStorage"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.jinja2.Jinja2",
        "APP_DIRS": True,  # each room's jinja2/ folder
        "OPTIONS": {"environment": "talanoa.website.templating.environment"},
    }
]
LOCALE_PATHS = [Path(__file__).parent / "locale"]
# Only languages that our own words have been put into: half a page in each language helps nobody.
_TRANSLATED = sorted(found.parent.parent.name for found in LOCALE_PATHS[0].glob("*/LC_MESSAGES/django.mo"))
LANGUAGES = [("en", "English"), *((name.replace("_", "-").lower(), name) for name in _TRANSLATED)]
STATIC_URL = "/static/"
STORAGES = {
    "default": {
        "BACKEND": "django.core.files.storage.FileSystemStorage",
        "OPTIONS": {"location": TALANOA.home / "attachments"},
    },
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
if TALANOA.storage == "s3":
    STORAGES["default"] = {
        "BACKEND": "storages.backends.s3.S3Storage",
        "OPTIONS": {
            "bucket_name": TALANOA.s3_bucket,
            "endpoint_url": TALANOA.s3_endpoint or None,
            "default_acl": "private",
            "file_overwrite": True,  # names are digests of the content
        },
    }

_secure = TALANOA.base_url.startswith("https://")
CSRF_COOKIE_SECURE = SESSION_COOKIE_SECURE = _secure
CSRF_COOKIE_HTTPONLY = True
CSRF_COOKIE_NAME = "__Host-talanoa-form" if _secure else "talanoa-form"
CSRF_COOKIE_SAMESITE = "Lax"
CSRF_TRUSTED_ORIGINS = [TALANOA.base_url.rstrip("/")]
CSRF_FAILURE_VIEW = "talanoa.website.views.stale_form"
if TALANOA.proxy:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
DATA_UPLOAD_MAX_MEMORY_SIZE = TALANOA.max_mail_bytes
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'none'"],
        "script-src": ["'self'"],
        "style-src": ["'self'"],
        "img-src": ["'self'", "data:"],
        "connect-src": ["'self'"],
        "form-action": ["'self'"],
        "base-uri": ["'none'"],
        "frame-ancestors": ["'none'"],
    }
}
LOGGING_CONFIG = None  # structlog, set up by the command line
