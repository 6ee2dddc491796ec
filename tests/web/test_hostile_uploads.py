from __future__ import annotations

import io
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select

from portal.imports import keeping
from portal.imports.models import Upload
from tests import rosters
from tests.hostile import maker, mutation
from tests.web.conftest import token_of

if TYPE_CHECKING:
    from pathlib import Path

    from flask import Flask
    from flask.testing import FlaskClient
    from sqlalchemy.orm import Session
    from werkzeug.test import TestResponse

    from tests.web.conftest import SignIn


def upload(client: FlaskClient, data: bytes, name: str = "名册.xlsx") -> TestResponse:
    token = token_of(client.get("/me").text)
    return client.post("/import", data={"file": (io.BytesIO(data), name), "csrf_token": token})


def test_a_hostile_file_is_answered_with_a_sentence_and_the_page_lives_on(sign_in: SignIn):
    client = sign_in("clerk")
    for what, make, rule in maker.CRAFTED:
        if what == "a text of 400 MB":
            continue  # its file alone takes longer to make than all others to be read
        answer = upload(client, make())
        assert answer.status_code == (422 if rule else 302), what
        assert not rule or "没有读入，名册没有变化" in answer.text, what
    assert client.get("/import").status_code == 200


def test_broken_workbooks_never_break_the_page(sign_in: SignIn):
    client = sign_in("clerk")
    for name, data in list(mutation.mutated(seed=9, count=24)):
        answer = upload(client, data, name)
        assert answer.status_code in {302, 422}, name
        if answer.status_code == 302:
            assert client.get(answer.location).status_code == 200, name


def test_what_is_hidden_is_told_on_the_page(sign_in: SignIn):
    client = sign_in("clerk")
    answer = upload(client, maker.in_sheet(b'<row r="3"', b'<row r="3" hidden="1"'))

    page = client.get(answer.location).text
    assert "隐藏的或被筛选掉的" in page
    assert "第 3 行" in page


@pytest.mark.parametrize(
    "name",
    ["../../etc/passwd.xlsx", "..\\..\\名册.xlsx", "/etc/名册.xlsx", "a" * 300],
)
def test_a_name_with_a_way_out_stays_a_name(sign_in: SignIn, session: Session, name: str):
    answer = upload(sign_in("clerk"), maker.good(), name)

    assert answer.status_code == 302
    kept = session.scalars(select(Upload)).one()
    assert "/" not in kept.file_name
    assert "\\" not in kept.file_name
    assert len(kept.stored_as) == 32


def test_an_upload_lies_sealed_under_a_random_name(sign_in: SignIn, tmp_path: Path):
    upload(sign_in("clerk"), maker.good())

    [file] = (tmp_path / "uploads").iterdir()
    assert "名册" not in file.name
    assert not file.read_bytes().startswith(b"PK")
    assert file.stat().st_mode & 0o077 == 0


def test_too_many_parts_and_too_large_a_body_are_refused_before_anything_reads_them(
    sign_in: SignIn, app: Flask
):
    client = sign_in("clerk")
    token = token_of(client.get("/me").text)
    parts = {f"x{n}": "x" for n in range(150)}
    answer = client.post(
        "/import", data={**parts, "csrf_token": token}, content_type="multipart/form-data"
    )
    assert answer.status_code == 413

    large = b"--x\r\n" + b"\x00" * app.config["MAX_CONTENT_LENGTH"]
    kind = "multipart/form-data; boundary=x"
    assert client.post("/import", data=large, content_type=kind).status_code == 413


def test_a_day_has_only_so_many_uploads(sign_in: SignIn, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(keeping, "FILES_A_DAY", 2)
    client = sign_in("clerk")
    for number in range(2):
        assert upload(client, rosters.roster(rosters.row(number))).status_code == 302
    answer = upload(client, rosters.roster(rosters.row(7)))

    assert answer.status_code == 422
    assert "今天上传的文件已达 2" in answer.text
    assert upload(sign_in("secretary"), rosters.roster(rosters.row(8))).status_code == 302


def test_no_file_of_the_data_folder_is_served(sign_in: SignIn, tmp_path: Path):
    client = sign_in("clerk")
    upload(client, maker.good())
    [file] = (tmp_path / "uploads").iterdir()
    for address in (f"/uploads/{file.name}", f"/static/../{file.name}", f"/download/{file.name}",
                    f"/static/..%2f..%2f{file.name}", f"/exports/files/{file.name}/x"):  # fmt: skip
        assert client.get(address).status_code == 404
    assert file.exists()
