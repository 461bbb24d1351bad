# SPDX-License-Identifier: Apache-2.0
"""Example data of every service, from the contracts, and correct calls for error texts."""
from __future__ import annotations

import functools
import json

HOT, STREAM = 4, 8  # flags of <zest/describe.h>


@functools.lru_cache(maxsize=None)
def _operations(service: str) -> dict[str, dict]:
    from . import _zest

    return {found["name"]: found for found in _zest.describe(service)}


def write_call(service: str, operation: str) -> str:
    """A call that works: await env.tokenizer.tokenize('Hello world')."""
    found = _operations(service).get(operation)
    if found is None:
        return ""
    request = json.loads(found["example_request"])
    names = [field["name"] for field in found["request"]]
    arguments, positional = [], True
    for name in names:
        positional = positional and name in request and len(arguments) < 2
        if name in request:
            arguments.append(repr(request[name]) if positional else f"{name}={request[name]!r}")
    room = "model" if service == "engine" else service
    call = f"env.{room}.{operation}({', '.join(arguments)})"
    return f"async for item in {call}: …" if found["flags"] & STREAM else f"await {call}"


def _friendly(service: str, examples: dict) -> dict:
    """Values that people try first, by a name that says what they are for."""
    if service == "tokenizer":
        return {"example_text": "Hello world", "example_ids": examples["detokenize"]["request"]["ids"],
                "example_texts": ["Hello world", "The capital of France is", "naïve café, 東京, 🙂", ""],
                "example_messages": examples["render_chat"]["request"]["messages"]}
    if service == "engine":
        return {"example_prompt": examples["generate"]["request"]["prompt"], "example_ids": examples["forward"]["request"]["ids"]}
    if service == "scheduler":
        request = examples["schedule_request"]["request"]
        return {"example_request_id": request["request_id"], "example_priority": request["priority"], "example_policy": "fcfs"}
    if service == "memory":
        return {"example_plan": examples["allocate_memory"]["request"]}
    request = examples["benchmark_kernel"]["request"]
    return {"example_kernel": request["kernel"], "example_config": request["config"]}


def example_data(service) -> dict:
    """What env.<service>.get_example_data() gives: fresh, so that a caller may change it."""
    examples = {name: {"request": json.loads(found["example_request"]), "reply": json.loads(found["example_reply"])}
                for name, found in _operations(service.name).items() if not found["flags"] & HOT}
    return {**_friendly(service.name, examples), **examples}
