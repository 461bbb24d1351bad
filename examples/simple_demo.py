#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A working demo: the same few calls in research mode and in production mode.

    python examples/simple_demo.py [MODEL.gguf]
"""
import asyncio
import sys

import zest


def heading(text: str) -> None:
    print(f"\n== {text}")


async def show_research(env: zest.Environment) -> list[int]:
    heading("research mode: every answer says who gave it, in what time and why")
    examples = env.tokenizer.get_example_data()
    tokens = await env.tokenizer.tokenize(examples["example_text"])
    print(f"{examples['example_text']!r} -> {tokens['data']['ids']}")
    for name, value in tokens["metadata"].items():
        print(f"   {name:16} {value}")
    schedule = await env.scheduler.schedule_request("req1", 0.5)
    print(schedule["algorithm_reasoning"])
    prompt = "The capital of France is"
    answer = await env.model.generate(prompt, max_tokens=12)
    print(f"{prompt!r} goes on {answer['text']!r}, after {answer['metadata']['execution_time'] * 1e3:.1f} ms")
    return answer["ids"]


async def show_production(env: zest.Environment) -> list[int]:
    heading("production mode: the same calls, the answers alone")
    tokens = await env.tokenizer.tokenize("Hello world")
    print(f"{tokens!r}: {len(tokens)} tokens, the first is {tokens[0]}")
    answer = await env.model.generate("The capital of France is", max_tokens=12)
    print(f"{answer['text']!r}, {answer['timings']['generated_tokens']} tokens in {answer['timings']['decode_ms']:.1f} ms")
    return answer["ids"]


async def show_stream(env: zest.Environment) -> None:
    heading("a chat, token by token")
    prompt = await env.tokenizer.render_chat([{"role": "user", "content": "Name three colours."}])
    async for item in env.model.stream(prompt, max_tokens=40):
        print(item["text"], end="", flush=True)
    print()


async def show_error(env: zest.Environment) -> None:
    heading("a wrong call says what is wrong and shows one that works")
    try:
        await env.scheduler.schedule_request("req1", priority=7)
    except zest.ZestError as error:
        print(f"{error.code}: {error}")


async def main() -> None:
    with zest.Environment(model=sys.argv[1] if len(sys.argv) > 1 else None, mode="research") as env:
        researched = await show_research(env)
        env.setup_production_mode()
        produced = await show_production(env)
        print("the same tokens in both modes" if researched == produced else "the tokens differ: please report this")
        await show_stream(env)
        await show_error(env)


if __name__ == "__main__":
    asyncio.run(main())
