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


def lacking(loaded, versions):
    """The versions that a library has no symbols of."""
    with open(path_of(loaded), "rb") as file:
        content = file.read()
    return sorted(version for version in versions if version.encode("utf-8") + b"\0" not in content)


def sentence(what, file, package=None):
    return {"problem": "%s, which %s needs" % (what, file), "package": package}


def problems(libraries):
    """A sentence for each library or version that is missing, with the package to install, if that is known and helps."""
    found = []
    for library in libraries if ctypes else []:
        soname, versions = library["soname"], library["versions"]
        loaded, problem = load(soname)
        if problem:
            found.append(sentence(problem, library["needed_by"], library.get("package")))
        elif versions:
            missing = lacking(loaded, versions)
            found += [sentence("%s has no %s" % (soname, version), versions[version]) for version in missing]
    return found
