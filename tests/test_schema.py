"""Requests that schemathesis makes up from `/openapi.json`: none fails inside the server, no answer contradicts the
document. `schemathesis.toml` says which checks do not hold, and why. `MUSTER_SCHEMA_SECONDS` is the time for it (75 by
default), `MUSTER_SCHEMA_SEED` repeats another run.
"""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

from huaweicloudsdksecmaster import v1

from sdk import flows
from sdk.clients import Raw, log_in, token_api
from sdk.server import Server
from sdk.test_components import component

SECONDS = os.environ.get("MUSTER_SCHEMA_SECONDS", "75")
SEED = os.environ.get("MUSTER_SCHEMA_SEED", "1")


def test_no_request_breaks_the_server_or_the_schema():
    with Server() as server:
        token = log_in(server)
        api = token_api(server, token)
        ids = existing(server, api, Raw(server, token), token)
        here = Path(__file__).parent
        command = [
            str(Path(sys.executable).parent / "st"),
            "--config-file", str(here / "schemathesis.toml"),
            "run", server.endpoint + "/openapi.json",
            "--header", f"X-Auth-Token:{token}",
            "--seed", SEED,
            "--max-time", SECONDS,
            "--phases", "coverage,fuzzing",
            "--continue-on-failure",
            "--generation-database", "none",
            "--warnings", "off",
        ]  # fmt: skip
        environment = os.environ | {
            "SCHEMATHESIS_HOOKS": "schema_hooks",
            "MUSTER_SCHEMA_IDS": json.dumps(ids),
            "PYTHONPATH": str(here),
            "NO_COLOR": "1",
        }
        done = subprocess.run(
            command, cwd=here, env=environment, capture_output=True, text=True, timeout=int(SECONDS) + 300
        )
        report = done.stdout + done.stderr
        assert done.returncode == 0, f"seed {SEED}:\n{report[-20_000:]}"
        operations = re.search(r"Tested: (\d+)", report)
        assert operations and int(operations[1]) > 70, report[-2000:]
        # Requests of most operations get all the way.
        succeeded = set(re.findall(r'method=(\w+) path="([^"]+)" status=2', server.log()))
        assert len(succeeded) > 50, sorted(succeeded)
        # The requests have not locked themselves out on the way; that a reviewer is needed beside the author is theirs
        # to say.
        raw = Raw(server, token)
        name = raw.get(raw.base()).json()["workspace"]["name"]
        assert raw.put(raw.base(), json={"name": name, "four_eyes": False}).status_code == 200
        assert api.list_workflows().success
        assert api.wait(api.start(api.publish(flows.minimal()).id)).status == "FINISHED"


def existing(server, api, raw, token) -> dict:
    """Something of every kind, by the names that paths and bodies call it."""
    known = server.credentials
    http = component(api, "HTTP")
    action = api.list_component_actions(component_id=http.id, enabled=True).data[0]
    connection = api.create_connection(
        body=v1.CreateAssetsRequestBody(
            name="there", description="", component_id=http.id, component_version_id=http.versions[0].id,
            config='{"endpoint":"https://example.com"}',
        )
    ).asset  # fmt: skip
    workflow = api.publish(flows.asking())
    instance = api.start(workflow.id)
    draft = flows.minimal().content()
    user = raw.get("/v3/users", params={"name": known["user_name"]}).json()["users"][0]
    return {
        "project_id": known["project_id"],
        "workspace_id": known["workspace_id"],
        "workflow_id": workflow.id,
        "aopworkflow_id": workflow.id,
        "version_id": api.create_version(workflow.id, flows.asking()).id,
        "instance_id": instance,
        "task_id": api.task(instance).id,
        "dataclass_id": api.dataclass().id,
        "component_id": http.id,
        "component_version_id": http.versions[0].id,
        "action_id": action.id,
        "asset_id": connection.id,
        "engine_type": "public_engine",
        "aop_type": "NORMAL",
        "command_type": "ActionInstanceRunCommand",
        "action_type": "workflow",
        "taskflow": draft["taskflow"],
        "taskflow_type": "XML",
        "mode": "BASIC",
        "user_id": user["id"],
        "domain_id": user["domain_id"],
        "access_key": known["access_key"],
        "token": token,
    }
