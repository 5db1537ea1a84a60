#!/usr/bin/env bash
# environment.sh FOLDER SET: a virtual environment with the pinned packages of requirements/SET.txt; nothing to do
# takes no time. One folder may take several sets. uv installs them where it can be had, pip otherwise.
TASK=${TASK:-environment}
source "$(dirname "$0")/common.sh"
folder=$1 set=$2
stamp="$folder/.requirements.$set"
key="$("$PYTHON" --version) $(digest "requirements/$set.txt")"
fresh "$stamp" "$key" && exit 0

create() {
  [ -x "$folder/bin/python" ] && "$folder/bin/python" -c 'import pip' || "$PYTHON" -m venv --clear "$folder"
}
packages() {
  # Where an index offers torch for processors alone beside the one with CUDA, pip takes it, uv gigabytes of CUDA.
  if [ "$set" = torch ]; then
    "$folder/bin/python" -m pip install -q -r requirements/torch.txt
    return
  fi
  "$folder/bin/python" -m pip install -q uv || echo "uv cannot be had here; pip does it"
  if "$folder/bin/python" -m uv --version; then
    "$folder/bin/python" -m uv pip install --python "$folder/bin/python" -r "requirements/$set.txt" && return
  fi
  "$folder/bin/python" -m pip install -q -r "requirements/$set.txt"
}
# CMake 3.25 is the oldest that builds this project; an older system gets one inside the environment.
newer_cmake() {
  [ "$(printf '3.25\n%s\n' "$(cmake --version | sed -n '1s/[^0-9]*//p')" | sort -V | head -1)" = 3.25 ] ||
    "$folder/bin/python" -m pip install -q 'cmake>=3.25,<5'
}
step "environment $folder" "is Python's venv module there? try: $PYTHON -m venv /tmp/venv" create
step "python packages ($set)" "check the network and pip's index, then run again" packages
step "cmake version" "install CMake 3.25 or newer" newer_cmake
printf '%s' "$key" >"$stamp"
