"""Knowledge embeddings on the command line, on a small catalogue that is loaded and trained once."""

from __future__ import annotations

import json
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from api.cli import run
from api.errors import NOT_THERE

PEOPLE, PRODUCTS, BRANDS = 24, 20, 2
SMALL = ["--set", "dim=8", "--set", "epochs=40", "--set", "learning_rate=0.05", "--set", "batch_size=64"]

MAPPING = """
[[nodes]]
file = "products.jsonl"
label = "Product"
columns = { id = "id", brand = "brand", categories = "categories" }
may_lack = ["brand"]

[[events]]
file = "bought.jsonl"
type = "bought"
columns = { user_id = "who", product_id = "what" }
"""


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Products of two brands; each person buys products of one; the first product's brand was not written down."""
    folder = tmp_path_factory.mktemp("kg")
    products = [{"id": f"p{n}", "brand": f"b{n % BRANDS}", "categories": ["all"]} for n in range(PRODUCTS)]
    products[0]["brand"] = None
    bought = [
        {"who": f"u{n}", "what": f"p{(n + BRANDS * step) % PRODUCTS}"} for n in range(PEOPLE) for step in range(6)
    ]
    for name, rows in (("products", products), ("bought", bought)):
        (folder / f"{name}.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    (folder / "mapping.toml").write_text(MAPPING, encoding="utf-8")
    home = folder / "data"
    assert run(["load", str(folder / "mapping.toml"), "--data", str(home)]) == 0
    assert run(["snapshot", "build", "--data", str(home)]) == 0
    assert run(["train", "rotate", *SMALL, "--data", str(home)]) == 0
    return home


def test_the_missing_brand_is_guessed(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["kg", "predict", "--relation", "brand", "--format", "json", "--data", str(data)]) == 0
    answer = json.loads(capsys.readouterr().out)
    (row,) = [dict(zip(answer["columns"], each, strict=True)) for each in answer["rows"]]
    assert (row["product_id"], row["relation"], row["id"], row["known"]) == ("p0", "brand", "b0", 0)
    assert row["confidence"] > 0.5


def test_guesses_are_written_as_parquet(data: Path, tmp_path: Path) -> None:
    out = tmp_path / "guesses.parquet"
    asked = ["kg", "predict", "--product", "p3", "--format", "parquet", "--out", str(out), "--data", str(data)]
    assert run(asked) == 0
    assert pq.read_table(out).column("product_id").to_pylist() == ["p3"]  # of one category, all know all


def test_models_are_compared_with_what_is_frequent(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["kg", "evaluate", "-m", "complex", *SMALL, "--part", "0.2", "--json", "--data", str(data)]) == 0
    found = json.loads(capsys.readouterr().out)
    assert [each["model"] for each in found] == ["frequency", "complex"]
    assert 0 < found[0]["overall"]["mrr"] <= 1
    assert set(found[1]["relations"]) <= {"ACTED", "MADE_BY", "IN_CATEGORY"}


def test_what_cannot_be_answered_is_one_clear_error(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["kg", "predict", "--model", "transe", "--data", str(data)]) == NOT_THERE
    assert capsys.readouterr().err.startswith("error[model_missing]")
    assert run(["kg", "predict", "--model", "spectral", "--data", str(data)]) != 0
    assert capsys.readouterr().err.startswith("error[unknown_model]")
    assert run(["kg", "predict", "--product", "nothing", "--data", str(data)]) == NOT_THERE
    assert capsys.readouterr().err.startswith("error[unknown_node]")
