"""Reading one cell of a roster: what it means, what was made uniform, what is wrong with it.

Every reader takes the raw cell (text, or a number where the workbook holds one) and returns a
`Read`. The rules are those of ui.md, "Pitfalls", and forms.md §2.9 to §2.12.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NamedTuple

from portal.core.words import Words
from portal.members import codes, idnumber, tidy

if TYPE_CHECKING:
    from portal.members.codes import CodeList

Raw = str | float | int

ERROR, ASK, WARNING = "error", "ask", "warning"


class Fault(NamedTuple):
    """What is wrong with a cell: a rule, how grave it is, the sentence, and what to choose from."""

    rule: str
    severity: str
    words: Words
    choices: tuple[str, ...] = ()


class Read(NamedTuple):
    """What a cell means. `value` is None where it says nothing."""

    value: Any
    note: Words | None = None
    fault: Fault | None = None


Reader = Callable[[Raw], Read]

NOTHING = Read(None)
TIDIED = Words(
    "去掉空格、全角和看不见的字符", "blanks, full width and invisible characters removed"
)
NAMED = Words("按代码表统一名称", "named as the code list does")
LENGTHENED = Words("15 位升为 18 位", "15 digits lengthened to 18")
MASKED = Words("遮盖的内容，不作改动", "masked; left as it is on the roll")
PHONED = Words("电话写法统一", "phone number written one way")

_DIGITS_LOST = 1e15
_SCIENTIFIC = re.compile(r"\d(\.\d+)?E\+?\d\d", re.IGNORECASE)
_MOBILE = re.compile(r"1\d{10}")
_COUNTRY = re.compile(r"^(?:\+|00)?86-?(?=1\d{10}$)")
_NUMBER_AS_TEXT = re.compile(r"\d+\.0+")


def as_text(raw: Raw) -> str:
    """Return a cell as the text a person sees in it.

    >>> as_text(13900000001.0), as_text(" 王强")
    ('13900000001', ' 王强')
    """
    if isinstance(raw, str):
        return raw
    return str(int(raw)) if raw == int(raw) and abs(raw) < _DIGITS_LOST else repr(raw)


def text(most: int) -> Reader:
    """Return a reader of free text of at most `most` characters."""

    def read(raw: Raw) -> Read:
        written = as_text(raw)
        kept = tidy.trimmed(written)
        if not kept or tidy.says_nothing(kept):
            return NOTHING
        if len(kept) > most:
            return Read(None, None, _too_long(most))
        return Read(kept, TIDIED if kept != written else None)

    return read


def person_name(raw: Raw) -> Read:
    """Read a name: padding between Chinese characters goes, the middle dot becomes one kind."""
    written = as_text(raw)
    kept = tidy.name(written)
    if not kept:
        return NOTHING
    if len(kept) > 60 or not isinstance(raw, str):  # noqa: PLR2004
        return Read(
            None, None, _fault("name", "姓名不像一个人名，请核对", "This is no name; check it")
        )
    fault = None
    if not kept.isalpha() and tidy.has_private_characters(kept):
        fault = _fault(
            "name-characters",
            "姓名里有只在个别字体中才有的字，别的电脑上会显示成方框。请换成标准汉字，或用拼音注明",
            "The name holds a character of one font only; use a standard one or pinyin",
            WARNING,
        )
    return Read(kept, TIDIED if kept != written else None, fault)


def id_number(raw: Raw) -> Read:
    """Read an ID number; what a spreadsheet has rounded cannot be mended, only typed again."""
    if not isinstance(raw, str) and raw >= _DIGITS_LOST:
        return Read(None, None, _DIGITS_GONE)
    written = as_text(raw)
    number = tidy.compact(written).upper().strip("'‘’`")
    if idnumber.is_written_right(number):
        return _checked_id(number, TIDIED if number != written else None)
    if idnumber.is_old(number):
        return _checked_id(idnumber.lengthened(number), LENGTHENED)
    if tidy.says_nothing(number):
        return NOTHING
    return Read(None, None, _DIGITS_GONE if _SCIENTIFIC.fullmatch(number) else _wrong_shape(number))


def _checked_id(number: str, note: Words | None) -> Read:
    if idnumber.birth(number) is None:
        return Read(None, None, _NO_SUCH_BIRTH)
    if idnumber.check_digit(number[:17]) != number[17]:
        return Read(None, None, _WRONG_CHECK_DIGIT)
    return Read(number, note, None if idnumber.is_known_area(number) else _UNKNOWN_AREA)


def phone(raw: Raw) -> Read:
    """Read a phone number: spreadsheet's ``.0`` and the country's +86 go, the rest stays."""
    written = as_text(raw)
    number = tidy.compact(written)
    if tidy.says_nothing(number):
        return NOTHING
    if _NUMBER_AS_TEXT.fullmatch(number):
        number = number.partition(".")[0]
    number = _COUNTRY.sub("", number)
    bare = number.replace("-", "")
    if _MOBILE.fullmatch(bare):
        number = bare
    if len(number) > 60:  # noqa: PLR2004
        return Read(None, None, _too_long(60))
    return Read(number, PHONED if number != written else None)


def mobile(raw: Raw) -> Read:
    """Read a mobile number; one that is not eleven digits long is pointed out, not refused."""
    read = phone(raw)
    if read.value is None or _MOBILE.fullmatch(read.value):
        return read
    return read._replace(
        fault=_fault(
            "phone",
            "手机号不是 1 开头的 11 位数字，请核对；已按原样读入",
            "This is not an 11-digit mobile number; it was read as it stands",
            WARNING,
        )
    )


def unless_masked(read: Reader) -> Reader:
    """Return `read` so that a cell masked by an export says nothing when it comes back."""

    def reader(raw: Raw) -> Read:
        masked = isinstance(raw, str) and "**" in raw
        return Read(None, MASKED) if masked else read(raw)

    return reader


def staff_number(raw: Raw) -> Read:
    """Read a staff or student number."""
    if not isinstance(raw, str) and raw >= _DIGITS_LOST:
        return Read(None, None, _DIGITS_GONE)
    written = as_text(raw)
    number = tidy.compact(written)
    if tidy.says_nothing(number):
        return NOTHING
    if len(number) > 40:  # noqa: PLR2004
        return Read(None, None, _too_long(40))
    return Read(number, TIDIED if number != written else None)


def coded(listed: CodeList, zh: str, en: str) -> Reader:
    """Return a reader of the values of a list; `zh` and `en` name what is being read."""
    rule = listed.name.replace("_", "-")

    def read(raw: Raw) -> Read:
        written = as_text(raw)
        known = listed.find(written)
        if known is not None:
            return Read(known.code, NAMED if written != known.words.zh else None)
        if tidy.says_nothing(written):
            return NOTHING
        examples = [code.words for code in listed][:3]
        return Read(
            None,
            None,
            _fault(
                rule,
                f"{zh}“{written[:20]}”不在代码表里，请改成表里的名称，如 "
                + "、".join(words.zh for words in examples),
                f"{en} “{written[:20]}” is not on the code list; write a name from it, such as "
                + ", ".join(words.zh for words in examples),
            ),
        )

    return read


_education_name = coded(codes.EDUCATION, "学历", "Education")


def education(raw: Raw) -> Read:
    """Read an education by name. A bare code means different things in two lists: refused.

    Only codes with a letter (1A, 2D) are read, because no other list has them.
    """
    code = tidy.compact(as_text(raw)).upper()
    if not code.isdigit():
        if len(code) == 2 and code in codes.EDUCATION:  # noqa: PLR2004
            return Read(code, NAMED)
        return _education_name(raw)
    return Read(
        None,
        None,
        _fault(
            "education-code",
            f"学历只写了代码 {code[:4]}，不同代码表里意思不同。请写名称（如 大专），"
            "或把这一列的表头改成“学历代码（党统）”或“学历代码（GB/T 4658）”",
            f"Education is given as code {code[:4]} only, which differs between code lists; write "
            "the name, or title the column 学历代码（党统） or 学历代码（GB/T 4658）",
        ),
    )


def education_code(raw: Raw) -> Read:
    """Read an education code of the 党统 list (forms.md §2.5)."""
    code = tidy.compact(as_text(raw)).upper()
    return Read(code, NAMED) if code in codes.EDUCATION else _education_name(raw)


def education_code_gb(raw: Raw) -> Read:
    """Read an education code of GB/T 4658-2006."""
    code = codes.GB_4658.get(tidy.compact(as_text(raw)))
    return Read(code, NAMED) if code else _education_name(raw)


def yes_no(raw: Raw) -> Read:
    """Read a yes or a no; 无 and — mean no here."""
    written = as_text(raw)
    known = codes.YES_NO.find(written)
    if known is not None:
        return Read(known.code == "yes", NAMED if written not in {"是", "否"} else None)
    if not tidy.folded(written):
        return NOTHING
    return Read(
        None, None, _fault("yes-no", "这里只能填“是”或“否”", "Write 是 (yes) or 否 (no) here")
    )


def occupation(raw: Raw) -> Read:
    """Read an occupation: the list's name where it is on the list, else as it stands."""
    read = _occupation_text(raw)
    known = codes.OCCUPATION.find(read.value) if read.value else None
    return Read(known.code, read.note) if known else read


