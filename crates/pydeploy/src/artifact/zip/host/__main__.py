"""Installs the release in this archive. Needs a standard Python and nothing else: no pip, no network."""

import argparse
import base64
import contextlib
import csv
import fcntl
import hashlib
import io
import json
import os
import platform
import re
import secrets
import shutil
import subprocess
import sys
import time
import zipfile

from libraries import problems
from release_files import (
    CHUNK,
    DAMAGED,
    FAILED,
    REFUSED,
    ROLLED_BACK,
    Problem,
    chunks_of,
    digest_of,
    exit_code,
    is_as_planned,
    safe,
    write_file,
)

SCHEMA = 1
# Stands for the release's folder in files that were made before it was known.
PREFIX = b"/@pydeploy-release@"
# What Linux before 5.1 reads of a script's first line.
LONGEST_FIRST_LINE = 127
ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
RELEASE_ID = re.compile(r"[0-9](?:[A-Za-z0-9.+~-]|%3a){0,199}\Z")


# The archive


class Window(io.RawIOBase):
    """A part of a file as a file, so that a wheel is read where it lies."""

    def __init__(self, file, start, size):
        self.file, self.start, self.size, self.at = file, start, size, 0

    def readable(self):
        return True

    def seekable(self):
        return True

    def seek(self, offset, whence=io.SEEK_SET):
        self.at = max(0, {io.SEEK_SET: 0, io.SEEK_CUR: self.at, io.SEEK_END: self.size}[whence] + offset)
        return self.at

    def readinto(self, buffer):
        count = max(0, min(len(buffer), self.size - self.at))
        data = os.pread(self.file.fileno(), count, self.start + self.at)
        buffer[: len(data)] = data
        self.at += len(data)
        return len(data)


class Archive:
    """This file: its digest is the comment at its end."""

    def __init__(self, path):
        self.path = path
        self.file = open(path, "rb")
        self.check_digest()
        try:
            self.zip = zipfile.ZipFile(self.file)
            self.manifest = json.loads(self.zip.read("manifest.json").decode("utf-8"))
        except (zipfile.BadZipFile, KeyError, ValueError) as error:
            raise Problem(DAMAGED, "%s is damaged: %s" % (path, error), "copy it again")
        if self.manifest.get("schema") != SCHEMA:
            raise Problem(FAILED, "this archive has a manifest of schema %s" % self.manifest.get("schema"))
        self.wheels = {}

    def check_digest(self):
        size = self.file.seek(0, os.SEEK_END)
        comment = os.pread(self.file.fileno(), 71, max(0, size - 71))
        digest, left = hashlib.sha256(), size - len(comment)
        self.file.seek(0)
        while left > 0:
            chunk = self.file.read(min(CHUNK, left))
            if not chunk:
                break
            digest.update(chunk)
            left -= len(chunk)
        if comment != b"sha256 " + digest.hexdigest().encode("ascii"):
            raise Problem(DAMAGED, "%s is cut off or damaged" % self.path, "copy it again")

    def open(self, entry):
        """The bytes of an entry, from the archive itself or from one of its wheels."""
        if "wheel" in entry:
            return self.wheel(entry["wheel"]).open(entry["member"])
        return self.zip.open(entry["member"])

    def wheel(self, number):
        if number not in self.wheels:
            info = self.zip.getinfo("wheels/" + self.manifest["wheels"][number]["file"])
            header = os.pread(self.file.fileno(), 30, info.header_offset)
            names = int.from_bytes(header[26:28], "little") + int.from_bytes(header[28:30], "little")
            window = Window(self.file, info.header_offset + 30 + names, info.file_size)
            self.wheels[number] = zipfile.ZipFile(io.BufferedReader(window, CHUNK))
        return self.wheels[number]


# The interpreter


def interpreter():
    """The interpreter that an environment can link to: not one of an environment itself."""
    return os.path.realpath(getattr(sys, "_base_executable", None) or sys.executable)


