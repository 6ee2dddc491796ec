"""Made-up members: nobody real. ID numbers begin with 99, a prefix that was never assigned.

The shares are those of real units (forms.md §5: of a few hundred members a handful is away, one
or two are lost); the same seed makes the same people.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from portal.core.precision import Day
from portal.members import idnumber

if TYPE_CHECKING:
    from random import Random

_SURNAMES = (
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林罗郑梁谢宋唐许韩冯邓曹彭曾肖田董袁潘于蒋蔡"
    "余杜叶程苏魏吕丁任沈姚卢姜崔钟谭陆汪范金石廖贾夏韦付方白邹孟熊秦邱江尹薛闫段雷侯"
    "龙史陶黎贺顾毛郝龚邵万钱严覃武戴莫孔向汤"
)
_GIVEN = (
    "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超秀霞平刚桂英华玉兰萍红建国志文海波宁欣怡雪梅春"
    "燕云飞鹏浩宇晨阳佳琪思远立新永康国栋美珍小龙晓东"
)
_OCCUPATIONS = (
    ("农牧渔业生产人员", 30), ("退休人员", 22), ("企业管理岗位", 8), ("非公有企业工勤岗位", 8),
    ("外出务工经商人员", 8), ("社区工作人员", 5), ("个体工商户中的从业人员", 5), ("公务员", 4),
    ("事业单位专业技术岗位", 4), ("待安置、毕业未就业人员", 2), ("其他从业人员", 4),
)  # fmt: skip
_EDUCATION = (("21", 14), ("22", 18), ("41", 10), ("61", 22), ("71", 26), ("81", 8), ("12", 2))
_PLACES = (
    ("上海 · 松江", "other_province"), ("江苏 · 昆山", "other_province"),
    ("广东 · 深圳", "other_province"), ("浙江 · 宁波", "other_city"),
    ("浙江 · 杭州", "other_city"), ("本市 · 新城", "same_city"),
)  # fmt: skip
_KINDS = (
    ("private_firm", 40), ("self_employed", 16), ("private_foreign", 5), ("organ", 2),
    ("institution", 6), ("talent_center", 2), ("city_community", 14), ("town_community", 6),
    ("village", 5), ("private_nonprofit", 3), ("other", 1),
)  # fmt: skip
_FORMER = (
    ("farmer", 38), ("worker", 22), ("manager", 14), ("graduate", 8), ("intermediary", 3),
    ("lawyer", 1), ("accountant", 2), ("other", 12),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class MadeUp:
    """One made-up member: what the roster says, and what a search will bring to light.

    `truth` holds finding fields as `screening.find` takes them; `outcome` is found, not_found or
    empty.
    """

    roster: dict[str, Any]
    truth: dict[str, Any] = field(default_factory=dict)
    outcome: str = ""
    doubt: str = ""


def _pick(random: Random, weighted: tuple[tuple[str, int], ...]) -> str:
    values, weights = zip(*weighted, strict=True)
    chosen: str = random.choices(values, weights)[0]
    return chosen


def make(random: Random, number: int, cut_off: date, lost: float = 0.012) -> MadeUp:
    """Return the made-up member `number` of a rehearsal, as of `cut_off`; `lost` is a share."""
    born = date(cut_off.year - random.randint(19, 85), random.randint(1, 12), random.randint(1, 28))
    gender = random.choice("12")
    joined = _joined(random, born, cut_off)
    probationary = (cut_off - joined).days < 365  # noqa: PLR2004  the probationary year
    roster: dict[str, Any] = {
        "name": name(random),
        "gender": gender,
        "ethnicity": "01" if random.random() < 0.97 else random.choice(("22", "03", "11")),  # noqa: PLR2004
        "born": Day.of(born),
        "id_number": _id_number(number, born, gender),
        "education": _pick(random, _EDUCATION),
        "standing": "probationary" if probationary else "full",
        "joined": Day.of(joined),
        "confirmed": None if probationary else Day.of(joined + timedelta(days=366)),
        "occupation": _pick(random, _OCCUPATIONS),
        "phone": f"139{number % 100_000_000:08d}",
        "dues_until": _month_before(cut_off, random.randint(0, 2)),
        "last_meeting": _month_before(cut_off, random.randint(0, 3)),
    }
    return _with_story(random, roster, cut_off, lost)


def _with_story(random: Random, roster: dict[str, Any], cut_off: date, lost: float) -> MadeUp:
    """Give one in six a story: away, lost, sent off, nominal; the rest are in order."""
    dice = random.random()
    if dice < lost:
        return _lost(random, roster, cut_off)
    if dice < 0.10:  # noqa: PLR2004
        return _away(random, roster, cut_off)
    if dice < 0.107:  # noqa: PLR2004
        return _sent(random, roster, cut_off)
    if dice < 0.117:  # noqa: PLR2004
        return MadeUp(roster, {"nominal": random.choice(("settled", "settled", "unsettled"))})
    if dice < 0.15:  # noqa: PLR2004
        return MadeUp(roster, {"lives_elsewhere": True})
    return MadeUp(roster, doubt="archive" if dice > 0.985 else "")  # noqa: PLR2004


def _lost(random: Random, roster: dict[str, Any], cut_off: date) -> MadeUp:
    months = random.choice((7, 8, 9, 11, 14, 20, 30, 60, 90, 140))
    roster |= {
        "dues_until": _month_before(cut_off, months),
        "last_meeting": _month_before(cut_off, months + random.randint(0, 6)),
    }
    circumstance = random.choice("1123456")
    found = random.random() < 0.7  # noqa: PLR2004
    truth: dict[str, Any] = {"lost": True, "circumstance": circumstance}
    if found:
        truth["wish"] = random.choice(("愿意转回参加组织生活", "愿意转出到居住地"))
    return MadeUp(roster, truth, "found" if found else "not_found", "dues")


def _away(random: Random, roster: dict[str, Any], cut_off: date) -> MadeUp:
    place, scope = random.choice(_PLACES)
    roster |= {"floating_marked": True, "destination": place}
    truth: dict[str, Any] = {
        "floating": True,
        "destination": place,
        "destination_scope": scope,
        "destination_kind": _pick(random, _KINDS),
        "former_occupation": _pick(random, _FORMER),
        "left_on": _month_before(cut_off, random.randint(3, 60)),
        "certificate": random.random() < 0.93,  # noqa: PLR2004
        "reason_away": random.choice(("务工", "经商", "随子女居住", "求学")),
    }
    return MadeUp(roster, truth)


def _sent(random: Random, roster: dict[str, Any], cut_off: date) -> MadeUp:
    issued = _month_before(cut_off, random.randint(1, 9))
    roster |= {
        "tie": "sent",
        "letter_number": f"{issued.text[:4]}-{random.randint(1, 9999):04d}",
        "letter_issued": issued,
    }
    return MadeUp(roster, {"receipt": random.choice(("settled", "missing"))})


def name(random: Random) -> str:
    """Return a made-up name of two or three characters."""
    return random.choice(_SURNAMES) + "".join(random.sample(_GIVEN, random.choice((1, 2, 2))))


def _joined(random: Random, born: date, cut_off: date) -> date:
    """Return a day on which somebody at least eighteen joined, nearly always long ago."""
    earliest = date(born.year + 18, born.month, 28)
    latest = cut_off - timedelta(days=30)
    if random.random() < 0.025:  # noqa: PLR2004
        earliest = max(earliest, cut_off - timedelta(days=330))
    span = max((latest - earliest).days, 0)
    return earliest + timedelta(days=random.randint(0, span))


def _id_number(number: int, born: date, gender: str) -> str:
    """Return a number of the unassigned area 99, right in its check digit, one per `number`."""
    area, sequence = divmod(number, 499)
    last = sequence * 2 + (gender == "1")
    stem = f"99{area % 10_000:04d}{born:%Y%m%d}{last % 1000:03d}"
    return stem + idnumber.check_digit(stem)


def _month_before(day: date, months: int) -> Day:
    index = day.year * 12 + day.month - 1 - months
    return Day(f"{index // 12:04d}-{index % 12 + 1:02d}")
