"""Security headers: an archive holds pages from anywhere, and none of them may act in the browser.

Scripts run only from this server, or if they are one of the inline scripts of the templates
themselves, which are named by their SHA-256. Pictures are those that are held: no page asks a
portal for one. What was received comes with a policy of its own, which is kept.
"""

import re
from base64 import b64encode
from collections.abc import Callable, Iterator
from hashlib import sha256

from asgiref.typing import (
    ASGI3Application,
    ASGIReceiveCallable,
    ASGISendCallable,
    ASGISendEvent,
    Scope,
)
from datasette import hookimpl
from datasette.app import Datasette

from reading_room.editions import template_environment

_INLINE = re.compile(r"<script>(.*?)</script>", re.DOTALL)
_CONDITION = re.compile(r"\{% if \w+ %\}.*?\{% else %\}(.*?)\{% endif %\}", re.DOTALL)
"""What a script is told if a page knows it: ours do not, and are told what stands last."""


def inline_scripts(source: str) -> Iterator[str]:
    """Yield the inline scripts of a template's *source* in every form they are rendered in."""
    for script in _INLINE.findall(source):
        script = _CONDITION.sub(r"\1", script)
        for allow_facet in ("true", "false"):
            rendered = script.replace("{{ datasette_allow_facet }}", allow_facet)
            if "{{" not in rendered and "{%" not in rendered:
                yield rendered


def content_security_policy(scripts: set[str]) -> str:
    """Return the policy that lets these inline *scripts*, and no other, run."""
    hashes = (b64encode(sha256(script.encode()).digest()).decode() for script in scripts)
    allowed = " ".join(f"'sha256-{digest}'" for digest in sorted(hashes))
    return "; ".join(
        (
            "default-src 'self'",
            f"script-src 'self' {allowed}".rstrip(),
            "style-src 'self' 'unsafe-inline'",  # Datasette's pages set styles in place
            "img-src 'self' data:",
            "object-src 'none'",
            "base-uri 'none'",
            "form-action 'self'",
            "frame-ancestors 'none'",
        )
    )


@hookimpl
def asgi_wrapper(datasette: Datasette) -> Callable[[ASGI3Application], ASGI3Application]:
    """Send the headers with every response."""
    environment = template_environment(datasette)
    loader = environment.loader
    assert loader is not None  # Datasette always sets one
    scripts = {
        script
        for name in environment.list_templates(extensions=["html"])
        for script in inline_scripts(loader.get_source(environment, name)[0])
    }
    always = [(b"x-content-type-options", b"nosniff"), (b"referrer-policy", b"no-referrer")]
    of_pages = [
        (b"content-security-policy", content_security_policy(scripts).encode()),
        (b"x-frame-options", b"DENY"),
    ]

    def wrap(app: ASGI3Application) -> ASGI3Application:
        async def with_headers(
            scope: Scope, receive: ASGIReceiveCallable, send: ASGISendCallable
        ) -> None:
            async def send_with_headers(message: ASGISendEvent) -> None:
                if message["type"] == "http.response.start":
                    answered = {name.lower() for name, _ in message["headers"]}
                    headers = (
                        always if b"content-security-policy" in answered else always + of_pages
                    )
                    ours = {name for name, _ in headers}
                    others = (pair for pair in message["headers"] if pair[0].lower() not in ours)
                    message["headers"] = [*others, *headers]
                await send(message)

            await app(scope, receive, send_with_headers)

        return with_headers

    return wrap
