"""Compares an answer with the SDK's model of it: no field missing, none of another type, none unknown.

The SDK itself turns whatever it gets into the declared type, so this reads the JSON that came over the wire.
"""

import json
import re

from huaweicloudsdkcore.sdk_stream_response import SdkStreamResponse
from huaweicloudsdksecmaster import v1

# Fields of ours in answers of the contract, by model.
EXTENSIONS = {
    # The same rows under the key that the Terraform provider reads.
    "ListConnectionsResponse": {"assets"},
    # Whether somebody else than the author must pass a version.
    "CreateWorkspaceResponse": {"four_eyes"},
    "CreateWorkspaceResponseBody": {"four_eyes"},
    "ShowWorkspaceResponseBodyWorkspace": {"four_eyes"},
    "UpdateWorkspaceResponse": {"four_eyes"},
    # What a list of data objects shows them by, and where they came from.
    "AlertDetail": {"name", "success_ids", "error_ids"},
    "ListAlertDetail": {"name"},
    "IncidentDetail": {"name", "success_ids", "error_ids"},
    "IndicatorDetail": {"type", "version", "format_version"},
    "VulnerabilityDetail": {"name", "type"},
    "DataObjectDetail": {"name", "type"},
    # What became of the rows of a file.
    "ImportAlertResponseBodyData": {"imported", "refused", "refused_total"},
    "ImportIncidentsResponseBodyData": {"imported", "refused", "refused_total"},
    "ImportIndicatorsResponseBodyData": {"imported", "refused", "refused_total"},
    "ImportVulnerabilitiesResponseBodyData": {"imported", "refused", "refused_total"},
    "CommonDataObjectImportResponseData": {"imported", "refused", "refused_total"},
    # Which playbook goes first when several wait.
    "PlaybookInfo": {"priority"},
    # What the Terraform provider reads of actions and rules.
    "ActionInfo": {"sort_order", "create_time", "update_time"},
    "RuleInfo": {"create_time", "update_time"},
    # Who has said it of what, and when; Terraform reads it.
    "ApproveOpinionDetail": {"id", "resource_id", "type", "user_id", "create_time", "update_time"},
    # What a file is, and what it belongs to.
    "AttachmentInfo": {"content_type", "size", "sha256", "data_object_id", "task_id"},
}

# Data objects hold what clients have stored: some fields of the model, and fields of their own.
STORED = {"Alert", "ListAlertRsp", "Incident", "IndicatorDataObjectDetail", "VulnerabilityDataObject"}


class Incomplete(AssertionError):
    """An answer that is not what the model says."""


def assert_complete(response) -> None:
    """Fails unless the answer has every field of its model, recursively, each of the declared type."""
    if isinstance(response, SdkStreamResponse):
        return
    model = type(response)
    declared = dict(model.openapi_types)
    for attribute in list(declared):
        # Declared as a field, sent as a header.
        if model.attribute_map[attribute].lower().startswith("x-"):
            del declared[attribute]
            if not getattr(response, attribute):
                raise Incomplete(f"{model.__name__}: the header {model.attribute_map[attribute]} is missing")
    if not declared:
        return
    document = json.loads(response.raw_content)
    if set(declared) == {"body"}:
        _check_type(document, declared["body"], model.__name__)
        return
    _check_fields(document, model, declared, model.__name__)


def _check_fields(value, model, declared, path, stored: bool = False) -> None:
    if not isinstance(value, dict):
        raise Incomplete(f"{path}: expected an object, got {value!r}")
    keys = {model.attribute_map[attribute]: attribute for attribute in declared}
    if stored := stored or model.__name__ in STORED:
        for key in keys.keys() & value.keys():
            if value[key] is not None:
                _check_type(value[key], declared[keys[key]], f"{path}.{key}", stored)
        return
    missing = sorted(set(keys) - set(value))
    if missing:
        raise Incomplete(f"{path}: missing {missing}")
    unknown = sorted(set(value) - set(keys) - EXTENSIONS.get(model.__name__, set()))
    if unknown:
        raise Incomplete(f"{path}: the model does not know {unknown}")
    for key, attribute in keys.items():
        _check_type(value[key], declared[attribute], f"{path}.{key}")
        _check_enumeration(value[key], model, attribute, f"{path}.{key}")


def _check_type(value, declared: str, path: str, stored: bool = False) -> None:
    wrong = Incomplete(f"{path}: expected {declared}, got {value!r}")
    if value is None:
        raise wrong
    if match := re.fullmatch(r"list\[(.*)\]", declared):
        if not isinstance(value, list):
            raise wrong
        for index, item in enumerate(value):
            _check_type(item, match[1], f"{path}[{index}]", stored)
        return
    if match := re.fullmatch(r"dict\(([^,]*), (.*)\)", declared):
        if not isinstance(value, dict):
            raise wrong
        for key, item in value.items():
            # What clients have put there themselves may well be null.
            if match[2] != "object":
                _check_type(item, match[2], f"{path}.{key}")
        return
    number = isinstance(value, (int, float)) and not isinstance(value, bool)
    fits = {
        "str": lambda: isinstance(value, str),
        "bool": lambda: isinstance(value, bool),
        "int": lambda: number and isinstance(value, int),
        "float": lambda: number,
        "object": lambda: True,
    }.get(declared)
    if fits is not None:
        if not fits():
            raise wrong
        return
    model = getattr(v1, declared)
    _check_fields(value, model, model.openapi_types, path, stored)


def _check_enumeration(value, model, attribute: str, path: str) -> None:
    """The SDK keeps the words of an enumeration as constants of the model; "" stands for unset."""
    prefix = attribute.upper() + "_"
    words = {
        word
        for name, word in vars(model).items()
        if name.startswith(prefix) and isinstance(word, str) and name.isupper()
    }
    if words and isinstance(value, str) and value and value not in words:
        raise Incomplete(f"{path}: {value!r} is not one of {sorted(words)}")
