"""A Databricks workspace and the clouds' storage behind it, made up, on loopback, and strict."""

from fake_databricks.server import Answer, Got, as_json, refusal
from fake_databricks.workspace import FakeWorkspace

__all__ = ["Answer", "FakeWorkspace", "Got", "as_json", "refusal"]
