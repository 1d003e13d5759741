"""What makes the back office an app on a phone: the manifest, and a worker that keeps the shell.

No page with data is ever kept on the phone.
"""

import json

from fastapi import APIRouter, Request
from starlette.responses import Response

from connector_core.adapters.web.office.catalog import preferred, translator
from connector_core.adapters.web.office.pages import Pages, version

_WORKER = """\
const SHELL = "paylink-%(version)s";
const FILES = %(files)s;
self.addEventListener("install", (event) => {
  event.waitUntil(caches.open(SHELL).then((cache) => cache.addAll(FILES)));
  self.skipWaiting();
});
self.addEventListener("activate", (event) => {
  const others = (names) => names.filter((name) => name !== SHELL);
  event.waitUntil(caches.keys().then((names) => Promise.all(others(names).map((name) => caches.delete(name)))));
});
self.addEventListener("fetch", (event) => {
  if (event.request.method !== "GET") return;
  const path = new URL(event.request.url).pathname;
  if (FILES.includes(path)) {
    event.respondWith(caches.match(path).then((kept) => kept || fetch(event.request)));
  } else if (event.request.mode === "navigate") {
    event.respondWith(fetch(event.request).catch(() => caches.match("/office/offline")));
  }
});
"""


class AppFiles:
    def __init__(self, pages: Pages) -> None:
        self._pages = pages

    def add_to(self, router: APIRouter) -> None:
        router.get("/manifest.webmanifest")(self.manifest)
        router.get("/worker.js")(self.worker)
        router.get("/offline")(self.offline)

    async def manifest(self, request: Request) -> Response:
        say = translator(preferred(request.headers.get("accept-language", "")))
        icons = [
            {"src": f"/office/static/{version()}/icon-{size}.png", "sizes": f"{size}x{size}", "type": "image/png",
             "purpose": "any maskable"}
            for size in (192, 512)
        ]  # fmt: skip
        shortcut = {"name": say("Send a PayLink"), "url": "/office/send"}
        body = {
            "name": "PayLink", "short_name": "PayLink", "start_url": "/office", "scope": "/office",
            "display": "standalone", "background_color": "#f6f7f9", "theme_color": "#0b5fa5", "icons": icons,
            "shortcuts": [shortcut],
        }  # fmt: skip
        return Response(json.dumps(body), media_type="application/manifest+json", headers=self._pages.headers())

    async def worker(self, _request: Request) -> Response:
        static = [f"/office/static/{version()}/{name}" for name in ("office.css", "htmx.min.js", "logo.svg")]
        text = _WORKER % {"version": version(), "files": json.dumps([*static, "/office/offline"])}
        headers = {**self._pages.headers(), "Cache-Control": "no-cache", "Service-Worker-Allowed": "/office"}
        return Response(text, media_type="text/javascript", headers=headers)

    async def offline(self, request: Request) -> Response:
        return self._pages.page(request, "offline.html")
