"""The console's chart shows calls of customers, not its own pages."""

from appliance.services.metrics import Metrics


def test_only_answers_of_dialects_are_recent_calls() -> None:
    metrics = Metrics()
    for label in ("ui", "box", "home"):
        metrics.observe(label, "other", 200, 0.001)
    assert metrics.recent() == []
    metrics.observe("deepidv", "/v1/face/detect", 200, 0.25)
    ((_, calls, p95),) = metrics.recent()
    assert (calls, round(p95)) == (1, 250)
