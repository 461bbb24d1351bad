# SPDX-License-Identifier: Apache-2.0
"""Writes openapi.json: the contracts of all services, with those of /v1 and the server's own routes, as one document."""
from __future__ import annotations

import json
import pathlib

import yaml

from dialect import SERVICES

ERROR_REF = "#/components/responses/error"


def renamed(node: object, service: str) -> object:
    """`node` with every $ref pointing to the merged document's names (SERVICE_schema)."""
    if isinstance(node, dict):
        return {key: ref_of(value, service) if key == "$ref" else renamed(value, service) for key, value in node.items()}
    return [renamed(item, service) for item in node] if isinstance(node, list) else node


def ref_of(ref: str, service: str) -> str:
    if ref.endswith("/responses/error"):
        return ERROR_REF
    return ref.replace("#/components/schemas/", f"#/components/schemas/{service}_")


def hot(item: dict) -> bool:
    return item.get("post", {}).get("x-hot", False)


def write_openapi(folder: pathlib.Path) -> str:
    error = yaml.safe_load((folder / "errors.schema.yaml").read_text("utf-8"))["components"]["responses"]["error"]
    merged = {"openapi": "3.1.0", "info": {"title": "zest", "version": "0.1.0", "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
              "summary": "LLM inference for research: five services, OpenAI-compatible."}, "paths": {}, "tags": [],
              "components": {"responses": {"error": error}, "schemas": {}}}
    for service in (*SERVICES, "openai"):
        path = folder / f"{service}.yaml"
        if not path.exists():
            continue
        document = yaml.safe_load(path.read_text("utf-8"))
        merged["tags"].append({"name": service, "description": document["info"]["summary"]})
        for route, item in document["paths"].items():
            if hot(item):
                continue
            item = renamed(item, service)
            for method, operation in item.items():
                if service in SERVICES:
                    operation["operationId"] = f"{service}.{operation['operationId']}"
                operation["tags"] = [service]
            merged["paths"][route] = item
        for name, schema in document.get("components", {}).get("schemas", {}).items():
            merged["components"]["schemas"][f"{service}_{name}"] = renamed(schema, service)
    return json.dumps(merged, ensure_ascii=False, indent=1) + "\n"
