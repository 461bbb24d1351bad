# SPDX-License-Identifier: Apache-2.0
"""Writes the reference pages (Markdown, one a service) and docs.json, from which the server's page /docs is made."""
from __future__ import annotations

import json
import pathlib

import yaml

from dialect import Enum, Field, Object, Operation, Service

SERVER_ROUTES = ("/v1/",)  # of openai.yaml: what belongs to OpenAI's interface; the rest is the server's own
METHODS = ("get", "post", "put", "delete")


def type_of(field: Field) -> str:
    """A field's type in words: "array of int32", "last or all", "tensor [n, vocab]"."""
    if field.kind == "tensor":
        return f"tensor {field.shape}"
    if isinstance(field.target, Enum):
        name = " or ".join(field.target.values)
    elif field.kind == "object":
        name = "object"
    else:
        name = {"json": "any JSON" if field.json_shape == "any" else f"JSON {field.json_shape}", "bytes": "base64 string"}.get(field.kind, field.kind)
    return f"array of {name}" if field.is_array else name


def limits_of(field: Field) -> str:
    parts = [f"default {json.dumps(field.default, ensure_ascii=False)}"] if field.has_default else []
    if field.minimum is not None or field.maximum is not None:
        parts.append(f"{'' if field.minimum is None else f'from {field.minimum:g} '}{'' if field.maximum is None else f'to {field.maximum:g}'}".strip())
    if field.size_max:
        parts.append(f"at most {field.size_max} {'items' if field.is_array else 'bytes'}")
    if field.unit:
        parts.append(f"in {field.unit}")
    return ", ".join(parts)


def rows_of(target: Object, prefix: str = "") -> list[dict]:
    """One row a field; those of inner objects behind it, with the path as their name."""
    rows = []
    for field in target.fields:
        name = prefix + field.name
        rows.append({"name": name, "type": type_of(field), "required": field.is_required, "limits": limits_of(field), "doc": field.doc})
        if isinstance(field.target, Object):
            rows += rows_of(field.target, f"{name}{'[]' if field.is_array else ''}.")
    return rows


# ---- Markdown --------------------------------------------------------------------------------------------------------

def cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")


def table(rows: list[dict], is_request: bool) -> list[str]:
    if not rows:
        return ["(no fields)"]
    lines = ["| field | type | |", "|---|---|---|"]
    for row in rows:
        notes = [row["doc"], "Required." if is_request and row["required"] else "", f"({row['limits']})" if row["limits"] else ""]
        lines.append(f"| `{row['name']}` | {cell(row['type'])} | {cell(' '.join(note for note in notes if note))} |")
    return lines


def facts(operation: Operation) -> str:
    parts = ["changes nothing" if operation.is_read_only else "changes state"]
    if operation.is_stream:
        parts.append("answers a stream")
    if operation.is_offload:
        parts.append("may take long")
    if operation.is_hot:
        parts.append("C only")
    return ", ".join(parts)


def operation_page(service: Service, operation: Operation) -> list[str]:
    example = json.dumps(operation.example_request, ensure_ascii=False)
    lines = [f"## {operation.name}", "", operation.summary, ""]
    if operation.doc != operation.summary:
        lines += [operation.doc, ""]
    lines += [f"*{facts(operation)}*", "", "Request", "", *table(rows_of(operation.request), True), "",
              "Each item" if operation.is_stream else "Answer", "", *table(rows_of(operation.reply), False), ""]
    if not operation.is_hot:
        lines += ["```sh", f"zest call {service.name}.{operation.name} '{example}'", f"curl {'-N ' if operation.is_stream else ''}"
                  f"http://127.0.0.1:8080/services/{service.name}/{operation.name} -d '{example}'", "```", "answers, for example,", "",
                  "```json", json.dumps(operation.example_reply, ensure_ascii=False), "```", ""]
    return lines


def write_reference(service: Service) -> str:
    lines = [f"# {service.name}", "", service.summary, "", f"Made from `api/{service.name}.yaml`; change that file.", ""]
    lines += [f"- [{operation.name}](#{operation.name}): {operation.summary}" for operation in service.operations] + [""]
    for operation in service.operations:
        lines += operation_page(service, operation)
    return "\n".join(lines).rstrip() + "\n"


# ---- docs.json -------------------------------------------------------------------------------------------------------

def docs_operation(service: Service, operation: Operation) -> dict:
    return {"id": f"{service.name}.{operation.name}", "name": operation.name, "method": "POST", "path": f"/services/{service.name}/{operation.name}",
            "summary": operation.summary, "doc": operation.doc, "facts": facts(operation), "stream": operation.is_stream,
            "request": operation.example_request, "answer": operation.example_reply,
            "fields": rows_of(operation.request), "reply_fields": rows_of(operation.reply)}


def resolved(document: dict, node: dict) -> dict:
    return document["components"]["schemas"][node["$ref"].rsplit("/", 1)[1]] if "$ref" in node else node


def schema_type(document: dict, node: dict) -> str:
    node = resolved(document, node)
    if "oneOf" in node:
        return " or ".join(schema_type(document, part) for part in node["oneOf"])
    if node.get("type") == "array":
        return f"array of {schema_type(document, node['items'])}"
    kind = node.get("type", "any JSON")
    return " or ".join(kind) if isinstance(kind, list) else kind


def schema_rows(document: dict, schema: dict) -> list[dict]:
    """The rows of an ordinary OpenAPI schema, as openai.yaml has them."""
    schema, rows = resolved(document, schema), []
    for name, node in schema.get("properties", {}).items():
        limits = [f"default {json.dumps(node['default'])}"] if "default" in node else []
        limits += [f"from {node['minimum']}"] if "minimum" in node else []
        limits += [f"to {node['maximum']}"] if "maximum" in node else []
        rows.append({"name": name, "type": schema_type(document, node), "required": name in schema.get("required", ()),
                     "limits": ", ".join(limits), "doc": resolved(document, node).get("description", node.get("description", ""))})
    return rows


def docs_route(document: dict, path: str, method: str, node: dict) -> dict:
    request = node.get("requestBody", {}).get("content", {}).get("application/json", {})
    (media, answer), = list(node["responses"]["200"].get("content", {"": {}}).items())[:1]
    return {"id": node["operationId"], "name": f"{method.upper()} {path}", "method": method.upper(), "path": node.get("x-example-path", path),
            "summary": node["summary"], "doc": node.get("description", node["summary"]), "facts": media, "stream": False,
            "request": request.get("example"), "answer": answer.get("example"), "fields": schema_rows(document, request.get("schema", {})),
            "reply_fields": schema_rows(document, answer.get("schema", {}))}


def write_docs(folder: pathlib.Path, services: list[Service]) -> str:
    groups = [{"name": service.name, "summary": service.summary, "switch": True,
               "operations": [docs_operation(service, operation) for operation in service.operations if not operation.is_hot]} for service in services]
    document = yaml.safe_load((folder / "openai.yaml").read_text("utf-8"))
    routes = [(path, docs_route(document, path, method, item[method])) for path, item in document["paths"].items() for method in METHODS if method in item]
    openai = [route for path, route in routes if path.startswith(SERVER_ROUTES)]
    groups.append({"name": "openai", "summary": document["info"]["summary"], "switch": False, "operations": openai})
    groups.append({"name": "server", "summary": "The server's own routes: health, metrics, modes and documents.", "switch": False,
                   "operations": [route for path, route in routes if not path.startswith(SERVER_ROUTES)]})
    return json.dumps({"groups": groups}, ensure_ascii=False) + "\n"
