from __future__ import annotations

from datetime import datetime, timedelta, timezone

import pytest

from assay.pipelines.clinical.charts import BOTTOM, HEIGHT, LEFT, RIGHT, TOP, WIDTH, vital_chart

START = datetime(2026, 1, 4, 8, tzinfo=timezone.utc)


def hours(count: int) -> list[datetime]:
    return [START + timedelta(hours=i) for i in range(count)]


def test_points_lie_inside_the_frame_and_in_order() -> None:
    chart = vital_chart("heart_rate", hours(5), [80, 95, 130, 60, 88])
    assert chart is not None
    xs = [mark.x for mark in chart.marks]
    assert xs == sorted(xs)
    assert all(LEFT <= mark.x <= WIDTH - RIGHT and TOP <= mark.y <= HEIGHT - BOTTOM for mark in chart.marks)
    high, low = chart.marks[2], chart.marks[3]
    assert high.y < low.y  # 130 stands above 60


def test_values_outside_the_band_are_marked() -> None:
    chart = vital_chart("spo2", hours(3), [95.9, 96, 99])
    assert chart is not None
    assert [mark.outside for mark in chart.marks] == [True, False, False]
    assert "1 outside 96 or more" in chart.description


def test_diastolic_pressure_has_no_band() -> None:
    chart = vital_chart("diastolic_bp", hours(2), [70, 80])
    assert chart is not None
    assert chart.band is None
    assert not any(mark.outside for mark in chart.marks)


@pytest.mark.parametrize("values", [[], [None, None]])
def test_no_values_no_chart(values: list[float | None]) -> None:
    assert vital_chart("heart_rate", hours(len(values)), values) is None


def test_one_value_and_equal_values_have_a_scale() -> None:
    for values in ([37.0], [37.0, 37.0]):
        chart = vital_chart("temperature", hours(len(values)), values)
        assert chart is not None
        assert len(chart.y_ticks) >= 2


def test_refused_values_are_clipped_to_the_frame() -> None:
    chart = vital_chart("temperature", hours(3), [37.0, None, 37.5], refused=[(hours(3)[1], 99.0)])
    assert chart is not None
    assert chart.refused[0].y == TOP
    assert chart.refused[0].value == "99"
    assert "1 refused" in chart.description


def test_lines_break_where_a_day_is_missing() -> None:
    times = [START, START + timedelta(hours=1), START + timedelta(days=3), START + timedelta(days=3, hours=1)]
    chart = vital_chart("heart_rate", times, [80, 81, 82, 83])
    assert chart is not None
    assert len(chart.lines) == 2


def test_long_series_keep_few_marks() -> None:
    chart = vital_chart("heart_rate", hours(2000), [70 + i % 60 for i in range(2000)])
    assert chart is not None
    assert len(chart.marks) <= 160
    assert len(chart.x_ticks) <= 5


def test_the_axis_of_saturation_ends_at_100() -> None:
    for values in ([99.0, 100.0], [100.0, 100.0], [40.0, 100.0], [97.3, 98.1]):
        chart = vital_chart("spo2", hours(2), values)
        assert chart is not None
        labels = [float(tick.label) for tick in chart.y_ticks]
        assert max(labels) <= 100
        assert labels == sorted(set(labels))
        assert chart.y_ticks[-1].position == TOP
