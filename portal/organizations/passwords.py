"""What a password must be: two profiles, one question, asked wherever one is written."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from itertools import product
from typing import TYPE_CHECKING

from portal.core.words import Words

if TYPE_CHECKING:
    from collections.abc import Iterable


@dataclass(frozen=True, slots=True)
class Policy:
    """What one profile asks for.

    ASVS 5.0 (V6.2.5, V6.2.10) forbids composition rules and periodic change; GB/T 22239-2019
    level 3 asks for both. Length and blocklist are the same in either.
    """

    shortest: int
    shortest_with_factor: int
    longest: int
    classes: int
    max_age: timedelta | None


POLICIES: dict[str, Policy] = {
    "asvs": Policy(15, 12, 128, 0, None),
    "mlps3": Policy(15, 12, 128, 3, timedelta(days=90)),
}
FEWEST_SIGNS, LEFT_OVER = 5, 6

PRODUCT = ("sicha", "四查", "排查", "党员", "党支部", "党委", "组织部", "portal")
_WORDS = (
    "password", "passw0rd", "passwort", "passwd", "pass", "mima", "mimashi", "admin",
    "administrator", "root", "user", "guest", "test", "demo", "login", "welcome", "hello",
    "letmein", "secret", "default", "changeme", "master", "system", "manager", "server",
    "computer", "internet", "qwerty", "qwertyuiop", "asdfgh", "asdfghjkl", "zxcvbn", "zxcvbnm",
    "qazwsx", "iloveyou", "love", "princess", "dragon", "monkey", "football", "sunshine",
    "superman", "batman", "shadow", "michael", "summer", "winter", "spring", "autumn", "monday",
    "friday", "january", "december", "china", "zhongguo", "beijing", "shanghai", "woaini",
    "woaizhongguo", "aini", "nihao", "wodemima", "woshishui", "baobao", "laopo", "laogong",
    "mama", "baba", "xiaoming", "dangyuan", "dangzhibu", "zuzhibu", "dangwei", "gongchandang",
    "renmin", "tianxia", "wangwang", "haha", "hehe", "xixi", "kaixin", "kuaile", "xinnian",
    "fafafa", "wuliao", "密码", "我的密码", "管理员", "我爱你", "我爱中国", "中国", "你好",
    "测试", "默认", "新年快乐", "恭喜发财",
)  # fmt: skip
_TAILS = ("", "1", "12", "123", "1234", "12345", "123456", "1234567", "12345678", "123456789",
          "1234567890", "123123", "112233", "111", "1111", "111111", "000", "0000", "000000",
          "666", "888", "666666", "888888", "520", "521", "1314", "5201314", "abc", "abc123",
          "!", "!!", "@", "#", "!@#", "@123", "!123", "#123", "_123", "qwe", "qwerty")  # fmt: skip
_ROWS = ("0123456789012345678901234567890", "abcdefghijklmnopqrstuvwxyz", "qwertyuiop", "asdfghjkl",
         "zxcvbnm", "1qaz2wsx3edc4rfv5tgb6yhn7ujm", "!@#$%^&*()")  # fmt: skip
_LOOKS = str.maketrans("@4301$5!7", "aaeoissit")
_DATE = re.compile(r"(?:19|20)\d\d(?:[01]\d[0-3]\d)?")
_RUN = 4

CLASSES = (
    re.compile(r"[A-Z]"), re.compile(r"[a-z]"), re.compile(r"[0-9]"), re.compile(r"[^A-Za-z0-9]"),
)  # fmt: skip


@cache
def common() -> frozenset[str]:
    """Return the passwords people choose first: words with the usual ends, years, dates, runs."""
    years = [str(year) for year in range(1949, 2031)]
    ends = (*_TAILS, *years)
    made = {head + tail for head, tail in product(_WORDS, ends)}
    made |= {word * times for word in _WORDS for times in (2, 3)}
    made |= {f"{year}{month:02}{day:02}" for year in years for month in range(1, 13)
             for day in range(1, 32)}  # fmt: skip
    made |= {row[at:to] for row in (*_ROWS, *(row[::-1] for row in _ROWS))
             for at in range(len(row)) for to in range(at + _RUN, len(row) + 1)}  # fmt: skip
    return frozenset(each for each in made if len(each) >= _RUN or not each.isascii())


@cache
def _parts() -> tuple[str, ...]:
    """Return what adds nothing to a password, the longest first."""
    runs = {each for row in _ROWS for each in (row, row[::-1])}
    found = {run[at : at + size] for run in runs for size in range(_RUN, len(run) + 1)
             for at in range(len(run) - size + 1)}  # fmt: skip
    found |= {word for word in (*_WORDS, *PRODUCT) if len(word) >= _RUN or not word.isascii()}
    return tuple(sorted(found, key=len, reverse=True))


def weakness(
    new: str, policy: Policy, *, own: Iterable[str] = (), with_factor: bool = False
) -> Words | None:
    """Return why a password does not do, or None if it does.

    Args:
        new: the password as typed; any characters, none of them cut off.
        policy: the profile in force.
        own: what others know of the person: names and the names of their units.
        with_factor: a second factor is asked for as well, so it may be a little shorter.
    """
    shortest = policy.shortest_with_factor if with_factor else policy.shortest
    if not shortest <= len(new) <= policy.longest:
        return Words(
            f"应为 {shortest} 到 {policy.longest} 个字符，可以用一句话",
            f"takes {shortest} to {policy.longest} characters; a sentence will do",
        )
    if sum(bool(each.search(new)) for each in CLASSES) < policy.classes:
        return Words(
            f"大写字母、小写字母、数字、其他字符（含汉字）中至少要有 {policy.classes} 种",
            f"takes {policy.classes} of: capitals, small letters, digits, anything else",
        )
    if _guessable(new, own):
        return Words(
            "太容易猜到：不要用常见密码、姓名、账号、单位名或重复的字符",
            "is too easy to guess: no common password, no name of yours or of your unit, no "
            "repeated characters",
        )
    return None


def _guessable(new: str, own: Iterable[str]) -> bool:
    plain = unicodedata.normalize("NFKC", new).casefold()
    bare = re.sub(r"[\s_.\-]", "", plain)
    if len(set(bare)) < FEWEST_SIGNS or bare in (bare + bare)[1:-1]:
        return True
    if {plain, bare, bare.translate(_LOOKS), bare[::-1]} & common():
        return True
    names = [text.casefold().strip() for text in own if len(text.strip()) > 1]
    undated = _DATE.sub(" ", bare)
    return any(_left(each, names) < LEFT_OVER for each in (undated, undated.translate(_LOOKS)))


def _left(text: str, names: list[str]) -> int:
    """Return how many characters remain, and differ, once everything known is taken out."""
    for known in (*names, *_parts()):
        text = text.replace(re.sub(r"[\s_.\-]", "", known) or "\0", " ")
    return min(len(text.replace(" ", "")), len(set(text)) + 1)
