# SPDX-License-Identifier: Apache-2.0
"""Environment: a model and its five services, each in the mode that you choose."""
from __future__ import annotations

import atexit
import os
import pathlib
import sys
import time
import typing

from . import _zest, errors

if typing.TYPE_CHECKING:
    from . import service_interfaces

DEFAULT_MODEL = "SmolLM2-135M-Instruct.Q4_1.gguf"
SERVICES = ("engine", "tokenizer", "scheduler", "memory", "computation")

atexit.register(_zest.finish_jobs)


def models_folder() -> pathlib.Path:
    """Where models are kept: ZEST_MODELS, else the user's cache folder."""
    if os.environ.get("ZEST_MODELS"):
        return pathlib.Path(os.environ["ZEST_MODELS"])
    return pathlib.Path(os.environ.get("XDG_CACHE_HOME") or pathlib.Path.home() / ".cache") / "zest" / "models"


def default_model() -> str:
    path = models_folder() / DEFAULT_MODEL
    if not path.is_file():
        raise errors.make("not_found", f"the default model is not at {path}; ./run fetches it, or name a GGUF file of your own "
                                       "with zest.Environment(model=PATH)", "model")
    return str(path)


class _Bar:
    """A progress bar on stderr, for loads that take longer than a blink."""

    def __init__(self) -> None:
        self.start, self.is_shown = time.monotonic(), False

    def __call__(self, what: str, fraction: float) -> None:
        if not self.is_shown and time.monotonic() - self.start < 0.5:
            return
        self.is_shown = True
        done = int(fraction * 30)
        sys.stderr.write(f"\r{what} [{'#' * done}{'.' * (30 - done)}] {fraction:4.0%}" + ("\n" if fraction >= 1 else ""))
        sys.stderr.flush()


class Services:
    """The five services by name; `model` and `engine` are the same."""

    model: service_interfaces.Engine
    engine: service_interfaces.Engine
    tokenizer: service_interfaces.Tokenizer
    scheduler: service_interfaces.Scheduler
    memory: service_interfaces.Memory
    computation: service_interfaces.Computation

    def _take(self, core: _zest.Core, is_sync: bool) -> None:
        for name in SERVICES:
            setattr(self, name, core.service(name, is_sync))
        self.model = self.engine

    def __repr__(self) -> str:
        return "\n".join(repr(getattr(self, name)) for name in SERVICES)


class Environment(Services):
    """A model with its five services.

    model    a GGUF file; default: the default model, which ./run fetches
    mode     "research" (answers come in envelopes with metadata) or "production" (the answer alone)
    threads  of the computation; default: every processor that this process may use
    cpu      "baseline", "avx2" or "avx512"; default: ZEST_CPU, else the best that the machine has
    progress a function of (what, fraction from 0 to 1), or False; default: a bar where stderr is a terminal

    More options: model_name, activations ("q8" or "f32"), policy, kv_cache_bytes, step_tokens_max, sequences_max, queue_max.
    Services are attributes (env.tokenizer, …), the same under env.container, and without await under env.sync. A service
    object that was taken before a switch of modes keeps its mode.
    """

    def __init__(self, model: str | os.PathLike | None = None, mode: str = "research", threads: int = 0, *,
                 cpu: str | None = None, progress: typing.Callable[[str, float], object] | bool | None = None, **options):
        path = os.fspath(model) if model is not None else default_model()
        if progress is None:
            progress = sys.stderr.isatty()
        callback = _Bar() if progress is True else progress or None
        known = ("model_name", "activations", "policy", "kv_cache_bytes", "step_tokens_max", "sequences_max", "queue_max")
        for name in options:
            if name not in known:
                raise errors.make("unknown_field", f"Environment has no option {name!r}; it has model, mode, threads, cpu, progress, "
                                                   f"{', '.join(known)}", name)
        self._core = _zest.Core(path, threads=threads, cpu=cpu or os.environ.get("ZEST_CPU") or None, progress=callback,
                                **{name: value for name, value in options.items() if value is not None})
        self.container, self.sync = Services(), Services()
        try:
            self._switch({name: mode for name in SERVICES})
        except BaseException:
            self._core.close()
            raise

    def _switch(self, modes: dict[str, str]) -> None:
        """All or none."""
        before = {name: self._core.mode(name) for name in modes}
        try:
            for name, mode in modes.items():
                self._core.set_mode(name, mode)
        except BaseException:
            for name, mode in before.items():
                self._core.set_mode(name, mode)
            raise
        finally:
            self._take(self._core, False)
            self.container._take(self._core, False)
            self.sync._take(self._core, True)

    def setup_research_mode(self) -> None:
        """Every service answers with an envelope: data, and metadata with time, method, mode and reasons."""
        self._switch({name: "research" for name in SERVICES})

    def setup_production_mode(self) -> None:
        """Every service answers directly; a call is a C function call and nothing else."""
        self._switch({name: "production" for name in SERVICES})

    def setup_hybrid_mode(self, **per_service: str) -> None:
        """setup_hybrid_mode(tokenizer="research", memory="http://…"): what is not named is in production mode.

        Without arguments tokenizer and scheduler are in research mode.
        """
        chosen = {"engine" if name == "model" else name: mode
                  for name, mode in (per_service or {"tokenizer": "research", "scheduler": "research"}).items()}
        for name in chosen:
            if name not in SERVICES:
                raise errors.make("not_found", f"there is no service {name!r}; there are {', '.join(SERVICES)}, and model for engine",
                                  name)
        self._switch({name: chosen.get(name, "production") for name in SERVICES})

    @property
    def modes(self) -> dict[str, str]:
        """The mode of each service."""
        return {name: self._core.mode(name) for name in SERVICES}

    def close(self) -> None:
        """Cancels what runs, waits for it and frees the model. Calls afterwards fail with a clear error."""
        self._core.close()

    def __enter__(self) -> Environment:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    async def __aenter__(self) -> Environment:
        return self

    async def __aexit__(self, *exception: object) -> None:
        self.close()

    def __repr__(self) -> str:
        if self._core.is_closed:
            return "<zest environment, closed>"
        modes = self.modes
        if len(set(modes.values())) == 1:
            return f"<zest environment in {modes['engine']} mode>"
        return f"<zest environment: {', '.join(f'{name} {mode}' for name, mode in modes.items())}>"
