# SPDX-License-Identifier: Apache-2.0
"""The Python snippets of the original design, word for word, by the heading that they stand under."""

SNIPPETS = {
    "Zero-Cost Abstraction Pattern": '''\
# Algorithm Development Mode (RESTful feel)
env.setup_research_mode()
result = await env.container.tokenizer.tokenize("Hello world")
# Returns: {"data": {...}, "metadata": {...}}

# Production Mode (Zero-cost)
env.setup_production_mode()
tokens = await env.container.tokenizer.tokenize("Hello world")
# Returns: Direct result (no overhead)
''',
    "Phase 1: Algorithm Development": '''\
# Enable RESTful mode for development
env.setup_research_mode()

# Test with example data
examples = env.tokenizer.get_example_data()
result = await env.tokenizer.tokenize(examples["example_text"])

# Debug with full information
print(f"Execution time: {result['metadata']['execution_time']}")
print(f"Method: {result['metadata']['method']}")
''',
    "Phase 2: Algorithm Validation": '''\
# Zero-cost mode for performance testing
env.setup_production_mode()

# Direct service calls (no overhead)
tokens = await env.tokenizer.tokenize("Actual research data")
output = await env.model.forward(tokens)
''',
    "Phase 3: Algorithm Comparison": '''\
# Compare different algorithms
kernels = await env.computation.get_available_kernels()
for kernel in kernels:
    perf = await env.computation.benchmark_kernel(kernel, config)
    print(f"{kernel}: {perf}")
''',
    "Example Data for All Services": '''\
# Each service provides example data
tokenizer_examples = env.tokenizer.get_example_data()
model_info = env.model.get_model_info()
scheduler_stats = env.scheduler.get_queue_stats()
''',
    "Algorithm Reasoning in Responses": '''\
# Scheduler provides algorithm reasoning
schedule = await env.scheduler.schedule_request("req1", 0.5)
print(schedule["algorithm_reasoning"])  # "Scheduled with priority 1"
''',
    "Kernel Benchmarking": '''\
# Test different kernels for algorithm comparison
perf = await env.computation.benchmark_kernel("flash_attention", {
    "batch_size": 4,
    "seq_len": 512
})
''',
    "Memory Experimentation": '''\
# Test memory allocation strategies
plan = MemoryAllocation(
    kv_cache_size=100 * 1024 * 1024,
    hierarchical_plan={"strategy": "lru_eviction"}
)
result = await env.memory.allocate_memory(plan)
''',
}
