"""Addresses that nodes name, and that nothing but pictures in the folder, or on the web when asked, is ever opened."""

import http.server
import threading
import time

import pytest

from embeddings.errors import PictureRefused
from embeddings.images.fetching import WebFetcher
from embeddings.images.places import MOST_OF_ONE, Places, addresses
from tests.graph.snapshot.small import small_view


def test_products_and_posts_name_pictures_and_videos_in_several_places(tmp_path):
    view = small_view(
        tmp_path,
        properties={
            "Product": {
                "a": {"image": "a.png", "attributes": {"images": ["b.png", "a.png", 7], "video": "clips/a.MP4?x=1"}},
                "b": {"title": "none"},
                "c": {"image": "c.png"},
                "many": {"attributes": {"images": [f"{each}.png" for each in range(100)]}},
            },
            "Post": {"hi": {"images": ["d.png", None]}, "odd": {"images": {"no": "list"}}},
        },
        gone={"Product": ["c"]},
    )
    found = [(each.address, each.is_video) for each in addresses(view, "Product")]
    assert found[:3] == [("a.png", False), ("b.png", False), ("clips/a.MP4?x=1", True)]
    assert len(found) == 3 + MOST_OF_ONE
    assert [each.address for each in addresses(view, "Post")] == ["d.png"]


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "inside" / "deep").mkdir(parents=True)
    (tmp_path / "inside" / "deep" / "a b.png").write_bytes(b"picture")
    (tmp_path / "secret.png").write_bytes(b"secret")
    (tmp_path / "inside" / "link.png").symlink_to(tmp_path / "secret.png")
    return tmp_path / "inside"


def test_paths_and_file_addresses_are_read_below_the_folder(folder):
    places = Places(folder)
    whole = folder / "deep" / "a b.png"
    for address in (
        "deep/a b.png",
        "./deep/../deep/a b.png",
        str(whole),
        f"file://{whole.as_posix().replace(' ', '%20')}",
    ):
        assert places.content(address, 100) == b"picture"


@pytest.mark.parametrize(
    ("address", "kind"),
    [
        ("../secret.png", "outside"),
        ("link.png", "outside"),
        ("/etc/passwd", "outside"),
        ("file:///etc/passwd", "outside"),
        ("deep", "missing"),
        ("none.png", "missing"),
        ("", "missing"),
        ("a\0b", "missing"),
        ("x" * 5000, "missing"),
        ("ftp://host/a.png", "unknown"),
        ("data:image/png;base64,AAAA", "unknown"),
        ("http://host/a.png", "web"),
        ("http://[bad/a.png", "web"),
    ],
)
def test_nothing_else_is_opened(folder, address, kind):
    with pytest.raises(PictureRefused) as told:
        Places(folder).content(address, 100)
    assert told.value.kind == kind


def test_a_file_that_is_too_large_is_not_read_whole(folder):
    with pytest.raises(PictureRefused, match="more than 3"):
        Places(folder).content("deep/a b.png", 3)


@pytest.fixture(scope="module")
def web():
    """A server on this computer."""

    class Answers(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            if self.path == "/slow":
                self.send_response(200)
                self.end_headers()
                for _ in range(100):
                    time.sleep(0.05)
                    try:
                        self.wfile.write(b"x")
                    except OSError:
                        return
            elif self.path.startswith("/to"):
                self.send_response(302)
                self.send_header("Location", "/picture" if self.path == "/to-picture" else "/to-itself")
                self.end_headers()
            elif self.path == "/to-file":
                self.send_error(500)
            elif self.path == "/picture":
                self.send_response(200)
                self.end_headers()
                self.wfile.write(b"picture" * 100)
            else:
                self.send_error(404)

        def log_message(self, *_):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Answers)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.mark.parametrize("path", ["/picture", "/to-picture"])
def test_the_web_is_asked_and_followed_when_allowed(web, path):
    assert WebFetcher(private=True)(web + path) == b"picture" * 100


@pytest.mark.parametrize(
    ("path", "limits", "says"),
    [
        ("/picture", {"most_bytes": 699}, "more than 699"),
        ("/none", {}, "404"),
        ("/to-itself", {}, "leads on"),
        ("/slow", {"within_s": 0.3}, "too long|timed out"),
    ],
)
def test_limits_on_the_web_are_kept(web, path, limits, says):
    with pytest.raises(PictureRefused, match=says):
        WebFetcher(private=True, **limits)(web + path)


@pytest.mark.parametrize(
    "address",
    [
        "http://127.0.0.1:9/a.png",
        "http://localhost/a",
        "http://[::1]/a",
        "http://169.254.169.254/latest",
        "http://10.0.0.1/a",
    ],
)
def test_computers_that_the_internet_does_not_reach_are_not_asked(address):
    with pytest.raises(PictureRefused, match="does not reach"):
        WebFetcher()(address)


@pytest.mark.parametrize(
    "address", ["file:///etc/passwd", "http://", "gopher://host/x", "http://host:x/", "http://[bad/a"]
)
def test_what_is_no_address_on_the_web_is_refused(address):
    with pytest.raises(PictureRefused, match="cannot be had"):
        WebFetcher(private=True)(address)
