"""Rules from the command line to the answer: mined, listed, drawn, offered."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from xml.etree import ElementTree

import pytest

from api.app import create_app
from api.cli import run
from api.schemas.rules import RuleList, RulePicture
from api.settings import Settings
from api.wiring import open_service
from tests.api.conftest import Reader
from tests.api.test_http import problem

BASKETS = [["nails", "hammer"]] * 12 + [["nails", "hammer", "saw"]] * 6 + [["bread"]] * 30
MAPPING = """
[[nodes]]
file = "products.jsonl"
label = "Product"
columns = { id = "id", title = "title" }

[[nodes]]
file = "people.jsonl"
label = "User"
columns = { id = "id", country = "country" }

[[events]]
file = "bought.jsonl"
type = "bought"
columns = { user_id = "who", product_id = "what", order_id = "order" }
"""


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Craftsmen of Austria buy nails and hammers; the others, in Belgium, bread."""
    files = tmp_path_factory.mktemp("shop")
    titles = {"nails": "Nails", "hammer": "Hammer & co", "saw": "Saw", "bread": "Bread"}
    rows = {
        "products": [{"id": each, "title": title} for each, title in titles.items()],
        "people": [{"id": f"u{n}", "country": "AT" if "nails" in each else "BE"} for n, each in enumerate(BASKETS)],
        "bought": [{"who": f"u{n}", "what": what, "order": f"o{n}"} for n, each in enumerate(BASKETS) for what in each],
    }
    for name, each in rows.items():
        (files / f"{name}.jsonl").write_text("".join(json.dumps(row) + "\n" for row in each), encoding="utf-8")
    (files / "mapping.toml").write_text(MAPPING, encoding="utf-8")
    data = files / "data"
    assert run(["load", str(files / "mapping.toml"), "--data", str(data)]) == 0
    assert run(["snapshot", "build", "--data", str(data)]) == 0
    return data


@pytest.fixture
def ask(shop: Path) -> Iterator[Callable]:
    service = open_service(Settings.read(data=shop))
    yield Reader(create_app(service)).get
    service.close()


def test_before_they_are_mined_a_question_says_what_to_run(ask) -> None:
    found = problem(ask("/v1/rules?kind=people"), 409, "not_fitted")
    assert "tastegraph rules fit --people" in found.detail


def test_rules_are_mined_asked_for_drawn_and_offered(
    shop: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data = ["--data", str(shop)]
    assert run(["rules", "fit", "--support", "0.1", "--json", *data]) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["by"], told["of"], told["baskets"]) == ("order", "product", 48)
    service = open_service(Settings.read(data=shop))
    ask = Reader(create_app(service)).get
    every = RuleList.model_validate_json(ask("/v1/rules?limit=100").content)
    assert len(every.rules) == told["rules"] > 2
    best = ask("/v1/rules?item=saw&side=then&sort=confidence").json()["rules"]
    assert [each["then"]["id"] for each in best] == ["saw"] * len(best)
    of_nails = next(each for each in best if [one["id"] for one in each["if"]] == ["nails"])
    assert of_nails["if"][0] == {"label": "product", "id": "nails", "name": "Nails"}
    expected = {
        "support": 6 / 48,
        "confidence": 6 / 18,
        "lift": (6 / 18) / (6 / 48),
        "leverage": 6 / 48 - 18 * 6 / 48**2,
    }
    assert {name: of_nails[name] for name in expected} == pytest.approx(expected)
    certain = ask("/v1/rules?item=saw&side=if&min_confidence=1").json()["rules"]
    assert {each["then"]["id"] for each in certain} >= {"nails", "hammer"}
    assert all(each["conviction"] is None for each in certain)
    assert ask("/v1/rules?item=bread").json()["rules"] == []
    problem(ask("/v1/rules?item=unheard-of"), 404, "unknown_node")

    picture = RulePicture.model_validate_json(ask("/v1/rules/graph?limit=4").content)
    assert len(picture.rules) == 4
    drawn = ElementTree.fromstring(picture.svg)
    name = "{http://www.w3.org/2000/svg}"
    assert len(drawn.findall(f".//{name}circle")) == 4
    assert {each.text for each in drawn.findall(f".//{name}text")} == {each.name for each in picture.items}
    assert len(drawn.findall(f".//{name}line")) == len(picture.links)
    assert all(0 <= each.x <= 1 and 0 <= each.y <= 1 for each in (*picture.items, *picture.rules))

    page = ask("/v1/products/saw/recommendations/bought-together").json()
    assert {item["id"] for item in page["items"] if "rules" in item["sources"]} == {"nails", "hammer"}
    service.close()

    assert run(["rules", "list", "--item", "saw", "--side", "then", "--json", *data]) == 0
    assert json.loads(capsys.readouterr().out)["rules"]
    assert run(["rules", "list", *data]) == 0
    assert "Saw" in capsys.readouterr().out
    out = tmp_path / "rules.svg"
    assert run(["rules", "picture", str(out), *data]) == 0
    assert out.read_text(encoding="utf-8").startswith("<svg")


def test_traits_of_people_lead_to_what_they_choose(shop: Path, capsys: pytest.CaptureFixture[str]) -> None:
    data = ["--data", str(shop)]
    assert run(["rules", "fit", "--people", *data]) == 0
    service = open_service(Settings.read(data=shop))
    ask = Reader(create_app(service)).get
    found = ask("/v1/rules?kind=people&item=country%3DAT&label=person&side=if").json()
    assert {each["then"]["id"] for each in found["rules"]} == {"nails", "hammer", "saw"}
    assert found["by"] == "person"
    service.close()
    capsys.readouterr()
    assert run(["rules", "list", "--people", "--item", "country=BE", "--label", "person", "--json", *data]) == 0
    rules = json.loads(capsys.readouterr().out)["rules"]
    assert {(rule["if"][0]["id"], rule["then"]["id"]) for rule in rules} == {
        ("country=BE", "bread"),
        ("bread", "country=BE"),
    }


def test_where_nothing_comes_a_warning_says_so(shop: Path, capsys: pytest.CaptureFixture[str]) -> None:
    data = ["--data", str(shop)]
    for arguments, says in (
        (["--support", "0.9"], "the most frequent pair is in 18 of 48 baskets"),
        (["--by", "session"], "there are no baskets by session"),
        (["--by", "day"], "no action that counts has a time"),
        (["--of", "brand"], "there are no baskets by order"),
    ):
        assert run(["rules", "fit", *arguments, *data]) == 0
        assert says in " ".join(capsys.readouterr().err.split())
    assert run(["rules", "list", *data]) == 0
    assert "no rule fits" in capsys.readouterr().out


def test_what_cannot_be_is_refused(shop: Path, capsys: pytest.CaptureFixture[str]) -> None:
    data = ["--data", str(shop)]
    assert run(["rules", "fit", "--support", "2", *data]) == 1
    assert "error[invalid_value]" in capsys.readouterr().err
    assert run(["rules", "fit", "--by", "order", "--action", "viewed", *data]) == 1
    assert "an order holds what was bought" in capsys.readouterr().err
    assert run(["rules", "fit", "--by", "session", "--action", "slept", *data]) == 1
    assert "names no action" in capsys.readouterr().err
