# SPDX-License-Identifier: Apache-2.0
"""Writes SERVICE_describe.c: the contract as the tables of <zest/describe.h>; and services_describe.c, all five."""
from __future__ import annotations

import json

from c_interface import struct_of
from dialect import Enum, Field, Object, Operation, Service, c_string


def bound(value: float | None) -> str:
    return f"{float(value)!r}" if value is not None else "0"


def write_field(service: Service, thing: Object, field: Field) -> str:
    struct = struct_of(service, thing)
    parts = [f".name = {c_string(field.name)}", f".type = ZEST_FIELD_{field.kind.upper()}",
             f".offset = offsetof({struct}, {field.name})"]
    if field.is_array:
        parts += [".is_array = true", f".count_offset = offsetof({struct}, {field.name}_count)"]
    if field.is_required:
        parts.append(".is_required = true")
    if isinstance(field.target, Object):
        parts.append(f".object = &{field.target.name}_object")
    if isinstance(field.target, Enum):
        parts += [f".enum_names = {field.target.name}_names", f".enum_count = {len(field.target.values)}"]
    if field.minimum is not None:
        parts += [".has_minimum = true", f".minimum = {bound(field.minimum)}"]
    if field.maximum is not None:
        parts += [".has_maximum = true", f".maximum = {bound(field.maximum)}"]
    if field.size_max:
        parts.append(f".size_max = {field.size_max}")
    if field.size_min:
        parts.append(f".size_min = {field.size_min}")
    if field.has_default:
        parts.append(f".default_json = {c_string(json.dumps(field.default, ensure_ascii=False))}")
    shape = field.json_shape if field.kind == "json" else field.shape
    parts += [f".unit = {c_string(field.unit)}", f".shape = {c_string(shape)}", f".doc = {c_string(field.doc)}"]
    return "    {" + ", ".join(parts) + "},"


def write_object(service: Service, thing: Object) -> list[str]:
    lines = []
    if thing.fields:
        lines += [f"static const struct zest_field {thing.name}_fields[] = {{",
                  *(write_field(service, thing, field) for field in thing.fields), "};"]
    fields = f"{thing.name}_fields" if thing.fields else "NULL"
    lines += [f"static const struct zest_object {thing.name}_object = {{",
              f"    .name = {c_string(thing.name)}, .size = sizeof({struct_of(service, thing)}), .fields = {fields}, "
              f".field_count = {len(thing.fields)}, .main = {c_string(thing.main)},", "};", ""]
    return lines


def write_invoke(service: Service, operation: Operation) -> list[str]:
    return [f"static enum zest_status invoke_{operation.name}(struct zest_service *layer, struct zest_call *call, "
            "const void *request, void *ret_reply)", "{",
            f"    return zest_{service.name}_{operation.name}((struct zest_{service.name} *)layer, call, request, ret_reply);",
            "}", ""]


def flags(operation: Operation) -> str:
    names = [name for name, on in (("READ_ONLY", operation.is_read_only), ("OFFLOAD", operation.is_offload),
                                   ("HOT", operation.is_hot), ("STREAM", operation.is_stream)) if on]
    return " | ".join(f"ZEST_OPERATION_{name}" for name in names) or "0"


def write_operation(service: Service, index: int, operation: Operation) -> list[str]:
    example = [c_string(json.dumps(value, ensure_ascii=False)) for value in (operation.example_request, operation.example_reply)]
    return ["    {", f"        .service = {c_string(service.name)}, .name = {c_string(operation.name)},",
            f"        .summary = {c_string(operation.summary)},", f"        .doc = {c_string(operation.doc)},",
            f"        .flags = {flags(operation)}, .offload_from = {operation.offload_from}, .index = {index},",
            f"        .request = &{operation.request.name}_object, .reply = &{operation.reply.name}_object,",
            f"        .example_request = {example[0]},", f"        .example_reply = {example[1]},",
            f"        .invoke = invoke_{operation.name},", "    },"]


def write_describe(service: Service) -> str:
    lines = [f"/* The {service.name}'s contract as data. Generated; change the contract. */",
             f"#include <zest/api/{service.name}.h>", ""]
    for enum in service.enums:
        lines += [f"static const char *const {enum.name}_names[] = {{{', '.join(map(c_string, enum.values))}}};", ""]
    for thing in service.objects:
        lines += write_object(service, thing)
    for operation in service.operations:
        lines += write_invoke(service, operation)
    lines.append("static const struct zest_operation operations[] = {")
    for index, operation in enumerate(service.operations):
        lines += write_operation(service, index, operation)
    lines += ["};", "", f"extern const struct zest_service_description zest_{service.name}_description;",
              f"const struct zest_service_description zest_{service.name}_description = {{",
              f"    .name = {c_string(service.name)}, .summary = {c_string(service.summary)}, .operations = operations,",
              f"    .operation_count = {len(service.operations)},", "};", ""]
    return "\n".join(lines)


def write_services(services: list[Service]) -> str:
    lines = ["/* All services. Generated from the contracts. */", "#include <zest/describe.h>", ""]
    lines += [f"extern const struct zest_service_description zest_{service.name}_description;" for service in services]
    lines += ["", "const struct zest_service_description *const zest_services[ZEST_SERVICE_COUNT] = {"]
    lines += [f"    [ZEST_{service.name.upper()}] = &zest_{service.name}_description," for service in services]
    return "\n".join([*lines, "};", ""])
