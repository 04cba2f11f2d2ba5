"""Imports every top-level module that the environment's distributions bring; prints those that cannot be, and why."""

import importlib
import importlib.metadata
import warnings

warnings.simplefilter("ignore")
names = sorted(importlib.metadata.packages_distributions())
# Some do something when they are imported.
names = [name for name in names if name.isidentifier() and name not in ("antigravity", "this", "uwsgi_python")]
for name in names:
    try:
        importlib.import_module(name)
    except Exception as error:
        print(name, type(error).__name__)
print(len(names), "modules")
