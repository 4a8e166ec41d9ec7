"""Questions in SPARQL, answered by processes of their own, which can be stopped.

Oxigraph has no limit on the time or memory of a query, and a thread cannot be stopped: so a query runs in a child
process that holds the statements open for reading, and that is ended, and replaced, when a query takes too long.
"""

from __future__ import annotations

import multiprocessing as mp
import os
import resource
import threading
from contextlib import suppress
from multiprocessing.connection import Connection
from multiprocessing.context import SpawnProcess
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Any

import pyoxigraph as ox

from graph.errors import InvalidValue, SparqlNotBuilt, SparqlRefused, SparqlStopped, TastegraphError
from graph.folder import DataFolder
from graph.rdf.guard import check_query
from graph.rdf.knowledge import current_knowledge
from graph.rdf.results import Answer, Limits, write_answer
from graph.rdf.terms import PREFIXES

START_S = 20.0
"""Longest time until a process is ready."""


class Sparql:
    """Answers questions over the statements of a data folder.

    Args:
        folder: whose statements; those in use when a question comes.
        limits: of one question.
        workers: how many questions are answered at the same time; others wait their turn for at most as long as a
            question may take.
    """

    def __init__(self, folder: DataFolder, limits: Limits, *, workers: int = 1) -> None:
        self._folder = folder
        self._limits = limits
        self._idle: SimpleQueue[_Worker | None] = SimpleQueue()
        for _ in range(workers):
            self._idle.put(None)
        self._closed = threading.Event()
        self._workers = workers

    def ask(
        self,
        query: str,
        *,
        accept: str = "",
        default_graphs: tuple[str, ...] = (),
        named_graphs: tuple[str, ...] = (),
    ) -> Answer:
        """Answer one query.

        Args:
            query: SPARQL 1.1; the prefixes of `graph.rdf.terms` are known without being declared.
            accept: the media types that are wanted, as in HTTP; by default JSON, and Turtle for statements.
            default_graphs: IRIs of the graphs to ask; by default all together.
            named_graphs: IRIs of the graphs that ``GRAPH`` sees; by default all.

        Raises:
            SparqlRefused: it is no query, or asks another server.
            SparqlNotBuilt: there is nothing to ask.
            SparqlStopped: it took too much time or memory, or too many others wait.
            InvalidValue: no form that is wanted can be written.
        """
        check_query(with_prefixes(query))
        path = current_knowledge(self._folder).path
        try:
            worker = self._idle.get(timeout=self._limits.query_s)
        except Empty as error:
            raise SparqlStopped("too many others are being answered") from error
        try:
            if worker is None or worker.path != path or not worker.is_alive():
                if worker is not None:
                    worker.stop()
                worker = None
                worker = _Worker(path, self._limits)
            return worker.ask((with_prefixes(query), accept, default_graphs, named_graphs))
        except SparqlStopped:
            if worker is not None:
                worker.stop()
            worker = None
            raise
        finally:
            if self._closed.is_set() and worker is not None:
                worker.stop()
                worker = None
            self._idle.put(worker)

    def close(self) -> None:
        """End the processes; a question that is being answered ends first."""
        self._closed.set()
        for _ in range(self._workers):
            with suppress(Empty):
                worker = self._idle.get(timeout=self._limits.query_s)
                if worker is not None:
                    worker.stop()


def with_prefixes(query: str) -> str:
    """The query with the prefixes that it uses and does not declare, all in front of its first line."""
    folded = query.casefold()
    missing = [
        f"PREFIX {name}: <{iri}>"
        for name, iri in PREFIXES.items()
        if f"{name}:" in query and f"prefix {name}:" not in " ".join(folded.split())
    ]
    return " ".join([*missing, query])


class _Worker:
    """A process that answers, from this side."""

    def __init__(self, path: Path, limits: Limits) -> None:
        self.path = path
        self._limits = limits
        context = mp.get_context("spawn")
        self._pipe, theirs = context.Pipe()
        self._process: SpawnProcess = context.Process(target=_answer_all, args=(str(path), limits, theirs), daemon=True)
        self._process.start()
        theirs.close()
        if not self._pipe.poll(START_S) or self._received() != "ready":
            self.stop()
            raise SparqlNotBuilt(str(path.parent.parent))

    def is_alive(self) -> bool:
        return self._process.is_alive()

    def ask(self, question: tuple[Any, ...]) -> Answer:
        try:
            self._pipe.send(question)
            if not self._pipe.poll(self._limits.query_s):
                raise SparqlStopped(f"it took more than {self._limits.query_s:g} seconds")
        except (OSError, EOFError) as error:
            raise SparqlStopped("its process had ended") from error
        found = self._received()
        if isinstance(found, TastegraphError):
            raise found
        if not isinstance(found, Answer):
            raise SparqlStopped(f"it took more memory than {self._limits.memory_bytes >> 20:,} MiB")
        return found

    def _received(self) -> Any:
        try:
            return self._pipe.recv()
        except (OSError, EOFError):
            return None

    def stop(self) -> None:
        self._process.kill()
        self._process.join()
        self._process.close()
        self._pipe.close()


def _answer_all(path: str, limits: Limits, pipe: Connection) -> None:
    """What the process does until its end."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    os.dup2(os.open(os.devnull, os.O_WRONLY), 2)  # where memory ends, Oxigraph prints its stack
    store = ox.Store.read_only(f"{path}/store")
    resource.setrlimit(resource.RLIMIT_DATA, (limits.memory_bytes, limits.memory_bytes))
    pipe.send("ready")
    while True:
        try:
            question = pipe.recv()
        except EOFError:
            return
        pipe.send(_answered(store, limits, question))


def _answered(store: ox.Store, limits: Limits, question: tuple[Any, ...]) -> Answer | TastegraphError | None:
    try:
        return _answer(store, limits, *question)
    except TastegraphError as error:
        return error
    except MemoryError:
        return None


def _answer(
    store: ox.Store, limits: Limits, query: str, accept: str, default: tuple[str, ...], named: tuple[str, ...]
) -> Answer:
    try:
        found = store.query(
            query,
            use_default_graph_as_union=not default,
            default_graph=[ox.NamedNode(each) for each in default] or None,
            named_graphs=[ox.NamedNode(each) for each in named] or None,
        )
    except SyntaxError as error:
        raise SparqlRefused(str(error.msg or error), error.lineno, error.offset) from error
    except ValueError as error:
        raise InvalidValue("graph", str(error)) from error
    return write_answer(found, accept, limits)
