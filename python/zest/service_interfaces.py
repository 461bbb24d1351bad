# SPDX-License-Identifier: Apache-2.0
"""The five services as Python sees them. Generated from the contracts in api/; change those.

In production mode a call gives the reply; in research mode an envelope {"data": reply, "metadata": {…}} that stands for
its data: result["ids"] and result.ids mean the reply's field in both. Every call is awaitable and has a plain form under env.sync.
An earlier result may be passed where its main field is wanted, and one mapping alone stands for all arguments.
"""
from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal, Protocol, TypeVar

if TYPE_CHECKING:
    import numpy

Value = TypeVar("Value", covariant=True)


class Call(Awaitable[Value], Protocol[Value]):
    """A call whose reply can be awaited; one that did not leave the thread can be used as it is, too."""

    @property
    def metadata(self) -> Mapping[str, Any]: ...
    def __getitem__(self, field: Any) -> Any: ...
    def __getattr__(self, field: str) -> Any: ...
    def to_dict(self) -> dict[str, Any]: ...


class EngineAlternative(Protocol):
    """A likely token."""

    id: int
    """The token."""
    token: str
    """Its text."""
    logprob: float
    """Natural logarithm of its probability."""


class EngineTokenLogprob(Protocol):
    """A token and how likely it was."""

    id: int
    """The token."""
    token: str
    """Its text; bytes that are no UTF-8 read as U+FFFD."""
    logprob: float
    """Natural logarithm of its probability under the model."""
    top: list[EngineAlternative]
    """The likeliest tokens, best first."""


class EngineTimings(Protocol):
    """Where a request's time went."""

    queue_ms: float
    """From arrival to its first step. [ms]"""
    prefill_ms: float
    """From its first step to its first token. [ms]"""
    decode_ms: float
    """From its first token to its last. [ms]"""
    prompt_tokens: int
    """Prompt. [tokens]"""
    generated_tokens: int
    """Answer. [tokens]"""
    preemptions: int
    """Times that it gave its blocks back."""
    steps: int
    """Steps that it took part in."""


class EngineGenerateReply(Protocol):
    """What generate answers."""

    request_id: str
    """The request's name."""
    text: str
    """The completion."""
    ids: list[int]
    """Its tokens without the one that ended it."""
    prompt_ids: list[int]
    """The prompt's tokens."""
    logprobs: list[EngineTokenLogprob]
    """One for each id, where asked for."""
    finish_reason: Literal['none', 'stop', 'length', 'cancelled', 'failed']
    """How it ended: none while it goes on, stop at an end token or stop text, length at max_tokens or the context's end."""
    stop_sequence: str
    """The stop text that ended it, empty where none did."""
    timings: EngineTimings
    """Where a request's time went."""


class EngineStreamItem(Protocol):
    """What stream answers."""

    request_id: str
    """The request's name."""
    text: str
    """New text in whole characters; may be empty."""
    ids: list[int]
    """New tokens."""
    logprobs: list[EngineTokenLogprob]
    """One for each id, where asked for."""
    finish_reason: Literal['none', 'stop', 'length', 'cancelled', 'failed']
    """How it ended: none while it goes on, stop at an end token or stop text, length at max_tokens or the context's end."""
    stop_sequence: str
    """The stop text that ended it, empty where none did."""
    prompt_ids: list[int]
    """The prompt's tokens; in the first item only."""
    timings: EngineTimings
    """Where a request's time went."""


class EngineForwardReply(Protocol):
    """What forward answers."""

    logits: numpy.ndarray
    """[1, vocab] or [ids, vocab]. float32 [n, vocab]"""


class EngineCancelReply(Protocol):
    """What cancel answers."""

    cancelled: bool
    """False where the id is not known or has ended."""


class EngineGetModelInfoReply(Protocol):
    """What get_model_info answers."""

    model: str
    """The name under which /v1 serves it."""
    name: str
    """As the file calls it."""
    architecture: str
    """Such as llama."""
    type: str
    """Type of most weights."""
    parameters: int
    """Number of weights."""
    vocab_size: int
    """Number of token ids."""
    context_max: int
    """Most tokens of a request. [tokens]"""
    layers: int
    """Layers."""
    hidden_size: int
    """Width of the hidden state."""


class EngineOutcomeCount(Protocol):
    """Ended requests of one kind."""

    finish_reason: Literal['none', 'stop', 'length', 'cancelled', 'failed']
    """How it ended: none while it goes on, stop at an end token or stop text, length at max_tokens or the context's end."""
    count: int
    """Requests."""


class EngineHistogram(Protocol):
    """A histogram of seconds in Prometheus' form."""

    name: str
    """What was measured."""
    bounds: list[float]
    """Upper bounds of the buckets, without the last, which has none. [s]"""
    counts: list[int]
    """Values up to each bound (cumulative), then all."""
    sum: float
    """Sum of the values. [s]"""
    count: int
    """Number of values."""


class EngineStage(Protocol):
    """Time of one stage of the step loop."""

    name: str
    """plan, commit, execute, sample or deliver."""
    seconds: float
    """Time so far. [s]"""
    steps: int
    """Steps so far."""


class EngineGetEngineStatsReply(Protocol):
    """What get_engine_stats answers."""

    running: int
    """Requests that hold blocks."""
    waiting: int
    """Requests that wait."""
    kv_usage: float
    """Share of the KV blocks in use. [share of 1]"""
    steps_total: int
    """Steps so far."""
    prompt_tokens_total: int
    """Prompt tokens of all requests. [tokens]"""
    generation_tokens_total: int
    """Generated tokens. [tokens]"""
    preemptions_total: int
    """Times that a request gave its blocks back."""
    outcomes: list[EngineOutcomeCount]
    """Ended requests by finish reason."""
    histograms: list[EngineHistogram]
    """Request times: time_to_first_token, inter_token_latency, e2e_request_latency, request_queue_time, request_prefill_time, request_decode_time."""
    stages: list[EngineStage]
    """Step times by stage: plan, commit, execute, sample, deliver."""


