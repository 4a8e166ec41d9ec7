"""Evaluations as one page: it says what was measured, marks what was not, and needs nothing else."""

from __future__ import annotations

import json
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from xml.etree import ElementTree

import pytest

from api.cli import run
from graph.errors import InvalidValue
from recommend.evaluation import Evaluation, Figure, ModelResult
from recommend.evaluation.page import page
from recommend.evaluation.plots import against_cost, with_intervals
from recommend.evaluation.report import SHOWN, read_evaluation


def result(model: str, recall: float, train_s: float) -> ModelResult:
    """A model whose figures are all ``recall`` ± .01."""
    figures = {f"{name}@20": Figure(recall, recall - 0.01, recall + 0.01) for name in SHOWN}
    return ModelResult(model, {"dim": 8}, figures, {"coverage@20": 0.5}, train_s, 0.1)


@pytest.fixture
def found() -> Evaluation:
    """Two models, one published figure."""
    results = (result("popularity", 0.1, 0.0), result("spectral", 0.2, 3.0))
    published = (("Theirs", {"recall@20": 0.1941}),)
    return Evaluation("toy", "given split", 9, 50, 100, 0, (20,), 7, results, published)


class Seen(HTMLParser):
    """Collects tags and everything that would be fetched."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.fetched: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.fetched += [name for name, _ in attrs if name in ("src", "href")]


def test_the_page_fetches_nothing_and_runs_nothing(found: Evaluation) -> None:
    seen = Seen()
    seen.feed(page([found]))
    assert not seen.fetched
    assert "script" not in seen.tags
    assert seen.tags.count("svg") == 2


def test_measured_and_published_figures_stand_in_rows_of_their_own(found: Evaluation) -> None:
    rows = page([found]).split("<tr")
    (theirs,) = (each for each in rows if "0.1941" in each)
    (ours,) = (each for each in rows if "0.2000" in each and "<td>spectral" in each)
    assert 'class="published"' in theirs
    assert 'class="published"' not in ours


def test_a_name_cannot_bring_markup_with_it(found: Evaluation) -> None:
    evil = "<script>alert(1)</script>"
    named = replace(found, name=evil, manner=evil, results=(replace(result(evil, 0.1, 1.0), note=evil),))
    assert "<script" not in page([replace(named, published=((evil, {}),), skipped=((evil, evil),))])


def test_the_better_model_is_drawn_higher_and_the_dearer_one_further_right() -> None:
    drawn = ElementTree.fromstring(against_cost([("cheap", 0.5, 0.1), ("dear", 500.0, 0.2)]))
    cheap, dear = drawn.findall("circle")
    assert float(dear.attrib["cx"]) > float(cheap.attrib["cx"])
    assert float(dear.attrib["cy"]) < float(cheap.attrib["cy"])


def test_an_interval_is_drawn_around_its_mean() -> None:
    drawn = ElementTree.fromstring(with_intervals([("one", Figure(0.2, 0.1, 0.4))]))
    line, dot = drawn.findall("line")[0], drawn.findall("circle")[0]
    low, mean, high = float(line.attrib["x1"]), float(dot.attrib["cx"]), float(line.attrib["x2"])
    assert (mean - low) * 2 == pytest.approx(high - mean, abs=0.5)


def test_nothing_measured_still_draws() -> None:
    ElementTree.fromstring(with_intervals([("none", Figure(0.0, 0.0, 0.0))]))
    ElementTree.fromstring(against_cost([("none", 0.0, 0.0)]))


def test_what_was_printed_as_json_is_read_back(found: Evaluation, tmp_path: Path) -> None:
    (tmp_path / "toy.json").write_text(json.dumps(found.as_json()))
    assert read_evaluation(tmp_path / "toy.json") == found


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"name": "x"}'])
def test_another_file_is_refused(text: str, tmp_path: Path) -> None:
    (tmp_path / "other.json").write_text(text)
    with pytest.raises(InvalidValue, match="no evaluation"):
        read_evaluation(tmp_path / "other.json")


def test_an_evaluation_without_figures_is_refused(found: Evaluation, tmp_path: Path) -> None:
    (tmp_path / "toy.json").write_text(json.dumps(replace(found, ks=(5,)).as_json()))
    with pytest.raises(InvalidValue, match="no figures at 5"):
        read_evaluation(tmp_path / "toy.json")


def test_the_command_writes_the_page(found: Evaluation, tmp_path: Path) -> None:
    (tmp_path / "toy.json").write_text(json.dumps(found.as_json()))
    assert run(["report", str(tmp_path / "toy.json"), "--out", str(tmp_path / "page.html")]) == 0
    assert (tmp_path / "page.html").read_text() == page([found])
