"""A folder of pictures with known copies, looked at once: duplicates, neighbours, and what comes back from disk."""

import numpy as np
import pytest

from embeddings.artefact import load_model, save_model
from embeddings.errors import ModelDamaged
from embeddings.images.alike import Alike
from embeddings.images.encoder import OnnxEncoder
from embeddings.images.fitting import Images, Looking, Pictures, look
from embeddings.images.places import Places
from tests.embeddings.images.clips import clip
from tests.embeddings.images.pictures import packed, scene
from tests.embeddings.images.test_encoder import mean_colour
from tests.graph.snapshot.small import small_view


@pytest.fixture(scope="module")
def town(tmp_path_factory):
    """Twelve pictures, copies of three of them, two plain ones, a clip and a still of it, and what cannot be read."""
    home = tmp_path_factory.mktemp("town")
    files = home / "files"
    files.mkdir()
    named = {}
    for seed in range(12):
        named[f"p{seed}"] = {"image": f"{seed}.png"}
        (files / f"{seed}.png").write_bytes(packed(scene(seed)))
    for seed in (2, 5, 7):
        named[f"copy{seed}"] = {"image": f"copy{seed}.jpg"}
        (files / f"copy{seed}.jpg").write_bytes(packed(scene(seed).resize((200, 150)), "JPEG", quality=40))
    for name in ("grey", "white"):
        named[name] = {"image": f"{name}.png"}
        (files / f"{name}.png").write_bytes(packed(scene(0).point([200 if name == "grey" else 255] * 768)))
    clip(files / "clip.mp4", [(50, 15), (51, 15)])
    named["clip"] = {"attributes": {"video": "clip.mp4"}}
    (files / "51.png").write_bytes(packed(scene(51, (175, 120)).crop((2, 0, 162, 120))))
    named["still"] = {"image": "51.png"}
    (files / "bad.png").write_bytes(b"\x89PNG\r\n\x1a\nno")
    named |= {"bad": {"image": "bad.png"}, "lost": {"image": "lost.png"}, "web": {"image": "http://host/a.png"}}
    (files / "posted.png").write_bytes(packed(scene(77)))
    posts = {"hi": {"images": ["posted.png", "2.png"]}, "ho": {"images": ["copy2.jpg"]}}
    return small_view(home, properties={"Product": named, "Post": posts}), files


@pytest.fixture(scope="module")
def looked(town):
    view, files = town
    return look(view, Looking(Places(files)))


def alike(looked, label="Product"):
    return Alike(looked[0][label], "1")


def ids(view, rows, label="Product"):
    return [view.id_of(label, row) for row in rows]


def test_the_report_tells_what_was_looked_at_and_what_could_not_be(looked):
    report = looked[1]
    assert report.addresses == 12 + 3 + 2 + 1 + 1 + 3 + 3
    assert report.videos == 1
    assert report.pictures == 12 + 3 + 2 + 2 + 1 + 3
    assert report.plain == 2
    assert report.refused == {"unknown": 1, "missing": 1, "web": 1} or report.refused == {
        "damaged": 1,
        "missing": 1,
        "web": 1,
    }
    assert any("lost.png" in each for each in report.examples)


def test_groups_are_the_known_copies_and_nothing_else(town, looked):
    groups = [set(ids(town[0], rows)) for rows in alike(looked).groups()]
    expected = [{"p2", "copy2"}, {"p5", "copy5"}, {"p7", "copy7"}, {"clip", "still"}]
    assert sorted(groups, key=sorted) == sorted(expected, key=sorted)


def test_posts_are_compared_with_posts(town, looked):
    assert [ids(town[0], rows, "Post") for rows in alike(looked, "Post").groups()] == [["hi", "ho"]]


