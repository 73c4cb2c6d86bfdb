"""What a refusal has to look like: a 4xx with a stable code and a message that helps and gives nothing away."""

import re
from contextlib import contextmanager

import pytest
from huaweicloudsdkcore.exceptions.exceptions import ClientRequestException

# Error codes by what they stand for.
UNAUTHENTICATED = "APIGW.0301"
NO_ROUTE = "APIGW.0101"
TOO_LARGE = "APIGW.0201"
FORBIDDEN = "SecMaster.20010002"
WORKSPACE_FORBIDDEN = "SecMaster.20010001"
PROJECT_FORBIDDEN = "SecMaster.20010003"
WORKSPACE_NOT_FOUND = "SecMaster.20011003"
WORKSPACE_NAME_TAKEN = "SecMaster.20011004"
WORKSPACE_IN_USE = "SecMaster.20011005"
INVALID = "SecMaster.20030001"
WORKFLOW_NOT_FOUND = "SecMaster.20040611"
VERSION_NOT_FOUND = "SecMaster.20040605"
WORKFLOW_NAME_TAKEN = "SecMaster.20090601"
WORKFLOW_IN_USE = "SecMaster.20090602"
WORKFLOW_NOT_ENABLED = "SecMaster.20090603"
VERSION_STATE = "SecMaster.20090604"
VERSION_PENDING = "SecMaster.20090605"
VERSION_CONTENT = "SecMaster.20090606"
TASKFLOW = "SecMaster.20090607"
VERSION_ERRORS = "SecMaster.20090608"
FOUR_EYES = "SecMaster.20090609"
IMPORT = "SecMaster.20090610"
INSTANCE_NOT_FOUND = "SecMaster.20090701"
INSTANCE_STATE = "SecMaster.20090702"
TASK_NOT_FOUND = "SecMaster.20090801"
TASK_CLOSED = "SecMaster.20090802"
TASK_HANDLER = "SecMaster.20090803"
COMMENT_NOT_FOUND = "SecMaster.20090804"
DATACLASS_NOT_FOUND = "SecMaster.20040402"
DATACLASS_TYPE_NOT_FOUND = "SecMaster.20090401"
DATACLASS_TYPE_TAKEN = "SecMaster.20090402"
DATACLASS_TYPE_BUILT_IN = "SecMaster.20090403"
CONNECTION_NOT_FOUND = "SecMaster.20041002"
CONNECTION_NAME_TAKEN = "SecMaster.20091001"
CONNECTION_IN_USE = "SecMaster.20091002"
COMPONENT_NOT_FOUND = "SecMaster.20090201"
ACTION_NOT_FOUND = "SecMaster.20090202"
TEMPLATE_NOT_FOUND = "SecMaster.20040220"
OBJECT_NOT_FOUND = "SecMaster.20030005"
OBJECT_EXISTS = "SecMaster.20090310"
OBJECT_FILE = "SecMaster.20090370"
SORT_FIELD = "SecMaster.20030009"
SORT_ORDER = "SecMaster.20030010"
ATTACHMENT_NOT_FOUND = "SecMaster.20090340"
ATTACHMENT_LINK = "SecMaster.20090341"
PLAYBOOK_NOT_FOUND = "SecMaster.20090501"
PLAYBOOK_NAME_TAKEN = "SecMaster.20090502"
PLAYBOOK_ENABLED = "SecMaster.20090503"
PLAYBOOK_WORKFLOW_DISABLED = "SecMaster.20090504"
PLAYBOOK_PART_NOT_FOUND = "SecMaster.20048004"
PLAYBOOK_VERSION_STATE = "SecMaster.20090505"
PLAYBOOK_VERSION_PENDING = "SecMaster.20090506"
PLAYBOOK_INCOMPLETE = "SecMaster.20090508"
PLAYBOOK_INSTANCE_NOT_FOUND = "SecMaster.20090511"
PLAYBOOK_INSTANCE_STATE = "SecMaster.20090512"

INDISCREET = re.compile(
    r"\bSELECT\b|\bINSERT INTO\b|\bDELETE FROM\b|\bUPDATE \w+ SET\b|sqlx|sqlite|rusqlite|no such (table|column)"
    r"|/root/|/home/|/tmp/|\.rs:\d|\.cargo|panicked|backtrace|stack trace",
    re.IGNORECASE,
)


@contextmanager
def refused(code: str, *words: str, status: int = 400):
    """The SDK raises, with this code; the message has these words."""
    with pytest.raises(ClientRequestException) as caught:
        yield caught
    error = caught.value
    assert (error.status_code, error.error_code) == (status, code), str(error)
    assert error.request_id, "X-request-id is missing"
    check_message(error.error_msg, words)


def check_refusal(answer, code: str, *words: str, status: int = 400) -> None:
    """The same for an answer of `requests`."""
    assert answer.status_code == status, f"{answer.status_code} {answer.text[:500]}"
    body = answer.json()
    assert body["code"] == code, body
    assert answer.headers["X-request-id"]
    check_message(body["message"], words)


def check_message(message: str, words=()) -> None:
    assert message
    assert len(message) < 20_000, f"a message of {len(message)} characters"
    leak = INDISCREET.search(message)
    assert not leak, f"'{leak[0]}' in: {message}"
    for word in words:
        assert word in message, f"'{word}' is missing in: {message}"
