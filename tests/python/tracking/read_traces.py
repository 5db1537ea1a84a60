"""Reads traces with MLflow's own client, in MLflow's environment. Usage: read_traces.py SERVER TRACE_ID..."""

from __future__ import annotations

import json
import sys

import mlflow


def describe(trace) -> dict:
    return {
        "info": trace.info.to_dict(),
        "token_usage": trace.info.token_usage,
        "cost": trace.info.cost,
        "spans": [
            {
                "id": span.span_id,
                "parent": span.parent_id,
                "name": span.name,
                "type": span.span_type,
                "start_ns": span.start_time_ns,
                "end_ns": span.end_time_ns,
                "status": span.status.status_code.value,
                "message": span.status.description,
                "inputs": span.inputs,
                "outputs": span.outputs,
                "attributes": span.attributes,
                "events": [[event.name, event.timestamp, event.attributes] for event in span.events],
            }
            for span in trace.data.spans
        ],
    }


if __name__ == "__main__":
    mlflow.set_tracking_uri(sys.argv[1])
    print(json.dumps([describe(mlflow.get_trace(trace_id)) for trace_id in sys.argv[2:]]))
