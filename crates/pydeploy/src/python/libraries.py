"""Which of the libraries that compiled files need this machine lacks."""

import os

try:
    import ctypes
except ImportError:
    # A Python without it can ask nobody: the loader will say it when the files are loaded.
    ctypes = None

# RTLD_DI_LINKMAP of dlinfo(3).
LINK_MAP = 2


def path_of(loaded):
    """The file that a library was loaded from: the second field of the loader's `struct link_map`."""
    fields = ctypes.POINTER(ctypes.c_char_p * 2)()
    ctypes.CDLL(None).dlinfo(ctypes.c_void_p(loaded._handle), LINK_MAP, ctypes.byref(fields))
    return os.fsdecode(fields.contents[1])


def load(soname):
    """The library, or why there is none: the loader itself is asked."""
    try:
        return ctypes.CDLL(soname), None
    except OSError as error:
        if str(error).startswith(soname + ": cannot open shared object file: No such file"):
            return None, "there is no %s" % soname
        return None, "%s cannot be loaded (%s)" % (soname, error)


def lacking(loaded, soname, versions):
    """What a library has no symbols of, if anything."""
    with open(path_of(loaded), "rb") as file:
        content = file.read()
    missing = [version for version in versions if version.encode("utf-8") + b"\0" not in content]
    return "%s has no %s" % (soname, ", ".join(missing)) if missing else None


def problems(libraries):
    """A sentence for each library that is missing or too old, with the package to install, if that is known and helps."""
    found = []
    for library in libraries if ctypes else []:
        loaded, what = load(library["soname"])
        package = None if loaded else library.get("package")
        if loaded and library["versions"]:
            what = lacking(loaded, library["soname"], library["versions"])
        if what:
            found.append({"problem": "%s, which %s needs" % (what, library["needed_by"]), "package": package})
    return found
