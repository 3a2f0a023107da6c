"""The manifests: by Kubernetes' own schemas, and that what they name is there. They ran nowhere."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import kubernetes_validate
import pytest
import yaml
from prometheus_client import generate_latest

from bot.process.exit_codes import ExitCode
from bot.web.api.app import LIVE, READY
from bot.web.api.metrics import ServiceMetrics
from bot.worker.worker_state import WorkerState
from tests.deploy.program import DEPLOY, PORT, PROVIDERS, SERVER, UID, served, start, unknown_variables

FOLDER = DEPLOY / "kubernetes"
KUBERNETES = "1.31"
"""The oldest version whose schemas are asked."""

CALL_CORES, CALL_MEMORY, IDLE_MEMORY = 0.14, 153, 78
"""Of a core; MB: measured, see docs/deploy.md."""


def documents() -> Iterator[dict[str, Any]]:
    for path in sorted(FOLDER.glob("*.yaml")):
        yield from yaml.safe_load_all(path.read_text("utf-8"))


def of_kind(kind: str) -> dict[str, dict[str, Any]]:
    return {it["metadata"]["name"]: it for it in documents() if it["kind"] == kind}


DEPLOYMENTS = of_kind("Deployment")


def container(name: str) -> dict[str, Any]:
    (only,) = DEPLOYMENTS[name]["spec"]["template"]["spec"]["containers"]
    return dict(only)


FOREIGN = ("ScaledObject", "Kustomization")
"""Kinds of KEDA's and of kubectl's own, of which Kubernetes has no schema."""


@pytest.mark.parametrize("document", [it for it in documents() if it["kind"] not in FOREIGN], ids=lambda it: it["kind"])
def test_each_is_what_kubernetes_takes(document: dict[str, Any]) -> None:
    kubernetes_validate.validate(document, KUBERNETES, strict=True)


def test_what_is_applied_is_there() -> None:
    (whole,) = [it for it in documents() if it["kind"] == "Kustomization"]
    assert set(whole["resources"]) == {"worker.yaml", "serve.yaml"}
    assert all((FOLDER / name).is_file() for name in whole["resources"])


def test_the_arguments_are_those_of_the_program() -> None:
    worker, serve = (served(container(name)["args"]) for name in ("rawbot-worker", "rawbot-serve"))
    assert worker.worker is not None
    assert serve.worker is None
    assert worker.worker.agent_name == serve.agent_name != ""
    for arguments in (worker, serve):
        assert (arguments.host, arguments.port) == ("0.0.0.0", PORT)
        assert arguments.token_access == "key"


@pytest.mark.parametrize("name", DEPLOYMENTS)
def test_each_starts_with_the_secret(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    secret = {**SERVER, **PROVIDERS, "BOT_API_KEYS": "a-key-of-thirty-two-characters-or-more"}
    assert start(container(name)["args"], secret, tmp_path, monkeypatch) == (ExitCode.OK, True)


@pytest.mark.parametrize("name", DEPLOYMENTS)
def test_ports_and_probes_are_those_of_the_program(name: str) -> None:
    it = container(name)
    assert it["ports"] == [{"name": "http", "containerPort": PORT}]
    for probe, path in (("startupProbe", LIVE), ("livenessProbe", LIVE), ("readinessProbe", READY)):
        assert it[probe]["httpGet"] == {"path": path, "port": "http"}


@pytest.mark.parametrize("name", DEPLOYMENTS)
def test_labels_lead_where_they_should(name: str) -> None:
    spec = DEPLOYMENTS[name]["spec"]
    labels = spec["template"]["metadata"]["labels"]
    assert spec["selector"]["matchLabels"] == labels
    for service in of_kind("Service").values():
        if service["metadata"]["name"] == name:
            assert service["spec"]["selector"] == labels
            assert [port["targetPort"] for port in service["spec"]["ports"]] == ["http"]
    for budget in of_kind("PodDisruptionBudget").values():
        assert budget["spec"]["selector"]["matchLabels"] == {"app": "rawbot-worker"}


@pytest.mark.parametrize("name", DEPLOYMENTS)
def test_no_pod_is_root_or_writes_to_its_image(name: str) -> None:
    pod, inner = DEPLOYMENTS[name]["spec"]["template"]["spec"], container(name)["securityContext"]
    assert pod["securityContext"]["runAsNonRoot"]
    assert pod["securityContext"]["runAsUser"] == UID
    assert not pod["automountServiceAccountToken"]
    assert inner["readOnlyRootFilesystem"]
    assert not inner["allowPrivilegeEscalation"]
    assert inner["capabilities"] == {"drop": ["ALL"]}


@pytest.mark.parametrize("name", DEPLOYMENTS)
def test_every_variable_is_one_that_the_program_reads(name: str) -> None:
    assert unknown_variables(variable["name"] for variable in container(name).get("env", [])) == set()


def test_calls_may_end_before_a_pod_is_killed() -> None:
    worker = served(container("rawbot-worker")["args"]).worker
    assert worker is not None
    pod = DEPLOYMENTS["rawbot-worker"]["spec"]["template"]["spec"]
    assert pod["terminationGracePeriodSeconds"] > worker.drain_delay


def test_a_worker_has_room_for_its_calls() -> None:
    """Half of the cores stay free, and memory is enough for as many calls as it takes, and what waits beside them."""
    worker = served(container("rawbot-worker")["args"]).worker
    assert worker is not None
    resources = container("rawbot-worker")["resources"]
    assert float(resources["requests"]["cpu"]) >= worker.max_jobs * CALL_CORES / 0.6
    needed = worker.max_jobs * CALL_MEMORY + (worker.idle + 1) * IDLE_MEMORY
    assert _megabytes(resources["requests"]["memory"]) >= needed
    assert _megabytes(resources["limits"]["memory"]) >= 1.2 * needed
    assert "cpu" not in resources["limits"], "a throttled voice has holes"


def _megabytes(text: str) -> float:
    number, unit = float(text[:-2]), text[-2:]
    return number * {"Mi": 2**20, "Gi": 2**30}[unit] / 1e6


def test_workers_are_scaled_by_a_metric_that_they_have() -> None:
    (scaled,) = of_kind("ScaledObject").values()
    spec = scaled["spec"]
    assert spec["scaleTargetRef"]["name"] in DEPLOYMENTS
    assert spec["minReplicaCount"] == DEPLOYMENTS["rawbot-worker"]["spec"]["replicas"]
    (trigger,) = spec["triggers"]
    name = trigger["metadata"]["query"].removeprefix("sum(").removesuffix(")")
    assert 0 < float(trigger["metadata"]["threshold"]) < 0.7, "below the load of a worker that is full"
    state = WorkerState(**dict.fromkeys(WorkerState.__dataclass_fields__, 0))  # type: ignore[arg-type]
    assert f"\n{name} 0.0\n" in generate_latest(ServiceMetrics(lambda: state)._registry).decode()
