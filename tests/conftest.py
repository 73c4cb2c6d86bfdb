"""Servers and clients for the tests.

`MUSTER_BIN` names the binary (default `target/debug/muster`). With `MUSTER_TEST_DATABASE` (a PostgreSQL URL that may
create databases) every server gets a database there instead of its embedded storage.
"""

import pytest

from sdk import clients
from sdk.clients import Raw, access_key_api, token_api
from sdk.server import Server


@pytest.fixture(scope="session")
def server():
    """One server for every test that does not need one of its own."""
    with Server() as running:
        yield running


@pytest.fixture(scope="session")
def token(server):
    return clients.log_in(server)


@pytest.fixture(scope="session")
def by_key(server):
    """Signs with an access key."""
    return access_key_api(server)


@pytest.fixture(scope="session")
def by_token(server, token):
    """Sends a token."""
    return token_api(server, token)


@pytest.fixture(params=["access key", "token"])
def api(request, by_key, by_token):
    """Both ways to authenticate."""
    return by_key if request.param == "access key" else by_token


@pytest.fixture(scope="session")
def raw(server, token):
    """Requests that the SDK would not send, authenticated with a token unless they say otherwise."""
    return Raw(server, token)


@pytest.fixture(scope="module")
def room(by_key):
    """A workspace of the module's own."""
    return by_key.new_workspace()


@pytest.fixture(scope="module")
def raw_room(server, token, room):
    """Requests that the SDK would not send, in the module's own workspace."""
    return Raw(server, token, room.workspace_id)
