#!/usr/bin/env bash
# Installs the programs that tests/clients drives, each pinned, and writes $ECRMOCK_CLIENTS/env, to be sourced: one
# ECRMOCK_<PROGRAM> a program that is not simply on PATH. What an earlier run made is used again while its pins stand.
# Wants root, python3 with pip and venv, go, node with npm, java with mvn. No service is started.
set -euo pipefail
cd "$(dirname "$0")/.."
sources=$PWD/tests/clients
cache=${ECRMOCK_CLIENTS:-${XDG_CACHE_HOME:-$HOME/.cache}/ecrmock-ci}
mkdir -p "$cache"
exec 9>"$cache/lock"
flock 9

# Debian 12's programs by upstream version: a security update changes only the revision behind it
installed=("skopeo=1.9.3*" "podman=4.3.1*" "buildah=1.28.2*" "umoci=0.4.7*" "awscli=2.9.19*" "iproute2=6.1.0*")
# these packages would start a daemon when installed, so they are only unpacked
unpacked=("containerd=1.6.20*" "docker.io=20.10.24*" "docker-registry=2.8.2*" "runc=1.1.5*")

update_once() {
  [ -n "${updated:-}" ] || apt-get update -qq
  updated=yes
}

install_system() {
  local pin version missing=()
  for pin in "${installed[@]}"; do
    version=$(dpkg-query -W -f '${Version}' "${pin%%=*}" 2>/dev/null || true)
    # shellcheck disable=SC2053 # the pin is a pattern
    [[ $version == ${pin#*=} ]] || missing+=("$pin")
  done
  [ ${#missing[@]} -gt 0 ] || return 0
  update_once
  if [ ! -e /usr/sbin/policy-rc.d ]; then
    trap 'rm -f /usr/sbin/policy-rc.d' EXIT
    printf '#!/bin/sh\nexit 101\n' >/usr/sbin/policy-rc.d
    chmod +x /usr/sbin/policy-rc.d
  fi
  DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
}

install_unpacked() {
  local folder=$1 package
  update_once
  (cd "$folder" && apt-get download -qq -o APT::Sandbox::User=root "${unpacked[@]}")
  for package in "$folder"/*.deb; do dpkg -x "$package" "$folder"; done
  rm "$folder"/*.deb
  ln -s ../usr/bin/{containerd,ctr,docker,docker-registry} ../usr/sbin/{dockerd,runc} "$folder/bin/"
}

install_go() {
  local folder=$1
  cd "$sources/go"
  export GOFLAGS="-mod=readonly -buildvcs=false" GOBIN=$folder/bin
  go install -trimpath -ldflags='-s -w' tool
  go build -trimpath -ldflags='-s -w' -o "$folder/bin/ecr-go" ./sdk
}

# BuildKit has no package in Debian; the scanner is ours, and what it is an image of: one static program
install_buildkit() {
  local folder=$1
  cd "$sources/buildkit"
  export GOFLAGS="-mod=readonly -buildvcs=false" GOBIN=$folder/bin CGO_ENABLED=0
  go install -trimpath -ldflags='-s -w' tool
  go build -trimpath -ldflags='-s -w' -o "$folder/bin/sbom-scanner" ./scanner
}

install_aws() {
  local folder=$1
  python3 -m venv "$folder/venv"
  "$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check -r "$sources/python/aws-cli.txt"
  ln -s ../venv/bin/aws "$folder/bin/aws"
}

install_python() {
  local folder=$1
  python3 -m venv "$folder/venv"
  "$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check -r "$sources/python/oras.txt"
  cp "$sources/python/artifact.py" "$folder/"
  wrapper "$folder/bin/oras-py" "$folder/venv/bin/python" "$folder/artifact.py"
}

install_node() {
  local folder=$1
  cp "$sources"/node/{package.json,package-lock.json,sdk.js,attach.js} "$folder/"
  (cd "$folder" && npm ci --no-audit --no-fund --ignore-scripts --loglevel=error)
  wrapper "$folder/bin/ecr-node" node "$folder/sdk.js"
  wrapper "$folder/bin/sigstore-oci" node "$folder/attach.js"
}

install_java() {
  local folder=$1
  cp -r "$sources"/java/{pom.xml,src} "$folder/"
  mvn -q -B -f "$folder/pom.xml" compiler:compile dependency:copy-dependencies \
    -DincludeScope=runtime -DoutputDirectory="$folder/lib"
  wrapper "$folder/bin/ecr-java" java -cp "$folder/target/classes:$folder/lib/*" Sdk
}

wrapper() {
  local path=$1
  shift
  { printf '#!/bin/sh\nexec'; printf " '%s'" "$@"; printf ' "$@"\n'; } >"$path"
  chmod +x "$path"
}

# part NAME FILE...: its folder, made anew when what it is made from has changed
part() {
  local name=$1 began=$SECONDS key folder status state=kept
  shift
  key=$({ declare -f "install_$name"; echo "${unpacked[@]}"; [ $# -eq 0 ] || cat "$@"; } | sha256sum | cut -c1-16)
  folder=$cache/$name-$key
  if [ ! -e "$folder/done" ]; then
    state=made
    rm -rf "$cache/$name"-*
    mkdir -p "$folder/bin"
    # not in a condition, where errexit would sleep
    set +e
    (set -e; "install_$name" "$folder") >"$folder/log" 2>&1
    status=$?
    set -e
    if [ $status -ne 0 ]; then
      cat "$folder/log" >&2
      exit 1
    fi
    touch "$folder/done"
  fi
  local program variable
  for program in "$folder"/bin/*; do
    variable=$(basename "$program" | tr 'a-z-' 'A-Z_')
    printf 'export ECRMOCK_%s=%q\n' "$variable" "$program"
  done >"$cache/env.$name"
  printf 'clients: %-9s %s, %d s\n' "$name" "$state" $((SECONDS - began))
}

build() {
  part go "$sources"/go/go.mod "$sources"/go/go.sum "$sources"/go/sdk/*.go
  part buildkit "$sources"/buildkit/go.mod "$sources"/buildkit/go.sum "$sources"/buildkit/scanner/*.go
}

began=$SECONDS
build & building=$!
install_system
printf 'clients: %-9s %d s\n' system $((SECONDS - began))
part unpacked
part aws "$sources"/python/aws-cli.txt
part python "$sources"/python/{oras.txt,artifact.py}
part node "$sources"/node/*.js*
part java "$sources"/java/pom.xml "$sources"/java/src/main/java/*
wait "$building"
{
  for name in go buildkit unpacked aws python node java; do cat "$cache/env.$name"; done
  echo "export ECRMOCK_AWS2=/usr/bin/aws"
} >"$cache/env"
printf 'clients: all in %d s, named in %s\n' $((SECONDS - began)) "$cache/env"
