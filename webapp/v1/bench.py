"""The writing part of the API, put together."""

from __future__ import annotations

from flask_openapi import OpenAPI

from webapp.desk.common import Room
from webapp.streams import Streams
from webapp.v1.changing import changing
from webapp.v1.judging import judging
from webapp.v1.openapi import add
from webapp.v1.publishing import publishing
from webapp.v1.running import running


def register_writing(app: OpenAPI, room: Room, streams: Streams) -> None:
    """Add all that changes a library; live events share ``streams`` with the desk."""
    for make in (changing, running, publishing, judging):
        add(app, make(room, streams))
