"""Events that may not name what is not there yet, where they come from files and topics."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from api.cli import run
from api.consuming.messages import sort_out
from api.known import refusing
from api.steps import sync_store
from api.writing.handover import append_owned
from graph.folder import DataFolder
from graph.log.events import check_event
from tests.api.consuming.messages import Sent

NOW = datetime(2026, 11, 22, 10, tzinfo=UTC)


def liked(user: str, product: str) -> dict[str, str]:
    return {"type": "liked", "user_id": user, "product_id": product}


BOOT = {"type": "product", "product_id": "boot", "properties": {"title": "Boot"}}
ANA = {"type": "user", "user_id": "ana", "properties": {}}


@pytest.fixture
def folder(tmp_path: Path) -> DataFolder:
    """A folder whose log knows Ana and the boot, and whose store lags behind it."""
    folder = DataFolder(tmp_path / "data")
    append_owned(folder, [check_event(each, NOW) for each in (BOOT, ANA)])
    return folder


def reasons(folder: DataFolder, *events: dict[str, object], types: tuple[str, ...] = ("liked",)) -> list[bool]:
    """Which of these messages are refused."""
    with refusing(folder, types) as refuse:
        found = sort_out([Sent(json.dumps(each).encode(), place) for place, each in enumerate(events)], NOW, refuse)
    places = {each.place for each in found.letters}
    return [place in places for place in range(len(events))]


def test_only_what_is_there_may_be_named(folder: DataFolder):
    assert reasons(folder, liked("ana", "boot"), liked("bob", "boot"), liked("ana", "hat")) == [False, True, True]


def test_other_types_make_what_they_name_and_then_it_is_there(folder: DataFolder):
    viewed = {**liked("bob", "hat"), "type": "viewed"}
    assert reasons(folder, liked("bob", "hat"), viewed, liked("bob", "hat")) == [True, False, False]


def test_without_the_setting_all_is_taken_and_no_store_is_made(tmp_path: Path):
    folder = DataFolder(tmp_path / "data")
    assert reasons(folder, liked("bob", "hat"), types=()) == [False]
    assert not folder.store.exists()


def test_before_anything_was_kept_nothing_is_known(tmp_path: Path):
    assert reasons(DataFolder(tmp_path / "data"), liked("ana", "boot"), BOOT, ANA, liked("ana", "boot")) == [
        True,
        False,
        False,
        False,
    ]


def test_what_came_to_the_store_meanwhile_is_known(folder: DataFolder):
    bob = check_event({**ANA, "user_id": "bob"}, NOW)
    with refusing(folder, ["liked"]) as refuse:
        event = check_event(liked("bob", "boot"), NOW)
        assert "no User has the id 'bob'" in str(refuse(event))
        append_owned(folder, [bob])
        sync_store(folder)
        assert refuse(event) is None


def test_lines_of_a_file_that_name_the_unknown_are_rejected_with_the_reason(
    folder: DataFolder, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("TASTEGRAPH_EVENTS__KNOWN_ONLY", '["liked"]')
    file = tmp_path / "events.jsonl"
    file.write_text("\n".join(json.dumps(each) for each in (liked("ana", "boot"), liked("ana", "hat"))))
    assert run(["events", "import", str(file), "--data", str(folder.path), "--json"]) == 1
    told = json.loads(capsys.readouterr().out)
    assert (told["accepted"], told["rejected"]) == (1, 1)
    assert told["examples"] == ["line 2: product_id: no Product has the id 'hat', and liked creates none"]


def test_letters_of_what_has_come_since_can_be_retried(
    folder: DataFolder, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
):
    from contextlib import closing

    from api.consuming.letters import DeadLetters

    monkeypatch.setenv("TASTEGRAPH_EVENTS__KNOWN_ONLY", '["liked"]')
    with refusing(folder, ["liked"]) as refuse, closing(DeadLetters(folder.dead_letters)) as letters:
        letters.add(sort_out([Sent(json.dumps(liked("ana", "hat")).encode())], NOW, refuse).letters, datetime.now(UTC))
    command = ["deadletters", "retry", "--all", "--data", str(folder.path)]
    assert run(command) == 1
    append_owned(folder, [check_event({**BOOT, "product_id": "hat"}, NOW)])
    assert run(command) == 0
    told = [json.loads(each) for each in capsys.readouterr().out.replace("}\n{", "}\x00{").split("\x00")]
    assert told == [{"taken": 0, "duplicates": 0, "refused": 1}, {"taken": 1, "duplicates": 0, "refused": 0}]