def test_duplicates_of_one_are_nearest_first_and_agree_with_looking_at_all(town, looked):
    view, pictures = town[0], looked[0]["Product"]
    for row in range(view.count("Product")):
        for distance in (0, 6, 25, 64):
            rows, far = alike(looked).duplicates_of(row, distance)
            expected = {}
            for mine in np.flatnonzero((pictures.rows == row) & pictures.hashed):
                for other in np.flatnonzero((pictures.rows != row) & pictures.hashed):
                    apart = (int(pictures.hashes[mine]) ^ int(pictures.hashes[other])).bit_count()
                    if apart <= distance:
                        name = int(pictures.rows[other])
                        expected[name] = min(apart, expected.get(name, 65))
            assert list(zip(rows.tolist(), far.tolist(), strict=True)) == sorted(
                expected.items(), key=lambda each: (each[1], each[0])
            )


def test_what_looks_alike_scores_by_the_bits_that_agree_beyond_chance(town, looked):
    view = town[0]
    rows, scores = alike(looked).like(view.row_of("Product", "p5"), 10)
    assert ids(view, rows)[0] == "copy5"
    far = alike(looked).duplicates_of(view.row_of("Product", "p5"))[1][0]
    np.testing.assert_allclose(scores[0], 1 - 2 * far / 64)
    assert (np.diff(scores) <= 0).all()


@pytest.mark.parametrize("product", ["grey", "lost", "web"])
def test_what_has_no_hash_is_like_nothing(town, looked, product):
    rows, scores = alike(looked).like(town[0].row_of("Product", product), 10)
    assert len(rows) == len(scores) == 0


def test_with_a_network_plain_pictures_find_each_other_by_their_vectors(town, tmp_path):
    view, files = town
    encoder = OnnxEncoder.open(mean_colour(tmp_path / "net.onnx"), scale="symmetric")
    found, _ = look(view, Looking(Places(files), encoder))
    vectors = found["Product"].vectors
    assert vectors.shape == (len(found["Product"].rows), 3)
    rows, scores = Alike(found["Product"], "1").like(view.row_of("Product", "grey"), 30)
    assert ids(view, rows)[0] == "white"
    np.testing.assert_allclose(scores[0], 1, atol=1e-5)
    mine = vectors[found["Product"].rows == view.row_of("Product", "grey")][0]
    for row, score in zip(rows.tolist(), scores.tolist(), strict=True):
        cosine = (vectors[found["Product"].rows == row] @ mine).max()
        np.testing.assert_allclose(score, min(1, cosine), atol=1e-5)


def test_it_comes_back_from_disk_and_a_flipped_bit_is_noticed(town, looked, tmp_path):
    view = town[0]
    arrays = looked[0]["Product"].arrays("Product")
    kept = save_model(tmp_path, Images("net", "clip"), {}, view.snapshot_id, 0, arrays=arrays)
    back = load_model(tmp_path / "images")
    assert back.settings == {"encoder": "net", "scale": "clip"}
    pictures = Pictures.of("Product", back.arrays)
    for name in ("rows", "hashes", "hashed"):
        np.testing.assert_array_equal(getattr(pictures, name), getattr(looked[0]["Product"], name))
    assert Alike.of("Post", back) is None
    assert Alike.of("Product", back).groups() == alike(looked).groups()
    file = tmp_path / "images" / kept.version / "Product.hashes.array.npy"
    content = bytearray(file.read_bytes())
    content[-1] ^= 1
    file.write_bytes(content)
    with pytest.raises(ModelDamaged, match="hashes"):
        load_model(tmp_path / "images")


def test_a_chain_of_small_changes_does_not_join_what_looks_different():
    """Codes 0, 5, 10 … bits from the first: neighbours are near, the ends are far apart."""
    codes = np.array([(1 << 5 * step) - 1 for step in range(6)], np.uint64)
    pictures = Pictures(np.arange(6, dtype=np.int32), codes, np.ones(6, np.bool_))
    for rows in Alike(pictures, "1").groups(6):
        assert all((int(codes[rows[0]]) ^ int(codes[row])).bit_count() <= 6 for row in rows)
