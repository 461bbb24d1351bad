#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""How an algorithm is developed with zest, from the first look to the measured comparison, in the original design's phases.

    python examples/algorithm_development_example.py [MODEL.gguf]

Each phase is a function of its own; read them in order.
"""
import asyncio
import statistics
import sys
import time

import numpy

import zest


def heading(text: str) -> None:
    print(f"\n== {text}")


async def look_around(env: zest.Environment) -> None:
    """Phase 1: in research mode every service explains itself and brings data to try it with."""
    heading("phase 1: development, in research mode")
    env.setup_research_mode()
    for name in ("tokenizer", "model", "scheduler", "memory", "computation"):
        service = getattr(env, name)
        ready = [key for key in service.get_example_data() if key.startswith("example_")]
        print(f"{name:12} {len(service.operations):2} operations; to try: {', '.join(ready)}")
    result = await env.tokenizer.tokenize(env.tokenizer.get_example_data()["example_text"])
    print(f"{result['metadata']['method']} took {result['metadata']['execution_time'] * 1e6:.1f} us and gave {result['ids']}")


async def watch_decisions(env: zest.Environment) -> None:
    """The scheduler alone: put sequences into its queue, ask for a plan, ask why, take them out again."""
    heading("one service alone: what the scheduler decides, and why")
    requests = [("short", 12, 0.5), ("long", 900, 0.5), ("urgent", 40, 1.0)]
    for policy in ("fcfs", "priority"):
        await env.scheduler.set_policy(policy)
        for number, (name, tokens, priority) in enumerate(requests, 1):
            await env.scheduler.add_sequence(sequence_id=900000 + number, request_id=name, prompt_tokens=tokens, max_tokens=16,
                                             priority=priority)
        plan = await env.scheduler.plan_step(step=1, blocks_free=64, block_tokens=32, tokens_max=512, sequences_max=8)
        names = {900000 + number: name for number, (name, _, _) in enumerate(requests, 1)}
        print(f"{policy:9}", ", ".join(f"{names[entry.sequence_id]} computes {entry.token_count}" for entry in plan))
        for number in range(1, len(requests) + 1):
            await env.scheduler.remove_sequence(900000 + number, outcome="cancelled")
        print(f"          urgent: {(await env.scheduler.explain('urgent'))['algorithm_reasoning']}")
    await env.scheduler.set_policy("fcfs")


async def plan_memory(env: zest.Environment) -> None:
    """A KV cache plan: what it comes to in blocks, and how full they are."""
    heading("a memory plan")
    before = (await env.memory.get_memory_stats())["kv_cache_size"]
    plan = zest.MemoryAllocation(kv_cache_size=100 * 1024 * 1024, hierarchical_plan={"strategy": "lru_eviction"})
    result = await env.memory.allocate_memory(plan)
    print(f"{result['block_count']} blocks of {result['block_tokens']} tokens: {result['algorithm_reasoning']}")
    await env.memory.allocate_memory(before)


async def validate(env: zest.Environment) -> None:
    """Phase 2: production mode; an own sampler on the model's logits gives what the engine gives."""
    heading("phase 2: validation, in production mode")
    env.setup_production_mode()
    prompt = "The capital of France is"
    tokens = list(await env.tokenizer.tokenize(prompt))
    for _ in range(6):
        logits = (await env.model.forward(tokens))["logits"][-1]
        tokens.append(int(numpy.argmax(logits)))
    mine = await env.tokenizer.detokenize(tokens)
    engines = await env.model.generate(prompt, max_tokens=6)
    print(f"own greedy sampler: {mine['text']!r}")
    print(f"engine:             {prompt + engines['text']!r}")


async def compare_kernels(env: zest.Environment) -> None:
    """Phase 3: every kernel by name, timed alone on this machine."""
    heading("phase 3: comparison of kernels")
    kernels = await env.computation.get_available_kernels()
    for kernel in kernels:
        perf = await env.computation.benchmark_kernel(kernel, {"batch_size": 4, "seq_len": 128, "repeat": 5})
        print(f"{kernel:18} {perf['variant']:8} {perf['median_seconds'] * 1e6:10.1f} us   {perf['roof_fraction']:5.0%} of the machine's limit")


async def compare_modes(env: zest.Environment) -> None:
    """What the comfort of research mode costs: the same call, a thousand times in each mode."""
    heading("the price of research mode")
    for setup in (env.setup_production_mode, env.setup_research_mode):
        setup()
        tokenize, times = env.tokenizer.tokenize, []
        for _ in range(1000):
            start = time.perf_counter_ns()
            await tokenize("Hello world")
            times.append(time.perf_counter_ns() - start)
        print(f"{env.tokenizer.mode:10} {statistics.median(times):6.0f} ns a call, clock included")


async def batch(env: zest.Environment) -> None:
    """Many requests at a time share the steps of the engine; the answers are those of each alone."""
    heading("a batch")
    env.setup_production_mode()
    prompts = ["The sun is", "Water boils at", "A triangle has", "The opposite of hot is"]
    answers = await asyncio.gather(*(env.model.generate(prompt, max_tokens=8, stop=["\n"]) for prompt in prompts))
    for prompt, answer in zip(prompts, answers):
        print(f"{prompt}{answer}")


async def main() -> None:
    with zest.Environment(model=sys.argv[1] if len(sys.argv) > 1 else None) as env:
        for phase in (look_around, watch_decisions, plan_memory, validate, compare_kernels, compare_modes, batch):
            await phase(env)


if __name__ == "__main__":
    asyncio.run(main())
