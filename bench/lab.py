"""What the lab can do: how soon its page is there, how fast it draws, and what that takes from the engine.

    pip install websockets
    cargo build --release
    python bench/lab.py [PROGRAM] [--soak SECONDS]

Times mean nothing by themselves on a machine that others use: rates are told beside those of `train` and `map` in the same run. With
a Chromium on the path the page itself is measured, too.
"""

import asyncio
import http.client
import json
import re
import shutil
import subprocess
import sys
import tempfile
import time

import websockets

PROGRAM = next((word for word in sys.argv[1:] if not word.startswith("-") and not word.isdigit()), "target/release/headstart")
SOAK = int(sys.argv[sys.argv.index("--soak") + 1]) if "--soak" in sys.argv else 60
STARTS = "normal:10,normal:0.1,normal:0.01,he,glorot,lecun"
TASK = {"data": "circles", "layers": "2,10,5,1", "lr": "0.01", "rng": "numpy", "seed": "3"}
MAP = {**TASK, "init": "he", "steps": "1000", "x": "gain=0.01..30:log:64", "y": "lr=0.001..1:log:64"}


def flags(of):
    return [word for flag, value in of.items() for word in (f"--{flag}", value)]


class Lab:
    """A lab that runs."""

    def __init__(self):
        self.begin = time.time()
        self.process = subprocess.Popen([PROGRAM, "lab", "--no-browser"], stderr=subprocess.PIPE, text=True)
        link = next(line for line in self.process.stderr if line.startswith("http://")).strip()
        self.link = link
        self.port, self.token = re.match(r"http://127.0.0.1:(\d+)/\?token=(\w+)", link).groups()

    def tab(self):
        headers = {"Cookie": f"headstart-lab-{self.port}={self.token}", "Origin": f"http://127.0.0.1:{self.port}"}
        return websockets.connect(f"ws://127.0.0.1:{self.port}/live", additional_headers=headers, max_size=1 << 26)

    def memory(self):
        status = open(f"/proc/{self.process.pid}/status").read()
        return int(re.search(r"VmRSS:\s+(\d+)", status)[1]) / 1000

    def end(self):
        self.process.terminate()
        self.process.wait()


async def hear(tab, kind, seen=True):
    while True:
        told = json.loads(await tab.recv())
        if told["told"] == "frame" and seen:
            await tab.send(json.dumps({"do": "seen", "n": told["n"]}))
        if told["told"] == kind:
            return told
        if told["told"] == "error":
            raise SystemExit(told)


async def race(tab, seconds, steps=10**9, starts=STARTS):
    """Frames, updates and the time that they took, at full speed, after a second."""
    task = {**TASK, "steps": str(steps), "init": starts}
    await tab.send(json.dumps({"do": "race", "flags": task, "speed": None, "playing": True}))
    await hear(tab, "race")
    begin = time.time()
    while time.time() - begin < 4:
        frame = await hear(tab, "frame")
    first, begin, frames = frame["step"], time.time(), 0
    while time.time() - begin < seconds:
        frame = await hear(tab, "frame")
        frames += 1
    took = time.time() - begin
    return frames / took, (frame["step"] - first) * len(frame["starts"]) / took


def train(starts=STARTS, steps=200000):
    """Updates a second of the program itself."""
    begin = time.time()
    command = [PROGRAM, "train", *flags(TASK), "--init", starts, "--steps", str(steps), "--format", "json"]
    subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=True)
    return len(starts.split(",")) * steps / (time.time() - begin)


async def show(tab, view):
    """When a map's coarse whole is there, and all of it."""
    begin, coarse = time.time(), None
    await tab.send(json.dumps({"do": "map", "flags": MAP, "view": view}))
    while True:
        told = await hear(tab, "map")
        if coarse is None and told["done"] >= 81:
            coarse = time.time() - begin
        if told["over"]:
            return coarse, time.time() - begin


class Page:
    """A page in a browser, by the DevTools protocol."""

    def __init__(self, socket):
        self.socket, self.calls, self.session = socket, 0, None

    async def call(self, method, **parameters):
        self.calls += 1
        call = {"id": self.calls, "method": method, "params": parameters}
        if self.session:
            call["sessionId"] = self.session
        await self.socket.send(json.dumps(call))
        while True:
            told = json.loads(await self.socket.recv())
            if told.get("id") == self.calls:
                return told["result"]

    async def ask(self, script):
        told = await self.call("Runtime.evaluate", expression=script, returnByValue=True, awaitPromise=True)
        return told["result"].get("value")

    async def busy(self):
        metrics = {metric["name"]: metric["value"] for metric in (await self.call("Performance.getMetrics"))["metrics"]}
        return metrics["TaskDuration"], metrics["Timestamp"]


