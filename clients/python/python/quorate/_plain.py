"""Errors as a ServerApp may see them. Flower sends it the class and the text of what a ClientApp raises; a text may have paths, URLs and names in it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from logging import getLogger
from typing import ParamSpec, TypeVar

from .errors import QuorateError

_LOG = getLogger("quorate")
_Error = TypeVar("_Error", bound=QuorateError)
_P = ParamSpec("_P")
_T = TypeVar("_T")


class _OfTheApp(Exception):
    def __init__(self, error: Exception) -> None:
        super().__init__()
        self.error = error


def sayable(error: _Error) -> _Error:
    """The error, whose text a ServerApp may see as it is."""
    error.sayable = True
    return error


def of_the_app(function: Callable[_P, _T]) -> Callable[_P, _T]:
    """The function, whose errors are those of the app itself: `plainly` lets them pass."""

    def call(*arguments: _P.args, **options: _P.kwargs) -> _T:
        try:
            return function(*arguments, **options)
        except Exception as error:
            raise _OfTheApp(error) from error

    return call


@contextmanager
def plainly() -> Iterator[None]:
    """Errors go to the log of this machine in full, and on with their class and what such an error is."""
    try:
        yield
    except _OfTheApp as raised:
        raise raised.error from raised.error.__cause__
    except QuorateError as error:
        if error.sayable:
            raise
        _LOG.exception("quorate_mod")
        raise error.without_details() from None
    except Exception as error:
        _LOG.exception("quorate_mod")
        raise QuorateError(f"{type(error).__name__} in quorate_mod: the log of the node says why") from None