class EngineExplainReply(Protocol):
    """What explain answers."""

    algorithm_reasoning: str
    """A paragraph."""


class TokenizerSpan(Protocol):
    """Where a token lies in the text."""

    start: int
    """First character, from 0. [code points]"""
    end: int
    """Behind the last character. [code points]"""


class TokenizerTokenizeReply(Protocol):
    """What tokenize answers."""

    ids: list[int]
    """Token ids, in order."""
    offsets: list[TokenizerSpan]
    """One for each id, where asked for."""
    pieces: list[str]
    """Each token's text, where asked for; bytes that are no UTF-8 read as U+FFFD."""


class TokenizerPart(Protocol):
    """A part of what truncation cut off."""

    ids: list[int]
    """Token ids, in order."""
    offsets: list[TokenizerSpan]
    """Where each token lies in its text."""


class TokenizerEncodeReply(Protocol):
    """What encode answers."""

    ids: list[int]
    """Token ids, in order."""
    offsets: list[TokenizerSpan]
    """Where each token lies in its text."""
    tokens: list[str]
    """Each token as the vocabulary writes it."""
    words: list[int]
    """Of which word each token is, from 0; -1: of none."""
    type_ids: list[int]
    """The segment that each token belongs to: 0, or 1 for most of a pair's second text."""
    special: list[int]
    """1 where a token was put round the text or is padding."""
    attention: list[int]
    """0 where a token is padding."""
    overflow: list[TokenizerPart]
    """What truncation cut off, in parts that overlap by its stride."""


class TokenizerDetokenizeReply(Protocol):
    """What detokenize answers."""

    text: str
    """The text; bytes that are no UTF-8 read as U+FFFD."""
    is_utf8: bool
    """Whether the bytes of the tokens are UTF-8 as they are."""
    bytes: bytes
    """The bytes themselves, where is_utf8 is false."""


class TokenizerDecodeStreamReply(Protocol):
    """What decode_stream answers."""

    text: str
    """Whole characters."""
    pending: bytes
    """Bytes to give with the next ids."""


class TokenizerNormalizeReply(Protocol):
    """What normalize answers."""

    text: str
    """The normalized text."""
    normalizer: str
    """Its kind, or "none"."""
    changed: bool
    """Whether the text is another one now."""
    offsets: list[TokenizerSpan]
    """For each character of the result the characters of the input that it stands for, where asked for."""


class TokenizerPiece(Protocol):
    """A word of the text."""

    text: str
    """The word as the model gets it."""
    start: int
    """First character of the text that it stands for, from 0. [code points]"""
    end: int
    """Behind the last character. [code points]"""


class TokenizerPreTokenizeReply(Protocol):
    """What pre_tokenize answers."""

    pieces: list[TokenizerPiece]
    """The words, in order, as the model gets them."""
    pre_tokenizer: str
    """Its kind, or "none"."""


class TokenizerApplyModelReply(Protocol):
    """What apply_model answers."""

    ids: list[int]
    """Token ids, in order."""
    tokens: list[str]
    """The tokens as the vocabulary writes them."""
    words: list[int]
    """Which of the pieces each token is of, from 0."""
    model: str
    """Its kind: BPE, Unigram, WordPiece or WordLevel."""


class TokenizerPostProcessReply(Protocol):
    """What post_process answers."""

    ids: list[int]
    """Token ids, in order."""
    type_ids: list[int]
    """The segment that each token belongs to."""
    special: list[int]
    """1 where a token was added."""
    post_processor: str
    """Its kind, or "none"."""


class TokenizerExplainedToken(Protocol):
    """A token and where it lies in the text."""

    id: int
    """The id."""
    token: str
    """The token as the vocabulary writes it."""
    start: int
    """First character of the text that it stands for, from 0. [code points]"""
    end: int
    """Behind the last character. [code points]"""


class TokenizerExplainedStep(Protocol):
    """One thing that the model did with a piece, or found on the way."""

    kind: Literal['whole', 'bytes', 'unknown', 'dropped', 'merge', 'shorter', 'longest', 'nothing', 'too_long', 'path', 'runner_up']
    """whole: the piece is a token; bytes, unknown, dropped: what became of characters that are no token; merge: BPE; shorter, longest, nothing, too_long: what WordPiece tried; path, runner_up: tokens of Unigram's best and second-best way."""
    left: str
    """The first of the two tokens that merge, else empty."""
    right: str
    """The second of the two, else empty."""
    result: str
    """The token that it is about, or the characters of the piece where there is none."""
    id: int
    """The token's id, -1 where there is none."""
    rank: int
    """The place of the merge among those that the tokenizer uses, the first is 0; -1 where there is none."""
    score: float
    """Unigram: the logarithm of the token's probability, else 0."""
    start: int
    """First byte of model_text that it is about, from 0. [bytes]"""
    end: int
    """Behind the last byte. [bytes]"""
    reasoning: str
    """The step in words."""


