"""What the web server refuses before our pages see it, said in the pages' own words.

Waitress reads a request's head and counts its body before it hands it on. What is too large or no
HTTP it answers itself, in two bare lines; here the application words that answer.
"""

from __future__ import annotations

from typing import Any

from waitress.channel import HTTPChannel
from waitress.task import ErrorTask
from werkzeug.test import create_environ, run_wsgi_app

from webapp.problems import REFUSED

_KEPT = ("ACCEPT", "ACCEPT_LANGUAGE", "HOST")
"""Fields of the request that its answer depends on."""


def refuse_in_words(servers: dict[int, Any], app: Any) -> None:
    """Have ``app`` word what each of ``servers`` refuses; ``servers`` is waitress' map of sockets."""

    class Refusal(ErrorTask):  # type: ignore[misc]  # waitress has no types
        """Writes an error that the application worded, and ends the connection."""

        def execute(self) -> None:
            refused = self.request
            fields = {
                name.replace("_", "-"): refused.headers[name]
                for name in _KEPT
                if name in refused.headers
            }
            environ = create_environ(refused.path or "/", headers=fields)
            environ[REFUSED] = refused.error.code
            body, status, headers = run_wsgi_app(app, environ)
            whole = b"".join(body)
            self.status = status
            self.response_headers = list(headers.items())
            self.set_close_on_finish()
            self.content_length = len(whole)
            self.write(whole)

    class Channel(HTTPChannel):  # type: ignore[misc]
        error_task_class = Refusal

    for server in servers.values():
        server.channel_class = Channel
