# SPDX-License-Identifier: Apache-2.0
"""Writes small GGUF files, whole or damaged on purpose."""
from __future__ import annotations

import dataclasses
import struct

U32, F32, BOOL, STRING, ARRAY, U64 = 4, 6, 7, 8, 9, 10
F32_TENSOR = 0


def text(value: str | bytes) -> bytes:
    raw = value.encode() if isinstance(value, str) else value
    return struct.pack("<Q", len(raw)) + raw


def u32(value: int) -> tuple[int, bytes]:
    return U32, struct.pack("<I", value)


def f32(value: float) -> tuple[int, bytes]:
    return F32, struct.pack("<f", value)


def string(value: str | bytes) -> tuple[int, bytes]:
    return STRING, text(value)


def strings(values: list[str]) -> tuple[int, bytes]:
    return ARRAY, struct.pack("<IQ", STRING, len(values)) + b"".join(map(text, values))


def numbers(values: list[int]) -> tuple[int, bytes]:
    return ARRAY, struct.pack("<IQ", U32, len(values)) + b"".join(struct.pack("<I", value) for value in values)


def byte_alphabet() -> list[str]:
    """The 256 characters that stand for bytes in byte-level vocabularies (printable ones for themselves, others from U+0100)."""
    kept = [*range(ord("!"), ord("~") + 1), *range(0xA1, 0xAD), *range(0xAE, 0x100)]
    others = iter(range(256, 512))
    return [chr(code) if code in kept else chr(next(others)) for code in range(256)]


@dataclasses.dataclass
class Gguf:
    """A tiny Llama: vocabulary of 258, hidden size 32, one layer. Change fields before bytes()."""
    version: int = 3
    magic: bytes = b"GGUF"
    metadata: dict[str, tuple[int, bytes]] = dataclasses.field(default_factory=dict)
    tensors: dict[str, tuple[list[int], int]] = dataclasses.field(default_factory=dict)
    tensor_count: int | None = None
    metadata_count: int | None = None
    offset_shift: int = 0
    data_cut: int = 0
    alignment: int = 32

    @staticmethod
    def tiny() -> Gguf:
        tokens = [*byte_alphabet(), "<|end|>", "ab"]
        metadata = {
            "general.architecture": string("llama"), "general.name": string("tiny"),
            "llama.block_count": u32(1), "llama.context_length": u32(64), "llama.embedding_length": u32(32),
            "llama.feed_forward_length": u32(64), "llama.attention.head_count": u32(2), "llama.attention.head_count_kv": u32(1),
            "llama.attention.layer_norm_rms_epsilon": f32(1e-5), "llama.rope.freq_base": f32(10000.0), "llama.rope.dimension_count": u32(16),
            "tokenizer.ggml.model": string("gpt2"), "tokenizer.ggml.pre": string("smollm"), "tokenizer.ggml.tokens": strings(tokens),
            "tokenizer.ggml.token_type": numbers([1] * 256 + [3, 1]), "tokenizer.ggml.merges": strings(["a b"]),
            "tokenizer.ggml.eos_token_id": u32(256), "tokenizer.ggml.bos_token_id": u32(256),
        }
        tensors = {"token_embd.weight": ([32, 258], F32_TENSOR), "output_norm.weight": ([32], F32_TENSOR)}
        for name, shape in (("attn_norm", [32]), ("attn_q", [32, 32]), ("attn_k", [32, 16]), ("attn_v", [32, 16]), ("attn_output", [32, 32]),
                            ("ffn_norm", [32]), ("ffn_gate", [32, 64]), ("ffn_up", [32, 64]), ("ffn_down", [64, 32])):
            tensors[f"blk.0.{name}.weight"] = (shape, F32_TENSOR)
        return Gguf(metadata=metadata, tensors=tensors)

    def bytes(self) -> bytes:
        head = self.magic + struct.pack("<IQQ", self.version, len(self.tensors) if self.tensor_count is None else self.tensor_count,
                                        len(self.metadata) if self.metadata_count is None else self.metadata_count)
        for key, (kind, value) in self.metadata.items():
            head += text(key) + struct.pack("<I", kind) + value
        data = b""
        for name, (shape, kind) in self.tensors.items():
            data += b"\0" * (-len(data) % self.alignment)
            head += text(name) + struct.pack("<I", len(shape)) + b"".join(struct.pack("<Q", size) for size in shape)
            head += struct.pack("<IQ", kind, len(data) + self.offset_shift)
            count = 1
            for size in shape:
                count *= size
            data += b"".join(struct.pack("<f", ((index * 37) % 19 - 9) * 0.01) for index in range(min(count, 1 << 16)))
        head += b"\0" * (-len(head) % self.alignment)
        return head + (data[:-self.data_cut] if self.data_cut else data)