class TokenizerExplainedPiece(Protocol):
    """A piece of the text, its tokens and their reasons."""

    text: str
    """The characters of the text that the piece stands for."""
    model_text: str
    """The piece as the model gets it, normalized; empty where the model does not see it."""
    start: int
    """First character of the text that it stands for, from 0. [code points]"""
    end: int
    """Behind the last character. [code points]"""
    kind: Literal['word', 'added_token', 'frame']
    """word: went to the model; added_token: found in the text before anything else; frame: put round the text."""
    cut_by: str
    """What made it a piece of its own: a step of the pre-tokenizer, the search for added tokens, or nothing."""
    tokens: list[TokenizerExplainedToken]
    """Its tokens, in order."""
    steps: list[TokenizerExplainedStep]
    """What the model did, in order."""
    reasoning: str
    """All of it in one line."""


class TokenizerExplainReply(Protocol):
    """What explain answers."""

    ids: list[int]
    """Token ids, in order, as tokenize answers them."""
    pieces: list[TokenizerExplainedPiece]
    """The pieces, in order."""
    algorithm_reasoning: str
    """The whole in a few sentences."""


class TokenizerDecodeStep(Protocol):
    """What a step of the decoder left."""

    decoder: str
    """The step's kind, "none" where tokens are joined by blanks."""
    texts: list[str]
    """The texts behind it, which joined are the answer after the last step."""


class TokenizerDecodeReply(Protocol):
    """What decode answers."""

    text: str
    """The text; bytes that are no UTF-8 read as U+FFFD."""
    decoder: str
    """Its kind, or "none": tokens are joined by blanks."""
    steps: list[TokenizerDecodeStep]
    """The steps, in order."""


class TokenizerCoverage(Protocol):
    """How a vocabulary covers one sample."""

    name: str
    """The sample's name."""
    bytes: int
    """Length of the text. [bytes]"""
    characters: int
    """Its code points."""
    words: int
    """Runs of letters, marks, digits and "_"."""
    tokens: int
    """Tokens of the text without special tokens round it."""
    bytes_per_token: float
    """Bytes of text a token, the compression; 0 without tokens."""
    tokens_per_word: float
    """Tokens a word, the fertility; 0 without words."""
    whole_word_share: float
    """Words that are one token, of all words."""
    unknown_share: float
    """Unknown tokens, of all tokens."""
    byte_fallback_share: float
    """Tokens that are one byte of a longer character, of all tokens."""
    single_byte_share: float
    """Tokens that stand for one byte at all, of all tokens."""
    distinct_tokens: int
    """Different ids among the tokens."""


class TokenizerStudyVocabularyReply(Protocol):
    """What study_vocabulary answers."""

    samples: list[TokenizerCoverage]
    """One for each sample, in order."""
    vocab_size: int
    """Number of ids."""
    algorithm_reasoning: str
    """What stands out, in a sentence."""


class TokenizerComparedPiece(Protocol):
    """A stretch of text between two places where both tokenizers cut."""

    text: str
    """The characters."""
    start: int
    """First character, from 0. [code points]"""
    end: int
    """Behind the last character. [code points]"""
    tokens: list[str]
    """This tokenizer's tokens, as the vocabulary writes them."""
    other_tokens: list[str]
    """The other one's."""


class TokenizerComparedText(Protocol):
    """A text by two tokenizers."""

    tokens: int
    """Tokens by this tokenizer."""
    other_tokens: int
    """By the other one."""
    parts_at: int
    """The character at which they first cut differently, -1 where they never do. [code points]"""
    pieces: list[TokenizerComparedPiece]
    """Stretches between places where both cut, in order."""


class TokenizerCompareTokenizersReply(Protocol):
    """What compare_tokenizers answers."""

    tokens: int
    """Tokens of all texts by this tokenizer."""
    other_tokens: int
    """By the other one."""
    equal_texts: int
    """How many texts both cut at the same places."""
    texts: list[TokenizerComparedText]
    """One for each text, in order."""
    algorithm_reasoning: str
    """The result in a sentence."""


class TokenizerRenderChatReply(Protocol):
    """What render_chat answers."""

    text: str
    """The rendered prompt."""


class TokenizerGetTokenizerInfoReply(Protocol):
    """What get_tokenizer_info answers."""

    model: str
    """The algorithm: BPE, Unigram, WordPiece or WordLevel."""
    pre_tokenizer: str
    """How text is cut before merging: the kind, or "none"."""
    fast_path: str
    """The known pattern and instructions that run instead of one stage after the other, or "none"."""
    vocab_size: int
    """Number of ids."""
    bos_id: int
    """First token of a text, -1 where there is none."""
    eos_id: int
    """Last token of a text, -1 where there is none."""
    end_ids: list[int]
    """Every id that ends a generation."""
    adds_bos: bool
    """add_special puts bos_id first."""
    adds_eos: bool
    """add_special puts eos_id last."""
    has_chat_template: bool
    """The model brings a template."""
    chat_template: str
    """The template, empty where there is none."""


class SchedulerAddSequenceReply(Protocol):
    """What add_sequence answers."""

    position: int
    """Place in the queue, 1 the first."""


class SchedulerRemoveSequenceReply(Protocol):
    """What remove_sequence answers."""

    removed: bool
    """False where the id is not known."""


class SchedulerPlanEntry(Protocol):
    """What one sequence computes in a step."""

    sequence_id: int
    """The sequence."""
    token_count: int
    """Tokens to compute: a prompt chunk, or 1 while decoding. [tokens]"""
    reason: int
    """The policy's reason code; explain has the words."""


class SchedulerPlanStepReply(Protocol):
    """What plan_step answers."""

    entries: list[SchedulerPlanEntry]
    """Who computes, in order."""
    preempted: list[int]
    """Sequences that give their blocks back and start again from their first token (recompute)."""
    tokens: int
    """Tokens of the step. [tokens]"""
    waiting: int
    """Sequences that get nothing in this step."""


class SchedulerCompleteStepReply(Protocol):
    """What complete_step answers."""

    running: int
    """Sequences that hold blocks."""
    waiting: int
    """Sequences that wait."""


