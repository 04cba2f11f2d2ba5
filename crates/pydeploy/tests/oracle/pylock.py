"""The wheels that `packaging` selects from a `pylock.toml` for a target: FILE PYTHON MACHINE GLIBC_MINOR [EXTRA…]."""

import sys
import tomllib

from packaging.pylock import Pylock
from packaging.tags import compatible_tags, cpython_tags

file, python, machine, glibc = sys.argv[1:5]
version = tuple(map(int, python.split(".")[:2]))
oldest = 5 if machine == "x86_64" else 17
aliases = {5: "manylinux1", 12: "manylinux2010", 17: "manylinux2014"}
platforms = []
for minor in range(int(glibc), oldest - 1, -1):
    platforms.append(f"manylinux_2_{minor}_{machine}")
    if minor in aliases:
        platforms.append(f"{aliases[minor]}_{machine}")
platforms.append(f"linux_{machine}")
interpreter = "cp" + "".join(map(str, version))
environment = {
    "os_name": "posix",
    "sys_platform": "linux",
    "platform_machine": machine,
    "platform_python_implementation": "CPython",
    "platform_release": "",
    "platform_system": "Linux",
    "platform_version": "",
    "python_version": ".".join(map(str, version)),
    "python_full_version": python,
    "implementation_name": "cpython",
    "implementation_version": python,
}
with open(file, "rb") as stream:
    pylock = Pylock.from_dict(tomllib.load(stream))
tags = [
    *cpython_tags(version, [interpreter], platforms),
    *compatible_tags(version, interpreter, platforms),
]
for package, found in pylock.select(environment=environment, tags=tags, extras=sys.argv[5:]):
    print(package.name if package.directory else found.filename)
