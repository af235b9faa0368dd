"""Commands that run: serve, and its parts alone."""

import argparse
from typing import Any

from talanoa.commandline import Refused


def register(commands: Any) -> None:
    serve = commands.add_parser("serve", help="run everything: web pages, mail door, workers; the database is brought up to date first")
    web = commands.add_parser("web", help="run the web pages alone")
    lmtp = commands.add_parser("lmtp", help="run the mail door alone")
    worker = commands.add_parser("worker", help="run one worker alone: it sorts what came in and delivers what goes out")
    demo = commands.add_parser("demo", help="a community to try everything with, on this machine")
    for parser in (serve, web, demo):
        parser.add_argument("--http", metavar="HOST:PORT", help="where the web door listens, instead of TALANOA_HTTP")
    for parser in (serve, lmtp, demo):
        parser.add_argument("--lmtp", metavar="HOST:PORT", help="where the mail door listens (LMTP), instead of TALANOA_LMTP")
    serve.set_defaults(carry_out=_serve, needs_house=True)
    web.set_defaults(carry_out=_web, needs_house=True)
    lmtp.set_defaults(carry_out=_lmtp, needs_house=True)
    worker.set_defaults(carry_out=_worker, needs_house=True)
    demo.add_argument("--home", metavar="FOLDER", default="./var/demo", help="the state folder of the demo (default: ./var/demo)")
    demo.add_argument("--reset", action="store_true", help="forget what happened and begin anew")
    demo.set_defaults(carry_out=_demo, needs_house=False)


def _address(given: str | None, otherwise: tuple[str, int]) -> tuple[str, int]:
    from talanoa.configuration import host_port

    try:
        return host_port(given) if given else otherwise
    except ValueError as fault:
        raise Refused(f"{given} {fault}.") from fault


def _serve(args: argparse.Namespace) -> int:
    from django.conf import settings

    from talanoa.commandline import parts

    configuration = settings.TALANOA
    return parts.serve(
        http=_address(args.http, configuration.http),
        lmtp=_address(args.lmtp, configuration.lmtp),
        web_workers=configuration.web_workers,
        workers=configuration.workers,
    )


def _web(args: argparse.Namespace) -> int:
    from django.conf import settings

    from talanoa.commandline import parts

    parts.web(_address(args.http, settings.TALANOA.http), settings.TALANOA.web_workers)
    return 0


def _lmtp(args: argparse.Namespace) -> int:
    from django.conf import settings

    from talanoa.commandline import parts

    parts.lmtp(_address(args.lmtp, settings.TALANOA.lmtp))
    return 0


def _worker(args: argparse.Namespace) -> int:
    from talanoa.commandline import parts

    parts.worker()
    return 0


def _demo(args: argparse.Namespace) -> int:
    from talanoa.commandline import open_house, parts
    from talanoa.demo import NoDemoHere, run

    try:
        return run(
            home=args.home, http=args.http, lmtp=args.lmtp, reset=args.reset, open_house=open_house, serve=parts.serve
        )
    except NoDemoHere as refusal:
        raise Refused(str(refusal)) from refusal
