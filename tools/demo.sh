#!/usr/bin/env bash
# demo.sh: from a bare machine to the results of the main job; run again, it takes seconds.
TASK=demo
source "$(dirname "$0")/common.sh"
patient=m00001
start=$SECONDS

say "Preparing"
TASK=demo tools/system.sh build
TASK=demo tools/environment.sh .venv run
TASK=demo tools/install.sh .venv

say "Running the main job on the example patient (made-up data)"
.venv/bin/assay run clinical "examples/data/patient_$patient" --out "out/$patient" ||
  die "the main job failed; its last line says what to do, and .venv/bin/assay doctor what is missing"
say ""
say "Done in $((SECONDS - start)) s. Results: out/$patient"
say "  the report       out/$patient/report.html"
say "  what was done    out/$patient/run.json"
say "Next: .venv/bin/assay doctor, .venv/bin/assay ui out/$patient, .venv/bin/assay run clinical --help"