class SchedulerScheduleRequestReply(Protocol):
    """What schedule_request answers."""

    request_id: str
    """The request."""
    position: int
    """Place that it has or would have, 1 the first."""
    is_known: bool
    """Whether it is in the queue."""
    algorithm_reasoning: str
    """"Scheduled with priority N", N being the place, and why."""


class SchedulerGetQueueStatsReply(Protocol):
    """What get_queue_stats answers."""

    policy: str
    """Name of the policy."""
    running: int
    """Sequences that hold blocks."""
    waiting: int
    """Sequences that wait."""
    steps_total: int
    """Steps planned."""
    finished_total: int
    """Sequences that ended."""
    preemptions_total: int
    """Times that a sequence gave its blocks back."""
    planned_tokens_total: int
    """Tokens planned. [tokens]"""


class SchedulerParameter(Protocol):
    """A parameter of an algorithm."""

    name: str
    """Its name."""
    default_value: float
    """Its value where none is given."""
    minimum: float
    """The least value."""
    maximum: float
    """The largest value."""
    meaning: str
    """What it means, with its unit."""


class SchedulerPolicy(Protocol):
    """A scheduling policy."""

    name: str
    """Its name."""
    summary: str
    """What it does."""
    source: str
    """Where it was published."""
    parameters: list[SchedulerParameter]
    """Its parameters."""


class SchedulerGetPoliciesReply(Protocol):
    """What get_policies answers."""

    policies: list[SchedulerPolicy]
    """By name."""


class SchedulerSetPolicyReply(Protocol):
    """What set_policy answers."""

    previous: str
    """The policy before."""
    policy: str
    """The policy from the next step on."""


class SchedulerDecision(Protocol):
    """One decision about one sequence."""

    step: int
    """Number of the step."""
    sequence_id: int
    """The sequence."""
    token_count: int
    """Tokens that it got, 0 where it waits or was preempted. [tokens]"""
    reasoning: str
    """The reason in words."""


class SchedulerExplainReply(Protocol):
    """What explain answers."""

    algorithm_reasoning: str
    """A paragraph."""
    decisions: list[SchedulerDecision]
    """Oldest first."""


class MemoryAllocateMemoryReply(Protocol):
    """What allocate_memory answers."""

    kv_cache_size: int
    """Bytes in whole blocks. [bytes]"""
    block_count: int
    """Blocks."""
    block_bytes: int
    """Bytes of a block over all layers. [bytes]"""
    block_tokens: int
    """Tokens of a block. [tokens]"""
    tokens_max: int
    """Tokens that fit. [tokens]"""
    strategy: str
    """The rule that chooses which block is given out next."""
    algorithm_reasoning: str
    """How the numbers came about."""


class MemoryBlockTable(Protocol):
    """A sequence's blocks."""

    sequence_id: int
    """The sequence."""
    block_ids: list[int]
    """Block ids, in token order."""


class MemoryCommitStepReply(Protocol):
    """What commit_step answers."""

    tables: list[MemoryBlockTable]
    """One for each entry; in process borrowed until the next call that changes blocks."""
    blocks_free: int
    """Blocks that nobody holds afterwards."""
    block_count: int
    """All blocks."""


class MemoryReleaseSequenceReply(Protocol):
    """What release_sequence answers."""

    blocks_released: int
    """0 where the sequence is not known."""


class MemoryGetBlockTableReply(Protocol):
    """What get_block_table answers."""

    sequence_id: int
    """The sequence."""
    block_ids: list[int]
    """Block ids, in token order."""


class MemoryGetMemoryStatsReply(Protocol):
    """What get_memory_stats answers."""

    block_count: int
    """All blocks."""
    blocks_free: int
    """Blocks that nobody holds."""
    blocks_used: int
    """Blocks that sequences hold."""
    blocks_used_max: int
    """Most blocks ever held at a time."""
    block_tokens: int
    """Tokens of a block. [tokens]"""
    block_bytes: int
    """Bytes of a block over all layers. [bytes]"""
    kv_cache_size: int
    """All bytes. [bytes]"""
    sequences: int
    """Sequences that hold blocks."""
    usage: float
    """Share of the blocks that is held. [share of 1]"""
    waste: float
    """Share of the held places that hold no token. [share of 1]"""
    strategy: str
    """The rule in place."""
    allocations_total: int
    """Blocks given out so far."""
    releases_total: int
    """Blocks taken back so far."""
    refusals_total: int
    """Steps refused for want of blocks."""


class MemoryExplainReply(Protocol):
    """What explain answers."""

    algorithm_reasoning: str
    """A paragraph."""


class ComputationExecuteReply(Protocol):
    """What execute answers."""

    logits: numpy.ndarray
    """A row for each position asked for; [0, vocab] where none was. float32 [n, vocab]"""


class ComputationResizeKvReply(Protocol):
    """What resize_kv answers."""

    block_count: int
    """Blocks."""
    kv_bytes: int
    """All bytes. [bytes]"""


class ComputationModelInfo(Protocol):
    """A loaded model."""

    name: str
    """As the file calls it."""
    architecture: str
    """Such as llama."""
    type: str
    """Type of most weights."""
    path: str
    """The file."""
    parameters: int
    """Number of weights."""
    layers: int
    """Layers."""
    hidden_size: int
    """Width of the hidden state."""
    heads: int
    """Query heads."""
    kv_heads: int
    """Key and value heads."""
    head_size: int
    """Width of a head."""
    ffn_size: int
    """Width of the feed-forward part."""
    vocab_size: int
    """Number of token ids."""
    context_max: int
    """Most tokens of a sequence. [tokens]"""
    weight_bytes: int
    """Bytes of all weights. [bytes]"""
    block_tokens: int
    """Tokens of a KV block. [tokens]"""
    block_bytes: int
    """Bytes of a KV block over all layers. [bytes]"""
    kv_type: str
    """Type of keys and values, f16 or f32."""
    cpu: str
    """Instruction-set path."""
    threads: int
    """Threads."""
    activations: str
    """q8 (8-bit blocks, fast) or f32 (plain float)."""


