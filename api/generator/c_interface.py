# SPDX-License-Identifier: Apache-2.0
"""Writes <zest/api/SERVICE.h>: structs, the ops table, the call functions; and SERVICE_native.h for implementers."""
from __future__ import annotations

import textwrap

from dialect import Enum, Field, Object, Operation, Service

C_TYPES = {"bool": "bool", "int32": "int32_t", "int64": "int64_t", "uint64": "uint64_t", "float": "float", "double": "double",
           "string": "struct zest_text", "bytes": "struct zest_text", "json": "struct zest_text", "tensor": "struct zest_tensor"}


def struct_of(service: Service, thing: Object) -> str:
    return f"struct zest_{service.name}_{thing.name}"


def c_type(service: Service, field: Field) -> str:
    if isinstance(field.target, Enum):
        return f"enum zest_{service.name}_{field.target.name}"
    if isinstance(field.target, Object):
        return struct_of(service, field.target)
    return C_TYPES[field.kind]


def comment(text: str, indent: str = "") -> list[str]:
    lines = textwrap.wrap(" ".join(text.split()), 108 - len(indent))
    if len(lines) <= 1:
        return [f"{indent}/* {''.join(lines)} */"]
    return [f"{indent}/*"] + [f"{indent} * {line}" for line in lines] + [f"{indent} */"]


def write_enum(service: Service, enum: Enum) -> list[str]:
    prefix = f"ZEST_{service.name}_{enum.name}".upper()
    return [*comment(enum.doc), f"enum zest_{service.name}_{enum.name} {{",
            *(f"    {prefix}_{value.upper()} = {number}," for number, value in enumerate(enum.values)), "};", ""]


def field_doc(field: Field) -> str:
    notes = [field.unit] if field.unit else []
    if field.shape:
        notes.append(f"{field.dtype} {field.shape}")
    return field.doc + (f" [{', '.join(notes)}]" if notes else "")


def write_object(service: Service, thing: Object) -> list[str]:
    lines = [*comment(thing.doc)] if thing.doc else []
    lines.append(f"{struct_of(service, thing)} {{")
    for field in thing.fields:
        lines += comment(field_doc(field), "    ")
        if field.is_array:
            lines += [f"    const {c_type(service, field)} *{field.name};", f"    size_t {field.name}_count;"]
        else:
            lines.append(f"    {c_type(service, field)} {field.name};")
    if not thing.fields:
        lines.append("    char unused; /* C has no empty structs */")
    return lines + ["};", "", *write_defaults(service, thing)]


def c_default(service: Service, field: Field) -> str | None:
    """The C value of a default, None where zero bytes are right."""
    value = field.default
    if field.is_array or value is None or value is False or value == "" or value == 0:
        return None
    if field.kind == "json":
        import json
        return f"ZEST_TEXT(\"{json.dumps(value)}\")"
    if field.kind == "string":
        return f'ZEST_TEXT("{value}")'
    return "true" if value is True else f"{value}f" if field.kind == "float" and "." in str(value) else str(value)


def write_defaults(service: Service, thing: Object) -> list[str]:
    struct = struct_of(service, thing)
    lines = ["/* Every field at its default; required ones zero. */",
             f"static inline void zest_{service.name}_{thing.name}_init({struct} *ret_{thing.name})", "{",
             f"    *ret_{thing.name} = ({struct}){{0}};"]
    for field in thing.fields:
        value = c_default(service, field)
        if value is not None:
            lines.append(f"    ret_{thing.name}->{field.name} = {value};")
        elif isinstance(field.target, Object) and not field.is_array and any(f.has_default for f in field.target.fields):
            lines.append(f"    zest_{service.name}_{field.target.name}_init(&ret_{thing.name}->{field.name});")
    return lines + ["}", ""]


