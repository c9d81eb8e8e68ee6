"""Figures for Prometheus."""

from __future__ import annotations

import time
from collections.abc import Iterator

from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from vidocr.service.desk import READY, Desk
from vidocr.service.store import Store

_BUCKETS_S = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60)


class Metrics:
    """What is counted: answers by route, and at each look the jobs and the engine's batches."""

    def __init__(self, store: Store, desk: Desk) -> None:
        self._registry = CollectorRegistry()
        self.answers = Counter(
            "vidocr_http_answers",
            "Answers to requests.",
            ("method", "route", "status"),
            registry=self._registry,
        )
        self.seconds = Histogram(
            "vidocr_http_seconds",
            "Time until the first byte of an answer.",
            ("method", "route"),
            buckets=_BUCKETS_S,
            registry=self._registry,
        )
        self._registry.register(_Now(store, desk))

    def text(self) -> bytes:
        """All figures, as Prometheus reads them."""
        return generate_latest(self._registry)


class _Now(Collector):
    """Figures that others keep."""

    def __init__(self, store: Store, desk: Desk) -> None:
        self._store = store
        self._desk = desk

    def collect(self) -> Iterator[Metric]:
        jobs = GaugeMetricFamily("vidocr_jobs", "Jobs by state.", labels=("state",))
        for state, count in self._store.counts().items():
            jobs.add_metric((state,), count)
        yield jobs
        figures = self._desk.figures()
        mean = figures.pictures / figures.batches if figures.batches else 0.0
        for name, about, value in (
            ("ready", "Whether the engine is ready.", float(self._desk.state == READY)),
            ("pictures", "Pictures that the engine was shown since it started.", figures.pictures),
            ("batches", "Batches in which it was.", figures.batches),
            ("batch_mean", "Mean number of pictures in a batch.", mean),
        ):
            yield GaugeMetricFamily(f"vidocr_engine_{name}", about, value)


class Measured:
    """The app, each of its answers counted under the route that gave it."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """As an ASGI app."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        began = time.perf_counter()

        async def counted(message: Message) -> None:
            if message["type"] == "http.response.start":
                route = getattr(scope.get("route"), "path", "none")  # names of paths are endless
                metrics: Metrics = scope["app"].state.service.metrics
                metrics.answers.labels(scope["method"], route, str(message["status"])).inc()
                metrics.seconds.labels(scope["method"], route).observe(time.perf_counter() - began)
            await send(message)

        await self._app(scope, receive, counted)
