"""The SDK's client, with an access key or with a token, and requests below the SDK."""

import itertools
import json
import re
import threading
import time

import requests
from huaweicloudsdkcore.auth.credentials import BasicCredentials
from huaweicloudsdkcore.http.http_config import HttpConfig
from huaweicloudsdkcore.sdk_request import SdkRequest
from huaweicloudsdkcore.signer.signer import Signer
from huaweicloudsdksecmaster import v1

from sdk.complete import assert_complete

# How long a run may take until it has to be where it should be.
PATIENCE = 60


class TokenCredentials(BasicCredentials):
    """Sends a token instead of a signature."""

    def __init__(self, token: str, project_id: str):
        super().__init__(project_id=project_id)
        self.token = token

    def process_sts(self, http_client):
        """There are no temporary keys to fetch."""

    def sign_request(self, request: SdkRequest) -> SdkRequest:
        request.header_params["X-Auth-Token"] = self.token
        request.header_params["X-Project-Id"] = self.project_id
        Signer.process_request_uri(request)
        return request


# The SDK's builder compares the name of the class.
TokenCredentials.__name__ = BasicCredentials.__name__


class Answer(v1.ModifyTaskInfo):
    """The SDK's model of a task update, with the field that carries the values of the to-do."""

    openapi_types = {**v1.ModifyTaskInfo.openapi_types, "handle_parameters": "object"}
    attribute_map = {**v1.ModifyTaskInfo.attribute_map, "handle_parameters": "handle_parameters"}

    def __init__(self, handle_parameters=None, **known):
        super().__init__(**known)
        self.handle_parameters = handle_parameters


class Run(v1.AopInstanceEventData):
    """The SDK's model of a start, with the field that the Terraform provider adds."""

    openapi_types = {**v1.AopInstanceEventData.openapi_types, "simulation_context": "object"}
    attribute_map = {**v1.AopInstanceEventData.attribute_map, "simulation_context": "simulation_context"}

    def __init__(self, simulation_context=None, **known):
        super().__init__(**known)
        self.simulation_context = simulation_context


def http_config() -> HttpConfig:
    return HttpConfig(timeout=(10, 120))


def build(endpoint: str, credentials: BasicCredentials) -> v1.SecMasterClient:
    builder = v1.SecMasterClient.new_builder().with_credentials(credentials)
    return builder.with_endpoint(endpoint).with_http_config(http_config()).build()


def password_auth(user: str, password: str, domain: str, scope: dict | None) -> dict:
    """The body of a log-in."""
    user = {"name": user, "password": password, "domain": {"name": domain}}
    auth = {"identity": {"methods": ["password"], "password": {"user": user}}}
    if scope is not None:
        auth["scope"] = scope
    return {"auth": auth}


def log_in(server, scope: dict | None = None) -> str:
    """A token of the administrator, for the first project unless said otherwise."""
    known = server.credentials
    scope = scope or {"project": {"id": known["project_id"]}}
    body = password_auth(known["user_name"], known["password"], known["domain_name"], scope)
    answer = requests.post(server.endpoint + "/v3/auth/tokens", json=body, timeout=60)
    assert answer.status_code == 201, answer.text
    return answer.headers["X-Subject-Token"]


