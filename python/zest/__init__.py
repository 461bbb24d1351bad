# SPDX-License-Identifier: Apache-2.0
"""zest: an LLM inference system for research, made of five services that feel like REST and cost nothing.

    import zest

    env = zest.Environment()                                # research mode: answers with metadata
    result = await env.tokenizer.tokenize("Hello world")
    env.setup_production_mode()                             # the same calls, answers alone
    text = await env.model.generate("The capital of France is")
"""
from . import errors
from ._record import Record
from ._zest import Envelope, Result, Stream, SyncStream, Tensor
from .environment import Environment, default_model, models_folder
from .errors import ZestError
from .memory_allocation import MemoryAllocation
from .tokenizer import Encoding, Tokenizer

__version__ = "0.1.0"
__all__ = ["Encoding", "Environment", "Envelope", "MemoryAllocation", "Record", "Result", "Stream", "SyncStream", "Tensor", "Tokenizer", "ZestError",
           "default_model", "errors", "models_folder"]