def check_interpreter(wanted):
    have = {
        "implementation": platform.python_implementation(),
        "version": "%d.%d" % sys.version_info[:2],
        "machine": platform.machine(),
    }
    want = {"implementation": "CPython", "version": wanted["version"], "machine": wanted["machine"]}
    if have != want:
        words = "{implementation} {version} on {machine}"
        raise Problem(
            REFUSED,
            "this release is for %s; this is %s" % (words.format(**want), words.format(**have)),
            "run it with python%s on such a host" % wanted["version"],
        )
    check_libc(tuple(wanted["glibc"]))


def check_libc(wanted):
    try:
        have = tuple(int(part) for part in os.confstr("CS_GNU_LIBC_VERSION").split()[1].split(".")[:2])
    except (AttributeError, IndexError, OSError, TypeError, ValueError):
        have = (0, 0)
    if have < wanted:
        raise Problem(
            REFUSED,
            "a wheel of this release needs glibc %d.%d; this host has %s"
            % (wanted + ("%d.%d" % have if have > (0, 0) else "another C library",)),
            "build it for a target that is this host",
        )


def check_libraries(wanted):
    found = problems(wanted)
    if not found:
        return
    packages = sorted({problem["package"] for problem in found if problem["package"]})
    raise Problem(
        REFUSED,
        "this host cannot run the release: " + "; ".join(problem["problem"] for problem in found),
        "install " + (", ".join(packages) or "the packages that bring them, or build it for a target that is this host"),
    )


# Unpacking


def relocated(data, release):
    """A file that was made for the release's folder: a script whose first line names the interpreter."""
    first, newline, rest = data.partition(b"\n")
    python = os.fsencode(os.path.join(release, "venv", "bin", "python"))
    marked = b"#!" + PREFIX + b"/venv/bin/python"
    line = first.replace(PREFIX, os.fsencode(release))
    plain = len(line) + 1 <= LONGEST_FIRST_LINE and not re.search(rb"\s", python)
    if first.startswith(marked) and not plain:
        quoted = re.sub(rb'(["\\$`])', rb"\\\1", python)
        arguments = first[len(marked):]
        line = b"#!/bin/sh\n'''exec' \"" + quoted + b'"' + (arguments or b" ") + b" \"$0\" \"$@\"\n' '''"
    return line + newline + rest.replace(PREFIX, os.fsencode(release))


