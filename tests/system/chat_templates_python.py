# SPDX-License-Identifier: Apache-2.0
"""Python's side of the comparison: jinja2 in an environment set up as transformers sets it up for chat templates."""
from __future__ import annotations

import datetime
import functools
import json

import jinja2
import jinja2.ext
import jinja2.sandbox

NOW = "2025-03-14T15:09:26"


class Generation(jinja2.ext.Extension):
    """{% generation %}: the body is called and stands where it is, as transformers has it when nobody asks for masks."""

    tags = {"generation"}

    def parse(self, parser):
        line = next(parser.stream).lineno
        body = parser.parse_statements(["name:endgeneration"], drop_needle=True)
        return jinja2.nodes.CallBlock(self.call_method("_support"), [], [], body).set_lineno(line)

    @jinja2.pass_eval_context
    def _support(self, context, caller):
        return caller()


def tojson(x, ensure_ascii=False, indent=None, separators=None, sort_keys=False):
    return json.dumps(x, ensure_ascii=ensure_ascii, indent=indent, separators=separators, sort_keys=sort_keys)


def raise_exception(message):
    raise jinja2.exceptions.TemplateError(message)


def strftime_now(format):
    return datetime.datetime.fromisoformat(NOW).strftime(format)


class Lazy:
    """A generator, but that it prints without its address in memory, which would be another one each time."""

    def __init__(self, items):
        self._items = iter(items)

    def __iter__(self):
        return self

    def __next__(self):
        return next(self._items)

    def __repr__(self):
        return "<generator>"


def lazily(function):
    @functools.wraps(function)
    def wrapped(*args, **kwargs):
        made = function(*args, **kwargs)
        return made if isinstance(made, (str, list)) else Lazy(made)
    return wrapped


def make_environment() -> jinja2.sandbox.ImmutableSandboxedEnvironment:
    environment = jinja2.sandbox.ImmutableSandboxedEnvironment(
        trim_blocks=True, lstrip_blocks=True, extensions=[Generation, jinja2.ext.loopcontrols])
    environment.filters["tojson"] = tojson
    environment.globals["raise_exception"] = raise_exception
    environment.globals["strftime_now"] = strftime_now
    for name in ("map", "select", "reject", "selectattr", "rejectattr", "unique", "batch", "slice", "items", "reverse"):
        environment.filters[name] = lazily(environment.filters[name])
    environment.cache = None  # each template is met once
    return environment


def render(environment, template: str, conversations: list[dict]) -> list[dict]:
    """{"text": …} or {"error": …} for each conversation, as `zest render-chat` answers them."""
    try:
        compiled = environment.from_string(template)
    except Exception as error:  # whatever it is, the template does not render
        return [{"error": f"{type(error).__name__}: {error}"}] * len(conversations)
    answers = []
    for conversation in conversations:
        try:
            answers.append({"text": compiled.render(conversation)})
        except Exception as error:
            answers.append({"error": f"{type(error).__name__}: {error}"})
    return answers
