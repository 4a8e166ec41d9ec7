from __future__ import annotations

import pytest

from api.errors import EXIT_CODES, OUTCOMES, meaning
from graph.errors import TastegraphError


def descendants(kind: type[TastegraphError]) -> set[type[TastegraphError]]:
    return {kind}.union(*(descendants(child) for child in kind.__subclasses__()))


OURS = {kind for kind in descendants(TastegraphError) if not kind.__module__.startswith("tests.")}


def test_every_error_has_a_status_and_an_exit_code() -> None:
    assert set(OUTCOMES) == OURS


def test_no_two_errors_share_a_code() -> None:
    codes = [kind.code for kind in OURS]
    assert len(set(codes)) == len(codes)


@pytest.mark.parametrize("kind", sorted(OURS, key=lambda kind: kind.code), ids=lambda kind: kind.code)
def test_an_error_fails_loudly_and_says_what_it_is(kind: type[TastegraphError]) -> None:
    outcome = OUTCOMES[kind]
    assert outcome.status >= 400
    assert outcome.exit_code in EXIT_CODES
    assert outcome.exit_code != 0
    assert meaning(kind)