class Unpacking:
    """Puts the release together in `staging`, for use in `release`."""

    def __init__(self, archive, staging, release):
        self.archive, self.manifest = archive, archive.manifest
        self.staging, self.release = staging, release
        self.records = {}
        self.files = []

    def run(self):
        for entry in self.manifest["entries"]:
            if "record" not in entry:
                self.place(entry)
        for entry in self.manifest["entries"]:
            if "record" in entry:
                self.write_record(entry)
        for name in ("app", "etc", "static"):
            os.makedirs(os.path.join(self.staging, name), exist_ok=True)
        self.write_environment()
        self.write_installed()

    def place(self, entry):
        if "link" in entry:
            return self.link(entry["path"], entry["link"], entry["owner"])
        with self.archive.open(entry) as source:
            if entry.get("relocate"):
                return self.write(entry, [relocated(source.read(), self.release)], check=False)
            self.write(entry, chunks_of(source))

    def write(self, entry, chunks, check=True):
        path = os.path.join(self.staging, safe(entry["path"]))
        digest, size = write_file(path, int(entry["mode"], 8), chunks)
        if check and not is_as_planned(entry, digest, size):
            raise Problem(DAMAGED, "%s is not what the manifest says" % entry["path"], "copy the archive again")
        self.note(entry["path"], entry["owner"], mode=entry["mode"], size=size, sha256=digest.hexdigest())
        if "recorded" in entry:
            encoded = base64.urlsafe_b64encode(digest.digest()).decode("ascii").rstrip("=")
            row = (self.in_record(entry["path"]), "sha256=" + encoded, str(size))
            self.records.setdefault(entry["recorded"], []).append(row)

    def link(self, path, target, owner):
        target = target.replace("{interpreter}", interpreter())
        place = os.path.join(self.staging, safe(path))
        os.makedirs(os.path.dirname(place), exist_ok=True)
        os.symlink(target, place)
        self.note(path, owner, target=target)

    def note(self, path, owner, **facts):
        self.files.append(dict(facts, path=os.path.join(self.release, path), owner=owner))

    def in_record(self, path):
        site_packages = self.manifest["site_packages"] + "/"
        if path.startswith(site_packages):
            return path[len(site_packages):]
        return "../../../" + path[len("venv/"):]

    def write_record(self, entry):
        rows = self.records.get(entry["record"], []) + [(self.in_record(entry["path"]), "", "")]
        text = io.StringIO()
        csv.writer(text, lineterminator="\n").writerows(sorted(rows))
        self.write(entry, [text.getvalue().encode("utf-8")], check=False)

    def write_environment(self):
        configuration = "home = %s\ninclude-system-site-packages = false\nversion = %s\n" % (
            os.path.dirname(interpreter()),
            platform.python_version(),
        )
        generated = {"owner": "pydeploy", "mode": "0644"}
        self.write(dict(generated, path="venv/pyvenv.cfg"), [configuration.encode("utf-8")], check=False)
        values = json.dumps(self.manifest["environment"]["set"], indent=2, sort_keys=True) + "\n"
        self.write(dict(generated, path="environment.json"), [values.encode("utf-8")], check=False)

    def write_installed(self):
        manifest = dict(self.manifest["installed"], prefix=self.release, interpreter=interpreter())
        manifest["files"] = sorted(self.files, key=lambda file: file["path"])
        text = json.dumps(manifest, indent=2) + "\n"
        write_file(os.path.join(self.staging, "manifest.json"), 0o644, [text.encode("utf-8")])


# The host


class Host:
    """A folder with `releases`, the link `current` to one of them, and `shared`, which no release brings."""

    def __init__(self, root):
        self.root = os.path.abspath(root)
        self.releases = os.path.join(self.root, "releases")
        self.current = os.path.join(self.root, "current")
        self.state = os.path.join(self.root, "shared", "state")
        self.environment = os.path.join(self.root, "shared", "environment.json")
        self.past = os.path.join(self.root, "releases.json")

    @contextlib.contextmanager
    def locked(self):
        if os.path.exists(os.path.join(self.root, "journal.jsonl")):
            raise Problem(REFUSED, "%s belongs to `pydeploy deploy`" % self.root, "use another folder")
        os.makedirs(self.releases, exist_ok=True)
        with open(os.path.join(self.root, "lock"), "a") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                raise Problem(FAILED, "%s is in use by another command" % self.root, "wait until it has ended")
            self.clear()
            yield

    def clear(self):
        """Removes what a command left that was killed."""
        for name in os.listdir(self.releases):
            if name.startswith((".staging-", ".trash-")):
                shutil.rmtree(os.path.join(self.releases, name))

    def release(self, name):
        return os.path.join(self.releases, name)

    def installed(self):
        """The releases, the one that was made current last at the end."""
        try:
            names = [name for name in os.listdir(self.releases) if RELEASE_ID.match(name)]
        except FileNotFoundError:
            return []
        order = {name: at for at, name in enumerate(self.order())}
        return sorted(names, key=lambda name: (order.get(name, -1), name))

    def order(self):
        try:
            with open(self.past, encoding="utf-8") as file:
                return json.load(file)["order"]
        except FileNotFoundError:
            return []

    def current_release(self):
        try:
            return os.path.basename(os.readlink(self.current))
        except FileNotFoundError:
            return None

    def switch(self, name):
        """Makes a release current, in one step for whoever looks."""
        order = [other for other in self.order() if other != name] + [name]
        self.replace(self.past, json.dumps({"schema": SCHEMA, "order": order}) + "\n", 0o644)
        staged = self.current + ".new"
        with contextlib.suppress(FileNotFoundError):
            os.unlink(staged)
        os.symlink(os.path.join("releases", name), staged)
        os.replace(staged, self.current)
        sync_folder(self.root)

    def replace(self, path, text, mode):
        os.makedirs(os.path.dirname(path), exist_ok=True)
        staged = path + ".new"
        with contextlib.suppress(FileNotFoundError):
            os.unlink(staged)
        write_file(staged, mode, [text.encode("utf-8")])
        os.replace(staged, path)

    def generate(self, names):
        """Gives each variable a random value that the host does not set yet."""
        path = os.path.realpath(self.environment)
        try:
            with open(path, encoding="utf-8") as file:
                values = json.load(file)
        except FileNotFoundError:
            values = {}
        except ValueError as error:
            raise Problem(FAILED, "%s is not JSON: %s" % (path, error), "correct it")
        missing = [name for name in names if name not in values]
        for name in missing:
            values[name] = "".join(secrets.choice(ALPHABET) for _ in range(50))
        if missing or not os.path.exists(path):
            self.replace(path, json.dumps(values, indent=2, sort_keys=True) + "\n", 0o600)
        os.makedirs(self.state, exist_ok=True)

    def prune(self, keep):
        """Removes the oldest releases, never the current one or the one before it."""
        names = [name for name in self.installed() if name != self.current_release()]
        removed = names[: max(0, len(names) - max(keep - 1, 1))]
        for name in removed:
            self.remove(name)
        return removed

    def remove(self, name):
        trash = self.release(".trash-" + name)
        os.rename(self.release(name), trash)
        shutil.rmtree(trash)


