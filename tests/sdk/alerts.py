"""Real alerts: an EVE line that Suricata wrote on a honeypot (licence beside it), and more of them where present."""

import json
import os
from pathlib import Path

from sdk.server import REPOSITORY

DATA = Path(__file__).resolve().parents[1] / "data"
ALERT = json.loads((DATA / "suricata-alert.json").read_text())

# Reference material that is not part of the repository.
SHARED = Path(os.environ.get("MUSTER_SHARED", REPOSITORY / "../shared")).resolve()


def more_alerts() -> list[dict]:
    """Every alert of the reference material, if it is there."""
    found = []
    for file in sorted((SHARED / "data/suricata").glob("*.json")):
        found += json.loads(file.read_text())
    return found
