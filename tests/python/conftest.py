# SPDX-License-Identifier: Apache-2.0
"""One environment on the default model for all tests; each test finds it in research mode and may switch as it likes."""
import pytest

import zest


@pytest.fixture(scope="session")
def shared_env():
    try:
        model = zest.default_model()
    except zest.ZestError as error:
        pytest.skip(error.message)
    with zest.Environment(model=model, threads=1, progress=False) as env:
        yield env


@pytest.fixture
def env(shared_env):
    shared_env.setup_research_mode()
    yield shared_env
    shared_env.setup_research_mode()


@pytest.fixture(params=["research", "production"])
def any_env(request, env):
    """The environment in each in-process mode in turn."""
    getattr(env, f"setup_{request.param}_mode")()
    return env
