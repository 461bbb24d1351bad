# SPDX-License-Identifier: Apache-2.0
"""The generator: python3 api/generator --out FOLDER writes everything that follows from the contracts in api/.

One writer a file; each takes what dialect.py read and answers a text. A file is touched only where its text changed, so
that a build compiles no more than it must.
"""
from __future__ import annotations

import argparse
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

import c_describe  # noqa: E402
import c_interface  # noqa: E402
import c_layers  # noqa: E402
import dialect  # noqa: E402
import errors  # noqa: E402
import openapi  # noqa: E402
import pages  # noqa: E402
import python_types  # noqa: E402


def outputs(folder: pathlib.Path) -> dict[str, str]:
    """Every generated file by its path below the output folder."""
    services = dialect.read_all(folder)
    rows = errors.read_errors(folder)
    files = {"zest/api/errors.h": errors.write_errors(rows),
             "python/service_interfaces.py": python_types.write_interfaces(services),
             "python/errors.py": python_types.write_errors(rows), "python/_zest.pyi": python_types.write_stub(services),
             "services_describe.c": c_describe.write_services(services), "services_layers.c": c_layers.write_tables(services),
             "openapi.json": openapi.write_openapi(folder),
             "docs.json": pages.write_docs(folder, services)}
    for service in services:
        files[f"zest/api/{service.name}.h"] = c_interface.write_interface(service)
        files[f"zest/api/{service.name}_native.h"] = c_interface.write_native(service)
        files[f"reference/{service.name}.md"] = pages.write_reference(service)
        files[f"{service.name}_describe.c"] = c_describe.write_describe(service)
        files[f"{service.name}_layers.c"] = c_layers.write_layers(service)
    return files


def write(out: pathlib.Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        path = out / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if not path.exists() or path.read_text("utf-8") != text:
            path.write_text(text, "utf-8")


def main() -> int:
    parser = argparse.ArgumentParser(description="Writes code, documents and tables from the contracts.")
    parser.add_argument("--contracts", type=pathlib.Path, default=pathlib.Path(__file__).resolve().parent.parent)
    parser.add_argument("--out", type=pathlib.Path, required=True, help="folder to write to")
    parser.add_argument("--stamp", type=pathlib.Path, help="file to touch when all is written")
    options = parser.parse_args()
    try:
        write(options.out, outputs(options.contracts))
    except (dialect.DialectError, KeyError) as error:
        print(f"contract error: {error}", file=sys.stderr)
        return 1
    if options.stamp:
        options.stamp.write_text("", "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
