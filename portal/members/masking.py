"""How an ID number, a phone number and an address are shown to people who need not read them."""

from __future__ import annotations

_STAR = "*"


def masked_id(number: str | None) -> str:
    """Return an ID number with its day of birth and sequence hidden.

    >>> masked_id("990101198703100014")
    '990101********0014'
    """
    return _middle_hidden(number, 6, 4)


def masked_phone(number: str | None) -> str:
    """Return a phone number with its middle hidden.

    >>> masked_phone("13900000001"), masked_phone("0571-8800001")
    ('139****0001', '0571*****001')
    """
    if not number:
        return ""
    return _middle_hidden(number, 3, 4) if number.isdigit() else _middle_hidden(number, 4, 3)


def masked_address(address: str | None) -> str:
    """Return an address with everything behind its first six characters hidden.

    >>> masked_address("某省某市某区某路1号")
    '某省某市某区****'
    """
    return f"{address[:6]}{_STAR * 4}" if address else ""


def _middle_hidden(text: str | None, head: int, tail: int) -> str:
    if not text:
        return ""
    if len(text) <= head + tail:
        return _STAR * len(text)
    return f"{text[:head]}{_STAR * (len(text) - head - tail)}{text[-tail:]}"
