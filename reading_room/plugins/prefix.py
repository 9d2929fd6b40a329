"""A room beneath a path of its host, which some proxies take off a request and some leave on it.

Here it is taken off, before anything else looks at the path: every page adds it to what it links
to (Datasette's ``urls.path``), and would add it twice.
"""

from collections.abc import Callable
from functools import partial
from typing import Any

from asgiref.typing import ASGI3Application, ASGIReceiveCallable, ASGISendCallable, Scope
from datasette import hookimpl
from datasette.app import Datasette
from datasette.utils import path_with_removed_args, path_with_replaced_args


@hookimpl(trylast=True)  # outside all others
def asgi_wrapper(datasette: Datasette) -> Callable[[ASGI3Application], ASGI3Application]:
    """Take the prefix off the path of each request."""
    prefix: str = datasette.setting("base_url")

    def wrap(app: ASGI3Application) -> ASGI3Application:
        async def without_prefix(
            scope: Scope, receive: ASGIReceiveCallable, send: ASGISendCallable
        ) -> None:
            if scope["type"] == "http" and prefix != "/":
                scope["path"] = _within(scope["path"], prefix)
                if raw := scope.get("raw_path"):
                    scope["raw_path"] = _within(raw.decode("latin-1"), prefix).encode("latin-1")
            await app(scope, receive, send)

        return without_prefix

    return wrap


def _within(path: str, prefix: str) -> str:
    """Return a path as the room itself would have it."""
    return f"/{f'{path}/'.removeprefix(prefix)[:-1]}" if f"{path}/".startswith(prefix) else path


@hookimpl
def extra_template_vars(datasette: Datasette) -> dict[str, Any]:
    """Give templates Datasette's two that change an address' parameters, with the prefix on it."""

    def prefixed(change: Callable[..., str], *arguments: Any, **options: Any) -> str:
        path: str = datasette.urls.path(change(*arguments, **options))
        return path

    changing = (path_with_replaced_args, path_with_removed_args)
    return {change.__name__: partial(prefixed, change) for change in changing}
