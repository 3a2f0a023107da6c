"""What a bot reports of its work while it runs: usage and cost, metrics for Prometheus, spans for OpenTelemetry.

`metered` stands around each provider and counts what it is asked for, by `usage_meter`; `prices` and `cost` make money
of it. `call_metrics` and `call_spans` watch a session; `totals` adds numbers up, also over the processes of a worker,
and `exposition` and `metrics_server` show them to Prometheus. `catalog` has the names of all metrics, `span_names`
those of all spans and attributes. `telemetry` is what a process has of all that.
"""
