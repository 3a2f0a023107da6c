"""The figures of a report for programs."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from bot.report.call import ReportedCall
from bot.report.figures_panel import LATENCIES, panel
from bot.report.fleet import Fleet
from bot.report.waterfall_chart import STAGES
from pipeline.metrics import Summary
from pipeline.metrics.interaction import Interaction


def call_figures(call: ReportedCall) -> dict[str, Any]:
    """Those of a call."""
    return {
        "name": call.name,
        "began_at": call.began.isoformat(),
        "room": call.room,
        "duration": round(call.duration, 3),
        "metrics": call.metrics.as_dict(),
        "interaction": _panel([call.interaction]),
        "turns": [
            {
                "number": turn.number,
                "at": round(turn.at, 3),
                "until": round(turn.until, 3),
                "waterfall": turn.waterfall.as_dict() if turn.waterfall is not None else None,
                "failures": turn.failures,
                "drafts_discarded": turn.discarded,
            }
            for turn in call.turns
        ],
        "faults": [asdict(bar) for bar in call.lanes.faults],
        "different_at": call.different_at,
    }


def fleet_figures(fleet: Fleet) -> dict[str, Any]:
    """Those of many calls."""
    return {
        "calls": [
            asdict(call) | {"journal": str(call.journal), "began": call.began.isoformat()} for call in fleet.calls
        ],
        "latencies": {name: _summary(Summary.of(fleet.delays[name])) for name in LATENCIES},
        "waited": {name: _summary(Summary.of(fleet.waited[name])) for name in STAGES},
        "interaction": _panel(fleet.interactions),
        "worst": [asdict(turn) for turn in fleet.worst],
        "faults": [
            {"stage": stage, "provider": provider, "count": count, "latest": fleet.fault_texts[stage, provider]}
            for (stage, provider), count in fleet.faults.most_common()
        ],
        "repeats": [
            {"stage": stage, "how": how, "provider": provider, "count": count}
            for (stage, how, provider), count in fleet.repeats.most_common()
        ],
        "underruns": fleet.underruns,
        "loop_lags": fleet.loop_lags,
        "broken": [{"journal": str(it.journal), "why": it.why} for it in fleet.broken],
    }


def _panel(calls: Sequence[Interaction]) -> dict[str, Any]:
    return {
        name.replace(" ", "_"): asdict(estimate) if estimate is not None else None
        for name, (estimate, _, _) in panel(calls).items()
    }


def _summary(summary: Summary | None) -> dict[str, Any] | None:
    return asdict(summary) if summary is not None else None
