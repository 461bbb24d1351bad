# SPDX-License-Identifier: Apache-2.0
"""MemoryAllocation: a plan for the KV cache, as an object to build up and pass to allocate_memory."""
from __future__ import annotations

import dataclasses


@dataclasses.dataclass
class MemoryAllocation:
    """How many bytes the KV cache has, and what happens between its tiers.

    kv_cache_size      bytes of keys and values; whole blocks of it are used
    hierarchical_plan  {"strategy": name of the eviction rule}; "lru" and "lru_eviction" are the same
    """

    kv_cache_size: int
    hierarchical_plan: dict = dataclasses.field(default_factory=dict)

    def keys(self):
        return [field.name for field in dataclasses.fields(self)]

    def __getitem__(self, name: str):
        if name not in self.keys():
            raise KeyError(name)
        return getattr(self, name)

    def items(self):
        return [(name, getattr(self, name)) for name in self.keys()]
