# SPDX-License-Identifier: Apache-2.0
"""What the generator writes for Python: Protocols that name every operation, exceptions for every code, a copy to read."""
import inspect
import pathlib
import sys

import pytest

import zest
from zest import _zest, errors, service_interfaces

ROOT = pathlib.Path(__file__).resolve().parents[2]
SERVICES = ("engine", "tokenizer", "scheduler", "memory", "computation")


@pytest.mark.parametrize("service", SERVICES)
def test_the_protocol_has_every_operation_with_its_arguments(service):
    protocol = getattr(service_interfaces, service.capitalize())
    for operation in _zest.describe(service):
        if operation["flags"] & 4:  # for C only
            continue
        parameters = list(inspect.signature(getattr(protocol, operation["name"])).parameters)
        assert [name for name in parameters if name != "self"] == [field["name"] for field in operation["request"]]
        assert operation["summary"] in " ".join(getattr(protocol, operation["name"]).__doc__.split())


def test_the_types_have_the_operations():
    for service in SERVICES:
        names = {operation["name"] for operation in _zest.describe(service) if not operation["flags"] & 4}
        for kind in ("Production", "Research", "Remote", "SyncProduction", "SyncResearch", "SyncRemote"):
            assert names <= set(vars(getattr(_zest, f"{kind}{service.capitalize()}")))


def test_the_copy_in_the_tree_is_what_the_generator_writes():
    sys.path.insert(0, str(ROOT / "api" / "generator"))
    try:
        import dialect
        import python_types
    except ImportError:
        pytest.skip("PyYAML is not there")
    finally:
        sys.path.pop(0)
    text = python_types.write_interfaces(dialect.read_all(ROOT / "api"))
    assert (ROOT / "python" / "zest" / "service_interfaces.py").read_text("utf-8") == text, \
        "run: python3 api/generator --out build/api && cp build/api/python/service_interfaces.py python/zest/"


def test_an_exception_for_every_code():
    assert errors.CLASSES["out_of_range"] is errors.OutOfRange and issubclass(errors.OutOfRange, ValueError)
    for code, found in errors.CLASSES.items():
        error = errors.make(code, "what", "param", "tokenizer", "tokenize")
        assert isinstance(error, found) and isinstance(error, zest.ZestError)
        assert (error.code, error.message, error.param) == (code, "what", "param")
        assert error.example == "await env.tokenizer.tokenize('Hello world')" and str(error).startswith("what\n")
    assert isinstance(errors.make("no such code", "what"), errors.Internal)