class ComputationKernelVariant(Protocol):
    """One way to run a kernel."""

    kernel: str
    """The kernel."""
    variant: str
    """ref, avx2, avx512 …"""
    is_used: bool
    """The one that runs."""
    is_available: bool
    """This machine can run it."""
    summary: str
    """How it works."""


class ComputationGetAvailableKernelsReply(Protocol):
    """What get_available_kernels answers."""

    kernels: list[str]
    """Names for benchmark_kernel."""
    variants: list[ComputationKernelVariant]
    """Every variant of every kernel."""


class ComputationBenchmarkKernelReply(Protocol):
    """What benchmark_kernel answers."""

    kernel: str
    """The kernel."""
    variant: str
    """The variant that ran."""
    config: Any
    """Every size that was used."""
    median_seconds: float
    """Middle of the repeats. [s]"""
    minimum_seconds: float
    """Best of the repeats. [s]"""
    spread: float
    """(third quartile - first quartile) / median. [share of 1]"""
    repeats: int
    """Timed runs."""
    bytes: int
    """Bytes that a run must move. [bytes]"""
    macs: int
    """Multiply-adds of a run."""
    bytes_per_second: float
    """bytes / median_seconds. [bytes/s]"""
    macs_per_second: float
    """macs / median_seconds. [MAC/s]"""
    roof_fraction: float
    """Fraction of what this machine's measured bandwidth and arithmetic allow. [share of 1]"""
    bound: str
    """memory or arithmetic, whichever limits."""
    algorithm_reasoning: str
    """Which variant ran and why."""


class ComputationGetMachineReply(Protocol):
    """What get_machine answers."""

    cpu_name: str
    """As the processor calls itself."""
    cpu: str
    """The instruction-set path in use: baseline, avx2 or avx512."""
    cpu_paths: list[str]
    """The paths that this machine has."""
    cores: int
    """Processors that this process may use."""
    threads: int
    """Threads in use."""
    memory_bandwidth: float
    """Read bandwidth of all threads together. [bytes/s]"""
    int8_macs: float
    """Peak of the path's 8-bit dot products over all threads. [MAC/s]"""
    ping_pong_seconds: float
    """Round trip of a cache line between two threads; 0 with one thread. [s]"""
    placement: str
    """near, far or single: how the two cores lie to each other."""


class ComputationExplainReply(Protocol):
    """What explain answers."""

    algorithm_reasoning: str
    """A paragraph."""
    steps_total: int
    """Steps so far."""
    tokens_total: int
    """Tokens computed so far. [tokens]"""
    execute_seconds: float
    """Time spent in execute. [s]"""


class Engine(Protocol):
    """Takes requests, runs the step loop, samples and streams tokens."""

    mode: str
    operations: tuple[str, ...]

    def get_example_data(self) -> dict[str, Any]:
        """Things to try: example_* values, and each operation's example request and reply."""
        ...

    def generate(self, prompt: str = '', prompt_ids: Sequence[int] | Call[Any] = [],
                 encode_special_tokens: bool = False, max_tokens: int = 128, temperature: float = 0, top_k: int = 0,
                 top_p: float = 1, min_p: float = 0, seed: int = 0, repetition_penalty: float = 1,
                 presence_penalty: float = 0, frequency_penalty: float = 0, stop: Sequence[str] | Call[Any] = [],
                 ignore_end: bool = False, logprobs: int = -1, prompt_logprobs: bool = False, priority: float = 0.5,
                 user: str = '', request_id: str = '') -> Call[EngineGenerateReply]:
        """Completes a prompt.

        Give prompt or prompt_ids, not both. Waits for the whole completion; `stream` gives it token by token.

        prompt: The prompt.
        prompt_ids: The prompt as token ids.
        encode_special_tokens: Read special tokens in the prompt as plain characters.
        max_tokens: Most tokens to generate. [tokens]
        temperature: 0: always the likeliest token.
        top_k: Choose among the k likeliest; 0: all.
        top_p: Choose among the likeliest that together have this probability.
        min_p: Least probability relative to the likeliest's.
        seed: Start of the random numbers; the same seed gives the same tokens.
        repetition_penalty: Divides (or multiplies negative) logits of tokens seen in prompt or answer; 1: off. Source:
        CTRL, Keskar et al. 2019, section 4.1.
        presence_penalty: Taken off the logit of every token generated before.
        frequency_penalty: Taken off the logit for each time that a token was generated before.
        stop: Texts that end the answer; they are not part of it.
        ignore_end: Go on after the model's end token.
        logprobs: Answer logprobs with so many alternatives of each token; -1: none.
        prompt_logprobs: Also of the prompt's tokens (they come first).
        priority: Higher is more urgent.
        user: Whom a fair policy charges.
        request_id: A name of your own; empty: zest gives one.
        """
        ...

    def stream(self, prompt: str = '', prompt_ids: Sequence[int] | Call[Any] = [], encode_special_tokens: bool = False,
               max_tokens: int = 128, temperature: float = 0, top_k: int = 0, top_p: float = 1, min_p: float = 0,
               seed: int = 0, repetition_penalty: float = 1, presence_penalty: float = 0, frequency_penalty: float = 0,
               stop: Sequence[str] | Call[Any] = [], ignore_end: bool = False, logprobs: int = -1,
               prompt_logprobs: bool = False, priority: float = 0.5, user: str = '',
               request_id: str = '') -> AsyncIterator[EngineStreamItem]:
        """Completes a prompt, token by token.

        prompt: The prompt.
        prompt_ids: The prompt as token ids.
        encode_special_tokens: Read special tokens in the prompt as plain characters.
        max_tokens: Most tokens to generate. [tokens]
        temperature: 0: always the likeliest token.
        top_k: Choose among the k likeliest; 0: all.
        top_p: Choose among the likeliest that together have this probability.
        min_p: Least probability relative to the likeliest's.
        seed: Start of the random numbers; the same seed gives the same tokens.
        repetition_penalty: Divides (or multiplies negative) logits of tokens seen in prompt or answer; 1: off. Source:
        CTRL, Keskar et al. 2019, section 4.1.
        presence_penalty: Taken off the logit of every token generated before.
        frequency_penalty: Taken off the logit for each time that a token was generated before.
        stop: Texts that end the answer; they are not part of it.
        ignore_end: Go on after the model's end token.
        logprobs: Answer logprobs with so many alternatives of each token; -1: none.
        prompt_logprobs: Also of the prompt's tokens (they come first).
        priority: Higher is more urgent.
        user: Whom a fair policy charges.
        request_id: A name of your own; empty: zest gives one.
        """
        ...

    def forward(self, ids: Sequence[int] | Call[Any],
                positions: Literal['last', 'all'] | None = None) -> Call[EngineForwardReply]:
        """Runs the model over token ids and answers logits, without sampling.

        ids: Token ids; at least one.
        positions: Which positions give logits.
        """
        ...

    def cancel(self, request_id: str) -> Call[EngineCancelReply]:
        """Ends a request before its time; its blocks are free after the running step.

        request_id: The request.
        """
        ...

    def get_model_info(self) -> Call[EngineGetModelInfoReply]:
        """The model that the engine serves.
        """
        ...

    def get_engine_stats(self) -> Call[EngineGetEngineStatsReply]:
        """Counts and times since the start, as /metrics has them.
        """
        ...

    def explain(self, request_id: str) -> Call[EngineExplainReply]:
        """Tells in words what happened to a request.

        request_id: The request.
        """
        ...


