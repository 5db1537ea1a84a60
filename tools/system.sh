#!/usr/bin/env bash
# system.sh GROUP...: installs what is missing of Debian's and Ubuntu's packages; groups: build, wheel, test, sanitize, bench.
# On another system it leaves that to the user: CMake names each missing package for apt, brew, vcpkg and conda.
TASK=${TASK:-system}
source "$(dirname "$0")/common.sh"

"$PYTHON" -c 'import sys; sys.exit(sys.version_info < (3, 10))' 2>/dev/null ||
  die "Python 3.10 or newer was expected as '$PYTHON'; name another one: make demo PYTHON=/path/to/python3.12"

wanted=()
for group in "$@"; do
  case $group in
    build) wanted+=(g++ cmake ninja-build libeigen3-dev libxtensor-dev nlohmann-json3-dev libcurl4-openssl-dev
      libssl-dev zlib1g-dev libzstd-dev libre2-dev libpng-dev libjpeg62-turbo-dev) ;;
    wheel) wanted+=(libdcmtk-dev) ;;
    test) wanted+=(catch2 ccache chromium postgresql libdcmtk-dev unixodbc odbcinst libsqliteodbc odbc-postgresql) ;;
    sanitize) wanted+=(catch2 ccache libdcmtk-dev) ;;
    bench) wanted+=(libbenchmark-dev) ;;
    *) die "unknown group '$group'" ;;
  esac
done

command -v dpkg-query >/dev/null && command -v apt-get >/dev/null || exit 0
[ "$(. /etc/os-release && echo "${ID:-}")" = ubuntu ] && wanted=("${wanted[@]/#chromium/chromium-browser}") &&
  wanted=("${wanted[@]/#libjpeg62-turbo-dev/libjpeg-turbo8-dev}")

# Ubuntu 22.04's default compiler is 11; the C++20 used here begins with 12.
[ "$(. /etc/os-release && echo "${ID:-}${VERSION_ID:-}")" != ubuntu22.04 ] || wanted+=(g++-12)
"$PYTHON" -c 'import ensurepip' 2>/dev/null || wanted+=(python3-venv)
headers=$("$PYTHON" -c 'import os, sysconfig; print(os.path.join(sysconfig.get_paths()["include"], "Python.h"))')
[ -f "$headers" ] ||
  wanted+=("$("$PYTHON" -c 'import sys; print("python%d.%d-dev" % sys.version_info[:2])')")

missing=()
for package in "${wanted[@]}"; do
  dpkg-query -W -f='${Status}' "$package" 2>/dev/null | grep -q 'ok installed' || missing+=("$package")
done
[ ${#missing[@]} -gt 0 ] || exit 0

as_root=()
if [ "$(id -u)" != 0 ]; then
  command -v sudo >/dev/null || die "system packages are missing; as root run: apt-get install ${missing[*]}"
  as_root=(sudo)
  [ -t 0 ] || as_root=(sudo -n)
  "${as_root[@]}" true 2>/dev/null || die "system packages are missing; run: sudo apt-get install ${missing[*]}"
fi
apt() {
  "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=300 -o Acquire::Retries=3 "$@"
}
# The tests make databases of their own; none is to be set up, let alone started, on this machine.
no_main_cluster() {
  local settings=/etc/postgresql-common/createcluster.conf
  apt install -y --no-install-recommends postgresql-common || { apt update && apt install -y --no-install-recommends postgresql-common; }
  "${as_root[@]}" sed -i 's/^#\?create_main_cluster.*/create_main_cluster = false/' "$settings"
}
install() {
  case " ${missing[*]} " in *" postgresql "*) no_main_cluster ;; esac
  apt install -y --no-install-recommends "${missing[@]}" || { apt update && apt install -y --no-install-recommends "${missing[@]}"; }
}
say "  installing ${#missing[@]} system packages: ${missing[*]}"
step "system packages" "run by hand: sudo apt-get update && sudo apt-get install ${missing[*]}" install
