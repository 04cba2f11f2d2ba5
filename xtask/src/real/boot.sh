# Makes a folder with a Debian in it a machine of its own: its processes, its mounts, and a first process.
#
#     unshare --mount --pid --fork --cgroup --uts --ipc --kill-child sh boot.sh FOLDER INIT [ARGUMENT]...
set -e
root=$1
shift
mount --make-rprivate /
mount --bind "$root" "$root"
mount -t proc proc "$root/proc"
mount -t tmpfs -o mode=755 tmpfs "$root/sys"
mkdir -p "$root/sys/fs/cgroup"
mount -t cgroup2 none "$root/sys/fs/cgroup"
mount -t tmpfs -o mode=755 tmpfs "$root/run"
mount -t tmpfs tmpfs "$root/tmp"
# What the units of a machine without power leave here is no part of the package.
mount -t tmpfs tmpfs "$root/var/tmp"
# Where sysvinit notes the run level; it makes no such file.
: >"$root/run/utmp"
cd "$root"
exec env -i container=check PATH=/usr/sbin:/usr/bin:/sbin:/bin chroot . "$@"
