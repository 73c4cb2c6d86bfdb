"""Every operation of these groups is used by a test, through the SDK."""

import inspect
import re
from pathlib import Path

import pytest
from huaweicloudsdksecmaster import v1

HERE = Path(__file__).parent
INSIDE = "/v1/{project_id}/workspaces/{workspace_id}/soc/"
# The first part of the path, below the workspace.
GROUPS = [
    "workflows",
    "playbooks",
    "tasks",
    "dataclasses",
    "alerts",
    "incidents",
    "indicators",
    "vulnerability",
    "{dataclass_name}",
    "{dataclass_type}",
    "datapanel",
    "components",
    "assetcredentials",
    "notes",
    "attachment",
]


def operations(group: str) -> list[str]:
    found = []
    for name, describe in inspect.getmembers(v1.SecMasterClient):
        if operation := re.fullmatch(r"_(\w+)_http_info", name):
            path = re.search(r'"resource_path": "(.*?)"', inspect.getsource(describe))[1]
            if f"{path}/".startswith(f"{INSIDE}{group}/"):
                found.append(operation[1])
    return found


@pytest.mark.parametrize("group", GROUPS)
def test_every_operation_is_used(group):
    sources = "".join(file.read_text() for file in HERE.glob("*.py"))
    used = set(re.findall(r"\.(\w+)\(", sources))
    expected = set(operations(group))
    assert expected, "the SDK has no such group"
    assert not expected - used
