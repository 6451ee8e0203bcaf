"""Two web servers on one PostgreSQL and one Milvus: they see each other's publishes, and one may die."""

from __future__ import annotations

import pytest

pytest.importorskip("pymilvus")
pytest.importorskip("milvus_lite")

from bench.cluster import Balancer, bees, cluster, kill_under_load, seen_after
from bench.servers import postgres_program
from tests.postgres_helpers import NOT_HERE
from tests.test_patella_main_job import SITTING


def test_two_servers_of_one_library() -> None:
    if not postgres_program("initdb"):
        pytest.skip(NOT_HERE)
    with cluster({"sitting": SITTING}) as found:
        assert seen_after(found, *bees(1)) < 2.0
        balancer = Balancer([one.address for one in found.servers])
        answers = [balancer.ask("why does sitting hurt my knee") for _ in range(4)]
        assert [answer["state"] for answer in answers if answer] == ["answered"] * 4
        assert sorted(balancer.answered.values()) == [2, 2]
        done = kill_under_load(found, threads=3, seconds=2.0)
        assert done.elsewhere == 0
        # each thread has one request in flight at the most
        assert done.failed <= 3
        assert done.after > 0