class Tokenizer(Protocol):
    """Text to ids and back, chat templates."""

    mode: str
    operations: tuple[str, ...]

    def get_example_data(self) -> dict[str, Any]:
        """Things to try: example_* values, and each operation's example request and reply."""
        ...

    def tokenize(self, text: str, add_special: bool = True, encode_special_tokens: bool = False, offsets: bool = False,
                 pieces: bool = False) -> Call[TokenizerTokenizeReply]:
        """Turns text into token ids.

        Special tokens written in the text ("<|im_start|>") become their ids unless encode_special_tokens is true. Text
        must be UTF-8. An empty text gives no ids (or only those that the model puts round every text).

        text: The text.
        add_special: Put the model's own first and last tokens round the text where it has them.
        encode_special_tokens: Read special tokens in the text as plain characters.
        offsets: Answer where each token lies in the text.
        pieces: Answer each token's text.
        """
        ...

    def encode(self, text: str, pair: str = '', has_pair: bool = False, add_special: bool = True,
               encode_special_tokens: bool = False, truncate: bool = True,
               pad: bool = True) -> Call[TokenizerEncodeReply]:
        """Tokenizes a text or a pair and tells everything of each token.

        Runs one stage after the other, so that it knows of which word each token is; tokenize is many times faster
        where ids are enough.

        text: The text.
        pair: A second text, for tokenizers of pairs such as BERT's.
        has_pair: There is a second text even where pair is empty.
        add_special: Put special tokens round the text.
        encode_special_tokens: Read special tokens in the text as plain characters.
        truncate: Cut to the length that the tokenizer's file says; most say none.
        pad: Fill up to the length that the tokenizer's file says; most say none.
        """
        ...

    def detokenize(self, ids: Sequence[int] | Call[Any], skip_special: bool = False,
                   drop_unknown: bool = False) -> Call[TokenizerDetokenizeReply]:
        """Turns token ids into text.

        ids: Token ids.
        skip_special: Leave special tokens out of the text.
        drop_unknown: Leave out ids that the tokenizer does not have, as some libraries do; else they are an error.
        """
        ...

    def decode_stream(self, ids: Sequence[int] | Call[Any], pending: bytes = '', skip_special: bool = True,
                      flush: bool = False) -> Call[TokenizerDecodeStreamReply]:
        """Turns the next ids of a stream into text, holding back unfinished characters.

        Without memory of its own: give back `pending` of the last answer. Ids that the tokenizer does not have give no
        text. At the end of a stream `flush` gives what is left as U+FFFD.

        ids: The next token ids.
        pending: Bytes of an unfinished character, from the last answer.
        skip_special: Leave special tokens out of the text.
        flush: The stream ends here.
        """
        ...

    def normalize(self, text: str, offsets: bool = False) -> Call[TokenizerNormalizeReply]:
        """Runs the first stage alone, the normalizer.

        What lies between added tokens is normalized piece by piece; here the whole text is one piece. The example has
        an accent of its own and a ligature, which NFC and NFKC would compose and take apart; the default model leaves
        them.

        text: The text.
        offsets: Answer what each byte of the result stands for.
        """
        ...

    def pre_tokenize(self, text: str, normalize: bool = True) -> Call[TokenizerPreTokenizeReply]:
        """Runs the second stage alone, cutting text into words.

        Normalizes first, unless normalize is false. Added tokens are not looked for. The example has a contraction, two
        blanks that stay together since the digit behind them is cut off already, digits one by one, and line ends.

        text: The text.
        normalize: Run the normalizer first.
        """
        ...

    def apply_model(self, pieces: Sequence[str] | Call[Any]) -> Call[TokenizerApplyModelReply]:
        """Runs the third stage alone: words to tokens.

        Words are taken as pre_tokenize gives them (in the byte alphabet where the tokenizer has one). The example's
        last word has no character of the byte alphabet, so that no token stands for it.

        pieces: The words.
        """
        ...

    def post_process(self, ids: Sequence[int] | Call[Any], pair_ids: Sequence[int] | Call[Any] = [],
                     has_pair: bool = False, add_special: bool = True) -> Call[TokenizerPostProcessReply]:
        """Runs the fourth stage alone: what is put round the ids of one text or a pair.

        ids: The ids of the text.
        pair_ids: The ids of a second text.
        has_pair: There is a second text even where pair_ids is empty.
        add_special: Put special tokens round the text.
        """
        ...

    def explain(self, text: str, add_special: bool = True,
                encode_special_tokens: bool = False) -> Call[TokenizerExplainReply]:
        """Says why a text becomes the tokens that it becomes.

        Replays the text plainly and tells of each piece what cut it (an added token, a step of the pre-tokenizer) and
        what the model did with it: merges in the order in which they happen, matches that were tried, scores and the
        second-best way, and what became of characters that are no tokens. The ids are those of tokenize, before
        truncation and padding.

        text: The text.
        add_special: Put the model's own first and last tokens round the text where it has them.
        encode_special_tokens: Read special tokens in the text as plain characters.
        """
        ...

    def decode(self, tokens: Sequence[str] | Call[Any]) -> Call[TokenizerDecodeReply]:
        """Runs the last stage alone: token texts to text, with what each step of the decoder makes of them.

        Takes tokens as the vocabulary writes them, in any combination; detokenize takes ids. The example is a character
        in two tokens and one byte that never becomes a character.

        tokens: The tokens, in order.
        """
        ...

    def study_vocabulary(self, samples: Sequence[Mapping[str, Any]] | Call[Any]) -> Call[TokenizerStudyVocabularyReply]:
        """How well the vocabulary covers samples of text, such as one for each language.

        A word is a run of letters, marks, digits and "_". A token counts for each word that it has a part in, so that a
        vocabulary whose tokens hold a word and what is round it is not punished.

        samples: Texts with their names.
        """
        ...

    def compare_tokenizers(self, other: str = '', *, texts: Sequence[str] | Call[Any],
                           pieces: bool = True) -> Call[TokenizerCompareTokenizersReply]:
        """Tokenizes texts by this tokenizer and another one: counts, where they part first, pieces side by side.

        A server reads `other` only below its models folder (a name there, such as "tokenizers/qwen3"), or takes the
        file that it was started with; in process any path is read. Without other the tokenizer is compared with itself.

        other: A tokenizer's file or folder; empty: the one that is loaded.
        texts: The texts.
        pieces: Answer the pieces, too.
        """
        ...

    def render_chat(self, messages: Any, tools: Any = None, template: str = '', add_generation_prompt: bool = True,
                    now: str = '', vars: Any = {}) -> Call[TokenizerRenderChatReply]:
        """Turns chat messages into the prompt that the model was trained on.

        Runs the model's Jinja template, or the one given. The text holds special tokens; tokenize it with add_special
        false.

        messages: OpenAI chat messages: [{role, content}, …].
        tools: OpenAI tool definitions, or null.
        template: A Jinja template; empty: the model's own.
        add_generation_prompt: End with the head of the assistant's turn.
        now: Local time for strftime_now, YYYY-MM-DDTHH:MM:SS; empty: the clock's.
        vars: More variables for the template.
        """
        ...

    def get_tokenizer_info(self) -> Call[TokenizerGetTokenizerInfoReply]:
        """What the tokenizer is: its kind, size and special tokens.
        """
        ...


