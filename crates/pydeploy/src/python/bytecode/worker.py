# Compiles modules: for each, standard input has a line `LENGTH NAME` and as many bytes of source. Standard output gets a
# line with the length of what it was compiled to and that; -1 and nothing when it is no module of this Python.
import sys

# The current folder.
del sys.path[0]

import importlib.util
import marshal

# Flags of a .pyc: checked by hash, and not looked at (PEP 552).
UNCHECKED_HASH = 1


def compiled(name, source):
    code = compile(source, name, "exec", dont_inherit=True)
    flags = UNCHECKED_HASH.to_bytes(4, "little")
    return importlib.util.MAGIC_NUMBER + flags + importlib.util.source_hash(source) + marshal.dumps(code)


for line in sys.stdin.buffer:
    length, name = line[:-1].decode().split(" ", 1)
    source = sys.stdin.buffer.read(int(length))
    try:
        answer = compiled(name, source)
    except Exception:
        sys.stdout.buffer.write(b"-1\n")
    else:
        sys.stdout.buffer.write(b"%d\n%s" % (len(answer), answer))
