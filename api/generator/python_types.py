# SPDX-License-Identifier: Apache-2.0
"""Writes the Python side of the contracts: service_interfaces.py (typing Protocols), errors.py (the exceptions) and _zest.pyi."""
from __future__ import annotations

import keyword
import textwrap

from dialect import Enum, Field, Object, Operation, Service

TYPES = {"bool": "bool", "int32": "int", "int64": "int", "uint64": "int", "float": "float", "double": "float", "string": "str",
         "bytes": "bytes", "json": "Any", "tensor": "numpy.ndarray"}
INTERFACES_HEAD = '''# SPDX-License-Identifier: Apache-2.0
"""The five services as Python sees them. Generated from the contracts in api/; change those.

In production mode a call gives the reply; in research mode an envelope {"data": reply, "metadata": {…}} that stands for
its data: result["ids"] and result.ids mean the reply's field in both. Every call is awaitable and has a plain form under env.sync.
An earlier result may be passed where its main field is wanted, and one mapping alone stands for all arguments.
"""
from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal, Protocol, TypeVar

if TYPE_CHECKING:
    import numpy

Value = TypeVar("Value", covariant=True)


class Call(Awaitable[Value], Protocol[Value]):
    """A call whose reply can be awaited; one that did not leave the thread can be used as it is, too."""

    @property
    def metadata(self) -> Mapping[str, Any]: ...
    def __getitem__(self, field: Any) -> Any: ...
    def __getattr__(self, field: str) -> Any: ...
    def to_dict(self) -> dict[str, Any]: ...

'''
ERRORS_HEAD = '''# SPDX-License-Identifier: Apache-2.0
"""Every way in which zest says no. Generated from api/errors.yaml; change that."""
from __future__ import annotations


class ZestError(Exception):
    """What, the value and the limit in one sentence.

    code     its name in api/errors.yaml, such as "out_of_range"
    message  the sentence
    param    the argument at fault, "" where none is
    example  a correct call, "" where none fits
    """

    code = "internal"

    def __init__(self, message: str, param: str = "", example: str = ""):
        super().__init__(message)
        self.message, self.param, self.example = message, param, example

    def __str__(self) -> str:
        return f"{self.message}\\nA call that works: {self.example}" if self.example else self.message
'''
ERRORS_TAIL = '''

CLASSES = {found.code: found for found in list(globals().values())
           if isinstance(found, type) and issubclass(found, ZestError) and found is not ZestError}


def make(code: str, message: str, param: str = "", service: str = "", operation: str = "") -> ZestError:
    """The exception of a code, with a correct call of the operation."""
    from . import _examples

    example = _examples.write_call(service, operation) if service else ""
    return CLASSES.get(code, Internal)(message, param, example)
'''


def class_name(*parts: str) -> str:
    return "".join(word.capitalize() for part in parts for word in part.split("_"))


def python_type(service: Service, field: Field, is_argument: bool) -> str:
    if isinstance(field.target, Enum):
        inner = f"Literal[{', '.join(map(repr, field.target.values))}]"
    elif isinstance(field.target, Object):
        inner = "Mapping[str, Any]" if is_argument else class_name(service.name, field.target.name)
    else:
        inner = TYPES[field.kind]
    if not field.is_array:
        return inner
    return f"Sequence[{inner}] | Call[Any]" if is_argument else f"list[{inner}]"


def wrap(text: str, indent: str) -> list[str]:
    return textwrap.wrap(" ".join(text.split()), 120, initial_indent=indent, subsequent_indent=indent, break_long_words=False)


def write_object(service: Service, thing: Object) -> list[str]:
    doc = thing.doc or f"What {thing.name.removesuffix('_reply').removesuffix('_item')} answers."
    lines = ["", f"class {class_name(service.name, thing.name)}(Protocol):", f'    """{doc}"""', ""]
    for field in thing.fields:
        if keyword.iskeyword(field.name):
            continue
        unit = f" [{field.unit}]" if field.unit else f" {field.dtype} {field.shape}" if field.shape else ""
        lines += [f"    {field.name}: {python_type(service, field, False)}", f'    """{field.doc}{unit}"""']
    return lines + [""]


def write_argument(service: Service, field: Field) -> str:
    kind = python_type(service, field, True)
    if field.is_required:
        return f"{field.name}: {kind}"
    return f"{field.name}: {kind} = {field.default!r}" if field.has_default else f"{field.name}: {kind} | None = None"


def pack(head: str, arguments: list[str], tail: str) -> list[str]:
    """A def's line, folded between arguments."""
    lines, last = [], head
    for number, argument in enumerate(arguments):
        piece = argument + (", " if number + 1 < len(arguments) else tail)
        if len(last) + len(piece) > 121:
            lines.append(last.rstrip())
            last = " " * len(head)
        last += piece
    return [*lines, last]


