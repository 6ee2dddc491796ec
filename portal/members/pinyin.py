"""How names are found by their sound: every reading of the surname, and the initials."""

from __future__ import annotations

import unicodedata
from functools import lru_cache

from pypinyin.constants import PINYIN_DICT

# The reading a character has as a surname, where the dictionary names another one first.
_SURNAMES = {
    "曾": "zeng", "仇": "qiu", "单": "shan", "解": "xie", "区": "ou", "任": "ren", "华": "hua",
    "翟": "zhai", "查": "zha", "盖": "ge", "尹": "yin", "卜": "bu", "朴": "piao", "覃": "qin",
    "召": "shao", "缪": "miao", "燕": "yan", "应": "ying", "宁": "ning", "冼": "xian", "葛": "ge",
    "纪": "ji", "訾": "zi", "黑": "he", "秘": "bi", "折": "she", "种": "chong", "员": "yun",
    "乐": "yue", "逄": "pang", "隗": "wei", "过": "guo", "哈": "ha", "晟": "cheng", "殷": "yin",
    "郇": "xun", "那": "na", "佴": "nai", "洗": "xian", "呙": "guo", "尉": "wei", "祭": "zhai",
    "柏": "bai", "车": "che", "能": "nai", "於": "yu", "俱": "ju", "繁": "po", "都": "du",
    "石": "shi", "盛": "sheng", "沈": "shen", "贾": "jia", "撒": "sa", "瞿": "qu", "亓": "qi",
    "不": "fou", "适": "kuo", "教": "jiao", "幺": "yao", "强": "qiang", "鲜": "xian", "长": "zhang",
}  # fmt: skip
_COMPOUND = {
    "尉迟": "yuchi", "万俟": "moqi", "长孙": "zhangsun", "单于": "chanyu", "澹台": "tantai",
    "令狐": "linghu", "宿六": "suliu", "皇甫": "huangfu", "夏侯": "xiahou", "欧阳": "ouyang",
}  # fmt: skip
_LENGTH = 200


def _plain(reading: str) -> str:
    letters = unicodedata.normalize("NFD", reading).replace("u\u0308", "v")
    return "".join(letter for letter in letters if letter.isascii() and letter.isalpha()).lower()


@lru_cache(maxsize=20_000)
def readings(character: str) -> tuple[str, ...]:
    """Return the toneless readings of one character, its reading as a surname first.

    >>> readings("曾")
    ('zeng', 'ceng')
    """
    if character.isascii():
        return (character.lower(),) if character.isalnum() else ()
    known = PINYIN_DICT.get(ord(character), "")
    found = [_plain(reading) for reading in known.split(",") if reading]
    first = _SURNAMES.get(character)
    return tuple(dict.fromkeys(filter(None, [first, *found])))


@lru_cache(maxsize=20_000)
def _given(character: str) -> str:
    """Return the reading a character usually has in a given name."""
    if character.isascii():
        return character.lower() if character.isalnum() else ""
    return _plain(PINYIN_DICT.get(ord(character), "").split(",")[0])


@lru_cache(maxsize=20_000)
def index(name: str) -> str:
    """Return what `name` is searched by: whole readings and initials, one for each surname reading.

    >>> index("单建国")
    'shanjianguo sjg danjianguo djg chanjianguo cjg'
    >>> index("尉迟 敏")
    'yuchimin ycm weichimin wcm yunchimin'
    """
    letters = [letter for letter in name if not letter.isspace()]
    if not letters:
        return ""
    given = [_given(letter) for letter in letters[1:]]
    rest, initials = "".join(given), "".join(reading[:1] for reading in given)
    tokens = []
    compound = _COMPOUND.get("".join(letters[:2]))
    if compound is not None:
        tokens += [compound + "".join(given[1:]), compound[0] + initials]
    for surname in readings(letters[0]):
        tokens += [surname + rest, surname[:1] + initials]
    return " ".join(dict.fromkeys(tokens))[:_LENGTH]
