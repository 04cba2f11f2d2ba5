"""Gives every process of this environment the host's variables, which are kept outside the release."""

import json
import os

_RELEASE = os.path.realpath(__file__)
for _ in range(5):  # site-packages, pythonX.Y, lib, venv
    _RELEASE = os.path.dirname(_RELEASE)
_HOST = os.path.dirname(os.path.dirname(_RELEASE))


def load():
    """What is set in the process already counts more than what the host's file says."""
    values = {}
    try:
        with open(os.path.join(_RELEASE, "environment.json"), encoding="utf-8") as file:
            values.update(json.load(file))
    except FileNotFoundError:
        pass
    try:
        with open(os.path.join(_HOST, "shared", "environment.json"), encoding="utf-8") as file:
            values.update(json.load(file))
    except (FileNotFoundError, PermissionError):
        pass
    values["PYDEPLOY_RELEASE"] = os.path.basename(_RELEASE)
    values["PYDEPLOY_STATE"] = os.path.join(_HOST, "shared", "state")
    values["PYDEPLOY_STATIC"] = os.path.join(_RELEASE, "static")
    for name, value in values.items():
        os.environ.setdefault(name, value)


load()
