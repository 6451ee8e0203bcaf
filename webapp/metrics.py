"""Figures for Prometheus: requests, how long they take, how questions are answered, what is served."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from flask import Blueprint, Response, request
from prometheus_client import CollectorRegistry, Counter, Histogram
from prometheus_client.exposition import choose_encoder
from prometheus_client.metrics_core import GaugeMetricFamily, Metric
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector

from corpus.errors import PatellaError
from webapp.access import require
from webapp.local import is_local
from webapp.service import Service
from webapp.watched import Done

BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)
"""Seconds."""


class _Served(Collector):
    """What is served, looked up when the figures are asked for."""

    def __init__(self, service: Service) -> None:
        self._service = service

    def describe(self) -> Iterator[Metric]:
        return iter(())

    def collect(self) -> Iterator[Metric]:
        try:
            held = self._service.generation()
        except PatellaError:
            yield GaugeMetricFamily("patella_up", "Whether the library can be used.", 0)
            return
        yield GaugeMetricFamily("patella_up", "Whether the library can be used.", 1)
        yield GaugeMetricFamily("patella_generation", "The generation that is served.", held.id)
        yield GaugeMetricFamily("patella_documents", "Documents that are served.", held.documents)
        yield GaugeMetricFamily("patella_passages", "Passages that are served.", held.passages)


class Figures:
    """The counters of one application."""

    def __init__(self, service: Service, *, shared: Path | None = None) -> None:
        self.registry = CollectorRegistry()
        self.told = self.registry
        """What is told: of all processes, where several share a folder."""
        if shared:
            # the library adds up what each process writes there, also those that have ended
            self.told = CollectorRegistry()
            MultiProcessCollector(self.told, str(shared))  # type: ignore[no-untyped-call]
        self.told.register(_Served(service))
        self._requests = Counter(
            "patella_requests",
            "Requests that were answered.",
            ("method", "route", "status"),
            registry=self.registry,
        )
        self._seconds = Histogram(
            "patella_request_seconds",
            "Seconds until an answer begins.",
            ("route",),
            buckets=BUCKETS,
            registry=self.registry,
        )
        self._answers = Counter(
            "patella_answers",
            "Questions by how they were answered.",
            ("state",),
            registry=self.registry,
        )
        self._kept = Counter(
            "patella_answers_kept",
            "Answers that were put together for an earlier request, and checked again.",
            registry=self.registry,
        )
        self._flags = Counter(
            "patella_red_flags",
            "Questions that carried a red flag, by how soon help is needed.",
            ("level",),
            registry=self.registry,
        )

    def count(self, done: Done) -> None:
        """Count a request. Its labels are patterns of addresses, so that they stay few."""
        route = done.route or "none"
        self._requests.labels(_method(done.method), route, str(done.status)).inc()
        self._seconds.labels(route).observe(done.seconds)
        if done.state:
            self._answers.labels(done.state).inc()
        if done.kept:
            self._kept.inc()
        if done.level:
            self._flags.labels(done.level).inc()


def metrics(figures: Figures, *, to: str) -> Blueprint:
    """Return ``/metrics`` as a blueprint.

    ``to`` is ``local``: this machine, and whoever sends an admin's token; or ``open``.
    """
    room = Blueprint("metrics", __name__)

    @room.get("/metrics")
    def figures_of_all() -> Response:
        if to != "open" and not is_local(request):
            require("admin")
        encode, content_type = choose_encoder(request.headers.get("Accept", ""))
        return Response(encode(figures.told), content_type=content_type)

    return room


def _method(name: str) -> str:
    return name if name in {"GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE"} else "other"
