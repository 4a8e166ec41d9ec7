"""Key frames of clips whose shots are known."""

from contextlib import suppress

import numpy as np
import pytest

from embeddings.errors import PictureRefused
from embeddings.images.hashing import distance, perceptual_hash
from embeddings.images.reading import PictureLimits
from embeddings.images.video import Scenes, key_frames
from tests.embeddings.images.clips import FPS, clip, still

SHOTS = [(1, 20), (2, 30), (3, 12), (4, 25)]


def test_each_shot_gives_one_picture_from_its_own_time(tmp_path):
    found = key_frames(clip(tmp_path / "a.mp4", SHOTS), "a")
    begins = np.cumsum([0, *(length for _, length in SHOTS)])
    assert len(found) == len(SHOTS)
    for (at_s, picture), begin, end, (seed, length) in zip(found, begins, begins[1:], SHOTS, strict=False):
        assert begin <= at_s * FPS < end
        near = [distance(perceptual_hash(picture), perceptual_hash(still(other, each))) for other, each in SHOTS]
        assert SHOTS[int(np.argmin(near))] == (seed, length)
        assert min(near) <= 10


@pytest.mark.parametrize("name", ["a.mp4", "a.mkv", "a.mov", "a.avi"])
def test_containers_and_bytes_give_the_same(tmp_path, name):
    path = clip(tmp_path / name, SHOTS[:2])
    pictures = [key_frames(source, "a") for source in (path, path.read_bytes())]
    assert [at for at, _ in pictures[0]] == [at for at, _ in pictures[1]]
    assert len(pictures[0]) == 2


def test_what_moves_within_a_shot_is_no_cut(tmp_path):
    assert len(key_frames(clip(tmp_path / "a.mp4", [(5, 60)], pan=3), "a")) == 1


def test_of_many_shots_the_longest_are_kept_in_order_of_time(tmp_path):
    path = clip(tmp_path / "a.mp4", [(seed, 6 + 5 * (seed % 3)) for seed in range(9)])
    found = key_frames(path, "a", Scenes(most=3))
    starts = np.cumsum([0, *(6 + 5 * (seed % 3) for seed in range(9))])
    shots = [int(np.searchsorted(starts, round(at * FPS), side="right")) - 1 for at, _ in found]
    assert shots == [2, 5, 8]


def test_of_a_long_video_only_frames_that_stand_alone_are_unpacked(tmp_path):
    found = key_frames(clip(tmp_path / "a.mp4", SHOTS), "a", Scenes(frames=50))
    assert [at for at, _ in found] == [0.0, 2.0, 5.0, 6.2]  # the encoder puts one at each cut, and none besides


def test_limits_are_kept(tmp_path):
    path = clip(tmp_path / "a.mp4", SHOTS[:1])
    for options in ({"scenes": Scenes(bytes=100)}, {"limits": PictureLimits(pixels=160 * 120 - 1)}):
        with pytest.raises(PictureRefused) as told:
            key_frames(path, "a", **options)
        assert told.value.kind == "large"


@pytest.mark.parametrize("content", [b"", b"not a video" * 50, b"#EXTM3U\n#EXTINF:1\nfile:///etc/passwd\n"])
def test_what_is_no_video_is_refused(content):
    with pytest.raises(PictureRefused, match="damaged"):
        key_frames(content, "a")


def test_a_video_that_is_cut_off_gives_what_came_before(tmp_path):
    path = clip(tmp_path / "a.mkv", SHOTS)
    whole = path.read_bytes()
    assert len(key_frames(whole[: len(whole) // 2], "a")) in (1, 2, 3)


def test_damage_is_told_or_survived_and_nothing_else_happens(tmp_path):
    whole = clip(tmp_path / "a.mp4", [(1, 6), (2, 6)]).read_bytes()
    rng = np.random.default_rng(0)
    for _ in range(60):
        content = bytearray(whole)
        for place in rng.integers(0, len(whole), 8).tolist():
            content[place] = int(rng.integers(256))
        with suppress(PictureRefused):
            assert key_frames(bytes(content[: int(rng.integers(1, len(whole) + 1))]), "a")
