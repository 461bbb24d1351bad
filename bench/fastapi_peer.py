# SPDX-License-Identifier: Apache-2.0
"""FastAPI, uvicorn and httpx on the call that `zest bench services` times: text in, token ids out, over loopback.

The handler answers constant ids, so that all that is measured is the way there and back. Prints JSON lines with name,
value, unit and note, which the bench puts beside its own rows; a line with "missing" says what is not installed.

    python bench/fastapi_peer.py            # about five seconds
"""
import asyncio
import json
import socket
import statistics
import subprocess
import sys
import time

WARM_UP, CALLS, CONNECTIONS, LOAD_REQUESTS, LOAD_SECONDS_MAX = 100, 1500, 64, 6000, 6.0
BODY = json.dumps({"text": "Hello world"}).encode()


def serve(port: int) -> None:
    import fastapi
    import pydantic
    import uvicorn

    class Request(pydantic.BaseModel):
        text: str
        add_special: bool = True

    class Reply(pydantic.BaseModel):
        ids: list[int]

    app = fastapi.FastAPI()

    @app.post("/tokenize")
    async def tokenize(request: Request) -> Reply:
        return Reply(ids=[19556, 905])

    uvicorn.run(app, host="127.0.0.1", port=port, log_level="error", access_log=False)


def row(name: str, value: float, unit: str, note: str = "") -> None:
    print(json.dumps({"name": name, "value": value, "unit": unit, "note": note}), flush=True)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_until_open(port: int, process: subprocess.Popen) -> None:
    for _ in range(600):
        if process.poll() is not None:
            raise RuntimeError("the FastAPI server ended by itself")
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            return
        except OSError:
            time.sleep(0.05)
    raise RuntimeError("the FastAPI server did not begin to listen")


def microseconds(start: int) -> float:
    return (time.perf_counter_ns() - start) / 1000


def time_client(url: str) -> None:
    import httpx

    with httpx.Client(trust_env=False) as client:
        times = []
        for _ in range(WARM_UP + CALLS):
            start = time.perf_counter_ns()
            reply = client.post(url, json={"text": "Hello world"})
            assert reply.json()["ids"] == [19556, 905]
            times.append(microseconds(start))
    times = sorted(times[WARM_UP:])
    row("FastAPI and httpx, p50", statistics.median(times), "us", "one connection, kept alive")
    row("FastAPI and httpx, p99", times[len(times) * 99 // 100], "us")


def cpu_seconds(pid: int) -> float:
    """The processor time of another process: Linux makes the clock's number of the process's."""
    return time.clock_gettime((~pid << 3) | 2)


async def keep_busy(port: int, left: list[int], deadline: float) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    request = b"POST /tokenize HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s" % (len(BODY), BODY)
    while left[0] > 0 and time.monotonic() < deadline:
        left[0] -= 1
        writer.write(request)
        head = await reader.readuntil(b"\r\n\r\n")
        size = next(int(line.split(b":")[1]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length"))
        await reader.readexactly(size)
    writer.close()


async def load(port: int, pid: int) -> None:
    left, cpu, start = [LOAD_REQUESTS], cpu_seconds(pid), time.monotonic()
    await asyncio.gather(*(keep_busy(port, left, start + LOAD_SECONDS_MAX) for _ in range(CONNECTIONS)))
    done = LOAD_REQUESTS - max(left[0], 0)
    row(f"FastAPI, server's processor time a request, {CONNECTIONS} connections", (cpu_seconds(pid) - cpu) / done * 1e6, "us")
    row(f"FastAPI, requests a second, {CONNECTIONS} connections", done / (time.monotonic() - start), "1/s")


def measure() -> None:
    port = free_port()
    process = subprocess.Popen([sys.executable, __file__, "--serve", str(port)])
    try:
        wait_until_open(port, process)
        time_client(f"http://127.0.0.1:{port}/tokenize")
        asyncio.run(load(port, process.pid))
    finally:
        process.terminate()
        process.wait()


def main() -> int:
    if len(sys.argv) == 3 and sys.argv[1] == "--serve":
        serve(int(sys.argv[2]))
        return 0
    try:
        import fastapi  # noqa: F401
        import httpx  # noqa: F401
        import uvicorn  # noqa: F401
    except ImportError as error:
        print(json.dumps({"missing": f"{error.name} is not installed beside {sys.executable} (pip install fastapi uvicorn httpx)"}))
        return 0
    measure()
    return 0


if __name__ == "__main__":
    sys.exit(main())
