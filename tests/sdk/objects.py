"""Data objects: what tests make, look for and send in files."""

import csv
import io

from huaweicloudsdkcore.http.formdata import FormFile
from huaweicloudsdkcore.sdk_stream_response import SdkStreamResponse
from huaweicloudsdksecmaster import v1

from sdk.refusal import refused


def an_indicator(value: str = "203.0.113.7", **fields) -> v1.CreateIndicatorDetail:
    """An indicator with all that is mandatory."""
    where = {"domain_id": "d", "project_id": "p", "region_id": "r"}
    known = {
        "name": f"seen {value}",
        "value": value,
        "verdict": "Black",
        "confidence": 80,
        "granular_marking": 1,
        "defanged": False,
        "first_report_time": "2025-07-18T14:44:46.735Z+0800",
        "indicator_type": v1.CreateIndicatorDetailIndicatorType(id="ip-4", indicator_type="IPv4"),
        "data_source": v1.CreateIndicatorDetailDataSource(
            source_type=1, product_name="waf", product_feature="attack", **where
        ),
        "environment": v1.CreateIndicatorDetailEnvironment(vendor_type="MyCloud", **where),
        "workspace_id": "",
    }
    return v1.CreateIndicatorDetail(**known | fields)


def where(*conditions: list[str], logics: list[str] | None = None) -> v1.DataobjectSearchCondition:
    """All of these conditions, which are named c0, c1 …, or what `logics` makes of them."""
    rows = [
        v1.DataobjectSearchConditionConditions(name=f"c{number}", data=data) for number, data in enumerate(conditions)
    ]
    if logics is None:
        logics = " and ".join(row.name for row in rows).split()
    return v1.DataobjectSearchCondition(conditions=rows, logics=logics)


def search(*conditions: list[str], logics: list[str] | None = None, **fields) -> v1.DataobjectSearch:
    known = {"limit": 100, "offset": 0, "sort_by": "create_time", "order": "ASC"}
    return v1.DataobjectSearch(condition=where(*conditions, logics=logics), **known | fields)


# Searches that every search refuses, and what the message says.
BAD_CONDITIONS = [
    ([["severity", "resembles", "High"]], ("c0", "operator 'resembles'")),
    ([["severity"]], ("c0",)),
    ([[]], ("c0",)),
    ([["", "=", "x"]], ("c0",)),
    ([["description", "regex", "(("]], ("c0",)),
    ([["description", "cidr", "10.0.0.0/64"]], ("c0",)),
    ([["description", "changed"]], ("playbooks",)),
    ([["description", "=", "x"]] * 10_000, ("1000 at most",)),
]


def check_bad_searches(find, code: str, time: str = "create_time") -> None:
    """`find` takes a body; each of these is refused, and says which condition it is. `time` is a field of times."""
    for conditions, words in [*BAD_CONDITIONS, ([[time, ">", "soon"]], ("c0", "time"))]:
        with refused(code, *words):
            find(search(*conditions))
    with refused(code, "logics", "c7"):
        find(search(["description", "=", "x"], logics=["c0", "and", "c7"]))
    with refused(code, "limit", "1000"):
        find(search(limit=1001))
    with refused(code, "from_date"):
        find(search(from_date="soon"))


def form_file(folder, content: bytes, name: str = "objects.csv") -> FormFile:
    """A file for the SDK to send."""
    file = folder / name
    file.write_bytes(content)
    return FormFile(str(file))


def received(response) -> bytes:
    """The file that an operation has answered."""
    if not isinstance(response, SdkStreamResponse):
        return response.raw_content
    chunks = []
    response.consume_download_stream(lambda stream: chunks.append(stream.content))
    return b"".join(chunks)


def rows_of(content: bytes) -> list[dict]:
    """The rows of a CSV file."""
    return list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"))))
