"""What every program that puts a release together does with its files."""

import hashlib
import os
import sys

# pydeploy exits with the same.
FAILED, REFUSED, DAMAGED, ROLLED_BACK = 1, 3, 4, 5
CHUNK = 1 << 20


class Problem(Exception):
    def __init__(self, code, message, hint=None):
        Exception.__init__(self, message)
        self.code, self.hint = code, hint


def digest_of(chunks, out=None):
    """The digest and the size of what passes, on its way to a file if there is one."""
    digest, size = hashlib.sha256(), 0
    for chunk in chunks:
        digest.update(chunk)
        size += len(chunk)
        if out:
            out.write(chunk)
    return digest, size


def chunks_of(file):
    """The bytes of an open file, a piece at a time."""
    return iter(lambda: file.read(CHUNK), b"")


def is_as_planned(entry, digest, size):
    """Whether a file's bytes are those that its entry in a plan or a manifest is about."""
    return (digest.hexdigest(), size) == (entry["sha256"], entry["size"])


def write_file(path, mode, chunks):
    """Writes a new file and returns its digest and size."""
    os.makedirs(os.path.dirname(path), exist_ok=True)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, mode)
    with open(descriptor, "wb") as out:
        digest, size = digest_of(chunks, out)
        os.fchmod(out.fileno(), mode)
    return digest, size


def safe(path):
    """A path of a plan as one of this system, if it stays below where it is put."""
    parts = path.split("/")
    if any(part in ("", ".", "..") for part in parts) or "\0" in path or "\n" in path:
        raise Problem(DAMAGED, "the manifest names the path %r" % path)
    return os.path.join(*parts)


def exit_code(work):
    """Does a program's work, says what went wrong and what to do about it, and returns what it exits with."""
    os.umask(0o022)
    try:
        work()
    except Problem as problem:
        print("error: %s" % problem, file=sys.stderr)
        if problem.hint:
            print("hint: %s" % problem.hint, file=sys.stderr)
        return problem.code
    except OSError as error:
        print("error: %s" % error, file=sys.stderr)
        return FAILED
    return 0
