"""What addresses are filled with, and what pages and calls are asked and sent."""

from __future__ import annotations

from typing import Any

# What stands in an address, and which values to try: `owned` is of one unit, `common` of nobody.
OWNED = ("unit_id", "member_id", "record_id", "return_id", "upload_id", "job_id", "notice_id",
         "user_id", "post_id", "campaign_id", "proposal_id", "access_id", "export_id",
         "sign_in_id", "purge_id", "hold_id")  # fmt: skip
COMMON: dict[str, tuple[Any, ...]] = {
    "cell": ("t7:01.11", "t6:rows"),
    "kind": ("lost", "focus"),
    "table": ("t7", "t6"),
    "code": ("t7",),
    "number": (1,),
    "field": ("id_number", "phone"),
    "rest": ("no/such/thing",),
    "token": ("no-such-link",),
}
# What a page or call may be asked beside its address; every page is asked all of it at once.
ASKED = {
    "table": "t6", "tab": "t6", "only": "all", "deliverable": "plan", "filter": "all", "q": "kv",
    "search": "kv", "cell": "t7:01.11", "part": "persons", "level": "1", "state": "filed",
}  # fmt: skip
# What a page or call is sent; a form gets all of it, a call what its schema knows.
SENT: dict[str, Any] = {
    "version": 1, "text": "字", "reason": "work", "name": "字", "number": 1, "cell": "t7:01.8",
    "value": 1, "kind": "explained", "rule": "D9", "table": "t6", "role": "clerk", "code": "Z9",
    "outcome": "found", "explanation": "字", "step": "0", "on": "2026-11-18", "answer": "字",
    "place": "t7@", "severity": "error", "username": "nobody", "full_name": "字", "note": "字",
    "narrative": "字", "remarks": [{"text": "字"}], "fields": {"name": "字"},
    "password": "nothing", "old": "字", "new": "字",
}  # fmt: skip
# Forms that want something else, each tried by itself.
FORMS: dict[str, tuple[dict[str, Any], ...]] = {
    "reveals.show": ({"reason": "verify", "note": "核对介绍信第 12 号"},),
    "purge.decide": ({"decision": "approve"}, {"decision": "refuse"}),
    "purge.lift": ({"reason": "申诉已经办结"},),
    "purge.hold": (
        {"reason": "申诉还没有办结"},
        {"reason": "纪检在查", "member": "", "unit": "A1"},
    ),
    "exports.table": tuple({"table": f"t{n}", "reason": "check"} for n in range(1, 8)),
    "roster.leave": ({"reason": "died"},),
    "screening.finding": ({"answer": "no"},),
    "screening.answers": ({"q-made-up": "字"},),
    "screening.evidence": ({"dues_until": "2026-10", "last_meeting": ""},),
    "lost.assign": ({"responsible": "字", "due_on": "2099-12-10"},),
    "lost_case.assign": ({"responsible": "字", "due_on": "2099-12-10"},),
    "lost_case.outcome": ({"outcome": "not_found"},),
    "lost_case.inquiry": ({"adverse": "none"},),
    "lost_case.identity": ({"way": "unreachable"},),
    "lost_paper.registration": ({"reason": "check"}, {"reason": "check", "paper": "whole"}),
    "status.dates": ({"day": "2026-11-20", "deliverable": "tables"},),
    "circulars.issue": ({"title": "通报"},),
    "units.add": ({"kind": "branch"},),
    "emergency.open": ({"minutes": "5", "reason": "有急事，等不及支部上报，要马上查看"},),
    "plugins.switch": ({"plugin": "township", "on": "1"},),
    "review.send_back": ({"place": "t7@", "severity": "error", "text": "字"},),
}
