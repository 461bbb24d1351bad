# SPDX-License-Identifier: Apache-2.0
"""The contracts' dialect: reads api/<service>.yaml into plain objects and refuses what the dialect does not have.

The dialect is OpenAPI 3.1 with closed objects, numbers of a named width, named enums, arrays of one level, nested
`$ref` without cycles, and the extensions x-exec, x-offload-from, x-hot, x-read-only, x-json, x-tensor, x-main, x-unit
and x-item-schema. Writers read the objects below and never the YAML.
"""
from __future__ import annotations

import dataclasses
import json
import pathlib

import yaml

SERVICES = ("engine", "tokenizer", "scheduler", "memory", "computation")
NUMBERS = {("integer", "int32"): "int32", ("integer", "int64"): "int64", ("integer", "uint64"): "uint64",
           ("number", "float"): "float", ("number", "double"): "double"}
FIELD_KEYS = {"type", "format", "description", "default", "minimum", "maximum", "minLength", "maxLength", "maxItems", "items",
              "contentEncoding", "x-json", "x-tensor", "x-unit", "$ref"}
OBJECT_KEYS = {"type", "description", "additionalProperties", "required", "properties", "x-main"}
OPERATION_KEYS = {"operationId", "summary", "description", "requestBody", "responses", "x-exec", "x-offload-from", "x-hot",
                  "x-read-only"}
RESERVED_OPERATIONS = {"mode", "example", "destroy"}
RESERVED_FIELDS = {"data", "metadata"}
C_KEYWORDS = set("auto break case char const continue default do double else enum extern float for goto if inline int long register "
                 "restrict return short signed sizeof static struct switch typedef union unsigned void volatile while".split())


class DialectError(Exception):
    """Something in a contract that the dialect does not have; the text says where and what is allowed."""


@dataclasses.dataclass
class Enum:
    name: str
    values: list[str]
    doc: str


@dataclasses.dataclass
class Field:
    name: str
    kind: str  # bool int32 int64 uint64 float double string bytes enum object json tensor
    doc: str
    is_array: bool = False
    is_required: bool = False
    target: Enum | Object | None = None
    default: object = None
    has_default: bool = False
    minimum: float | None = None
    maximum: float | None = None
    size_min: int = 0
    size_max: int = 0
    unit: str = ""
    shape: str = ""
    dtype: str = ""
    json_shape: str = "any"


@dataclasses.dataclass
class Object:
    name: str  # without the service's name in front
    fields: list[Field]
    doc: str
    main: str = ""


@dataclasses.dataclass
class Operation:
    name: str
    summary: str
    doc: str
    request: Object
    reply: Object  # of a stream: its item
    example_request: object
    example_reply: object
    is_offload: bool
    offload_from: int
    is_hot: bool
    is_read_only: bool
    is_stream: bool


@dataclasses.dataclass
class Service:
    name: str
    summary: str
    operations: list[Operation]
    objects: list[Object]  # in the order in which C can declare them
    enums: list[Enum]


def refuse(where: str, text: str) -> None:
    raise DialectError(f"{where}: {text}")


def check_keys(where: str, node: dict, allowed: set[str]) -> None:
    for key in node:
        if key not in allowed:
            refuse(where, f"'{key}' is not in the dialect; it has {', '.join(sorted(allowed))}")


