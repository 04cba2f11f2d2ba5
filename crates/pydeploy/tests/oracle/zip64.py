"""Writes a wheel as zip64: with large headers for each member, or with more members than a plain archive can have."""

import base64
import hashlib
import sys
import zipfile

path, members, large = sys.argv[1], int(sys.argv[2]), sys.argv[3] == "large"
files = {"demo/m%d.py" % number: b"x = %d\n" % number for number in range(members)}
files["demo-1.0.dist-info/METADATA"] = b"Metadata-Version: 2.1\nName: demo\nVersion: 1.0\n"
files["demo-1.0.dist-info/WHEEL"] = b"Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n"


def row(name, content):
    digest = base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode()
    return "%s,sha256=%s,%d\n" % (name, digest, len(content))


record = "".join(row(name, content) for name, content in files.items()) + "demo-1.0.dist-info/RECORD,,\n"
files["demo-1.0.dist-info/RECORD"] = record.encode()
with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
    for name, content in files.items():
        info = zipfile.ZipInfo(name, (2020, 1, 1, 0, 0, 0))
        info.compress_type = zipfile.ZIP_DEFLATED
        with archive.open(info, "w", force_zip64=large) as member:
            member.write(content)