class Api:
    """The SDK's operations by name, inside one workspace. Each answer is compared with the SDK's model of it.

    `api.show_task(task_id=…)` builds the `ShowTaskRequest` and calls the client's `show_task`.
    """

    _numbers = itertools.count(1)

    def __init__(self, client: v1.SecMasterClient, workspace_id: str, project_id: str):
        self.client = client
        self.workspace_id = workspace_id
        self.project_id = project_id
        self.called: set[str] = set()

    def inside(self, workspace_id: str) -> "Api":
        """The same caller in another workspace."""
        other = Api(self.client, workspace_id, self.project_id)
        other.called = self.called
        return other

    def __getattr__(self, operation: str):
        if operation.startswith("_"):
            raise AttributeError(operation)
        request_class = getattr(v1, operation.title().replace("_", "") + "Request")
        call = getattr(self.client, operation)

        def invoke(**parameters):
            if "workspace_id" in request_class.openapi_types:
                parameters.setdefault("workspace_id", self.workspace_id)
            response = call(request_class(**parameters))
            assert_complete(response)
            self.called.add(operation)
            return response

        return invoke

    # What most tests need.

    @classmethod
    def new_name(cls, prefix: str = "flow") -> str:
        return f"{prefix} {next(cls._numbers)} {time.time_ns()}"

    def new_workspace(self) -> "Api":
        """The same caller in a workspace that nothing else uses."""
        body = v1.CreateWorkspaceRequestBody(name=self.new_name("room"), region_id="local-1", project_name="local-1")
        return self.inside(self.create_workspace(body=body).id)

    def dataclass(self, name: str = "Alert"):
        rows = self.list_dataclass(name=name, limit=100, offset=0).dataclass_details
        return next(row for row in rows if row.name == name)

    def create_workflow(self, name: str | None = None, **fields):
        """A workflow for alerts, without a version."""
        known = {
            "name": name or self.new_name(),
            "engine_type": "public_engine",
            "aop_type": "NORMAL",
            "dataclass_id": fields.pop("dataclass_id", None) or self.dataclass().id,
        }
        return self.create_aop_workflow(body=v1.CreateAopWorkflowInfo(**known | fields)).data

    def create_version(self, workflow_id: str, flow, form: str = "XML", **fields):
        """A draft of the flow."""
        content = flow.content(form) | {"name": "draft", "description": "", "aop_type": "NORMAL"} | fields
        body = v1.CreateAopWorkflowVersionInfo(**content)
        return self.create_aop_workflow_version(workflow_id=workflow_id, body=body).data

    def move(self, version_id: str, status: str | None = None, **fields):
        """An update of a version."""
        body = v1.ModifyAopWorkflowVersionInfo(status=status, **fields)
        return self.update_aop_workflow_version(version_id=version_id, body=body).data

    def review(self, version_id: str, result: str = "PASS", content: str = "looked at it"):
        body = v1.CreateAopWorkflowVersionApprovelInfo(content=content, result=result)
        return self.create_aop_workflow_version_approvel(version_id=version_id, body=body).data

    def enable(self, workflow_id: str, version_id: str):
        body = v1.ModifyAopWorkflowInfo(enabled=True, version_id=version_id)
        return self.update_aop_workflow(workflow_id=workflow_id, body=body).data

    def approve(self, workflow_id: str, flow, form: str = "XML"):
        """A version that has been approved."""
        version = self.create_version(workflow_id, flow, form)
        self.move(version.id, "pending_approval")
        self.review(version.id)
        return version

    def publish(self, flow, name: str | None = None, form: str = "XML", **fields):
        """The whole way from nothing to an enabled workflow."""
        workflow = self.create_workflow(name, **fields)
        version = self.approve(workflow.id, flow, form)
        return self.enable(workflow.id, version.id)

    def start(self, workflow_id: str, content: dict | None = None, command: str = "ActionInstanceRunCommand") -> str:
        """Starts a run; its id."""
        data_object = v1.DataObjectRefInfo(content=content or {}, dataclass=v1.DataClassRef(name="Alert"))
        body = v1.AopInstanceEventData(
            command_type=command,
            action_type="workflow",
            action_id=workflow_id,
            playbook_context=v1.PlaybookcontextRef(data_object=data_object),
        )
        return self.create_workflow_instance(workflow_id=workflow_id, body=body).action_instance_id

    def run(self, flow, content: dict | None = None, form: str = "XML", expect: str = "FINISHED"):
        """Publishes the flow, runs it once, waits for its end; the instance with its topology."""
        return self.wait(self.start(self.publish(flow, form=form).id, content), expect)

    def show(self, instance_id: str):
        return self.show_aop_workflow_instance(instance_id=instance_id, show_topology=True)

    def wait(self, instance_id: str, *statuses: str, patience: float = PATIENCE):
        """The instance, as soon as it is in one of the statuses (any end, by default)."""
        wanted = statuses or ("FINISHED", "FAILED", "TERMINATED")
        seen = self.wait_for(lambda: self._in_status(instance_id, wanted), patience)
        shown = self.show(instance_id)
        assert seen, f"{instance_id} is {shown.status}, not {' or '.join(wanted)}: {shown.topology}"
        return shown

    def _in_status(self, instance_id: str, wanted) -> bool:
        return self.show_aop_workflow_instance(instance_id=instance_id).status in wanted

    def wait_for(self, condition, patience: float = PATIENCE):
        """The first true value of the condition, or the last false one."""
        end = time.monotonic() + patience
        while not (value := condition()) and time.monotonic() < end:
            time.sleep(0.02)
        return value

    def command(self, instance_id: str, command: str, **fields):
        body = v1.AopInstanceUpdateDataPojo(command_type=f"ActionInstance{command}Command", **fields)
        return self.update_workflow_instance(instance_id=instance_id, body=body)

    def tasks(self, instance_id: str) -> list:
        """The open to-dos of a run."""
        return [task for task in self.all_tasks() if task.action_instance_id == instance_id]

    def all_tasks(self, **filters) -> list:
        found, offset = [], 0
        while page := self.list_tasks(offset=offset, limit=100, **filters).data:
            found += page
            offset += len(page)
        return found

    def task(self, instance_id: str):
        """The one open to-do of a run, once it is there."""
        found = self.wait_for(lambda: self.tasks(instance_id))
        assert len(found) == 1, found
        return found[0]

    def answer(self, task_id: str, action: str = "CONTINUE", **fields):
        return self.update_task(task_id=task_id, body=Answer(action=action, **fields)).data


