"""A request that a deadlock ended is done again; what goes wrong then is told as it is."""

from __future__ import annotations

import pytest
from django.db import OperationalError
from psycopg.errors import DeadlockDetected
from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.test import APIRequestFactory
from rest_framework.views import APIView

from core.api import MOST_REPEATS


def deadlock() -> OperationalError:
    error = OperationalError("deadlock detected")
    error.__cause__ = DeadlockDetected()
    return error


class Meeting(APIView):
    """Answers with what it is told to, one after the other."""

    authentication_classes = ()
    permission_classes = ()
    answers: list[Exception | None] = []

    def post(self, _request: Request) -> Response:
        answer = self.answers.pop(0)
        if answer is not None:
            raise answer
        return Response(status=201)


def ask(*answers: Exception | None) -> Response:
    return Meeting.as_view(answers=list(answers))(APIRequestFactory().post("/"))


def test_it_is_done_again_and_answered_as_if_nothing_had_been():
    assert ask(deadlock(), None).status_code == 201


def test_after_the_last_try_the_caller_is_asked_to_come_again():
    response = ask(*(deadlock() for _try in range(1 + MOST_REPEATS)))
    assert (response.status_code, response.data["code"]) == (409, "busy")


def test_another_failure_of_the_repeat_is_not_hidden_behind_the_deadlock():
    with pytest.raises(KeyError, match="mistake"):
        ask(deadlock(), KeyError("mistake"))


def test_any_other_failure_is_not_repeated():
    with pytest.raises(KeyError, match="mistake"):
        ask(KeyError("mistake"), None)


class Never(BasePermission):
    """Meets a deadlock when it is asked first."""

    met: list[bool] = []

    def has_permission(self, _request: Request, _view: APIView) -> bool:
        if not self.met:
            self.met.append(True)
            raise deadlock()
        return False


def test_a_repeat_lets_nobody_past_the_permissions():
    Never.met.clear()
    view = Meeting.as_view(answers=[None], permission_classes=[Never])
    assert view(APIRequestFactory().post("/")).status_code == 403
