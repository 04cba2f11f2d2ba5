"""Compares the files of an unpacked package with its manifest; run at the root of the unpacked tree."""

import hashlib
import json
import sys


def entries(value):
    """Every object in the manifest that names a path and a sha256."""
    if isinstance(value, list):
        for item in value:
            yield from entries(item)
    elif isinstance(value, dict):
        if isinstance(value.get("path"), str) and isinstance(value.get("sha256"), str):
            yield value["path"], value["sha256"]
        for item in value.values():
            yield from entries(item)


def sha256(path):
    with open(path.lstrip("/"), "rb") as file:
        return hashlib.sha256(file.read()).hexdigest()


def main():
    with open(sys.argv[1], encoding="utf-8") as file:
        expected = dict(entries(json.load(file)))
    if not expected:
        sys.exit("the manifest names no file")
    wrong = [path for path, digest in expected.items() if sha256(path) != digest]
    if wrong:
        sys.exit("not what the manifest says: " + ", ".join(wrong))
    print(f"{len(expected)} files are what the manifest says")


if __name__ == "__main__":
    main()
