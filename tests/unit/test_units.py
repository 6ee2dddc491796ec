"""Names, phones and posts: what is decided without a database."""

from __future__ import annotations

import pytest

from portal.access import EXCLUSIVE, Role
from portal.core.errors import Invalid
from portal.organizations import facts, naming, posts
from portal.organizations.credentials import one_time_password
from portal.organizations.models import Kind


@pytest.mark.parametrize(
    ("kind", "place", "short", "full"),
    [
        (Kind.CITY, "舟山市", "舟山市委组织部", "中共舟山市委员会组织部"),
        (Kind.DISTRICT, "岱山县", "岱山县委组织部", "中共岱山县委员会组织部"),
        (Kind.DISTRICT, "高新技术开发区", "高新技术开发区党工委", "中共高新技术开发区工作委员会"),
        (Kind.COMMITTEE, "昌国街道", "昌国街道党工委", "中共昌国街道工作委员会"),
        (Kind.COMMITTEE, "白泉镇", "白泉镇党委", "中共白泉镇委员会"),
        (Kind.BRANCH, "西安社区居委会", "西安社区党支部", "中共西安社区支部委员会"),
        (Kind.BRANCH, "东门居委会", "东门社区党支部", "中共东门社区支部委员会"),
        (Kind.BRANCH, "义桥村委会", "义桥村党支部", "中共义桥村支部委员会"),
        (Kind.GENERAL_BRANCH, "义桥村委会", "义桥村党总支", "中共义桥村总支部委员会"),
        (Kind.BRANCH, "居委会", "居委会党支部", "中共居委会支部委员会"),
        (Kind.BRANCH, "机关第二党支部", "机关第二党支部", "机关第二党支部"),
        (Kind.COMMITTEE, "North Street", "North Street", "North Street"),
    ],
)
def test_a_place_gives_its_unit_a_name(kind: Kind, place: str, short: str, full: str):
    assert naming.short_name(kind, place) == short
    assert naming.full_name(kind, place) == full


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("0580-2021234", "0580-2021234"),
        ("(0580) 2021234", "0580-2021234"),
        ("0580 2021234", "0580-2021234"),
        ("05802021234", "0580-2021234"),
        ("010－62021234", "010-62021234"),
        ("2021234", "2021234"),
        ("0580-2021234转12", "0580-2021234-12"),
        ("139 0000 0001", "13900000001"),
        ("+86-13900000001", "13900000001"),
        ("139-0000-0001", "13900000001"),
        ("4008001234", "4008001234"),
    ],
)
def test_a_phone_number_is_kept_in_one_form(written: str, kept: str):
    assert facts.phone(written) == kept


@pytest.mark.parametrize("written", ["", "12345", "1390000000", "hello", "139000000011", "0-1"])
def test_what_is_no_phone_number_is_refused(written: str):
    with pytest.raises(ValueError, match="telephone"):
        facts.phone(written)


def test_all_faults_of_a_unit_are_told_at_once():
    with pytest.raises(Invalid) as refused:
        facts.checked({"name": " ", "sector": "x", "phone": "1", "code": "a b"})
    assert [problem.where for problem in refused.value.problems] == [
        "简称", "党组织类别", "联系电话", "编码",
    ]  # fmt: skip


def test_a_post_that_reads_names_is_held_at_a_branch_and_nowhere_above():
    for kind in (Kind.COMMITTEE, Kind.DISTRICT, Kind.CITY):
        assert not {Role.CLERK, Role.SECRETARY} & posts.roles_at(kind)
    assert not {Role.ORGANISER, Role.COMMITTEE_SECRETARY} & posts.roles_at(Kind.CITY)
    assert all(posts.roles_at(kind) >= EXCLUSIVE for kind in Kind)


def test_every_role_has_a_name_in_both_languages():
    assert set(posts.ROLES) == set(Role)


@pytest.mark.parametrize("name", ["", "a", "有 空格", "UP/per", "-x", "x" * 41])
def test_a_user_name_that_does_not_do_is_refused(name: str):
    with pytest.raises(Invalid, match="用户名"):
        posts.checked_names(name, "某人")


def test_user_names_are_kept_half_width_and_small():
    assert posts.checked_names(" Ｗａｎｇ01 ", "王某") == "wang01"


def test_first_passwords_differ_and_avoid_letters_that_look_alike():
    made = {one_time_password() for _ in range(200)}
    assert len(made) == 200
    assert not set("il1o0") & set("".join(made))
