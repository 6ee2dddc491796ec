from __future__ import annotations

import pytest

from portal.members import pinyin


@pytest.mark.parametrize(
    ("name", "found_by"),
    [
        ("张建国", "zjg"),
        ("张建国", "zhangjianguo"),
        ("曾国强", "zengguoqiang"),
        ("曾国强", "cengguoqiang"),
        ("仇和平", "qiuheping"),
        ("单建国", "shanjianguo"),
        ("解放", "xf"),
        ("区志伟", "ouzhiwei"),
        ("欧阳敏", "ouyangmin"),
        ("吕岩", "lvyan"),
        ("买买提·艾力", "mmtal"),
        ("Anna Lee", "annalee"),
    ],
)
def test_a_name_is_found_by_its_sound(name: str, found_by: str) -> None:
    assert found_by in pinyin.index(name).split()


def test_the_usual_reading_of_a_surname_comes_first() -> None:
    assert pinyin.readings("曾")[0] == "zeng"
    assert pinyin.readings("任")[0] == "ren"


def test_nothing_has_no_sound() -> None:
    assert pinyin.index("") == ""
