"""What is said when a sheet is held against the roll."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from portal.core.words import Words
from portal.members import codes

if TYPE_CHECKING:
    from datetime import date

    from sqlalchemy import Row

    from portal.imports.findings import Person


def left_before(row: Row[Any]) -> Words:
    """Say that somebody who left the roll stands in the sheet."""
    why = codes.LEAVING.words(row.left_reason)
    return Words(
        f"此人曾在 {row.left_on} 离开名册（{why.zh}），导入后将重新在册。不应在册的请从文件里删去",
        f"Left the roll on {row.left_on} ({why.en}); importing puts them on it again. Delete the "
        "row if that is wrong",
    )


def purged(on: date) -> Words:
    """Ask about somebody whose records were destroyed when their time was over."""
    return Words(
        f"此人的记录已于 {on} 到期销毁。确实重新在册的，请确认后再登记；不是的请从文件里删去",
        f"This person's records were destroyed on {on}, when their time was over. Confirm that "
        "they are registered anew, or delete the row from the file",
    )


def same_as(other: Person) -> Words:
    """Say that two rows speak of one member."""
    return Words(
        f"与第 {other.row} 行是名册上的同一个人。请只留一行；这一行没有导入",
        f"The same person of the roll as row {other.row}. Keep one row; this one was left out",
    )


NO_BRANCH = Words(
    "本单位下没有这个党支部。请写支部的全称，或写支部编码；这一行没有导入",
    "There is no such branch beneath this unit. Write its full name or its code; this row was left "
    "out",
)
MANY = Words(
    "本单位下有几个党支部叫这个名字。请加一列“党支部编码”；这一行没有导入",
    "Several branches beneath this unit bear this name. Add a column 党支部编码; this row was left "
    "out",
)
OTHER_BRANCH = Words(
    "表里写的不是本支部的名称，仍按本支部读入。不是本支部的人请删去这一行",
    "This is not the name of the branch; the row was read as its own. Delete it if it is not",
)
MOVED = Words(
    "此人在册于另一个支部。支部之间转移请办组织关系接转，导入只更新其他各项",
    "On the roll of another branch. Moving between branches is a transfer; the other fields are "
    "updated",
)
ID_CHANGED = Words(
    "学工号或姓名对得上，身份证号却与名册不同。请核对；确要改号的，请在党员页面上改",
    "The person is on the roll with another ID number. Check it; to change the number, change the "
    "member's own page",
)
