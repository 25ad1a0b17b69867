"""A real browser without a window, driven over its DevTools protocol. Needs Chromium on the machine."""

import asyncio
import base64
import contextlib
import json
import shutil
import subprocess
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp

from tests.box import free_port

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or ""
OPTIONS = (
    *("--headless=new", "--no-sandbox", "--disable-gpu", "--lang=en", "--window-size=480,900"),
    *("--use-fake-ui-for-media-stream", "--use-fake-device-for-media-stream"),
)


class Tab:
    """One page of the browser.

    Attributes:
        events: everything that the browser told of by itself.
    """

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self._socket = socket
        self._number = 0
        self._waiting: dict[int, asyncio.Future[dict[str, Any]]] = {}
        self.events: list[dict[str, Any]] = []

    async def listen(self) -> None:
        async for message in self._socket:
            said = json.loads(message.data)
            if "id" in said:
                self._waiting.pop(said["id"]).set_result(said)
            else:
                self.events.append(said)

    async def send(self, method: str, **parameters: Any) -> dict[str, Any]:
        self._number += 1
        future = self._waiting[self._number] = asyncio.get_running_loop().create_future()
        await self._socket.send_json({"id": self._number, "method": method, "params": parameters})
        said = await asyncio.wait_for(future, 60)
        assert "error" not in said, said
        found: dict[str, Any] = said["result"]
        return found

    async def js(self, code: str) -> Any:
        """The value of an expression; of a promise, once it is kept."""
        found = await self.send("Runtime.evaluate", expression=code, awaitPromise=True, returnByValue=True)
        assert "exceptionDetails" not in found, found["exceptionDetails"]
        return found["result"].get("value")

    async def until(self, code: str, seconds: float = 20) -> None:
        """Wait until an expression holds."""
        deadline = time.monotonic() + seconds
        while not await self.js(f"Boolean({code})"):
            if time.monotonic() >= deadline:
                said = await self.js("document.body.innerText")
                refused = [one["params"]["entry"] for one in self.events if one["method"] == "Log.entryAdded"]
                raise AssertionError(f"never: {code}; the page: {said[-300:]}; {refused}")
            await asyncio.sleep(0.1)

    async def choose(self, selector: str, *files: Path) -> None:
        """Choose files in an input."""
        root = (await self.send("DOM.getDocument"))["root"]["nodeId"]
        node = (await self.send("DOM.querySelector", nodeId=root, selector=selector))["nodeId"]
        await self.send("DOM.setFileInputFiles", nodeId=node, files=[str(one) for one in files])

    async def picture(self) -> bytes:
        """What the page looks like, PNG."""
        shot = await self.send("Page.captureScreenshot", format="png", captureBeyondViewport=True)
        return base64.b64decode(shot["data"])

    def complaints(self) -> list[str]:
        """What the console says that is no answer of a server: policies broken, exceptions."""
        entries = [one["params"]["entry"] for one in self.events if one["method"] == "Log.entryAdded"]
        found = [one["text"] for one in entries if one["source"] != "network"]
        return found + [
            str(one["params"]) for one in self.events if one["method"] == "Runtime.exceptionThrown"
        ]


@asynccontextmanager
async def browsing(profile: Path) -> AsyncIterator[Tab]:
    """A browser with an empty profile and one page."""
    port = free_port()
    command = [CHROMIUM, *OPTIONS, f"--remote-debugging-port={port}", f"--user-data-dir={profile}"]
    process = await asyncio.create_subprocess_exec(
        *command, "about:blank", stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        async with aiohttp.ClientSession() as http:
            address = await _address(http, port)
            async with http.ws_connect(address, max_msg_size=0) as socket:
                tab = Tab(socket)
                listening = asyncio.create_task(tab.listen())
                for domain in ("Page", "Runtime", "DOM", "Log", "Network"):
                    await tab.send(f"{domain}.enable")
                yield tab
                listening.cancel()
                with contextlib.suppress(asyncio.CancelledError):
                    await listening
    finally:
        process.terminate()
        await process.wait()


async def _address(http: aiohttp.ClientSession, port: int) -> str:
    for _ in range(300):
        with contextlib.suppress(aiohttp.ClientError):
            async with http.get(f"http://127.0.0.1:{port}/json") as answer:
                pages = [one for one in await answer.json() if one["type"] == "page"]
                if pages:
                    return str(pages[0]["webSocketDebuggerUrl"])
        await asyncio.sleep(0.1)
    raise RuntimeError("the browser does not start")
