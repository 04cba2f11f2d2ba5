"""Puts the folder of the binary package together, and checks every byte of it.

    assemble.py FOLDER VERSION

The plan beside this program says which file of the source package, or which member of a wheel, goes where. It needs
Python's standard library and nothing else. Nothing is unpacked that the plan does not name, and nothing is changed.
"""

import hashlib
import json
import os
import sys
import zipfile

from release_files import (
    DAMAGED,
    FAILED,
    REFUSED,
    Problem,
    chunks_of,
    digest_of,
    exit_code,
    is_as_planned,
    safe,
    write_file,
)

SCHEMA = 1
HERE = os.path.dirname(os.path.abspath(__file__))


class Wheels:
    """The wheels of the plan, each compared with its digest before it is read."""

    def __init__(self, planned):
        self.planned, self.opened = planned, {}

    def open(self, number, member):
        if number not in self.opened:
            self.opened[number] = self.checked(self.planned[number])
        return self.opened[number].open(member)

    def checked(self, wheel):
        path = safe(wheel["file"])
        with open(path, "rb") as file:
            digest, size = digest_of(chunks_of(file))
        compare(path, wheel, digest, size)
        return zipfile.ZipFile(path)


def compare(path, planned, digest, size):
    if not is_as_planned(planned, digest, size):
        raise Problem(DAMAGED, "%s is not what the plan says" % path, "unpack the source package again")


def read_plan(version):
    with open(os.path.join(HERE, "plan.jsonl"), encoding="utf-8") as file:
        lines = [json.loads(line) for line in file]
    head = lines[0]
    if head["schema"] != SCHEMA:
        raise Problem(FAILED, "the plan has schema %s, this program reads %s" % (head["schema"], SCHEMA))
    if head["version"] != version:
        raise Problem(
            REFUSED,
            "debian/changelog says %s, the release inside is %s" % (version, head["version"]),
            "a release says which version it is: make a source package of the other one with pydeploy",
        )
    return head, lines[1:]


class Tree:
    """The folder of the binary package."""

    def __init__(self, root, wheels):
        self.root, self.wheels = root, wheels
        self.md5sums = {}

    def place(self, entry):
        path = os.path.join(self.root, safe(entry["path"]))
        if "link" in entry:
            os.symlink(entry["link"], path)
        elif "mode" in entry:
            self.file(path, entry)
        else:
            os.mkdir(path)

    def file(self, path, entry):
        md5 = hashlib.md5()
        with self.open(entry) as source:
            digest, size = write_file(path, int(entry["mode"], 8), through(md5, chunks_of(source)))
        compare(entry["path"], entry, digest, size)
        if not entry["path"].startswith("DEBIAN/"):
            self.md5sums[entry["path"]] = md5.hexdigest()

    def open(self, entry):
        if "wheel" in entry:
            return self.wheels.open(entry["wheel"], entry["member"])
        return open(safe(entry["source"]), "rb")

    def write_md5sums(self):
        """Configuration files are not listed: they are the administrator's."""
        conffiles = set(self.conffiles())
        lines = ["%s  %s\n" % (sum, path) for path, sum in sorted(self.md5sums.items()) if "/" + path not in conffiles]
        write_file(os.path.join(self.root, "DEBIAN", "md5sums"), 0o644, [line.encode("utf-8") for line in lines])

    def conffiles(self):
        try:
            with open(os.path.join(self.root, "DEBIAN", "conffiles"), encoding="utf-8") as file:
                return file.read().split("\n")
        except FileNotFoundError:
            return []


def through(digest, chunks):
    for chunk in chunks:
        digest.update(chunk)
        yield chunk


def assemble(root, version):
    head, entries = read_plan(version)
    os.mkdir(root)
    tree = Tree(root, Wheels(head["wheels"]))
    for entry in entries:
        tree.place(entry)
    tree.write_md5sums()


if __name__ == "__main__":
    sys.exit(exit_code(lambda: assemble(*sys.argv[1:])))