def write_operation(service: Service, operation: Operation) -> list[str]:
    arguments, is_keyword = ["self"], False
    for field in operation.request.fields:
        if field.is_required and any(not earlier.is_required for earlier in operation.request.fields[:len(arguments) - 1]):
            arguments, is_keyword = arguments + ([] if is_keyword else ["*"]), True
        arguments.append(write_argument(service, field))
    reply = class_name(service.name, operation.reply.name)
    answer = f"AsyncIterator[{reply}]" if operation.is_stream else f"Call[{reply}]"
    head = pack(f"    def {operation.name}(", arguments, f") -> {answer}:")
    lines = [*head, *wrap(f'"""{operation.summary}', "        ")]
    if operation.doc != operation.summary:
        lines += ["", *wrap(operation.doc, "        ")]
    for field in operation.request.fields:
        unit = f" [{field.unit}]" if field.unit else ""
        lines += (["", *wrap(f"{field.name}: {field.doc}{unit}", "        ")] if field is operation.request.fields[0]
                  else wrap(f"{field.name}: {field.doc}{unit}", "        "))
    return [*lines, '        """', "        ...", ""]


def write_service(service: Service) -> list[str]:
    shown = [operation for operation in service.operations if not operation.is_hot]
    lines = ["", f"class {class_name(service.name)}(Protocol):", f'    """{service.summary}"""', "", "    mode: str",
             "    operations: tuple[str, ...]", "", "    def get_example_data(self) -> dict[str, Any]:",
             '        """Things to try: example_* values, and each operation\'s example request and reply."""', "        ...", ""]
    for operation in shown:
        lines += write_operation(service, operation)
    return lines


def reply_objects(service: Service) -> list[Object]:
    """What replies are made of, inner ones first."""
    found: list[Object] = []

    def add(thing: Object) -> None:
        for field in thing.fields:
            if isinstance(field.target, Object):
                add(field.target)
        if thing not in found:
            found.append(thing)

    for operation in service.operations:
        if not operation.is_hot:
            add(operation.reply)
    return found


def write_interfaces(services: list[Service]) -> str:
    lines = [INTERFACES_HEAD]
    for service in services:
        for thing in reply_objects(service):
            lines += write_object(service, thing)
    for service in services:
        lines += write_service(service)
    text = "\n".join(lines)
    while "\n\n\n\n" in text:
        text = text.replace("\n\n\n\n", "\n\n\n")
    return text.rstrip("\n") + "\n"


def write_errors(rows: list[dict]) -> str:
    lines = [ERRORS_HEAD]
    for row in rows:
        if not row["python"]:
            continue
        lines += ["", f"class {class_name(row['name'])}(ZestError, {row['python']}):", f'    """{row["means"][0].upper()}{row["means"][1:]}."""',
                  "", f"    code = {row['name']!r}", ""]
    return "\n".join(lines).rstrip("\n") + "\n" + ERRORS_TAIL


def write_stub(services: list[Service]) -> str:
    kinds = "\n".join(f"class {sync}{kind}{class_name(service.name)}: ..." for service in services
                      for sync in ("", "Sync") for kind in ("Production", "Research", "Remote"))
    return f'''# SPDX-License-Identifier: Apache-2.0
"""The C side of zest. Generated from the contracts."""
from collections.abc import AsyncIterator, Callable, Generator, Iterator
from typing import Any

class Core:
    is_closed: bool
    def __init__(self, model_path: str, **options: Any) -> None: ...
    def service(self, name: str, sync: bool = False) -> Any: ...
    def mode(self, name: str) -> str: ...
    def set_mode(self, name: str, mode: str) -> None: ...
    def close(self) -> None: ...

class Result:
    def __getitem__(self, key: Any) -> Any: ...
    def __getattr__(self, name: str) -> Any: ...
    def __len__(self) -> int: ...
    def __iter__(self) -> Iterator[Any]: ...
    def __await__(self) -> Generator[Any, Any, Any]: ...
    def keys(self) -> list[str]: ...
    def values(self) -> list[Any]: ...
    def items(self) -> list[tuple[str, Any]]: ...
    def get(self, name: str, default: Any = None) -> Any: ...
    def to_dict(self) -> dict[str, Any]: ...

class Envelope(Result):
    data: Result
    metadata: dict[str, Any]

class Stream(AsyncIterator[Any]):
    def __anext__(self) -> Any: ...
    def aclose(self) -> Any: ...
    def close(self) -> None: ...

class SyncStream(Iterator[Any]):
    def __next__(self) -> Any: ...
    def close(self) -> None: ...

class Tensor:
    shape: tuple[int, ...]
    def tolist(self) -> list[Any]: ...

{kinds}

def describe(service: str) -> list[dict[str, Any]]: ...
def finish_jobs() -> None: ...
def wake(future: Any) -> None: ...
'''
