"""`tastegraph images fit`, `tastegraph duplicates` and the route, over a shop with pictures."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from api.app import create_app
from api.cli import run
from api.folders import open_folder
from api.settings import Settings
from api.steps import build_current, load_source
from api.wiring import open_service
from tests.api.conftest import Reader
from tests.embeddings.images.pictures import packed, scene
from tests.embeddings.images.test_encoder import mean_colour

Printed = pytest.CaptureFixture[str]

MAPPING = """
[[nodes]]
file = "products.jsonl"
label = "Product"
columns = { id = "id", title = "id", image = "image" }

[[events]]
file = "bought.jsonl"
type = "bought"
columns = { user_id = "who", product_id = "what" }
"""


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A data folder and a folder of pictures: four products, two of which show the same; one picture is damaged."""
    home = tmp_path_factory.mktemp("shop")
    pictures = home / "pictures"
    pictures.mkdir()
    (pictures / "a.png").write_bytes(packed(scene(1)))
    (pictures / "b.jpg").write_bytes(packed(scene(1).resize((160, 120)), "JPEG"))
    (pictures / "c.png").write_bytes(packed(scene(2)))
    (pictures / "d.png").write_bytes(packed(scene(3))[:300])
    rows = [{"id": name[0], "image": name} for name in ("a.png", "b.jpg", "c.png", "d.png")]
    (home / "products.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    (home / "bought.jsonl").write_text(json.dumps({"who": "ana", "what": "c"}) + "\n", encoding="utf-8")
    (home / "mapping.toml").write_text(MAPPING, encoding="utf-8")
    settings = Settings.read(data=home / "data")
    folder = open_folder(settings)
    load_source(str(home / "mapping.toml"), folder, settings)
    build_current(folder)
    return home / "data", pictures


def told(printed: Printed) -> str:
    return printed.readouterr().err


def test_before_anything_was_looked_at_it_says_how(shop: tuple[Path, Path], tmp_path: Path, capsys: Printed) -> None:
    assert run(["duplicates", "--data", str(shop[0])]) != 0
    assert "error[images_missing]" in told(capsys)
    app = create_app(open_service(Settings.read(data=shop[0])))
    answer = Reader(app).get("/v1/products/a/duplicates")
    assert (answer.status_code, answer.json()["code"]) == (409, "images_missing")


def test_a_folder_without_the_pictures_is_one_line(shop: tuple[Path, Path], tmp_path: Path, capsys: Printed) -> None:
    assert run(["images", "fit", "--folder", str(tmp_path), "--data", str(shop[0])]) == 1
    assert "of 4 addresses not one gave a picture" in told(capsys)


@pytest.mark.parametrize("with_network", [False, True])
def test_pictures_are_looked_at_and_answer(
    shop: tuple[Path, Path], with_network: bool, tmp_path: Path, capsys: Printed
) -> None:
    data, pictures = shop
    more = ["--encoder", str(mean_colour(tmp_path / "net.onnx")), "--scale", "unit"] if with_network else []
    assert run(["images", "fit", "--folder", str(pictures), "--data", str(data), "--json", *more]) == 0
    report = json.loads(capsys.readouterr().out)
    assert (report["addresses"], report["pictures"], report["refused"]) == (4, 3, {"damaged": 1})

    assert run(["duplicates", "--data", str(data), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["groups"] == [["a", "b"]]
    assert run(["duplicates", "--data", str(data), "--label", "Post"]) != 0
    assert "images_missing" in told(capsys)

    get = Reader(create_app(open_service(Settings.read(data=data)))).get
    answer = get("/v1/products/a/duplicates?distance=8").json()
    assert [each["id"] for each in answer["items"]] == ["b"]
    assert answer["items"][0]["distance"] <= 8
    similar = get("/v1/products/a/similar").json()["items"]
    found = next(item for item in similar if item["id"] == "b")
    assert found["sources"] == ["look_alike"]
    assert found["reasons"][0]["text"] == "looks like a"
    assert get("/v1/products/none/duplicates").status_code == 404
    assert get("/v1/products/a/duplicates?distance=65").status_code == 422


@pytest.mark.parametrize(
    ("more", "code"),
    [(["--encoder", "none.onnx"], "encoder_refused"), (["--encoder", "none.onnx", "--scale", "x"], "invalid_value")],
)
def test_a_network_that_is_none_is_one_line(
    shop: tuple[Path, Path], more: list[str], code: str, capsys: Printed
) -> None:
    assert run(["images", "fit", "--folder", str(shop[1]), "--data", str(shop[0]), *more]) != 0
    assert f"error[{code}]" in told(capsys)
