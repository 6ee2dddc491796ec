"""Materialized paths: where a node sits in a tree, written as the numbers from the root down.

A path is ``/1/7/32/``: it opens and closes with a slash, so that a plain prefix test decides
"is within" and ``/1/7/`` never claims ``/1/70/``. In the database the same test is a half-open
range, which any B-tree index on a byte-ordered column answers.
"""

from __future__ import annotations

ROOT = "/"


def below(parent: str, number: int) -> str:
    """Return the path of node `number` placed directly below the path `parent`."""
    return f"{parent}{number}/"


def parent(path: str) -> str:
    """Return the path one level up; the root's own parent is ``/``.

    >>> parent("/1/7/32/")
    '/1/7/'
    """
    return path[: path.rstrip("/").rfind("/") + 1]


def number(path: str) -> int:
    """Return the number of the node at `path` itself.

    >>> number("/1/7/32/")
    32
    """
    return int(path.rstrip("/").rsplit("/", 1)[1])


def depth(path: str) -> int:
    """Return how many nodes lie on the way, the node itself included.

    >>> depth("/1/7/32/")
    3
    """
    return path.count("/") - 1


def is_within(path: str, place: str) -> bool:
    """Tell whether `path` is `place` itself or anything beneath it."""
    return path.startswith(place)


def bounds(place: str) -> tuple[str, str]:
    """Return the half-open range that holds `place` and everything beneath it, bytewise.

    The successor of the closing slash is ``0``.

    >>> bounds("/1/7/")
    ('/1/7/', '/1/70')
    """
    return place, place[:-1] + "0"


def lineage(path: str) -> tuple[str, ...]:
    """Return the paths from the topmost node down to `path` itself.

    >>> lineage("/1/7/32/")
    ('/1/', '/1/7/', '/1/7/32/')
    """
    numbers = path.strip("/").split("/") if path != ROOT else []
    return tuple("/" + "/".join(numbers[: step + 1]) + "/" for step in range(len(numbers)))
