# SPDX-License-Identifier: Apache-2.0
"""Writes SERVICE_layers.c: the traced and the remote ops table; and services_layers.c, the tables of all five."""
from __future__ import annotations

from c_interface import parameters, result_name
from dialect import Operation, Service


def write_traced(service: Service, operation: Operation) -> list[str]:
    name, result = service.name, result_name(operation)
    return [f"static enum zest_status traced_{operation.name}({parameters(service, operation)})", "{",
            "    const struct zest_layer *layer = (const struct zest_layer *)self;", "    uint64_t start = zest_ticks();",
            f"    enum zest_status status = zest_{name}_{operation.name}((struct zest_{name} *)layer->inner, call, request, {result});",
            f"    zest_trace_note(layer, call, ZEST_{name.upper()}_{operation.name.upper()}, start, status);",
            "    return status;", "}", ""]


def write_remote(service: Service, operation: Operation) -> list[str]:
    name, result = service.name, result_name(operation)
    index = f"ZEST_{name.upper()}_{operation.name.upper()}"
    return [f"static enum zest_status remote_{operation.name}({parameters(service, operation)})", "{",
            f"    return zest_remote_call((struct zest_layer *)self, &zest_{name}_description.operations[{index}], call, request, {result});",
            "}", ""]


def write_table(service: Service, layer: str) -> list[str]:
    name = service.name
    lines = [f"static void {layer}_destroy(struct zest_{name} *self)", "{",
             f"    zest_{layer}_free((struct zest_layer *)self);", "}", "",
             f"extern const struct zest_{name}_ops zest_{name}_{layer}_ops;",
             f"const struct zest_{name}_ops zest_{name}_{layer}_ops = {{",
             f"    .abi = ZEST_ABI, .size = sizeof(struct zest_{name}_ops), .name = \"{layer}\", .destroy = {layer}_destroy,"]
    lines += [f"    .{operation.name} = {layer}_{operation.name}," for operation in service.operations]
    return lines + ["};", ""]


def write_layers(service: Service) -> str:
    lines = [f"/* The {service.name}'s research layers. Generated; change the contract. */",
             f"#include <zest/api/{service.name}.h>", "", '#include "layer.h"', "",
             f"extern const struct zest_service_description zest_{service.name}_description;", ""]
    for layer, write in (("traced", write_traced), ("remote", write_remote)):
        for operation in service.operations:
            lines += write(service, operation)
        lines += write_table(service, layer)
    return "\n".join(lines)


def write_tables(services: list[Service]) -> str:
    lines = ["/* The research layers of all services. Generated from the contracts. */", '#include "layer.h"', ""]
    lines += [f"#include <zest/api/{service.name}.h>" for service in services] + [""]
    lines += [f"extern const struct zest_{service.name}_ops zest_{service.name}_{layer}_ops;"
              for service in services for layer in ("traced", "remote")]
    for layer in ("traced", "remote"):
        lines += ["", f"const void *const zest_{layer}_ops[ZEST_SERVICE_COUNT] = {{"]
        lines += [f"    [ZEST_{service.name.upper()}] = &zest_{service.name}_{layer}_ops," for service in services]
        lines.append("};")
    return "\n".join([*lines, ""])
