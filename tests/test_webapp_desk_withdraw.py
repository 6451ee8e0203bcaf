"""Withdrawing at the desk: an admin alone, with a reason and a confirmation, and it stands in the log."""

from __future__ import annotations

import pytest

from tests.test_webapp_desk import Desk, desk, post

__all__ = ["desk"]

PAGE = "/desk/library/guide/withdraw"


def test_an_admin_withdraws_with_a_reason_and_it_is_logged(desk: Desk) -> None:
    client = desk.open("ada")
    assert f'href="{PAGE}"' in client.get("/desk/library/guide").text
    asked = client.get(PAGE)
    assert asked.status_code == 200
    assert "Withdraw for good?" in asked.text
    assert desk.bench.calls == []
    done = post(client, PAGE, reason=" It names \n a dose that is wrong. ", sure="1")
    assert (done.status_code, done.headers["Location"]) == (303, "/desk/jobs/job2")
    assert desk.bench.calls == [("withdraw", (("guide",), "It names a dose that is wrong."))]
    [entry] = [e for e in desk.office.desk.log() if e.action == "document.withdraw"]
    assert (entry.who, entry.subject) == ("ada", "guide")
    assert entry.detail == "It names a dose that is wrong. job job2"


@pytest.mark.parametrize(
    ("sent", "told"),
    [
        ({"sure": "1"}, "No reason was given."),
        ({"sure": "1", "reason": "  "}, "No reason was given."),
        ({"sure": "1", "reason": "x" * 501}, "longer than 500 characters"),
        ({"reason": "A wrong dose."}, "It was not confirmed."),
    ],
)
def test_without_a_reason_or_a_confirmation_nothing_is_done(
    desk: Desk, sent: dict[str, str], told: str
) -> None:
    answer = post(desk.open("ada"), PAGE, **sent)
    assert answer.status_code == 400
    assert told in answer.text
    # what was written stands there still
    assert f'value="{sent.get("reason", "").strip()}"' in answer.text
    assert desk.bench.calls == []


def test_an_editor_may_not_and_sees_no_button(desk: Desk) -> None:
    client = desk.open("eve")
    assert PAGE not in client.get("/desk/library/guide").text
    assert client.get(PAGE).status_code == 403
    assert post(client, PAGE, reason="A wrong dose.", sure="1").status_code == 403
    assert desk.bench.calls == []


def test_what_is_not_there_is_not_found(desk: Desk) -> None:
    assert desk.open("ada").get("/desk/library/nothing/withdraw").status_code == 404


def test_it_is_asked_in_german(desk: Desk) -> None:
    page = desk.open("ada").get(PAGE, headers={"Accept-Language": "de"}).text
    assert "Endgültig zurückziehen?" in page
    assert "Warum es zurückgezogen wird" in page
