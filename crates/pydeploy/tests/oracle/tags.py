"""The tags that `packaging` lists for hosts, best first: for each argument MINOR/GLIBC/MACHINE, a line of its own."""

import sys

import packaging._manylinux as manylinux
import packaging.tags as tags


def platforms(glibc, machine):
    # As `packaging.tags._linux_platforms` does on that host, which this is not.
    manylinux._get_glibc_version = lambda: (2, glibc)
    manylinux._is_compatible = is_compatible(glibc)
    return [*manylinux.platform_tags([machine]), "linux_" + machine]


def is_compatible(glibc):
    """Without a module of the host's that has a say in it."""
    return lambda arch, version: tuple(version) <= (2, glibc)


for host in sys.argv[1:]:
    minor, glibc, machine = host.split("/")
    version, names = (3, int(minor)), platforms(int(glibc), machine)
    interpreter = "cp3" + minor
    listed = [
        *tags.cpython_tags(version, [interpreter], names),
        *tags.compatible_tags(version, interpreter, names),
    ]
    print(" ".join(map(str, listed)))