async def browser(lab):
    """How soon a first curve moves, frames a second that are drawn, and how busy the page's thread is."""
    chromium = shutil.which("chromium")
    if not chromium:
        print("no chromium: the page itself is not measured")
        return
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        command = [chromium, "--headless", "--no-sandbox", "--disable-gpu", "--remote-debugging-port=0", f"--user-data-dir={profile}",
                   "--window-size=1280,1600", "about:blank"]
        process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
        try:
            address = next(line for line in process.stderr if "DevTools listening on" in line).split(" on ")[1].strip()
            async with websockets.connect(address, max_size=1 << 26) as socket:
                page = Page(socket)
                target = (await page.call("Target.createTarget", url="about:blank"))["targetId"]
                page.session = (await page.call("Target.attachToTarget", targetId=target, flatten=True))["sessionId"]
                await page.call("Page.enable")
                await page.call("Performance.enable", timeDomain="timeTicks")
                # A frame that was drawn is told to the server; the second one has steps in it.
                await page.call(
                    "Page.addScriptToEvaluateOnNewDocument",
                    source="globalThis.frames = 0; const send = WebSocket.prototype.send;"
                    "WebSocket.prototype.send = function (text) {"
                    "  if (text.includes('seen') && ++frames === 2) globalThis.moves = performance.now();"
                    "  return send.call(this, text); }",
                )
                await page.call("Page.navigate", url=lab.link)
                while not (moves := await page.ask("globalThis.moves")):
                    await asyncio.sleep(0.05)
                print(f"page: the first curve moves {moves / 1000:.2f} s after the link is opened (target: 0.5)")
                hash_of = "&".join(f"{flag}={value}" for flag, value in {**TASK, "steps": "1000000000", "init": STARTS}.items())
                await page.ask(f"location.hash = '#race?{hash_of}&speed=max'")
                await asyncio.sleep(5)
                busy, at = await page.busy()
                frames = await page.ask("frames")
                await asyncio.sleep(10)
                busy_then, then = await page.busy()
                drawn = (await page.ask("frames") - frames) / (then - at)
                print(f"page: six starts at full speed: {drawn:.1f} frames a second, its thread {(busy_then - busy) / (then - at):.0%} busy")
        finally:
            process.kill()
            process.wait()


async def main():
    lab = Lab()
    print(f"served {time.time() - lab.begin:.3f} s after start")
    async with lab.tab() as tab:
        await hear(tab, "hello")
        begin = time.time()
        await tab.send(json.dumps({"do": "race", "flags": {**TASK, "steps": "15000", "init": STARTS}, "speed": 1500, "playing": True}))
        while (await hear(tab, "frame"))["step"] == 0:
            pass
        print(f"first frame with a step {time.time() - begin:.3f} s after it was asked for")
        shares = []
        for _ in range(5):
            # Between two of the program, as the machine's own rate changes.
            await tab.send(json.dumps({"do": "stop", "what": "race"}))
            before = train()
            frames, rate = await race(tab, 5)
            await tab.send(json.dumps({"do": "stop", "what": "race"}))
            engine = (before + train()) / 2
            shares.append(rate / engine)
            print(f"six circles starts: {frames:.1f} frames a second, {rate:,.0f} updates a second, train {engine:,.0f}: {rate / engine:.2f}")
        print(f"of the engine's rate the race has {sorted(shares)[2]:.2f} (target: 0.80)")
        await tab.send(json.dumps({"do": "stop", "what": "race"}))
        for zoom in (0, 20):
            view = {"zoom": [zoom, zoom], "at": [40_000_000, 30_000_000] if zoom else [0, 0]}
            coarse, whole = await show(tab, view)
            if zoom == 0:
                begin = time.time()
                subprocess.run([PROGRAM, "map", *flags(MAP)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=True)
                took = time.time() - begin
                print(f"map of 64 x 64 cells: coarse {coarse:.2f} s, whole {whole:.1f} s, map {took:.1f} s: {whole / took:.2f} (target: 1.2)")
            else:
                print(f"the same a million times closer: coarse {coarse:.2f} s, whole {whole:.1f} s")
        print(f"memory at first {lab.memory():.0f} MB")
        for part in range(4):
            frames, _ = await race(tab, SOAK / 4)
            print(f"after {(part + 1) * SOAK / 4:.0f} s of streaming at {frames:.0f} frames a second {lab.memory():.0f} MB")
    await browser(lab)
    lab.end()


asyncio.run(main())
