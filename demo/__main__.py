"""Serve the demo portal: ``python -m demo --port 8100``; ``--help`` tells the rest."""

import argparse
import sys

from demo.faults import Fault, Faults
from demo.portal import Portal
from demo.posts import PostError
from demo.server import run


def main(arguments: list[str] | None = None) -> int:
    """Serve until interrupted; return the exit code, 2 if it could not begin."""
    parser = argparse.ArgumentParser(prog="python -m demo", description="Serve the demo portal.")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8100, help="0 takes a free one")
    parser.add_argument("--posts", type=int, help="recombine the posts into so many")
    parser.add_argument("--page-bytes", type=int, default=100_000, help="of a recombined page")
    parser.add_argument("--still", action="store_true", help="no byte changes between fetches")
    parser.add_argument("--latency", type=float, default=0, help="seconds before every answer")
    options = parser.parse_args(arguments)
    faults = Faults(everywhere=Fault(latency=options.latency), counter=not options.still)
    try:
        portal = (
            Portal.embedded()
            if options.posts is None
            else Portal.scaled(options.posts, options.page_bytes)
        )
        run(options.host, options.port, portal, faults, ready=lambda url: print(url, flush=True))
    except OSError as error:
        print(f"demo: {error.strerror}", file=sys.stderr)
        return 2
    except PostError as error:
        print(f"demo: {error}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
