#!/bin/sh
# Runs a command in the root of an image as `docker run --read-only --cap-drop ALL --security-opt no-new-privileges`
# would: as the first process of its namespace, on a root filesystem that not even root could write to. Its shells are
# covered, so that nothing can need one.
#
#   unshare --mount --pid --fork --kill-child sh run.sh ROOT UID:GID WORKING-DIRECTORY COMMAND...
set -eu
root=$(readlink -f "$1") uid=${2%:*} gid=${2#*:} directory=$3
shift 3

mount --bind "$root" "$root"
mount -o remount,bind,ro "$root"
for shell in bash dash; do mount --bind /dev/null "$root/bin/$shell"; done
mount -t proc proc "$root/proc"
mount --rbind /dev "$root/dev"
# Changing the user drops the signal that --kill-child asked for, unless it is kept.
exec chroot "$root" \
  setpriv --pdeathsig keep --reuid "$uid" --regid "$gid" --clear-groups \
  --no-new-privs --inh-caps=-all --bounding-set=-all \
  env --chdir="$directory" "$@"
