"""The manifests for Kubernetes: valid by its schemas, each pod of few rights, and what is named is there."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest
import yaml

from patella.settings import Settings

kubernetes_validate = pytest.importorskip("kubernetes_validate")

FOLDER = Path(__file__).parents[1] / "deploy" / "kubernetes"
VERSIONS = ("1.31", "1.37")
OURS_TO_TRUST = {("milvus.io/v1beta1", "Milvus"), ("ray.io/v1", "RayCluster")}
"""Kinds of operators, whose schemas are not at hand: their pods are looked at, the rest is untested."""

DOCUMENTS: list[dict[str, Any]] = [
    document
    for path in sorted(FOLDER.glob("*.yaml"))
    if path.name != "kustomization.yaml"
    for document in yaml.safe_load_all(path.read_text("utf-8"))
]


def of_kind(*kinds: str) -> list[dict[str, Any]]:
    return [one for one in DOCUMENTS if one["kind"] in kinds]


def templates() -> Iterator[tuple[str, dict[str, Any]]]:
    """Give the pod template of each workload, those that operators make included."""
    for one in of_kind("Deployment", "StatefulSet"):
        yield one["metadata"]["name"], one["spec"]["template"]
    for one in of_kind("RayCluster"):
        yield "ray head", one["spec"]["headGroupSpec"]["template"]
        for group in one["spec"]["workerGroupSpecs"]:
            yield f"ray {group['groupName']}", group["template"]


TEMPLATES = dict(templates())


@pytest.mark.parametrize("version", VERSIONS)
def test_every_manifest_fits_the_schemas(version: str) -> None:
    for one in DOCUMENTS:
        if (one["apiVersion"], one["kind"]) not in OURS_TO_TRUST:
            kubernetes_validate.validate(one, version, strict=True)
    for template in TEMPLATES.values():
        pod = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "pod"}}
        kubernetes_validate.validate(pod | {"spec": template["spec"]}, version, strict=True)


def test_the_schemas_refuse_what_is_wrong() -> None:
    broken = yaml.safe_load((FOLDER / "settings.yaml").read_text("utf-8")) | {"dat": {}}
    with pytest.raises(kubernetes_validate.ValidationError):
        kubernetes_validate.validate(broken, VERSIONS[-1], strict=True)


def test_there_are_the_parts_of_a_cluster() -> None:
    assert set(TEMPLATES) == {
        "patella-web", "patella-home", "postgres", "objects", "ray head", "ray readers",
    }  # fmt: skip
    listed = yaml.safe_load((FOLDER / "kustomization.yaml").read_text("utf-8"))["resources"]
    assert set(listed) == {path.name for path in FOLDER.glob("*.yaml")} - {"kustomization.yaml"}
    assert not of_kind("Secret"), "a secret is made by hand, and stands in no file"
    assert {one["metadata"].get("namespace") for one in DOCUMENTS} == {None, "patella"}


@pytest.mark.parametrize("name", TEMPLATES)
def test_a_pod_may_do_little(name: str) -> None:
    spec = TEMPLATES[name]["spec"]
    assert spec["automountServiceAccountToken"] is False
    assert spec["securityContext"]["runAsNonRoot"] is True
    assert spec["securityContext"]["runAsUser"] > 0
    assert spec["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    (container,) = spec["containers"]
    assert container["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }
    assert ":" in container["image"].rsplit("/", 1)[1]
    assert not container["image"].endswith(":latest")
    assert "readinessProbe" in container
    assert {"cpu", "memory"} <= set(container["resources"]["requests"])
    assert "memory" in container["resources"]["limits"]


@pytest.mark.parametrize("name", TEMPLATES)
def test_what_is_mounted_is_there(name: str) -> None:
    spec = TEMPLATES[name]["spec"]
    claims = [
        claim["metadata"]["name"]
        for one in of_kind("StatefulSet")
        if one["metadata"]["name"] == name
        for claim in one["spec"]["volumeClaimTemplates"]
    ]
    volumes = {volume["name"] for volume in spec["volumes"]} | set(claims)
    mounted = {mount["name"] for mount in spec["containers"][0]["volumeMounts"]}
    assert mounted == volumes


def test_settings_are_settings() -> None:
    known = {f"PATELLA_{one.name.upper()}" for one in fields(Settings)}
    (settings,) = of_kind("ConfigMap")
    named = {name for name in settings["data"] if name.startswith("PATELLA_")}
    assert named <= known
    assert all(isinstance(value, str) for value in settings["data"].values())


def test_services_lead_to_pods_and_the_ingress_to_services() -> None:
    labels = [template["metadata"]["labels"] for template in TEMPLATES.values()]
    services = {one["metadata"]["name"]: one for one in of_kind("Service")}
    for service in services.values():
        wanted = service["spec"]["selector"].items()
        assert sum(wanted <= found.items() for found in labels) == 1
    (ingress,) = of_kind("Ingress")
    paths = {
        path["path"]: path["backend"]["service"]["name"]
        for rule in ingress["spec"]["rules"]
        for path in rule["http"]["paths"]
    }
    assert paths["/"] == "patella-web"
    assert paths["/desk"] == "patella-home"
    assert set(paths.values()) <= set(services)


def test_nobody_is_reached_but_by_rules() -> None:
    policies = {one["metadata"]["name"]: one["spec"] for one in of_kind("NetworkPolicy")}
    assert policies["nothing"] == {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]}
    assert policies["ray"]["egress"] == [
        {"to": [{"podSelector": {"matchLabels": {"app.kubernetes.io/component": "ray"}}}]}
    ]
    # only the home may look at the web, and not at what is near it
    outside = [name for name, spec in policies.items() if "ipBlock" in str(spec)]
    assert outside == ["home"]
    assert "169.254.0.0/16" in str(policies["home"])
