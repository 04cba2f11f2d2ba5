"""Starts an installed service as systemd would, where systemd is not the first process.

    launch.py ROOT NAME ADDRESS:PORT

Reads ROOT/lib/systemd/system/NAME.service, opens a listening socket in place of NAME.socket, if there is one, and becomes
the service.
Settings that only confine the service are left out.
"""

import os
import pwd
import grp
import re
import shlex
import socket
import subprocess
import sys

DIRECTORIES = {
    "RuntimeDirectory": ("/run", "RUNTIME_DIRECTORY"),
    "StateDirectory": ("/var/lib", "STATE_DIRECTORY"),
    "CacheDirectory": ("/var/cache", "CACHE_DIRECTORY"),
    "LogsDirectory": ("/var/log", "LOGS_DIRECTORY"),
}


def read_unit(path):
    """Section -> key -> values; an empty value takes back those before it."""
    sections, section = {}, None
    with open(path, encoding="utf-8") as file:
        text = re.sub(r"\\\n\s*", " ", file.read())
    for line in map(str.strip, text.splitlines()):
        if not line or line[0] in "#;":
            continue
        if line[0] == "[":
            section = sections.setdefault(line.strip("[]"), {})
            continue
        key, value = (part.strip() for part in line.split("=", 1))
        values = section.setdefault(key, [])
        values.append(value) if value else values.clear()
    return sections


def last(service, key, default=None):
    return service[key][-1] if service.get(key) else default


def environment(service, user):
    """The variables that the unit gives to its processes."""
    variables = {
        "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
        "HOME": user.pw_dir,
        "USER": user.pw_name,
        "LOGNAME": user.pw_name,
        "SHELL": user.pw_shell,
    }
    words = [word for line in service.get("Environment", []) for word in shlex.split(line)]
    for file in service.get("EnvironmentFile", []):
        words += read_environment(file)
    variables.update(word.split("=", 1) for word in words)
    return variables


def read_environment(file):
    """Assignments in a file, one a line; a leading `-` lets it be absent."""
    optional, path = file.startswith("-"), file.lstrip("-")
    if optional and not os.path.exists(path):
        return []
    with open(path, encoding="utf-8") as lines:
        return ["".join(shlex.split(line, comments=False)) for line in lines if line.strip() and line[0] not in "#;"]


def directories(service, user, group):
    """Makes the folders that systemd makes, and names them."""
    variables = {}
    for key, (parent, variable) in DIRECTORIES.items():
        paths = [os.path.join(parent, name) for line in service.get(key, []) for name in line.split()]
        for path in paths:
            os.makedirs(path, exist_ok=True)
            os.chown(path, user.pw_uid, group.gr_gid)
        if paths:
            variables[variable] = ":".join(paths)
    return variables


def words_of(line, variables):
    """The words of a command line with its variables filled in."""
    filled = re.sub(r"\$\{(\w+)\}", lambda match: variables.get(match[1], ""), line)
    return shlex.split(filled.lstrip("-"))


def listen(address):
    """A socket at the place where services look for it."""
    host, port = address.rsplit(":", 1)
    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind((host, int(port)))
    listener.listen(128)
    if listener.fileno() != 3:
        os.dup2(listener.detach(), 3)
    os.set_inheritable(3, True)
    return listener


def become(user, group):
    os.setgroups([other.gr_gid for other in grp.getgrall() if user.pw_name in other.gr_mem])
    os.setgid(group.gr_gid)
    os.setuid(user.pw_uid)


def main():
    root, name, address = sys.argv[1:]
    # Everything that the functions above need must be loaded before the root changes.
    "".encode("idna")
    unit = f"/lib/systemd/system/{name}"
    listens = os.path.exists(f"{root}{unit}.socket")
    held = listen(address) if listens else None
    os.chroot(root)
    os.chdir("/")
    if listens and not read_unit(f"{unit}.socket")["Socket"].get("ListenStream"):
        sys.exit(f"{name}.socket listens nowhere")
    service = read_unit(f"{unit}.service")["Service"]
    user = pwd.getpwnam(last(service, "User", "root"))
    group = grp.getgrnam(last(service, "Group")) if service.get("Group") else grp.getgrgid(user.pw_gid)
    variables = environment(service, user) | directories(service, user, group)
    os.umask(int(last(service, "UMask", "0022"), 8))
    become(user, group)
    os.chdir(last(service, "WorkingDirectory", "/").lstrip("-").replace("~", user.pw_dir))
    for line in service.get("ExecStartPre", []):
        subprocess.run(words_of(line, variables), env=variables, check=True)
    if held:
        variables |= {"LISTEN_FDS": "1", "LISTEN_PID": str(os.getpid()), "LISTEN_FDNAMES": f"{name}.socket"}
    command = words_of(last(service, "ExecStart"), variables)
    os.execve(command[0], command, variables)


if __name__ == "__main__":
    main()