class Scheduler(Protocol):
    """Decides what the next step computes, and says why."""

    mode: str
    operations: tuple[str, ...]

    def get_example_data(self) -> dict[str, Any]:
        """Things to try: example_* values, and each operation's example request and reply."""
        ...

    def add_sequence(self, sequence_id: int, request_id: str, priority: float = 0.5, *, prompt_tokens: int,
                     max_tokens: int, user: str = '', arrival_ns: int = 0) -> Call[SchedulerAddSequenceReply]:
        """Puts an arriving sequence into the queue.

        sequence_id: The engine's number for it; not in use.
        request_id: The request that it belongs to.
        priority: Higher is more urgent.
        prompt_tokens: Length of the prompt. [tokens]
        max_tokens: Most tokens to generate. [tokens]
        user: Whom a fair policy charges.
        arrival_ns: Engine time of arrival. [ns]
        """
        ...

    def remove_sequence(self, sequence_id: int,
                        outcome: Literal['finished', 'cancelled', 'failed'] | None = None) -> Call[SchedulerRemoveSequenceReply]:
        """Takes a finished or cancelled sequence out of the queue.

        sequence_id: The sequence.
        outcome: How a sequence ended.
        """
        ...

    def plan_step(self, step: int, now_ns: int = 0, *, blocks_free: int, block_tokens: int, tokens_max: int,
                  sequences_max: int) -> Call[SchedulerPlanStepReply]:
        """Plans the next step, which sequences compute how many tokens and which give their blocks back.

        Plain data in, plain data out; nothing is changed until complete_step says what was done. A plan never needs
        more than blocks_free plus the blocks of those that it preempts, never computes more than tokens_max tokens, and
        names a sequence once.

        step: Number of the step.
        now_ns: Engine time. [ns]
        blocks_free: KV blocks that nobody holds.
        block_tokens: Tokens of a KV block. [tokens]
        tokens_max: Most tokens of a step. [tokens]
        sequences_max: Most sequences that run at a time.
        """
        ...

    def complete_step(self, step: int,
                      results: Sequence[Mapping[str, Any]] | Call[Any]) -> Call[SchedulerCompleteStepReply]:
        """Says what a step did, so that the queue knows how far each sequence is.

        step: Number of the step.
        results: One for each sequence whose state changed.
        """
        ...

    def schedule_request(self, request_id: str, priority: float = 0.5) -> Call[SchedulerScheduleRequestReply]:
        """Sets a request's priority and answers its place in the queue; an unknown id is tried without effect.

        request_id: The request.
        priority: Higher is more urgent.
        """
        ...

    def get_queue_stats(self) -> Call[SchedulerGetQueueStatsReply]:
        """Who runs, who waits, and what was done so far.
        """
        ...

    def get_policies(self) -> Call[SchedulerGetPoliciesReply]:
        """The policies at hand.
        """
        ...

    def set_policy(self, policy: str, parameters: Any = {}) -> Call[SchedulerSetPolicyReply]:
        """Puts another policy in place; the queue stays as it is.

        policy: A name from get_policies.
        parameters: The policy's parameters by name; what is not named has its default.
        """
        ...

    def explain(self, request_id: str, last: int = 16) -> Call[SchedulerExplainReply]:
        """Tells in words what was decided about a request, and why.

        request_id: The request.
        last: Most decisions to tell.
        """
        ...


