#!/usr/bin/env bash
# clip.sh: from a bare machine to image matching: torch into .venv, Assay built with it, `assay clip demo`.
TASK=clip
source "$(dirname "$0")/common.sh"
minor=$(sed -n 's/^MINOR = "\(.*\)"/\1/p' bindings/python/assay/models/_libtorch.py)

say "Preparing"
TASK=clip tools/system.sh build
TASK=clip tools/environment.sh .venv run
libtorch() { .venv/bin/python -m pip install -q "torch==$minor.*"; }
.venv/bin/python -c "import importlib.metadata as m, sys; sys.exit(not m.version('torch').startswith('$minor.'))" 2>/dev/null ||
  step "torch $minor (some hundred megabytes; with CUDA gigabytes)" "check the network and pip's index, then run again" libtorch
TASK=clip tools/install.sh .venv
say "Matching a made-up image with a model of random weights"
exec .venv/bin/assay clip demo