class Reader:
    """Reads one contract. `objects` and `enums` fill up as `$ref`s are met, inner ones first."""

    def __init__(self, service: str, document: dict):
        self.service, self.document = service, document
        self.objects: dict[str, Object] = {}
        self.enums: dict[str, Enum] = {}
        self.open: list[str] = []

    def schema_of(self, where: str, ref: str) -> tuple[str, dict]:
        prefix = "#/components/schemas/"
        name = ref.removeprefix(prefix)
        if not ref.startswith(prefix) or name not in self.document["components"]["schemas"]:
            refuse(where, f"$ref '{ref}' must name a schema of this file")
        return name, self.document["components"]["schemas"][name]

    def target(self, where: str, ref: str) -> Enum | Object:
        name, schema = self.schema_of(where, ref)
        if name in self.open:
            refuse(where, f"schema '{name}' contains itself")
        if "enum" in schema:
            check_keys(name, schema, {"type", "enum", "description"})
            return self.enums.setdefault(name, Enum(name, schema["enum"], schema.get("description", "")))
        if name not in self.objects:
            self.open.append(name)
            built = self.object(name, schema)
            self.open.pop()
            self.objects[name] = built
        return self.objects[name]

    def object(self, name: str, schema: dict) -> Object:
        where = f"{self.service}.{name}"
        check_keys(where, schema, OBJECT_KEYS)
        if schema.get("type") != "object" or schema.get("additionalProperties") is not False:
            refuse(where, "must be an object with additionalProperties: false")
        required = set(schema.get("required", ()))
        fields = [self.field(f"{where}.{key}", key, node, key in required) for key, node in schema.get("properties", {}).items()]
        for key in required - {field.name for field in fields}:
            refuse(where, f"'{key}' is required but not described")
        main = schema.get("x-main", "")
        if main and main not in {field.name for field in fields}:
            refuse(where, f"x-main '{main}' is not one of its fields")
        return Object(name, fields, schema.get("description", ""), main)

    def field(self, where: str, name: str, node: dict, is_required: bool) -> Field:
        check_keys(where, node, FIELD_KEYS)
        if name in RESERVED_FIELDS:
            refuse(where, f"fields can't be named {' or '.join(sorted(RESERVED_FIELDS))}: envelopes have these")
        if name in C_KEYWORDS:
            refuse(where, f"'{name}' is a word of C")
        field = Field(name, "", node.get("description", ""), is_required=is_required, unit=node.get("x-unit", ""),
                      minimum=node.get("minimum"), maximum=node.get("maximum"), size_min=node.get("minLength", 0),
                      size_max=node.get("maxLength", node.get("maxItems", 0)), default=node.get("default"),
                      has_default="default" in node)
        if field.is_required and field.has_default:
            refuse(where, "a required field has no default")
        if "x-tensor" in node:
            field.kind, field.dtype = "tensor", node["x-tensor"]["dtype"]
            field.shape = "[" + ", ".join(map(str, node["x-tensor"]["shape"])) + "]"
        elif node.get("type") == "array" and "x-json" not in node:
            field.is_array = True
            self.kind(where, field, node["items"])
            if field.is_array and node["items"].get("type") == "array":
                refuse(where, "arrays have one level; make the inner one an object")
        else:
            self.kind(where, field, node)
        if not field.doc and field.target:
            field.doc = field.target.doc
        if not field.doc:
            refuse(where, "needs a description")
        return field

    def kind(self, where: str, field: Field, node: dict) -> None:
        if "$ref" in node:
            field.target = self.target(where, node["$ref"])
            field.kind = "enum" if isinstance(field.target, Enum) else "object"
        elif "x-json" in node:
            field.kind, field.json_shape = "json", node["x-json"]
        elif node.get("type") == "string":
            field.kind = "bytes" if node.get("contentEncoding") == "base64" else "string"
        elif node.get("type") == "boolean":
            field.kind = "bool"
        else:
            field.kind = NUMBERS.get((node.get("type"), node.get("format")), "")
        if not field.kind:
            refuse(where, f"type '{node.get('type')}' with format '{node.get('format')}' is not in the dialect; numbers have "
                          "format int32, int64, uint64, float or double")

    def body(self, where: str, name: str, schema: dict) -> Object:
        if "$ref" in schema:
            target = self.target(where, schema["$ref"])
            if not isinstance(target, Object):
                refuse(where, "a body must be an object")
            return target
        self.objects[name] = self.object(name, schema)
        return self.objects[name]

    def operation(self, path: str, item: dict) -> Operation:
        node = item["post"]
        name = node["operationId"]
        where = f"{self.service}.{name}"
        check_keys(where, item, {"post"})
        check_keys(where, node, OPERATION_KEYS)
        if path != f"/services/{self.service}/{name}":
            refuse(where, f"the path must be /services/{self.service}/{name}, not {path}")
        if name in RESERVED_OPERATIONS:
            refuse(where, f"operations can't be named {', '.join(sorted(RESERVED_OPERATIONS))}")
        request_media = node["requestBody"]["content"]["application/json"]
        (media_type, reply_media), = node["responses"]["200"]["content"].items()
        is_stream = media_type == "text/event-stream"
        for part, media in (("request", request_media), ("answer", reply_media)):
            if "example" not in media:
                refuse(where, f"the {part} has no example")
        reply_schema = reply_media["x-item-schema" if is_stream else "schema"]
        summary = node["summary"]
        return Operation(
            name, summary, node.get("description", summary),
            self.body(where, f"{name}_request", request_media["schema"]),
            self.body(where, f"{name}_item" if is_stream else f"{name}_reply", reply_schema),
            request_media["example"], reply_media["example"], node.get("x-exec", "inline") == "offload",
            node.get("x-offload-from", 0), node.get("x-hot", False), node.get("x-read-only", False), is_stream)


def read_service(folder: pathlib.Path, name: str) -> Service:
    document = yaml.safe_load((folder / f"{name}.yaml").read_text("utf-8"))
    reader = Reader(name, document)
    operations = [reader.operation(path, item) for path, item in document["paths"].items()]
    return Service(name, document["info"]["summary"], operations, list(reader.objects.values()), list(reader.enums.values()))


def read_all(folder: pathlib.Path) -> list[Service]:
    return [read_service(folder, name) for name in SERVICES]


def c_string(text: str) -> str:
    """A C string literal of `text` (JSON's escapes are C's, once non-ASCII stays as it is)."""
    return json.dumps(text, ensure_ascii=False).replace("?", "\\?")
