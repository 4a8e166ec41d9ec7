"""Search by words and meaning over a large catalogue; and how well Chinese and English meet."""

from __future__ import annotations

import shutil
import time
from pathlib import Path

import numpy as np

from benchmarks.harness import Measure, alone, peak_gib

PEOPLE, PRODUCTS = 20_000, 500_000
QUESTIONS = ("running shoes", "跑鞋", "gift for a dog", "something warm for the night", "acme desk lamp", "手提包")
FILTER = 'price_minor < 2000 and tags in ("t01") and created_at > now() - 3000d'
ROUNDS = 30
PAIRS = (
    "running shoes|跑鞋;leather handbag|皮革手提包;coffee maker|咖啡机;wireless headphones|无线耳机;lipstick|口红;"
    "face cream|面霜;winter coat|冬季大衣;kitchen knife|菜刀;wooden table|木桌;office chair|办公椅;"
    "baby stroller|婴儿车;"
    "dog food|狗粮;yoga mat|瑜伽垫;electric toothbrush|电动牙刷;sunglasses|太阳镜;wrist watch|手表;"
    "camera lens|相机镜头;"
    "mobile phone case|手机壳;cotton t-shirt|棉T恤;silk scarf|丝巾;green tea|绿茶;red wine|红酒;chocolate|巧克力;"
    "bicycle helmet|自行车头盔;camping tent|露营帐篷;fishing rod|鱼竿;guitar|吉他;water bottle|水瓶;backpack|背包;"
    "perfume|香水;shampoo|洗发水;bed sheet|床单;curtain|窗帘;rice cooker|电饭锅;vacuum cleaner|吸尘器;"
    "washing machine|洗衣机;refrigerator|冰箱;gold necklace|金项链;toy car|玩具车;picture book|图画书"
)
"""What the encoder was chosen by."""
UNSEEN = (
    "laptop|笔记本电脑;umbrella|雨伞;pillow|枕头;candle|蜡烛;gloves|手套;belt|皮带;frying pan|平底锅;teapot|茶壶;"
    "keyboard|键盘;printer|打印机;skirt|裙子;hat|帽子;bracelet|手镯;earrings|耳环;soap|肥皂;towel|毛巾;blanket|毯子;"
    "violin|小提琴;football|足球;swimsuit|泳衣;honey|蜂蜜;coffee beans|咖啡豆;noodles|面条;mirror|镜子;lamp|灯;"
    "bookshelf|书架;scissors|剪刀;calculator|计算器;telescope|望远镜;slippers|拖鞋"
)
"""What it was not chosen by."""


def search(work: Path) -> list[Measure]:
    """A town of half a million products; every way of asking, one after the other in one process."""
    folder = work / "search"
    shutil.rmtree(folder, ignore_errors=True)
    try:
        alone(_prepared, folder)
        read_s, index_mib, peak = alone(_fitted, folder)
        plain, filtered, worst = alone(_asked, folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    chosen, bare, unseen, unseen_bare = alone(_meeting)
    return [
        Measure("products read into the index", PRODUCTS / read_s, "/s"),
        Measure("index on disk", index_mib, "MiB"),
        Measure("peak memory while it is made", peak, "GiB"),
        Measure("one search, CPU median", plain, "ms"),
        Measure("one search with a filter, CPU median", filtered, "ms"),
        Measure("slowest search, CPU", worst, "ms"),
        Measure("Chinese word finds its English one first, 40 pairs", chosen, ""),
        Measure("the same without the dictionary", bare, ""),
        Measure("30 pairs that nothing was chosen by", unseen, ""),
        Measure("the same without the dictionary, 30 pairs", unseen_bare, ""),
    ]


def _prepared(folder: Path) -> None:
    from graph.folder import DataFolder
    from graph.load import load
    from graph.simulate import TownSettings, simulate_town
    from graph.snapshot.build import build_snapshot
    from graph.snapshot.shelf import Shelf

    mapping = simulate_town(TownSettings(people=PEOPLE, products=PRODUCTS)).write(folder / "town")
    data = DataFolder(folder / "data")
    load(mapping, data)
    store = data.open_store(read_only=True)
    Shelf(data.snapshots).publish(build_snapshot(store, data.snapshots))
    store.close()


def _fitted(folder: Path) -> tuple[float, float, float]:
    from api.search import fit_search
    from embeddings.text import GlossedEncoder
    from graph.folder import DataFolder

    data, prepared = DataFolder(folder / "data"), _view(folder)
    start = time.perf_counter()
    kept = fit_search(data, prepared, GlossedEncoder())
    taken = time.perf_counter() - start
    home = data.models / kept.name / kept.version
    return taken, sum(each.stat().st_size for each in home.iterdir()) / 2**20, peak_gib()


def _asked(folder: Path) -> tuple[float, float, float]:
    from api.wiring import open_searcher
    from graph.folder import DataFolder
    from recommend.search import SearchQuestion

    searcher = open_searcher(DataFolder(folder / "data"), _view(folder))
    found: dict[str | None, list[float]] = {None: [], FILTER: []}
    for round_ in range(ROUNDS + 1):
        for filter_, times in found.items():
            for text in QUESTIONS:
                start = time.process_time()
                searcher.search(SearchQuestion(text, filter=filter_))
                if round_:
                    times.append(1000 * (time.process_time() - start))
    return float(np.median(found[None])), float(np.median(found[FILTER])), max(map(max, found.values()))


def _view(folder: Path):
    from graph.folder import DataFolder
    from graph.snapshot.actions import Actions
    from graph.snapshot.shelf import Shelf
    from graph.snapshot.view import LiveView
    from recommend.prepared import Prepared

    return Prepared(LiveView(Shelf(DataFolder(folder / "data").snapshots).current()), Actions.of(), {})


def _meeting() -> tuple[float, float, float, float]:
    from embeddings.text import GlossedEncoder

    found, plain = GlossedEncoder(), GlossedEncoder(gloss=str)
    return _first(found, PAIRS), _first(plain, PAIRS), _first(found, UNSEEN), _first(plain, UNSEEN)


def _first(encoder, pairs: str) -> float:
    english, chinese = zip(*(pair.split("|") for pair in pairs.split(";")), strict=True)
    nearest = (encoder.encode(chinese) @ encoder.encode(english).T).argmax(axis=1)
    return float(np.mean(nearest == np.arange(len(english))))
