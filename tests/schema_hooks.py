"""Hooks for schemathesis: requests lead to things that exist, so that they get past the look-up, and do not take away
what the other requests need.

`MUSTER_SCHEMA_IDS` holds JSON: values by name, for parameters of paths and members of bodies.
"""

import json
import os
import uuid
import zlib

import schemathesis

IDS = json.loads(os.environ.get("MUSTER_SCHEMA_IDS", "{}"))
# Random ones only ever meet the border of the tenant, which other tests look at.
BORDER = ("project_id", "workspace_id")
# Calls that end what they name, or what somebody may do.
ENDING = ("DELETE", "PATCH")


def keeps(value, one_in: int) -> bool:
    """Whether a generated value stays; decided by the value, so that a run can be repeated."""
    return zlib.crc32(repr(value).encode()) % one_in == 0


@schemathesis.hook
def before_call(context, case, kwargs):
    method, path = case.method.upper(), case.operation.path
    spares = method in ENDING or path.endswith("/password") or "/roles/" in path
    for name, value in dict(case.path_parameters or {}).items():
        if spares and path.startswith("/v3") or method == "DELETE" and path.endswith("/workspaces/{workspace_id}"):
            # A value that schemathesis has seen in an answer may be our own user or project.
            if value in IDS.values():
                case.path_parameters[name] = uuid.uuid5(uuid.NAMESPACE_URL, str(value)).hex
        elif name in IDS and not keeps(value, 16 if name in BORDER else 2):
            case.path_parameters[name] = IDS[name]
    if path == "/v3/auth/tokens" and case.headers and case.headers.get("X-Subject-Token") == IDS["token"]:
        case.headers["X-Subject-Token"] = "another"
    if isinstance(case.body, dict):
        for name, value in case.body.items():
            if name in IDS and isinstance(value, str) and not keeps(value, 2):
                case.body[name] = IDS[name]
