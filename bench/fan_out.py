"""A search that goes to many machines ends when the slowest answers: queues and tails, simulated.

Each shard is a queue of one server a copy and core; service times are lognormal with a measured median
and 99th percentile; questions come by chance (Poisson) and go to all shards at once. Lindley's recursion
gives each one's wait. A hedged question asks a second copy when the first has not answered in time.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

_Z99 = 2.3263478740408408
"""The 99th percentile of the standard normal distribution."""


@dataclass(frozen=True, slots=True)
class Service:
    """How long one shard works on a question, in milliseconds, without waiting."""

    median: float
    p99: float

    def drawn(self, chance: np.random.Generator, count: int) -> Floats:
        """Return so many service times."""
        spread = np.log(self.p99 / self.median) / _Z99
        return np.exp(np.log(self.median) + spread * chance.standard_normal(count))

    @property
    def mean(self) -> float:
        spread = np.log(self.p99 / self.median) / _Z99
        return float(self.median * np.exp(spread**2 / 2))


@dataclass(frozen=True, slots=True)
class Tail:
    """What people wait for: percentiles in milliseconds, and the share of the time that a server works."""

    p50: float
    p95: float
    p99: float
    busy: float


def waits(services: Floats, gaps: Floats) -> Floats:
    """Return how long each question waits for one server (Lindley 1952).

    ``gaps[n]`` is the time between the arrivals of n and n + 1. W(n+1) = max(0, W(n) + S(n) - A(n)), which
    is a random walk less its least value so far.
    """
    walk = np.concatenate([[0.0], np.cumsum(services[:-1] - gaps[: len(services) - 1])])
    found: Floats = walk - np.minimum.accumulate(walk)
    return found


def shard_times(
    chance: np.random.Generator, service: Service, arrivals: Floats, servers: int
) -> Floats:
    """Return how long one shard takes for each question, its wait counted in.

    Each question goes to one of the shard's servers by chance.
    """
    times = service.drawn(chance, len(arrivals))
    chosen = chance.integers(0, servers, len(arrivals))
    for server in range(servers):
        own = np.flatnonzero(chosen == server)
        if len(own):
            times[own] += waits(times[own], np.diff(arrivals[own]))
    return times


def simulate(
    service: Service,
    *,
    shards: int,
    rate: float,
    servers: int,
    hedge: float = 0.0,
    questions: int = 20_000,
    seed: int = 1,
) -> Tail:
    """Send ``rate`` questions a second to all shards, of ``servers`` each; tell how long they take.

    With ``hedge`` (a share, such as 0.95) a question that is slower than that share at its shard is sent to
    another server of it as well, whose added load counts.
    """
    chance = np.random.default_rng(seed)
    arrivals = np.cumsum(chance.exponential(1000.0 / rate, questions))
    more = 1.0 + (1.0 - hedge if hedge else 0.0)
    # hedged questions are more questions for each server: they come so much closer together
    felt = arrivals / more
    slowest = np.zeros(questions)
    for _ in range(shards):
        times = shard_times(chance, service, felt, servers)
        if hedge:
            late = float(np.quantile(times, hedge))
            again = late + shard_times(chance, service, felt, servers)
            times = np.where(times > late, np.minimum(times, again), times)
        np.maximum(slowest, times, out=slowest)
    p50, p95, p99 = np.percentile(slowest, [50, 95, 99])
    return Tail(float(p50), float(p95), float(p99), rate / 1000 * more * service.mean / servers)