def access_key_api(server) -> Api:
    """The administrator, with the first access key."""
    known = server.credentials
    credentials = BasicCredentials(known["access_key"], known["secret_key"], known["project_id"])
    return Api(build(server.endpoint, credentials), known["workspace_id"], known["project_id"])


def token_api(server, token: str) -> Api:
    """Whoever has the token, in the first project."""
    known = server.credentials
    credentials = TokenCredentials(token, known["project_id"])
    return Api(build(server.endpoint, credentials), known["workspace_id"], known["project_id"])


def nodes(instance) -> dict:
    """The rows of a topology by node; of a node that ran more than once, the last."""
    return {row.action_id: row for row in instance.topology.audit_logs}


def output(instance, node: str):
    """What a node has put out."""
    text = nodes(instance)[node].output
    return json.loads(text) if text else None


class Raw:
    """Requests that the SDK would not send."""

    def __init__(self, server, token: str | None = None, workspace_id: str | None = None):
        """In the first workspace unless said otherwise."""
        self.server = server
        self.token = token
        self.workspace_id = workspace_id
        self.session = requests.Session()
        self.session.trust_env = False
        self._lock = threading.Lock()

    def base(self, workspace_id: str | None = None) -> str:
        known = self.server.credentials
        return f"/v1/{known['project_id']}/workspaces/{workspace_id or self.workspace_id or known['workspace_id']}"

    def send(self, method: str, path: str, **options) -> requests.Response:
        """A path that starts with `/v` is sent as it is, any other one inside the workspace."""
        if not re.match(r"/v\d|/openapi|/healthz|/readyz", path):
            path = self.base() + path
        headers = options.pop("headers", {})
        if self.token and not any(name.lower() in ("x-auth-token", "authorization") for name in headers):
            headers = {"X-Auth-Token": self.token, **headers}
        options.setdefault("timeout", 120)
        with self._lock:
            return self.session.request(method, self.server.endpoint + path, headers=headers, **options)

    def get(self, path: str, **options) -> requests.Response:
        return self.send("GET", path, **options)

    def post(self, path: str, **options) -> requests.Response:
        return self.send("POST", path, **options)

    def put(self, path: str, **options) -> requests.Response:
        return self.send("PUT", path, **options)

    def delete(self, path: str, **options) -> requests.Response:
        return self.send("DELETE", path, **options)