def parameters(service: Service, operation: Operation) -> str:
    reply = "struct zest_stream **ret_stream" if operation.is_stream else f"{struct_of(service, operation.reply)} *ret_reply"
    return (f"struct zest_{service.name} *self, struct zest_call *call, "
            f"const {struct_of(service, operation.request)} *request, {reply}")


def result_name(operation: Operation) -> str:
    return "ret_stream" if operation.is_stream else "ret_reply"


def write_ops(service: Service) -> list[str]:
    name = service.name
    lines = [f"/* A layer of the {name}: an implementation, or a wrapper round another layer. */",
             f"struct zest_{name} {{", f"    const struct zest_{name}_ops *ops;", "};", "",
             f"struct zest_{name}_ops {{", "    uint32_t abi;  /* ZEST_ABI */",
             f"    uint32_t size; /* sizeof(struct zest_{name}_ops) */", "    const char *name;",
             f"    void (*destroy)(struct zest_{name} *self); /* frees this layer, not the one inside */"]
    for operation in service.operations:
        lines.append(f"    enum zest_status (*{operation.name})({parameters(service, operation)});")
    return lines + ["};", ""]


def write_calls(service: Service) -> list[str]:
    lines = []
    for operation in service.operations:
        block = "May take long: keep it off event loops." if operation.is_offload else "Does not block."
        lines += [*comment(f"{operation.doc} {block}"),
                  f"ZEST_MUST_CHECK static inline enum zest_status zest_{service.name}_{operation.name}({parameters(service, operation)})",
                  "{", "#ifdef ZEST_BINDING_STATIC",
                  f"    return zest_{service.name}_native_{operation.name}(self, call, request, {result_name(operation)});",
                  "#else",
                  f"    return self->ops->{operation.name}(self, call, request, {result_name(operation)});", "#endif", "}", ""]
    return lines


def head(guard: str, text: str) -> list[str]:
    return [f"/* {text} Generated from the contract; change that. */", f"#ifndef {guard}", f"#define {guard}", ""]


def write_interface(service: Service) -> str:
    guard = f"ZEST_API_{service.name.upper()}_H"
    lines = head(guard, f"{service.summary}")
    lines += ["#include <zest/core.h>", "#include <zest/describe.h>", ""]
    for enum in service.enums:
        lines += write_enum(service, enum)
    for thing in service.objects:
        lines += write_object(service, thing)
    lines += write_ops(service)
    lines += ["#ifdef ZEST_BINDING_STATIC", *write_prototypes(service), "#endif", ""]
    lines += write_calls(service)
    for operation in service.operations:
        lines.append(f"#define ZEST_{service.name.upper()}_{operation.name.upper()} {service.operations.index(operation)}")
    return "\n".join([*lines, "", "#endif", ""])


def write_prototypes(service: Service) -> list[str]:
    return [f"enum zest_status zest_{service.name}_native_{operation.name}({parameters(service, operation)});"
            for operation in service.operations]


def write_native(service: Service) -> str:
    guard = f"ZEST_API_{service.name.upper()}_NATIVE_H"
    lines = head(guard, f"What the {service.name}'s native implementation defines.")
    lines += [f"#include <zest/api/{service.name}.h>", "", *write_prototypes(service)]
    lines += [f"void zest_{service.name}_native_destroy(struct zest_{service.name} *self);", "",
              f"/* The initialiser of its ops table: const struct zest_{service.name}_ops zest_{service.name}_native_ops = …; */",
              f"#define ZEST_{service.name.upper()}_NATIVE_OPS \\", "    { \\",
              f"        .abi = ZEST_ABI, .size = sizeof(struct zest_{service.name}_ops), .name = \"native\", \\",
              f"        .destroy = zest_{service.name}_native_destroy, \\"]
    lines += [f"        .{operation.name} = zest_{service.name}_native_{operation.name}, \\" for operation in service.operations]
    lines += ["    }", f"extern const struct zest_{service.name}_ops zest_{service.name}_native_ops;"]
    return "\n".join([*lines, "", "#endif", ""])
