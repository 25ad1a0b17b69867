"""The applicant's page in a real browser, from the document to the end, before a made camera.

Chromium is no part of set-up: without it these are skipped. With `make soak`, for they take half a minute.
"""

import asyncio
import base64
import json

import pytest

from appliance.domain.challenge import SENTENCES, Action
from tests.browser import CHROMIUM, Tab, browsing
from tests.contract.onboarder.shapes import created

pytestmark = [
    pytest.mark.soak,
    pytest.mark.skipif(not CHROMIUM, reason="skipped: no Chromium"),
]
CAMERA = """
(() => {
  let playing = [], last = null;
  const canvas = document.createElement("canvas");
  canvas.getContext("2d");
  const stream = canvas.captureStream(30);
  window.__show = async (frames) => {
    const load = async (one) => createImageBitmap(await (await fetch(one)).blob());
    playing = await Promise.all(frames.map(load));
  };
  setInterval(() => {
    last = playing.shift() || last;
    if (!last) return;
    canvas.width = last.width;
    canvas.height = last.height;
    canvas.getContext("2d").drawImage(last, 0, 0);
  }, 160);
  navigator.mediaDevices.getUserMedia = async () => stream.clone();
})()
"""
"""A camera that shows the frames that it is given, then the last of them."""


async def opened(tab: Tab, address: str) -> None:
    await tab.send("Page.navigate", url=address)
    await tab.until("document.querySelector('#document') && !document.querySelector('#document').hidden")


async def sent(tab: Tab, step: str, following: str) -> None:
    await tab.js(f"document.querySelector('#{step} form').requestSubmit()")
    await tab.until(f"!document.querySelector('#{following}').hidden")


@pytest.mark.usefixtures("lists")
async def test_a_person_goes_through_in_front_of_a_camera(tmp_path, partner, passport, selfie, perform):
    (tmp_path / "passport.jpg").write_bytes(passport.photograph.jpeg)
    (tmp_path / "selfie.jpg").write_bytes(selfie)
    for _ in range(3):  # made movements are not always seen, and the page goes on after three tries
        body = {"external_user_id": "u", "redirect_url": "https://partner.example/back"}
        made = created(partner.post("/partner/sessions", json=body))
        await through(tmp_path, made, perform)
        found = partner.get(f"/partner/sessions/{made['session_id']}").json()
        assert found["status"] in {"approved", "manual_review", "rejected"}
        if found["verification_results"]["liveness_passed"]:
            break
    assert found["verification_results"]["liveness_passed"] is True
    assert found["status"] in {"approved", "manual_review"}, found


async def through(folder, made, perform) -> None:
    """From the document to the end."""
    async with browsing(folder / made["session_id"]) as tab:
        await tab.send("Page.setBypassCSP", enabled=True)  # for the made camera's pictures alone
        await opened(tab, made["kyc_url"])
        await tab.js(CAMERA)
        await tab.choose("#document-file", folder / "passport.jpg")
        await tab.js("document.querySelector('#country').value = 'US'")
        await sent(tab, "document", "selfie")
        await tab.choose("#selfie-file", folder / "selfie.jpg")
        await sent(tab, "selfie", "liveness")
        for seed in range(9):
            await performed(tab, perform, seed)
            if await tab.js("document.querySelector('#liveness').hidden"):
                break
        await tab.until("!document.querySelector('#submit').hidden")
        await tab.js("document.querySelector('#submit .send').click()")
        await tab.until("!document.querySelector('#over').hidden")
        assert await tab.js("document.querySelector('#back').href") == "https://partner.example/back"
        assert await tab.js("document.activeElement.textContent") == "Thank you"
        assert await tab.js("document.cookie") == ""
        assert tab.complaints() == []


async def performed(tab: Tab, perform, seed: int) -> None:
    """Begin, see what is asked, do it."""
    neutral = await asyncio.to_thread(perform, "", seed)
    await show(tab, neutral)
    await tab.js("document.querySelector('#liveness .begin').click()")
    await tab.until("document.querySelector('#liveness .actions li')")
    asked = [Action(one) for one in (await tab.js(STATE))["actions"]]
    frames = await asyncio.to_thread(perform, ", then ".join(SENTENCES[one] for one in asked), seed)
    await show(tab, frames)
    await tab.until(
        "document.querySelector('#liveness').hidden || !document.querySelector('#liveness .begin').disabled"
    )


STATE = "fetch(document.body.dataset.session + '/state').then((answer) => answer.json())"


async def show(tab: Tab, frames: list[bytes]) -> None:
    urls = [f"data:image/jpeg;base64,{base64.b64encode(one).decode()}" for one in frames]
    await tab.js(f"__show({json.dumps(urls)})")


async def test_without_a_camera_pictures_are_chosen_and_every_language_shows(
    tmp_path, partner, passport, selfie
):
    made = created(partner.post("/partner/sessions", json={"external_user_id": "u"}))
    (tmp_path / "passport.jpg").write_bytes(passport.photograph.jpeg)
    (tmp_path / "selfie.jpg").write_bytes(selfie)
    async with browsing(tmp_path / "profile") as tab:
        await opened(tab, made["kyc_url"])
        heads = set()
        for language in ("hi", "es", "fr", "en"):
            await tab.js(
                f"document.querySelector('#language').value = '{language}';"
                " document.querySelector('#language').dispatchEvent(new Event('change'))"
            )
            assert await tab.js("document.documentElement.lang") == language
            heads.add(await tab.js("document.querySelector('h1').textContent"))
        assert len(heads) == 4
        await tab.js("navigator.mediaDevices.getUserMedia = async () => { throw new Error('no'); }")
        await tab.choose("#document-file", tmp_path / "passport.jpg")
        await tab.js("document.querySelector('#document form').requestSubmit()")
        assert await tab.js("document.querySelector('#selfie').hidden")  # no state was chosen
        await tab.js("document.querySelector('#country').value = 'US'")
        await sent(tab, "document", "selfie")
        await tab.choose("#selfie-file", tmp_path / "selfie.jpg")
        await sent(tab, "selfie", "liveness")
        await tab.js("document.querySelector('#liveness .begin').click()")
        await tab.until("!document.querySelector('#liveness .by-file').hidden")
        assert await tab.js("document.querySelectorAll('#liveness .actions li').length") == 2
        await tab.choose("#frames", *[tmp_path / "selfie.jpg"] * 4)
        await tab.js("document.querySelector('#liveness form').requestSubmit()")
        await tab.until("document.querySelector('#said').classList.contains('bad')")
        assert tab.complaints() == []