_occupation_text = text(60)


def _fault(rule: str, zh: str, en: str, severity: str = ERROR) -> Fault:
    return Fault(rule, severity, Words(zh, en))


def _too_long(most: int) -> Fault:
    return _fault(
        "too-long",
        f"这一格超过 {most} 个字，请缩短；原来的内容仍在您的文件里",
        f"This cell holds more than {most} characters; shorten it. Your file is unchanged",
    )


def _wrong_shape(number: str) -> Fault:
    return _fault(
        "id-shape",
        f"身份证号应为 18 位，这里是 {len(number)} 位或含有别的字符。请照身份证重填",
        f"An ID number has 18 characters; here are {len(number)} or others. Copy it from the card",
    )


_DIGITS_GONE = _fault(
    "id-number-cell",
    "以数字保存，15 位以后已丢失。请先把这一格设为“文本”，再照身份证重填 18 位",
    "Kept as a number: the digits after the fifteenth are lost. Format the cell as text, then type "
    "all 18 again",
)
_NO_SUCH_BIRTH = _fault(
    "id-birth",
    "身份证号第 7 至 14 位不是一个日子，有数字填错了。请照身份证核对",
    "Digits 7 to 14 of the ID number are no day of the calendar; check them against the card",
)
_WRONG_CHECK_DIGIT = _fault(
    "id-check",
    "身份证号最后一位（校验码）对不上，有一位填错了。请照身份证逐位核对",
    "The last digit of the ID number does not fit; one digit is wrong. Check it against the card",
)
_UNKNOWN_AREA = _fault(
    "id-area",
    "身份证号开头不是现有的省份代码，请核对；已按原样读入",
    "The ID number does not begin with a province; it was read as it stands",
    WARNING,
)