def sync_folder(path):
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


# Steps


def step(name, work, *arguments):
    """Runs one step and prints a line with what came of it and its time."""
    start = time.monotonic()
    result = work(*arguments)
    print("  %-18s  %7.2f s  %s" % (name, time.monotonic() - start, result or ""), file=sys.stderr)


def unpack(host, archive):
    name = archive.manifest["release"]
    if not RELEASE_ID.match(name):
        raise Problem(DAMAGED, "the manifest names the release %r" % name)
    release, staging = host.release(name), host.release(".staging-" + name)
    if os.path.lexists(release):
        damage = differences(release)
        if damage:
            raise Problem(DAMAGED, "%s is there and damaged: %s" % (release, damage[0]), "remove it")
        return "%s is there" % name
    try:
        os.makedirs(staging)
        unpacking = Unpacking(archive, staging, release)
        unpacking.run()
        os.sync()
        os.rename(staging, release)
        sync_folder(host.releases)
    except BaseException:
        shutil.rmtree(staging, ignore_errors=True)
        raise
    return "%s, %d files" % (name, len(unpacking.files))


def prepare(host, archive):
    release = host.release(archive.manifest["release"])
    commands = archive.manifest["prepare"]
    for command in commands:
        words = [expanded(word, host, release) for word in command]
        if "/" not in words[0]:
            words[0] = os.path.join(release, "venv", "bin", words[0])
        environment = dict(os.environ)
        environment["PATH"] = os.path.join(release, "venv", "bin") + os.pathsep + environment.get("PATH", os.defpath)
        for variable in ("PYTHONHOME", "PYTHONPATH"):
            environment.pop(variable, None)
        ended = subprocess.run(words, cwd=os.path.join(release, "app"), env=environment, stdout=sys.stderr)
        if ended.returncode != 0:
            raise Problem(ROLLED_BACK, "`%s` ended with status %d" % (" ".join(command), ended.returncode))
    return "%d commands" % len(commands)


def expanded(word, host, release):
    for name in ("app", "etc", "static", "venv"):
        word = word.replace("{%s}" % name, os.path.join(release, name))
    return word.replace("{state}", host.state)


