"""Where one is sent on to: within the portal, and nowhere else."""

from __future__ import annotations

HOME = "/"


def safe_next(wanted: str | None) -> str:
    """Return `wanted` if it is an address of this portal, else the first page."""
    if not wanted or not wanted.startswith("/") or wanted.startswith(("//", "/\\")):
        return HOME
    return HOME if any(ord(sign) < ord(" ") or sign == "\\" for sign in wanted) else wanted
