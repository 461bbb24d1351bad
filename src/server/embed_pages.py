# SPDX-License-Identifier: Apache-2.0
"""Turns files into a C source that holds them: embed_pages.py OUT FILE…; docs.html becomes zest_page_docs_html."""
from __future__ import annotations

import pathlib
import sys

LINE = 4000  # bytes a literal: compilers are only bound to take 4095


def literal(data: bytes) -> str:
    """C string literals of the bytes; octal escapes of three digits end by themselves."""
    plain = {ord('"'): '\\"', ord("\\"): "\\\\", ord("\n"): "\\n", ord("?"): "\\?"}
    parts = []
    for start in range(0, len(data), LINE):
        parts.append('"' + "".join(plain.get(byte) or (chr(byte) if 32 <= byte < 127 else f"\\{byte:03o}")
                                   for byte in data[start:start + LINE]) + '"')
    return "\n    ".join(parts or ['""'])


def main(out: str, *paths: str) -> None:
    lines = ['/* Pages of the server. Generated; change the files that it is made of. */', '#include "embedded_pages.h"', ""]
    for path in map(pathlib.Path, paths):
        name = "zest_page_" + path.name.replace(".", "_")
        lines += [f"static const char {name}_bytes[] =\n    {literal(path.read_bytes())};",
                  f"const struct zest_text {name} = {{{name}_bytes, sizeof({name}_bytes) - 1}};", ""]
    pathlib.Path(out).write_text("\n".join(lines), "ascii")


if __name__ == "__main__":
    main(*sys.argv[1:])
