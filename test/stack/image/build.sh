#!/bin/sh
# Builds the repository's Dockerfile with buildah on a machine without a container engine. No image is pulled: the base
# image is Debian with the Node that the Dockerfile names, from build/programs, and this machine's npm.
#
#   unshare --mount sh build.sh DIRECTORY
#
# Leaves the image's root in DIRECTORY/root and its configuration in DIRECTORY/image.json. Everything is kept in
# DIRECTORY, and every mount ends with the namespace. Needs root, buildah, debootstrap and the network.
set -eu
directory=$1
repository=$(CDPATH='' cd "$(dirname "$0")/../../.." && pwd)
base=$(sed -n 's/^FROM \([^ ]*\).*/\1/p' "$repository/Dockerfile" | sort -u)
version=${base#node:} # such as 24-bookworm-slim

mkdir "$directory/tmp"
export TMPDIR="$directory/tmp"
store() {
  buildah --storage-driver vfs --root "$directory/storage" --runroot "$directory/run" "$@"
}

container=$(store from scratch)
root=$(store mount "$container")
debootstrap --variant=minbase bookworm "$root"
rm -rf "$root"/var/cache/apt/archives/*.deb "$root"/var/lib/apt/lists/*
mkdir -p "$root/usr/local/lib/node_modules"
cp "$repository/build/programs/node_modules/node${version%%-*}/bin/node" "$root/usr/local/bin/node"
cp -R "$(npm root --global)/npm" "$root/usr/local/lib/node_modules/npm"
ln -s ../lib/node_modules/npm/bin/npm-cli.js "$root/usr/local/bin/npm"
ln -s ../lib/node_modules/npm/bin/npx-cli.js "$root/usr/local/bin/npx"

# What npm needs on this machine to reach the registry. buildah gives `bud --env` to the result only, not to a RUN, so
# the variable stands in the base image and is taken from the result again.
set -- --volume /etc/hosts:/etc/hosts:ro --volume /etc/resolv.conf:/etc/resolv.conf:ro
npmrc=$(npm config get globalconfig)
if [ -e "$npmrc" ]; then set -- "$@" --volume "$npmrc:/usr/local/etc/npmrc:ro"; fi
if [ -n "${NODE_EXTRA_CA_CERTS:-}" ]; then
  store config --env NODE_EXTRA_CA_CERTS=/ca.pem "$container"
  set -- "$@" --volume "$NODE_EXTRA_CA_CERTS:/ca.pem:ro"
fi
store commit --rm "$container" "$base"

# Only the Docker format knows HEALTHCHECK.
store bud --isolation chroot --network host --pull-never --format docker "$@" --tag service-collector "$repository"
container=$(store from --pull-never service-collector)
store config --env NODE_EXTRA_CA_CERTS- "$container"
store inspect "$container" >"$directory/image.json"
ln -s "$(store mount "$container")" "$directory/root"
