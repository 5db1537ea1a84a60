"""The laboratory's steps for Airflow 3: results every hour, scores every night, training every week.

Every step is a command line of Assay, and safe to repeat: tables are replaced whole, and a day is scored and told once.
The worker's environment holds ASSAY_SOURCE, ASSAY_DEVICES, ASSAY_TRAINING, ASSAY_MODEL, ASSAY_CHANNELS, ASSAY_OUT,
ASSAY_ZONE, and, from its store of secrets, ASSAY_DEID_KEY and the variables that the channels name; that of the process
which reads this file holds ASSAY_ZONE, too.
"""

from __future__ import annotations

import os
from datetime import timedelta

import pendulum
from airflow.providers.standard.operators.bash import BashOperator
from airflow.sdk import DAG

COMMON = {
    # Schedules are by the laboratory's clock: five in the morning is so in summer, too.
    "start_date": pendulum.datetime(2026, 1, 1, tz=os.environ.get("ASSAY_ZONE") or "UTC"),
    "catchup": False,
    "max_active_runs": 1,
    "default_args": {"owner": "laboratory", "retries": 2, "retry_delay": timedelta(minutes=15)},
    "tags": ["assay", "laboratory"],
}
# Paths come from the environment as they are, in quotes: no text of a schedule gets into a command.
LIMS = 'assay run lims "$ASSAY_SOURCE" --out "$ASSAY_OUT/lims" --zone "$ASSAY_ZONE"'
# The day is that of the run, where the laboratory is: a retry after midnight finishes the day that it began.
DAY = "{{ dag_run.run_after.astimezone(dag.timezone).strftime('%Y-%m-%d') }}"
SCORE = (
    'assay lims score "$ASSAY_DEVICES" --model "$ASSAY_MODEL" --out "$ASSAY_OUT/scores" '
    '--channels "$ASSAY_CHANNELS" --zone "$ASSAY_ZONE"'
)
TRAIN = 'assay lims train "$ASSAY_TRAINING" --out "$ASSAY_OUT/training" --no-peers'
# 3: done, but a tracking server has not all records yet; the next run sends them.
RECORDS_MAY_WAIT = "|| [ $? -eq 3 ]"

with DAG("assay_hourly", schedule="5 * * * *", description="Results of the laboratory", **COMMON) as hourly:
    BashOperator(
        task_id="lims",
        bash_command=f"{LIMS} {RECORDS_MAY_WAIT}",
        execution_timeout=timedelta(minutes=50),
    )

with DAG("assay_daily", schedule="0 5 * * *", description="Risk of every device", **COMMON) as daily:
    # A message that a server did not take fails the task; its retry sends that message and nothing else.
    BashOperator(task_id="score", bash_command=f'{SCORE} --day "{DAY}"', execution_timeout=timedelta(minutes=30))

with DAG("assay_weekly", schedule="0 2 * * 0", description="A model to be promoted", **COMMON) as weekly:
    # The model gets the alias staging; a person promotes it (assay lims promote).
    BashOperator(
        task_id="train",
        bash_command=f"{TRAIN} {RECORDS_MAY_WAIT}",
        execution_timeout=timedelta(hours=3),
    )
