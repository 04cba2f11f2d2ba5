"""Compares two environments with the same wheels: ours, and that of another installer. Run by the interpreter of ours."""

import base64
import csv
import hashlib
import os
import stat
import sys

SITE = "lib/python3.11/site-packages/"

# What may differ, and why.
MADE_BY_THE_ENVIRONMENT = ("pyvenv.cfg", ".gitignore", ".lock", "CACHEDIR.TAG", "bin/activate", "bin/deactivate",
                           "bin/python", "bin/pydoc.bat", SITE + "_virtualenv")
NOTES_ABOUT_THE_INSTALLATION = ("REQUESTED", "direct_url.json", "uv_cache.json", "uv_build.json")
ONLY_THEIRS = ("bin/pip3.11",)  # A name that the wheel's entry points do not have.
OWN_WORDS = ("INSTALLER", "RECORD")


def is_dist_info(path, names):
    folder, _, name = path.rpartition("/")
    return folder.endswith(".dist-info") and name in names


def walk(root):
    found = {}
    for folder, folders, names in os.walk(root):
        folders[:] = [name for name in folders if not os.path.islink(os.path.join(folder, name))]
        for name in names:
            path = os.path.relpath(os.path.join(folder, name), root)
            if not path.startswith(MADE_BY_THE_ENVIRONMENT) and not is_dist_info(path, NOTES_ABOUT_THE_INSTALLATION):
                found[path] = os.path.join(folder, name)
    return found


def read(path):
    with open(path, "rb") as file:
        return file.read()


def rows(path):
    with open(path, newline="", encoding="utf-8") as file:
        return {row[0]: tuple(row[1:]) for row in csv.reader(file)}


def is_launcher(path, content):
    """Each installer has its own way to import and call."""
    return path.startswith("bin/") and content.startswith(b"#!") and b"sys.exit(" in content


def compare(ours, theirs):
    ours_files, theirs_files = walk(ours), walk(theirs)
    compiled = {path for path in ours_files if "/__pycache__/" in path}
    for path in sorted(set(ours_files) - set(theirs_files) - compiled):
        yield "only ours: " + path
    for path in sorted(set(theirs_files) - set(ours_files)):
        if path not in ONLY_THEIRS:
            yield "only theirs: " + path
    for path in sorted(set(ours_files) & set(theirs_files)):
        yield from compare_file(path, ours_files[path], theirs_files[path])


def compare_file(path, ours, theirs):
    one, other = read(ours), read(theirs)
    executable = [bool(os.stat(file).st_mode & stat.S_IXUSR) for file in (ours, theirs)]
    if executable[0] != executable[1] and not is_dist_info(path, ("RECORD",)):
        yield "mode: " + path
    if is_dist_info(path, ("RECORD",)):
        yield from compare_records(path, rows(ours), rows(theirs))
    elif one != other and not is_dist_info(path, OWN_WORDS) and not is_launcher(path, one):
        yield "content: " + path


def compare_records(record, ours, theirs):
    for path in sorted(set(ours) ^ set(theirs)):
        if not is_dist_info(path, NOTES_ABOUT_THE_INSTALLATION) and not path.endswith(ONLY_THEIRS):
            yield record + ": only in one: " + path
    for path in sorted(set(ours) & set(theirs)):
        own_words = is_dist_info(path, OWN_WORDS) or path.startswith("../../../bin/")
        if ours[path] != theirs[path] and not own_words:
            yield record + ": row: " + path


def check_records(root):
    """Every file is in exactly one RECORD, with its hash and size."""
    site = os.path.join(root, SITE)
    owned = {}
    for folder in sorted(name for name in os.listdir(site) if name.endswith(".dist-info")):
        for path, (digest, size) in rows(os.path.join(site, folder, "RECORD")).items():
            full = os.path.normpath(os.path.join(site, path))
            if owned.setdefault(full, folder) != folder:
                yield "two owners: " + path
            if path == folder + "/RECORD":
                continue
            content = read(full)
            expected = base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode()
            if (digest, size) != ("sha256=" + expected, str(len(content))):
                yield "not what RECORD says: " + path
    for path, full in walk(root).items():
        if "/__pycache__/" not in path and os.path.normpath(full) not in owned:
            yield "in no RECORD: " + path


def main():
    ours, theirs = sys.argv[1:]
    wrong = [*compare(ours, theirs), *check_records(ours)]
    print(len(walk(ours)), "files compared,", len(wrong), "differ")
    sys.exit("\n".join(wrong[:50]) if wrong else 0)


main()
