"""Why a workbook is refused, in both languages: what is wrong, where, and how to mend it."""

from __future__ import annotations

from portal.core.errors import Invalid, Problem
from portal.core.words import Words

_SAVE = "用 WPS 或 Excel 打开，“另存为”.xlsx 再上传"
_SAVE_EN = "Open it in a spreadsheet program, save it as .xlsx and upload that"
_COPY = "请把名册那一块复制到新的空白工作簿（选择性粘贴：数值）再上传"
_COPY_EN = "Copy the roster alone, values only, into a new workbook and upload that"
_NOTHING = "没有读入任何内容"

# By rule: what is wrong and how to mend it. What comes with `{where}` names the place.
SENTENCES: dict[str, tuple[str, str]] = {
    "empty": (
        "这个文件是空的，没有可读的工作表。请检查是否选错了文件",
        "This file is empty: there is no sheet to read. Check whether it is the right one",
    ),
    "large": (
        f"文件超过 {{where}} MB。请去掉图片和多余的工作表，或分成几个文件上传；{_NOTHING}",
        (
            "The file is larger than {where} MB. Remove pictures and spare sheets, or split it; "
            "nothing was read"
        ),
    ),
    "macros": (
        f"这个工作簿带有宏（.xlsm）{{where}}，出于安全不能读。请{_SAVE}；原文件没有改动",
        (
            f"This workbook holds macros (.xlsm){{where}} and is not opened. {_SAVE_EN}; "
            "your file is "
            "unchanged"
        ),
    ),
    "password": (
        "这个工作簿设了密码或受权限保护，打不开。请取消密码后另存一份再上传；原文件没有改动",
        (
            "This workbook is protected by a password or by rights management. Save a "
            "copy without it "
            "and upload that; your file is unchanged"
        ),
    ),
    "links": (
        f"这个工作簿链接到别的文件{{where}}，出于安全不能读。{_COPY}；{_NOTHING}",
        f"This workbook links to other files{{where}} and is not read. {_COPY_EN}",
    ),
    "embedded": (
        (
            f"这个工作簿里嵌了别的文件{{where}}，出于安全不能读。请删去嵌入的对象，"
            f"或{_COPY[1:]}；{_NOTHING}"
        ),
        f"Another file is embedded in this workbook{{where}}. Delete the object. {_COPY_EN}",
    ),
    "controls": (
        f"这个工作簿里有控件（按钮、下拉框等）{{where}}，出于安全不能读。{_COPY}；{_NOTHING}",
        f"This workbook holds form controls{{where}} and is not read. {_COPY_EN}",
    ),
    "connections": (
        f"这个工作簿带有数据连接{{where}}，出于安全不能读。{_COPY}；{_NOTHING}",
        f"This workbook holds data connections{{where}} and is not read. {_COPY_EN}",
    ),
    "doctype": (
        f"这个文件的内部写法不合规范（文档类型声明）{{where}}，不能读。请{_SAVE}；{_NOTHING}",
        f"This file holds a document type declaration{{where}}, as no workbook does. {_SAVE_EN}",
    ),
    "names": (
        f"这个文件内部的部件名有重复或不合规范{{where}}，不能读。请{_SAVE}；{_NOTHING}",
        f"Parts of this file have double or improper names{{where}}. {_SAVE_EN}",
    ),
    "polyglot": (
        f"这个文件后面还接着别的内容，不是单纯的电子表格，不能读。请{_SAVE}；{_NOTHING}",
        f"Something else is appended to this workbook. {_SAVE_EN}",
    ),
    "bomb": (
        f"这个文件解开后大得不正常{{where}}，没有读入。{_COPY}",
        f"This file unpacks to far more than a roster holds{{where}} and was not read. {_COPY_EN}",
    ),
    "far": (
        (
            f"单元格{{where}}远在名册之外，或位置写得不对。"
            f"请删去名册右边、下边的多余单元格，或{_COPY[1:]}；{_NOTHING}"
        ),
        (
            "A cell{where} is far outside the roster, or in a place that cannot be. Delete what is "
            f"to the right of and beneath the roster. {_COPY_EN}"
        ),
    ),
    "merge": (
        f"合并单元格或链接的范围大得不正常{{where}}。请取消合并后再上传；{_NOTHING}",
        (
            "A merged range or a link spans far too much{where}. Undo the merge and upload again; "
            "nothing was read"
        ),
    ),
    "formula": (
        (
            "有公式{where}。公式显示的数和里面存的数可能不一样，所以不读。"
            "请选中有公式的格子，复制，“选择性粘贴：数值”，"
            f"再上传；{_NOTHING}"
        ),
        (
            "There are formulas{where}. What they show and what is stored may differ, "
            "so they are not "
            "read. Copy these cells, paste them as values and upload again; nothing was read"
        ),
    ),
    "incomplete": (
        f"文件里写的行数和读到的行数对不上{{where}}，为免漏人没有读入。请{_SAVE}",
        (
            "The rows in the file and those that could be read differ{where}; nobody "
            "shall be lost, "
            f"so nothing was read. {_SAVE_EN}"
        ),
    ),
    "cell": (
        f"有一格的文字超过 32767 个字，不像名册。请删去过长的内容再上传；{_NOTHING}",
        "A cell holds more than 32,767 characters. Shorten it and upload again; nothing was read",
    ),
    "costly": (
        (
            f"读这个文件要用的内存或时间超过上限，已停止。{_COPY}，"
            f"人多时请按支部分成几个文件；{_NOTHING}"
        ),
        (
            "Reading this file took more memory or time than is allowed and was stopped. "
            f"{_COPY_EN}; split a large roster by branch; nothing was read"
        ),
    ),
    "csv": (
        "CSV 文本不能用来上传名册：身份证号等长数字会丢位，汉字编码也不确定。请另存为 .xlsx 再传",
        (
            "A roster is not read from CSV: long numbers lose digits there and the encoding is "
            "uncertain. Save it as .xlsx"
        ),
    ),
    "web-page": (
        "这个文件其实是网页或 XML，只是改了后缀。请用 WPS 或 Excel 打开它，另存为 .xlsx 再上传",
        (
            "This file is a web page or XML under another name. Open it in a "
            "spreadsheet program and "
            "save it as .xlsx"
        ),
    ),
    "kind": (
        f"这不是能读的电子表格。可以上传 .xlsx、.xls 或 .ods；{_NOTHING}",
        "This is no workbook that can be read. Upload .xlsx, .xls or .ods; nothing was read",
    ),
    "rows": (
        f"工作表的行数超过上限。请按支部分成几个文件上传；{_NOTHING}",
        "A sheet has more rows than are read at once. Split the file by branch; nothing was read",
    ),
    "columns": (
        f"工作表超过 256 列，不像名册。请删去右边多余的列再上传；{_NOTHING}",
        "A sheet has more than 256 columns. Remove the spare ones on the right; nothing was read",
    ),
    "broken": (
        (
            "这个文件已损坏，或不是电子表格{where}，读不出来。请用 WPS 或 Excel 打开，"
            "另存为 .xlsx 再上传"
        ),
        f"This file is damaged or no workbook{{where}}. {_SAVE_EN}",
    ),
    "quota": (
        "今天上传的文件已达 {where}，明天再传；急用请把几个文件并成一个。名册没有变化",
        (
            "Today's uploads have reached {where}. Continue tomorrow, or put several "
            "files into one; "
            "the roster is unchanged"
        ),
    ),
    "parts": (
        "一次提交的内容分成了太多块，没有收下。请返回上一页，只选一个文件再传",
        "What was sent came in too many parts and was not taken. Go back and choose a single file",
    ),
}


class Unreadable(Invalid):
    """The file is not a workbook that can be read; nothing was taken from it."""

    def __init__(self, file_name: str, rule: str, where: str = "") -> None:
        super().__init__(Problem(file_name, words(rule, where), f"file-{rule}"))


def words(rule: str, where: str = "") -> Words:
    """Return the sentence of a rule; one that is not known says that the file is broken."""
    zh, en = SENTENCES.get(rule, SENTENCES["broken"])
    plain = rule in {"large", "quota"}
    here = where if plain or not where else f"（{where}）"
    there = where if plain or not where else f" ({where})"
    return Words(zh.format(where=here), en.format(where=there))
