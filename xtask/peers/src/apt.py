"""Compares or sorts the lines of a file with python-apt; sorting tells its own seconds on the processor."""

import functools
import sys
import time

import apt_pkg

apt_pkg.init_system()
verb, path = sys.argv[1:]
with open(path) as file:
    versions = file.read().split("\n")

if verb == "compare":
    for a, b in zip(versions, versions[1:]):
        order = apt_pkg.version_compare(a, b)
        print((order > 0) - (order < 0))
else:
    start = time.thread_time()
    versions.sort(key=functools.cmp_to_key(apt_pkg.version_compare))
    print(time.thread_time() - start)
