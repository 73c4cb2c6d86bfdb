"""Attachments: files go in and come out as they were, and are never carried out."""

import hashlib
import io
import json
import re
import uuid
import zipfile

import pytest
import requests
from huaweicloudsdkcore.http.formdata import FormFile
from huaweicloudsdksecmaster import v1

from sdk.objects import form_file
from sdk.people import new_user, other_tenant
from sdk.refusal import (
    ATTACHMENT_LINK,
    ATTACHMENT_NOT_FOUND,
    FORBIDDEN,
    INVALID,
    OBJECT_NOT_FOUND,
    check_refusal,
    refused,
)
from sdk.test_alerts import create as alert

UNKNOWN = str(uuid.uuid4())


class Named(FormFile):
    """A file that says it is called otherwise."""

    def __init__(self, file: str, name: str):
        super().__init__(file)
        self._name = name

    @property
    def name(self):
        return self._name


def upload(api, file: FormFile, kind: str = "user_task"):
    return api.upload_attachment(body=v1.UploadAttachmentRequestBody(file_type=kind, upload_file=file)).data


def download(api, id: str) -> requests.Response:
    """What anybody gets at the address that a download tells."""
    return requests.get(api.download_attachment(attach_id=id).data, timeout=60)


def test_a_file_is_uploaded_shown_and_downloaded(api, tmp_path):
    content = "隔离 <b>x</b>\0".encode() * 1_000
    made = upload(api, form_file(tmp_path, content, "报告.txt"))
    assert (made.file_name, made.workspace_id) == ("报告.txt", api.workspace_id)
    shown = api.show_attachment(attach_id=made.id)
    assert (shown.data.file_name, shown.data.is_deleted, shown.data.creator_name) == ("报告.txt", "false", "admin")
    told = json.loads(shown.raw_content)["data"]
    assert (told["size"], told["sha256"]) == (len(content), hashlib.sha256(content).hexdigest())
    got = download(api, made.id)
    assert (got.status_code, got.content) == (200, content)
    assert got.headers["Content-Disposition"].startswith("attachment;")
    assert got.headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize(
    "name, stored",
    [
        ("../../etc/passwd", "passwd"),
        ("/etc/passwd", "passwd"),
        ("..\\..\\windows\\system32\\evil.dll", "evil.dll"),
        ("a/./b/../report.txt", "report.txt"),
    ],
)
def test_a_path_in_a_name_is_only_a_name(by_key, tmp_path, name, stored):
    made = upload(by_key, Named(str(form_file(tmp_path, b"x", "a").path), name))
    assert made.file_name == stored
    disposition = download(by_key, made.id).headers["Content-Disposition"]
    assert stored in disposition and "/" not in disposition and ".." not in disposition


@pytest.mark.parametrize("name", ["..", ".", "", "/", "x" * 256, "\u202efdp.exe", "a\tb"])
def test_a_name_that_is_none_is_refused(raw, name):
    head = f'--b\r\nContent-Disposition: form-data; name="uploadFile"; filename="{name}"\r\n\r\n'
    body = head.encode() + b"x\r\n--b--\r\n"
    headers = {"Content-Type": "multipart/form-data; boundary=b"}
    check_refusal(raw.post("/soc/attachment/upload", data=body, headers=headers), INVALID, "uploadFile")


