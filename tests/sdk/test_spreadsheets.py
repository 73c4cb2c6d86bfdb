"""Files of objects that are none, or that mean harm: refused, and quickly."""

import io
import time
import zipfile

import pytest

from sdk.refusal import OBJECT_FILE, refused
from sdk.test_alerts import imported_file, titles

OFFICE = b"http://schemas.openxmlformats.org/officeDocument/2006/relationships"
RELATIONSHIPS = (
    b'<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">%s</Relationships>'
)


def relation(id: bytes, kind: bytes, target: bytes) -> bytes:
    return RELATIONSHIPS % (b'<Relationship Id="%s" Type="%s/%s" Target="%s"/>' % (id, OFFICE, kind, target))


def spreadsheet(**parts: bytes) -> bytes:
    """A spreadsheet with the least that makes one, and more parts."""
    known = {
        "[Content_Types].xml": b'<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"/>',
        "_rels/.rels": relation(b"r", b"officeDocument", b"xl/workbook.xml"),
        "xl/_rels/workbook.xml.rels": relation(b"r1", b"worksheet", b"worksheets/sheet1.xml"),
        "xl/workbook.xml": b'<workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" '
        b'xmlns:r="%s"><sheets><sheet name="s" sheetId="1" r:id="r1"/></sheets></workbook>' % OFFICE,
        "xl/worksheets/sheet1.xml": sheet(b""),
    }
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as book:
        for name, content in (known | parts).items():
            book.writestr(name, content)
    return out.getvalue()


def sheet(rows: bytes) -> bytes:
    head = b'<row r="1"><c r="A1" t="inlineStr"><is><t>title</t></is></c></row>'
    return (
        b'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>'
        + head
        + rows
        + b"</sheetData></worksheet>"
    )


def a_row(number: int, text: bytes) -> bytes:
    return b'<row r="%d"><c r="A%d" t="inlineStr"><is><t>%s</t></is></c></row>' % (number, number, text)


def test_a_small_spreadsheet_of_another_program_is_imported(by_key, tmp_path):
    room = by_key.new_workspace()
    book = spreadsheet(**{"xl/worksheets/sheet1.xml": sheet(a_row(2, b"from a spreadsheet"))})
    assert len(imported_file(room, tmp_path, book, "book.xlsx").data.ids) == 1
    assert titles(room) == "from a spreadsheet"


EXTERNAL = b'<!DOCTYPE worksheet [<!ENTITY x SYSTEM "file:///etc/passwd">]>' + sheet(a_row(2, b"&x;"))
LAUGHS = b'<!DOCTYPE w [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]>' + sheet(a_row(2, b"&b;"))


@pytest.mark.parametrize(
    "parts",
    [
        pytest.param({"xl/vbaProject.bin": b"\xd0\xcf\x11\xe0"}, id="macros"),
        pytest.param({"xl/worksheets/sheet1.xml": EXTERNAL}, id="external entity"),
        pytest.param({"xl/worksheets/sheet1.xml": LAUGHS}, id="entities of entities"),
    ],
)
def test_a_spreadsheet_that_means_harm_is_refused(by_key, tmp_path, parts):
    with refused(OBJECT_FILE):
        imported_file(by_key, tmp_path, spreadsheet(**parts), "book.xlsx")


def test_a_zip_bomb_is_refused_quickly(by_key, tmp_path, server):
    room = by_key.new_workspace()
    one_text = spreadsheet(**{"xl/worksheets/sheet1.xml": sheet(a_row(2, b"a" * (256 << 20)))})
    padding = b'<x y="%s"/>' % (b"a" * 4_000) * (64 << 10)
    many_parts = spreadsheet(**{"xl/worksheets/sheet1.xml": sheet(padding)})
    for book in (one_text, many_parts):
        assert len(book) < 1 << 20
        began = time.monotonic()
        with refused(OBJECT_FILE):
            imported_file(room, tmp_path, book, "book.xlsx")
        assert time.monotonic() - began < 20
    assert titles(room) == "" and server.answers()


@pytest.mark.parametrize(
    "content", [b"", b"\xd0\xcf\x11\xe0\xa1\xb1", b"\x7fELF\0", b"PK\x03\x04 cut off", b"a;b\n1;2\n"]
)
def test_what_is_no_file_of_alerts_is_refused(by_key, tmp_path, content):
    with refused(OBJECT_FILE):
        imported_file(by_key, tmp_path, content)
