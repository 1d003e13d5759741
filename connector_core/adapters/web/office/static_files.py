"""Style, scripts and pictures, which never change under one address."""

import mimetypes
from importlib.resources import files

from fastapi import APIRouter
from starlette.responses import Response

from connector_core.adapters.web.office.gate import NotHere

_FOR_LONG = {"Cache-Control": "public, max-age=31536000, immutable", "X-Content-Type-Options": "nosniff"}


def add_routes(router: APIRouter) -> None:
    folder = files(__package__) / "static"
    kept = {file.name: file.read_bytes() for file in folder.iterdir() if file.is_file()}

    @router.get("/static/{version}/{name}")
    async def static(version: str, name: str) -> Response:
        """`version` changes with the files; it stands in the address for the browser alone."""
        if name not in kept:
            raise NotHere
        return Response(kept[name], media_type=mimetypes.guess_type(name)[0], headers=_FOR_LONG)
