"""A JDK that is new enough, and jars fetched by Maven through whatever settings the machine has."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import platformdirs

CACHE = Path(platformdirs.user_cache_dir("tastegraph")) / "servers"
COPY_JARS = "org.apache.maven.plugins:maven-dependency-plugin:3.6.1:copy-dependencies"
FETCH_LIMIT_S = 900
RELEASE = re.compile(r'JAVA_VERSION="(?:1\.)?(\d+)')


class ServerUnavailable(Exception):
    """A server cannot be started here; the text says what is missing and what to do about it."""


def major(jdk: Path) -> int:
    """The JDK's version, such as 21; 0 where there is none."""
    if not (jdk / "bin" / "java").exists():
        return 0
    try:
        found = RELEASE.search((jdk / "release").read_text("utf-8"))
    except OSError:
        return 0
    return int(found[1]) if found else 0


def places() -> Iterator[Path]:
    """Where JDKs may be: JAVA_HOME, the one on PATH, and what is installed beside that."""
    if home := os.environ.get("JAVA_HOME"):
        yield Path(home)
    if on_path := shutil.which("java"):
        jdk = Path(on_path).resolve().parent.parent
        yield jdk
        yield from sorted(jdk.parent.glob("*"))


def find_jdk(oldest: int) -> Path:
    """The oldest JDK that suffices: what a server was tried with, rather than the newest there is.

    Raises:
        ServerUnavailable: none is new enough.
    """
    found = [(major(jdk), number, jdk) for number, jdk in enumerate(places())]
    enough = [each for each in found if each[0] >= oldest]
    if not enough:
        raise ServerUnavailable(f"there is no JDK of {oldest} or newer; install one, or set JAVA_HOME")
    return min(enough)[2]


def kept_jars(pom: Path, **versions: str) -> Path:
    """The folder in the cache where the jars of a pom lie once they were fetched."""
    key = hashlib.sha256(pom.read_bytes()).hexdigest()[:8]
    return CACHE / "-".join([pom.stem, *versions.values(), key])


def jars(pom: Path, **versions: str) -> Path:
    """The folder with the jars of a pom, fetched once into the cache.

    Raises:
        ServerUnavailable: there is no Maven, or it could not fetch them.
    """
    folder = kept_jars(pom, **versions)
    if folder.is_dir():
        return folder
    maven = shutil.which("mvn")
    if maven is None:
        raise ServerUnavailable("there is no Maven (mvn) to fetch the server's jars with; install it")
    CACHE.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=CACHE) as fetched:
        given = [f"-D{name}={version}" for name, version in versions.items()]
        command = [maven, "-B", "-q", "-f", str(pom), *given, f"-DoutputDirectory={fetched}/lib", COPY_JARS]
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=FETCH_LIMIT_S)
        if done.returncode:
            raise ServerUnavailable(f"Maven could not fetch the server's jars: {done.stdout[-800:]}")
        if not folder.is_dir():  # another run may have been faster
            Path(fetched, "lib").rename(folder)
    return folder


def missing(oldest: int, pom: Path, **versions: str) -> str | None:
    """What a server lacks before it can be started here; None where nothing is missing."""
    try:
        find_jdk(oldest)
    except ServerUnavailable as error:
        return str(error)
    if shutil.which("mvn") is None and not kept_jars(pom, **versions).is_dir():
        return "there is no Maven (mvn) to fetch the server's jars with; install it"
    return None
