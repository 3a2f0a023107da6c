"""The files of the page, as they are sent: compressed where that helps, and known by a tag."""

import gzip
from dataclasses import dataclass, field
from functools import cached_property
from hashlib import sha256
from pathlib import Path

from aiohttp import web
from aiohttp.hdrs import ACCEPT_ENCODING, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_TYPE, ETAG, IF_NONE_MATCH, VARY

PAGE = Path(__file__).resolve().parent / "page"
"""The folder of the page's files."""

CLIENT_PATH = "/livekit-client.js"
"""Where the page expects LiveKit's client for browsers."""

KINDS = {
    ".html": "text/html; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
}
"""Media types by the ends of names; other files are not served."""


@dataclass(frozen=True)
class PageFile:
    """One file, read once."""

    kind: str
    body: bytes = field(repr=False)

    @cached_property
    def compressed(self) -> bytes:
        """The body, in gzip's form."""
        return gzip.compress(self.body, mtime=0)

    @cached_property
    def tag(self) -> str:
        """The entity tag: the same for the same body."""
        return f'"{sha256(self.body).hexdigest()[:20]}"'

    async def serve(self, request: web.Request) -> web.StreamResponse:
        """Answer a request for it; the browser asks each time whether it has changed."""
        headers = {ETAG: self.tag, CACHE_CONTROL: "no-cache", VARY: ACCEPT_ENCODING}
        if request.headers.get(IF_NONE_MATCH) == self.tag:
            return web.Response(status=304, headers=headers)
        headers[CONTENT_TYPE] = self.kind
        if "gzip" in request.headers.get(ACCEPT_ENCODING, ""):
            return web.Response(body=self.compressed, headers=headers | {CONTENT_ENCODING: "gzip"})
        return web.Response(body=self.body, headers=headers)


def page_files(client: Path) -> dict[str, PageFile]:
    """Return the files by their paths; `client` is the file with `livekit-client`."""
    found = (path for path in PAGE.rglob("*") if path.suffix in KINDS)
    files = {f"/{path.relative_to(PAGE).as_posix()}": PageFile(KINDS[path.suffix], path.read_bytes()) for path in found}
    files["/"] = files.pop("/index.html")
    files[CLIENT_PATH] = PageFile(KINDS[".js"], client.read_bytes())
    return files
