"""What pip reads from each file that is named: one line a file, `NAME==VERSION{HASHES}` for each requirement.

`refused` when pip cannot read it, or when it reads something that is not pinned or has no sha256.
"""

import sys

from pip._internal.exceptions import PipError
from pip._internal.network.session import PipSession
from pip._internal.req.constructors import install_req_from_parsed_requirement
from pip._internal.req.req_file import parse_requirements


def described(parsed):
    found = install_req_from_parsed_requirement(parsed)
    specifiers = list(found.req.specifier)
    hashes = found.hash_options.get("sha256", [])
    if len(specifiers) != 1 or specifiers[0].operator != "==" or "*" in specifiers[0].version or not hashes:
        return None
    marker = f";{found.markers}" if found.markers else ""
    return f"{found.name}=={specifiers[0].version}{marker}{{{','.join(sorted(set(hashes)))}}}"


def read(file, session):
    try:
        entries = [described(parsed) for parsed in parse_requirements(file, session)]
    except (PipError, SystemExit, ValueError):
        return "refused"
    return "refused" if None in entries else " ".join(sorted(entries))


session = PipSession()
for file in sys.stdin:
    print(read(file.rstrip("\n"), session))
