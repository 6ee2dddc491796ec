"""Figures about the service for Prometheus: requests, jobs, returns. Never a name in them."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector

from portal.jobs import service as jobs
from portal.reporting import service as reporting
from portal.scope import service as scope

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy.orm import Session

METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
# prometheus_client reads the same variable: where processes put figures together.
SHARED = "PROMETHEUS_MULTIPROC_DIR"

REGISTRY = CollectorRegistry()
_ANSWERS = Counter(
    "sicha_answers", "Answers given", ("endpoint", "method", "status"), registry=REGISTRY
)
_SECONDS = Histogram(
    "sicha_answer_seconds", "Seconds until an answer began", ("endpoint",), registry=REGISTRY,
    buckets=(0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30),
)  # fmt: skip


def answered(endpoint: str, method: str, status: int, seconds: float) -> None:
    """Count one answer."""
    _ANSWERS.labels(endpoint, method if method in METHODS else "other", status).inc()
    _SECONDS.labels(endpoint).observe(seconds)


def text(session: Session) -> bytes:
    """Return all figures as Prometheus reads them, of all processes if they share a folder."""
    scope.let_go(session)  # who watches the machine is nobody here, also if signed in
    registry = REGISTRY
    if os.environ.get(SHARED):
        registry = CollectorRegistry()
        MultiProcessCollector(registry)
    stock = CollectorRegistry()
    stock.register(_Stock(session))
    return generate_latest(registry) + generate_latest(stock)


class _Stock(Collector):
    """What the database holds just now, counted by tenant and state."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def collect(self) -> Iterator[GaugeMetricFamily]:
        waiting = GaugeMetricFamily("sicha_jobs", "Jobs by state", labels=("tenant", "state"))
        for tenant, state, count in jobs.count_by_state(self._session):
            waiting.add_metric((str(tenant), state), count)
        yield waiting
        owed = GaugeMetricFamily("sicha_returns", "Returns by state", labels=("tenant", "state"))
        for tenant, state, count in reporting.count_by_state(self._session):
            owed.add_metric((str(tenant), state), count)
        yield owed
