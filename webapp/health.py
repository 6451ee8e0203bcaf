"""Whether all is well: for whatever watches over the server."""

from __future__ import annotations

from flask import Blueprint, Response

from webapp.present import generation_json
from webapp.service import Service
from webapp.v1.common import send


def health(service: Service) -> Blueprint:
    """Return ``/healthz`` as a blueprint."""
    room = Blueprint("health", __name__)

    @room.get("/healthz")
    def healthz() -> Response:
        return send({"status": "ok", **generation_json(service.generation())})

    return room