def bomb() -> bytes:
    """100 MB of nothing."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("nothing", b"\0" * (100 << 20))
    return out.getvalue()


def macros() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("word/vbaProject.bin", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1")
    return out.getvalue()


DANGEROUS = {
    "page.html": b"<!doctype html><script>alert(1)</script>",
    "picture.svg": b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>",
    "tool.exe": b"MZ\x90\0",
    "letter.docm": macros(),
    "bomb.zip": bomb(),
    "script.js": b"alert(1)",
}


@pytest.mark.parametrize("name", DANGEROUS)
def test_evidence_comes_back_as_it_was_and_no_browser_carries_it_out(by_key, tmp_path, name):
    """It is stored as it is: nothing is unpacked, and it is evidence."""
    content = DANGEROUS[name]
    got = download(by_key, upload(by_key, form_file(tmp_path, content, name)).id)
    assert (got.status_code, got.content) == (200, content)
    assert got.headers["Content-Type"].split(";")[0] in ("application/octet-stream", "application/zip", "text/plain")
    assert got.headers["Content-Disposition"].startswith("attachment;")
    assert "sandbox" in got.headers["Content-Security-Policy"]


def test_wrong_uploads_are_refused(by_key, raw, tmp_path):
    with refused(INVALID, "fileType"):
        upload(by_key, form_file(tmp_path, b"x", "a"), "data_object")
    path = "/soc/attachment/upload"
    check_refusal(raw.post(path, files={"file": ("a", b"x")}), INVALID, "uploadFile is required")
    twice = [("uploadFile", ("a", b"x")), ("uploadFile", ("b", b"y"))]
    check_refusal(raw.post(path, files=twice), INVALID, "uploadFile must be one file")
    check_refusal(raw.post(path, data={"uploadFile": "text"}), INVALID)
    check_refusal(raw.post(path, json={}), INVALID, "multipart/form-data")
    about = raw.post(path, params={"data_object_id": UNKNOWN}, files={"uploadFile": ("a", b"x")})
    check_refusal(about, OBJECT_NOT_FOUND, "data_object_id")


def test_an_empty_file_is_a_file(by_key, tmp_path):
    got = download(by_key, upload(by_key, form_file(tmp_path, b"", "empty.txt")).id)
    assert (got.status_code, got.content) == (200, b"")


def test_unknown_attachments_are_refused(by_key):
    for call in (by_key.show_attachment, by_key.download_attachment):
        with refused(ATTACHMENT_NOT_FOUND, UNKNOWN):
            call(attach_id=UNKNOWN)
        with refused(INVALID, "attach_id"):
            call(attach_id="../../etc/passwd")


def test_a_link_cannot_be_made_up(by_key, tmp_path):
    one, other = (upload(by_key, form_file(tmp_path, name.encode(), name)).id for name in ("one", "other"))
    address = by_key.download_attachment(attach_id=one).data
    assert requests.get(address, timeout=60).content == b"one"
    expires = re.search(r"expires=(\d+)", address)[1]
    for forged in (
        address.replace(one, other),
        address[:-1] + ("0" if address[-1] != "0" else "1"),
        address.replace(expires, str(int(expires) + 1)),
    ):
        check_refusal(requests.get(forged, timeout=60), ATTACHMENT_LINK, status=403)
    check_refusal(requests.get(address.split("?")[0], timeout=60), INVALID, "signature is required")


def test_files_of_an_object_are_shown_with_it(by_key, raw):
    about = alert(by_key).id
    files = {"uploadFile": ("evidence.pcap", b"\xd4\xc3\xb2\xa1")}
    made = raw.post("/soc/attachment/upload", params={"data_object_id": about}, files=files).json()["data"]
    listed = raw.get("/muster/attachments", params={"data_object_id": about}).json()
    assert [row["id"] for row in listed["data"]] == [made["id"]]
    assert json.loads(by_key.show_attachment(attach_id=made["id"]).raw_content)["data"]["data_object_id"] == about
    assert raw.delete(f"/muster/attachments/{made['id']}").status_code == 200
    with refused(ATTACHMENT_NOT_FOUND, made["id"]):
        by_key.show_attachment(attach_id=made["id"])
    with refused(ATTACHMENT_NOT_FOUND, made["id"]):
        by_key.download_attachment(attach_id=made["id"])


def test_attachments_are_for_those_who_have_the_permission(server, raw, by_key, tmp_path):
    id = upload(by_key, form_file(tmp_path, b"x", "a")).id
    reader = new_user(server, raw, "ReadOnlyAccess").api()
    assert download(reader, id).content == b"x"
    with refused(FORBIDDEN, "secmaster:attachment:create", status=403):
        upload(reader, form_file(tmp_path, b"x", "a"))
    with refused(ATTACHMENT_NOT_FOUND, id):
        other_tenant(server, raw).show_attachment(attach_id=id)
