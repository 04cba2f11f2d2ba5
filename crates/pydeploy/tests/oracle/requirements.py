"""What `packaging` makes of each line of standard input: a requirement, or what is nearly one."""

import sys

from packaging.markers import UndefinedComparison, UndefinedEnvironmentName
from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

VERSIONS = sys.argv[1].split()
PYTHONS = sys.argv[2].split()


def environment(python, machine):
    return {
        "os_name": "posix",
        "sys_platform": "linux",
        "platform_machine": machine,
        "platform_python_implementation": "CPython",
        "platform_release": "",
        "platform_system": "Linux",
        "platform_version": "",
        "python_version": ".".join(python.split(".")[:2]),
        "python_full_version": python,
        "implementation_name": "cpython",
        "implementation_version": python,
        "extra": "x",
        "extras": {"x"},
        "dependency_groups": {"prod"},
    }


def specifier(each):
    text = each.version
    if text.endswith(".*"):
        return f"{each.operator}{Version(text[:-2])}.*"
    return each.operator + str(Version(text))


def holds(marker):
    if marker is None:
        return "always"
    try:
        return "".join(
            "01"[marker.evaluate(environment(*python.split("/")), context="lock_file")] for python in PYTHONS
        )
    except (UndefinedComparison, UndefinedEnvironmentName):
        return "undefined"


def describe(text):
    try:
        requirement = Requirement(text)
        specifiers = sorted(map(specifier, requirement.specifier))
    except ValueError:
        return "refused"
    accepts = "".join("01"[requirement.specifier.contains(version, prereleases=True)] for version in VERSIONS)
    extras = sorted(map(canonicalize_name, requirement.extras))
    fields = [canonicalize_name(requirement.name), ",".join(extras), requirement.url or ",".join(specifiers)]
    return "|".join([*fields, accepts, holds(requirement.marker)])


for line in sys.stdin:
    print(describe(line.rstrip("\n")))
