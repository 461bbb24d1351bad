#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What a call of a service costs from Python, over the C work itself: nanoseconds, the least of several rounds.

    python bench/python_calls.py [--json] [--text "Hello world"] [--calls 20000] [--rounds 15] [--model PATH]

Every way is timed in turn in each round, so that a noisy machine hits all alike. "above" is the way's cost less the C work,
which is timed inside the extension with nothing of Python between, and less the empty loop.
"""
import argparse
import asyncio
import json
import time

import zest

LIMITS = {"production await": 40, "envelope, metadata unread": 80, "envelope, metadata read": 500}


class Plain:
    """What Python itself costs, to compare with."""

    def method(self, text):
        return text

    async def coroutine(self, text):
        return text


async def time_ways(env: zest.Environment, text: str, calls: int) -> dict[str, float]:
    """One round: seconds of `calls` calls by way."""
    env.setup_production_mode()
    production, native = env.tokenizer, env.tokenizer
    env.setup_research_mode()
    research, plain, steps = env.tokenizer, Plain(), [None] * calls
    now, times = time.perf_counter, {}
    times["C work, production"] = native.measure("tokenize", (text,), calls) * calls
    times["C work, research"] = research.measure("tokenize", (text,), calls) * calls
    start = now()
    for _ in steps:
        pass
    times["empty loop"] = now() - start
    start = now()
    for _ in steps:
        plain.method(text)
    times["plain Python method"] = now() - start
    start = now()
    for _ in steps:
        await plain.coroutine(text)
    times["async def"] = now() - start
    start = now()
    for _ in steps:
        production.tokenize(text)
    times["production call"] = now() - start
    start = now()
    for _ in steps:
        await production.tokenize(text)
    times["production await"] = now() - start
    start = now()
    for _ in steps:
        await research.tokenize(text)
    times["envelope, metadata unread"] = now() - start
    start = now()
    for _ in steps:
        (await research.tokenize(text)).metadata
    times["envelope, metadata read"] = now() - start
    return times


def above(way: str, least: dict[str, float]) -> float:
    """What a way costs over the empty loop and, where it calls a service, over the C work."""
    cost = least[way] - (0 if way.startswith(("C work", "empty")) else least["empty loop"])
    if way.startswith("production"):
        return cost - least["C work, production"]
    return cost - least["C work, research"] if way.startswith("envelope") else cost


async def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--text", default="Hello world")
    parser.add_argument("--calls", type=int, default=20000)
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--model")
    options = parser.parse_args()
    with zest.Environment(model=options.model, progress=False) as env:
        rounds = [await time_ways(env, options.text, options.calls) for _ in range(options.rounds)]
    least = {way: min(times[way] for times in rounds) / options.calls * 1e9 for way in rounds[0]}
    rows = [{"way": way, "ns": round(ns, 1), "above_ns": round(above(way, least), 1), "limit_ns": LIMITS.get(way)}
            for way, ns in least.items()]
    if options.json:
        print(json.dumps({"text": options.text, "calls": options.calls, "rounds": options.rounds, "rows": rows}))
        return
    print(f"{'way':28} {'ns':>8} {'above':>8}  limit")
    for row in rows:
        print(f"{row['way']:28} {row['ns']:8.1f} {row['above_ns']:8.1f}  {row['limit_ns'] or ''}")


if __name__ == "__main__":
    asyncio.run(main())