class Memory(Protocol):
    """Owns the KV cache, its blocks, block tables and allocation plans."""

    mode: str
    operations: tuple[str, ...]

    def get_example_data(self) -> dict[str, Any]:
        """Things to try: example_* values, and each operation's example request and reply."""
        ...

    def allocate_memory(self, kv_cache_size: int,
                        hierarchical_plan: Mapping[str, Any] | None = None) -> Call[MemoryAllocateMemoryReply]:
        """Checks an allocation plan for the KV cache and puts it in place.

        Sequences keep their blocks; a plan that has no room for the blocks in use is refused (conflict) and changes
        nothing. The computation's buffers follow before the next step.

        kv_cache_size: Bytes of keys and values. [bytes]
        hierarchical_plan: What happens between the tiers of the cache.
        """
        ...

    def commit_step(self, step: int, released: Sequence[int] | Call[Any] = [], *,
                    entries: Sequence[Mapping[str, Any]] | Call[Any]) -> Call[MemoryCommitStepReply]:
        """Gives a planned step its blocks, all or none, and answers the block tables.

        step: Number of the step.
        released: Sequences that give all their blocks back first.
        entries: Who computes, in the plan's order.
        """
        ...

    def release_sequence(self, sequence_id: int) -> Call[MemoryReleaseSequenceReply]:
        """Takes a sequence's blocks back.

        sequence_id: The sequence.
        """
        ...

    def get_block_table(self, sequence_id: int) -> Call[MemoryGetBlockTableReply]:
        """The blocks of a sequence.

        sequence_id: The sequence.
        """
        ...

    def get_memory_stats(self) -> Call[MemoryGetMemoryStatsReply]:
        """How much of the KV cache is used, by whom and how well.
        """
        ...

    def explain(self, sequence_id: int = 0) -> Call[MemoryExplainReply]:
        """Tells in words how the cache is laid out and what a sequence holds.

        sequence_id: The sequence; 0: the cache as a whole.
        """
        ...


class Computation(Protocol):
    """Owns the model's execution plan, its weights, KV buffers and kernels."""

    mode: str
    operations: tuple[str, ...]

    def get_example_data(self) -> dict[str, Any]:
        """Things to try: example_* values, and each operation's example request and reply."""
        ...

    def execute(self, step: int, token_ids: Sequence[int] | Call[Any],
                entries: Sequence[Mapping[str, Any]] | Call[Any]) -> Call[ComputationExecuteReply]:
        """Computes a step: tokens of many sequences in one pass.

        token_ids holds the tokens of all entries, one entry behind the other. Keys and values are written to the blocks
        that the entry names. Logits come in the order of the entries; in process they are borrowed until the next call
        of execute. The same sequence gives the same bits whatever runs beside it.

        step: Number of the step.
        token_ids: Tokens, entry after entry.
        entries: The sequences of the step.
        """
        ...

    def resize_kv(self, block_count: int) -> Call[ComputationResizeKvReply]:
        """Makes the KV buffers hold so many blocks; the contents of those that stay are kept.

        block_count: Blocks.
        """
        ...

    def get_model_info(self) -> Call[ComputationModelInfo]:
        """What the loaded model is.
        """
        ...

    def get_available_kernels(self) -> Call[ComputationGetAvailableKernelsReply]:
        """The kernels at hand, their variants, and which one runs.
        """
        ...

    def benchmark_kernel(self, kernel: str, config: Any = {}) -> Call[ComputationBenchmarkKernelReply]:
        """Times a kernel alone on made-up data.

        kernel: A name from get_available_kernels.
        config: Sizes by name (batch_size, seq_len, rows, cols, heads, kv_heads, head_dim) and variant, repeat, threads;
        each has a default.
        """
        ...

    def get_machine(self) -> Call[ComputationGetMachineReply]:
        """This machine's measured limits.
        """
        ...

    def explain(self) -> Call[ComputationExplainReply]:
        """Tells in words which kernels run, on how many threads, and why.
        """
        ...
