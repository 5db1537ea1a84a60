"""Made-up patients, shared by the tests: nobody's data."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

from assay import data, features

START = datetime(2026, 1, 4, 8, tzinfo=timezone.utc)


def made_up_patient(
    complaint: str = "cough and night sweats", allergy: str = "Penicillin"
) -> features.PatientSummary:
    """A made-up patient: three hours of vital signs, one diagnosis, one medication, one allergy."""
    times = [START + timedelta(hours=i) for i in range(3)]
    vitals = data.Table.from_dict(
        {
            "patient_id": ["T1"] * 3,
            "observed_at": times,
            "heart_rate": [104.0, 110.0, 106.0],
            "systolic_bp": [130.0, 134.0, 138.0],
            "diastolic_bp": [80.0, 82.0, 84.0],
            "spo2": [90.0, 91.0, 92.0],
            "temperature": [37.2, 38.4, 38.1],
            "respiratory_rate": [18.0, 19.0, 20.0],
        }
    )
    history = data.Table.from_dict(
        {
            "patient_id": ["T1"] * 3,
            "category": ["diagnosis", "medication", "allergy"],
            "code": ["icd10|A15.0", None, None],
            "description": ["Pulmonary tuberculosis", "Isoniazid 300 mg daily", allergy],
            "status": ["active"] * 3,
        }
    )
    emergency = data.Table.from_dict(
        {
            "patient_id": ["T1"],
            "arrived_at": [START],
            "age": [58],
            "sex": ["male"],
            "chief_complaint": [complaint],
            "consciousness": ["A"],
            "on_oxygen": [True],
        }
    )
    gold = features.summarise_patients(vitals, history=history, emergency=emergency, aggregated_at=START)
    return features.patient_summary(gold, 0)
