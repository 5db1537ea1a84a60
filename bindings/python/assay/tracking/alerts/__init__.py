"""Alerts by rules that are data: see :mod:`assay.tracking.alerts.rules` and :func:`check_alerts`."""

from __future__ import annotations

from assay.tracking.alerts.channels import Channel, File, Secret, Smtp, Webhook
from assay.tracking.alerts.check import AlertReport, check_alerts
from assay.tracking.alerts.findings import tell_findings
from assay.tracking.alerts.rules import AlertRules, CostRule, FeedbackRule, Finding, FindingRule, MetricRule
from assay.tracking.alerts.state import Incident

__all__ = [
    "AlertReport",
    "AlertRules",
    "Channel",
    "CostRule",
    "FeedbackRule",
    "File",
    "Finding",
    "FindingRule",
    "Incident",
    "MetricRule",
    "Secret",
    "Smtp",
    "Webhook",
    "check_alerts",
    "tell_findings",
]
