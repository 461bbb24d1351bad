# SPDX-License-Identifier: Apache-2.0
"""The generator: what the dialect refuses, that contracts are valid OpenAPI 3.1, and the house rules for writers."""
from __future__ import annotations

import copy
import json
import pathlib
import subprocess
import sys

import pytest
import yaml

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "api" / "generator"))

import dialect  # noqa: E402

SERVICES = dialect.SERVICES


@pytest.fixture()
def contract() -> dict:
    return yaml.safe_load((ROOT / "api/tokenizer.yaml").read_text("utf-8"))


def read(document: dict) -> list[dialect.Operation]:
    reader = dialect.Reader("tokenizer", document)
    return [reader.operation(path, item) for path, item in document["paths"].items()]


def request_schema(document: dict) -> dict:
    return document["paths"]["/services/tokenizer/tokenize"]["post"]["requestBody"]["content"]["application/json"]["schema"]


def spoil(document: dict, how: str) -> None:
    schema, operation = request_schema(document), document["paths"]["/services/tokenizer/tokenize"]["post"]
    spoilers = {
        "an open object": lambda: schema.pop("additionalProperties"),
        "a number without a width": lambda: schema["properties"].update(n={"type": "integer", "description": "A number."}),
        "a field named data": lambda: schema["properties"].update(data={"type": "string", "description": "Some."}),
        "a field named by a word of C": lambda: schema["properties"].update(default={"type": "string", "description": "Some."}),
        "oneOf": lambda: schema["properties"]["text"].update(oneOf=[]),
        "a field without description": lambda: schema["properties"]["text"].pop("description"),
        "an array of arrays": lambda: schema["properties"].update(
            n={"type": "array", "description": "N.", "items": {"type": "array", "items": {"type": "string"}}}),
        "a required field with a default": lambda: schema["properties"]["text"].update(default=""),
        "a required field that is not there": lambda: schema["required"].append("nothing"),
        "an operation named mode": lambda: operation.update(operationId="mode"),
        "an operation without example": lambda: operation["requestBody"]["content"]["application/json"].pop("example"),
        "another path": lambda: document["paths"].update({"/elsewhere": document["paths"].pop("/services/tokenizer/tokenize")}),
        "a reference to nowhere": lambda: schema["properties"]["text"].update({"$ref": "#/components/schemas/nowhere"}),
        "a cycle": lambda: document["components"]["schemas"]["span"]["properties"].update(
            inner={"$ref": "#/components/schemas/span", "description": "Itself."}),
        "an x-main that is no field": lambda: operation["responses"]["200"]["content"]["application/json"]["schema"].update({"x-main": "nothing"}),
    }
    spoilers[how]()


REFUSED = ["an open object", "a number without a width", "a field named data", "a field named by a word of C", "oneOf",
           "a field without description", "an array of arrays", "a required field with a default", "a required field that is not there",
           "an operation named mode", "an operation without example", "another path", "a reference to nowhere", "a cycle",
           "an x-main that is no field"]


@pytest.mark.parametrize("how", REFUSED)
def test_the_dialect_refuses(contract, how):
    assert read(copy.deepcopy(contract))
    spoil(contract, how)
    with pytest.raises(dialect.DialectError) as error:
        read(contract)
    assert "tokenizer" in str(error.value) or "span" in str(error.value), "the text must say where"


@pytest.mark.parametrize("service", SERVICES)
def test_contracts_are_valid_openapi(service):
    validator = pytest.importorskip("openapi_spec_validator")
    from openapi_spec_validator.readers import read_from_filename
    document, base = read_from_filename(str(ROOT / "api" / f"{service}.yaml"))
    validator.validate(document, base_uri=base)


def test_the_merged_document_is_valid_and_whole():
    validator = pytest.importorskip("openapi_spec_validator")
    document = json.loads((ROOT / "build/api/openapi.json").read_text("utf-8"))
    validator.validate(document)
    for service in dialect.read_all(ROOT / "api"):
        for operation in service.operations:
            assert operation.is_hot or f"/services/{service.name}/{operation.name}" in document["paths"]


def test_one_writer_a_file_and_none_over_250_lines():
    for path in (ROOT / "api/generator").glob("*.py"):
        assert len(path.read_text("utf-8").splitlines()) <= 250, path.name


def test_writing_twice_touches_nothing(tmp_path):
    command = [sys.executable, str(ROOT / "api/generator"), "--out", str(tmp_path)]
    subprocess.run(command, check=True)
    before = {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*") if path.is_file()}
    subprocess.run(command, check=True)
    assert before and before == {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*") if path.is_file()}