def install(host, archive, options):
    check_interpreter(archive.manifest["python"])
    check_libraries(archive.manifest["libraries"])
    name = archive.manifest["release"]
    with host.locked():
        fresh = not os.path.lexists(host.release(name))
        step("unpack", unpack, host, archive)
        host.generate(archive.manifest["environment"]["generate"])
        try:
            if not options.no_prepare:
                step("prepare", prepare, host, archive)
        except BaseException:
            # Whoever was current still is; the release is not kept.
            if fresh:
                host.remove(name)
            raise
        host.switch(name)
        host.prune(options.keep)
    print(name)


def rollback(host, wanted):
    with host.locked():
        installed, current = host.installed(), host.current_release()
        before = installed[: installed.index(current)] if current in installed else installed
        name = wanted or (before[-1] if before else None)
        if name not in installed:
            raise Problem(FAILED, "there is no release %s" % (wanted or "to go back to"), "`--list` shows them")
        going_back(host, name, current)
    print(name)


def going_back(host, name, current):
    """The release that is left is no longer what a further step back leads to."""
    host.switch(name)
    order = [other for other in host.order() if other not in (name, current)]
    order = ([current] if current and current != name else []) + order + [name]
    host.replace(host.past, json.dumps({"schema": SCHEMA, "order": order}) + "\n", 0o644)


def differences(release):
    """What of a release is not as it was installed."""
    with open(os.path.join(release, "manifest.json"), encoding="utf-8") as file:
        files = json.load(file)["files"]
    found = []
    for entry in files:
        problem = difference(entry)
        if problem:
            found.append("%s %s" % (entry["path"], problem))
    return found


def difference(entry):
    path = entry["path"]
    if not os.path.lexists(path):
        return "is missing"
    if "target" in entry:
        return None if os.path.islink(path) and os.readlink(path) == entry["target"] else "is another link"
    if os.path.islink(path) or not os.path.isfile(path):
        return "is no file"
    with open(path, "rb") as file:
        digest, size = digest_of(chunks_of(file))
    if not is_as_planned(entry, digest, size):
        return "was changed"
    mode = "%04o" % (os.stat(path).st_mode & 0o777)
    return None if mode == entry["mode"] else "has mode %s" % mode


def check(host, archive):
    check_libraries(archive.manifest["libraries"])
    current = host.current_release()
    if current is None:
        raise Problem(FAILED, "%s has no current release" % host.root)
    found = differences(host.release(current))
    for line in found:
        print(line)
    if found:
        raise Problem(DAMAGED, "not as installed: %d of the files of %s" % (len(found), current))
    print("%s is as it was installed" % current)


def list_releases(host):
    current = host.current_release()
    for name in host.installed():
        print(("* " if name == current else "  ") + name)


def arguments():
    parser = argparse.ArgumentParser(prog=os.path.basename(sys.argv[0]), description=__doc__)
    parser.add_argument("-d", "--directory", required=True, metavar="DIR", help="folder of the host")
    verb = parser.add_mutually_exclusive_group()
    verb.add_argument("--list", action="store_true", help="print the releases, oldest first; * marks the current one")
    verb.add_argument("--check", action="store_true", help="compare host and current release with what is needed")
    verb.add_argument("--rollback", nargs="?", const="", metavar="RELEASE", help="make the release before current again")
    parser.add_argument("--keep", type=int, default=5, metavar="N", help="how many releases to keep [default: 5]")
    parser.add_argument("--no-prepare", action="store_true", help="do not run the project's commands (migrations)")
    return parser.parse_args()


def run(options):
    host = Host(options.directory)
    if options.list:
        return list_releases(host)
    if options.rollback is not None:
        return rollback(host, options.rollback)
    archive = Archive(os.path.abspath(sys.argv[0]))
    if options.check:
        return check(host, archive)
    install(host, archive, options)


if __name__ == "__main__":
    sys.exit(exit_code(lambda: run(arguments())))
