"""What the store says no to, as callers are answered."""

import pytest

from daemon.protocol import FieldProblem, Problem
from daemon.services.refusals import refusal_of
from daemon.store.errors import (
    EventConflict,
    NameTaken,
    NotFound,
    QueryTooLong,
    StaleVersion,
    StoreFailed,
    StoreFull,
    StoreLocked,
    WrongState,
)

TAKEN = FieldProblem("name", "is taken by another webhook; choose another")
REPEATED = FieldProblem("event_id", "is the id of another event; give a new event another id")


@pytest.mark.parametrize(
    ("error", "problem", "retry_after"),
    [
        (
            NotFound("delivery", "d1"),
            Problem(
                "Not found", 404, "there is no delivery 'd1'; the list of deliveries has their ids"
            ),
            None,
        ),
        (WrongState("it has ended"), Problem("Conflict", 409, "it has ended"), None),
        (NameTaken(), Problem("Invalid input", 422, "", (TAKEN,)), None),
        (
            StaleVersion("saved", {"version": 2}),
            Problem("Stale version", 412, "saved", current={"version": 2}),
            None,
        ),
        (
            EventConflict("e1"),
            Problem(
                "Conflict",
                409,
                "event e1 was accepted before with other content; give a new event another id",
                (REPEATED,),
            ),
            None,
        ),
        (
            StoreFull(),
            Problem("Unavailable", 503, "the disk is full; free some space, nothing was accepted"),
            5,
        ),
        (
            StoreLocked(),
            Problem("Unavailable", 503, "another program has locked the database; close it"),
            1,
        ),
        (StoreFailed(), Problem("Unavailable", 503, "the store failed; the daemon stops"), 1),
        (
            QueryTooLong(10.0),
            Problem(
                "Unavailable",
                503,
                "the query takes longer than 10 s; narrow it by a span of time (from, to), a"
                " status, a webhook or a project",
            ),
            1,
        ),
    ],
)
def test_each_error_has_its_answer(error, problem, retry_after):
    refusal = refusal_of(error)
    assert refusal.problem == problem
    assert refusal.retry_after == retry_after
