# SPDX-License-Identifier: Apache-2.0
"""How results, envelopes and operations look to a reader. The C side calls these; none is on a fast path."""
from __future__ import annotations

import json

from . import _examples

_ITEMS_SHOWN = 16
_TEXT_SHOWN = 400


def _plain(value):
    """What json can't write by itself: results and envelopes as their fields, numbers of numpy."""
    if hasattr(value, "to_dict"):
        return value.to_dict()
    if hasattr(value, "tolist"):
        return value.tolist()
    if hasattr(value, "keys"):
        return {key: value[key] for key in value.keys()}
    raise TypeError(f"{type(value).__name__} is not JSON")


_encoder = json.JSONEncoder(ensure_ascii=False, allow_nan=False, default=_plain)


def dumps(value) -> str:
    return _encoder.encode(value)


def _show(value) -> str:
    if isinstance(value, str):
        return repr(value) if len(value) <= _TEXT_SHOWN else f"{value[:_TEXT_SHOWN]!r}… ({len(value)} characters)"
    if isinstance(value, list) and len(value) > _ITEMS_SHOWN:
        return f"[{', '.join(map(_show, value[:_ITEMS_SHOWN]))}, … {len(value) - _ITEMS_SHOWN} more]"
    if isinstance(value, list):
        return f"[{', '.join(map(_show, value))}]"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key!r}: {_show(item)}" for key, item in value.items()) + "}"
    if hasattr(value, "shape"):
        return f"<{getattr(value, 'dtype', 'numbers')} {list(value.shape)}>"
    return repr(value)


def show_result(result) -> str:
    """Every field that says something, as a call: Result(ids=[19556, 905])."""
    fields = [f"{name}={_show(value)}" for name, value in result.items() if value is not None and (hasattr(value, "shape") or value not in ("", []))]
    return f"Result({', '.join(fields)})"


def show_envelope(envelope) -> str:
    data = "{" + ", ".join(f"{name!r}: {_show(value)}" for name, value in envelope.data.items()) + "}"
    return f"{{'data': {data}, 'metadata': {envelope.metadata!r}}}"


# ---- help ------------------------------------------------------------------------------------------------------------

def _find(service: str, operation: str) -> dict:
    from . import _zest

    return next(found for found in _zest.describe(service) if found["name"] == operation)


def write_signature(service: str, operation: str) -> str:
    """What inspect.signature reads."""
    parameters = ["$self"]
    optional = False
    for field in _find(service, operation)["request"]:
        default = None if field["default"] is None else json.loads(field["default"])
        optional = optional or not field["is_required"]
        parameters.append(field["name"] + (f"={default!r}" if optional else ""))
    return f"({', '.join(parameters)})"


def _field_line(field: dict) -> str:
    kind = field["type"] + ("[]" if field["is_array"] else "") + (f" {field['shape']}" if field["shape"] else "")
    unit = f", {field['unit']}" if field["unit"] else ""
    default = f" Default {field['default']}." if field["default"] is not None else ""
    return f"    {field['name']} ({kind}{unit}): {field['doc']}{default}"


def write_doc(service: str, operation: str) -> str:
    found = _find(service, operation)
    lines = [found["summary"], ""]
    if found["doc"] != found["summary"]:
        lines += [found["doc"], ""]
    if found["request"]:
        lines += ["Arguments:", *map(_field_line, found["request"]), ""]
    lines += ["Answers:", *map(_field_line, found["reply"]), "", f"Example: {_examples.write_call(service, operation)}"]
    return "\n".join(lines)


example_data = _examples.example_data
