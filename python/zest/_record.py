# SPDX-License-Identifier: Apache-2.0
"""What an object inside a reply becomes: a dict whose fields are attributes too."""
from __future__ import annotations


class Record(dict):
    """`record["queue_ms"]` and `record.queue_ms` are the same."""

    __slots__ = ()

    def __getattr__(self, name: str):
        try:
            return self[name]
        except KeyError:
            raise AttributeError(f"there is no field {name!r}; there are {', '.join(self)}") from None

    def __dir__(self):
        return [*super().__dir__(), *self]
