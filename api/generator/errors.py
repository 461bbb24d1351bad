# SPDX-License-Identifier: Apache-2.0
"""Writes <zest/api/errors.h> from api/errors.yaml, and reads the list for other writers."""
from __future__ import annotations

import pathlib

import yaml


def read_errors(folder: pathlib.Path) -> list[dict]:
    return yaml.safe_load((folder / "errors.yaml").read_text("utf-8"))["errors"]


def write_errors(errors: list[dict]) -> str:
    lines = ["/* Status codes. Generated from errors.yaml; change that. */", "#ifndef ZEST_API_ERRORS_H", "#define ZEST_API_ERRORS_H",
             "", "enum zest_status {"]
    lines += [f"    ZEST_{row['name'].upper()} = {row['code']}, /* {row['means']} */" for row in errors]
    lines += ["};", "", "/* ROW(code, number, name, HTTP status) for each. */", "#define ZEST_STATUS_LIST(ROW) \\"]
    lines += [f"    ROW(ZEST_{row['name'].upper()}, {row['code']}, \"{row['name']}\", {row['http']}) \\" for row in errors]
    return "\n".join([*lines, "", "/* Version of the ops tables; a table of another version is refused. */", "#define ZEST_ABI 1",
                      "", "#endif", ""])
