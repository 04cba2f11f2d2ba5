# Read by the interpreter in question from its standard input: prints one JSON object about it.
import json
import os
import sys
import sysconfig

version = "%d.%d" % sys.version_info[:2]


def versioned(path):
    """The name with the minor version beside a name without."""
    beside = os.path.join(os.path.dirname(path), "python" + version)
    same = os.path.exists(beside) and os.path.samefile(beside, path)
    return beside if same else path


def glibc():
    try:
        return os.confstr("CS_GNU_LIBC_VERSION")
    except (AttributeError, ValueError, OSError):
        return None


def distribution():
    values = {}
    try:
        with open("/etc/os-release", encoding="utf-8") as lines:
            for line in lines:
                name, _, value = line.strip().partition("=")
                values[name] = value.strip("\"'")
    except OSError:
        pass
    return values.get("ID", "linux") + values.get("VERSION_ID", "")


def package(path):
    """Debian keeps the interpreter itself in a package that the one of its name depends on."""
    for name in ("python" + version + "-minimal", "python" + version):
        try:
            with open("/var/lib/dpkg/info/" + name + ".list", encoding="utf-8") as lines:
                if path in lines.read().split("\n"):
                    return "python" + version
        except OSError:
            pass
    return None


interpreter = versioned(getattr(sys, "_base_executable", None) or sys.executable)
print(
    json.dumps(
        {
            "implementation": sys.implementation.name,
            "version": "%d.%d.%d" % sys.version_info[:3],
            "final": sys.version_info[3] == "final",
            "free_threaded": bool(sysconfig.get_config_var("Py_GIL_DISABLED")),
            "machine": os.uname().machine,
            "bits": 64 if sys.maxsize > 2**32 else 32,
            "glibc": glibc(),
            "distribution": distribution(),
            "interpreter": interpreter,
            "package": package(interpreter),
        }
    )
)
