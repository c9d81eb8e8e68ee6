"""The page of the service in a browser: by mouse and keyboard, against a real server, for all."""

import io
import json
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING, Any

import pytest
import uvicorn
from PIL import Image as Pictures
from starlette.requests import Request

from tests.clips import Clip, Style, Text, render
from tests.encoding import Encoding
from tests.scenes import DARK
from tests.serving import JSON, Server, make_film, until
from vidocr import tracks
from vidocr.model import Cue
from vidocr.options import Options
from vidocr.service.app import make_app
from vidocr.service.identity import LOCAL, Identity
from vidocr.service.refusals import Refusal
from vidocr.service.settings import Settings

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, FilePayload, Page, Route

DEMO = Path("fixtures/videos/demo.mp4")
HOSTILE = "<img src=x onerror=alert(1)>"
POLICY = (
    "default-src 'self'; img-src 'self' blob: data:; media-src 'self' blob:; object-src 'none'; "
    "base-uri 'none'; frame-ancestors 'none'; form-action 'self'"
)
PATIENCE_MS = 120_000
FRAME_US = 40_000


@pytest.fixture(scope="module")
def server(browser: "Browser", tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    data = tmp_path_factory.mktemp("page") / "data"
    with Server(data, "--root", str(DEMO.parent), "--engine", "fake") as running:
        yield running


@pytest.fixture(scope="module")
def read(server: Server) -> JSON:
    """The demo clip, read; two of its cues are made doubtful by hand."""
    job = server.ended(server.job(DEMO, options=json.dumps({"engine": "rapid"})))
    kept = server.data / "jobs" / job["id"] / "out" / "cues.json"
    cues = json.loads(kept.read_text())
    cues[1] |= {"confidence": 0.6, "alternatives": ["We have never seen the fountains before."]}
    cues[3] |= {"confidence": 0.75, "flags": [HOSTILE]}
    kept.write_text(json.dumps(cues))
    return job


@pytest.fixture
def job(server: Server, read: JSON) -> JSON:
    """The same, without the edits of other tests."""
    path = f"/v1/jobs/{read['id']}/cues"
    now, first = server.get(path), server.get(path + "?original=true")
    wanted = ("start_us", "end_us", "lines", "place", "origins", "accepted")
    cues = [{name: cue[name] for name in wanted} for cue in first["cues"]]
    server.client.put(path, json={"revision": now["revision"], "cues": cues}).raise_for_status()
    return read


@dataclass
class Watch:
    """What a page complained of."""

    complaints: list[str] = field(default_factory=list)

    def over(self, page: "Page") -> None:
        page.on("console", lambda message: self.complaints.append(message.text))
        page.on("pageerror", lambda error: self.complaints.append(str(error)))


@contextmanager
def opened(browser: "Browser", url: str, route: str = "", **more: Any) -> "Iterator[Page]":
    """The page, under the strictest policy; it must complain of nothing."""
    with browser.new_context(**{"viewport": {"width": 1280, "height": 900}} | more) as context:
        set_up(context, url)
        page = context.new_page()
        watch = Watch()
        watch.over(page)
        page.goto(f"{url}/{route}")
        page.wait_for_selector("main h1")
        yield page
        assert watch.complaints == []


def set_up(context: "BrowserContext", url: str) -> None:
    """Patience, for the machine may have other things to do, and the strictest policy."""
    context.set_default_timeout(PATIENCE_MS)

    def answered(route: "Route") -> None:
        answer = route.fetch()
        headers = answer.headers | {"content-security-policy": POLICY}
        route.fulfill(response=answer, headers=headers)

    context.route(f"{url}/", answered)


def url_of(server: Server) -> str:
    return str(server.client.base_url).rstrip("/")


@pytest.fixture
def page(browser: "Browser", server: Server) -> "Iterator[Page]":
    with opened(browser, url_of(server)) as page:
        yield page


@pytest.fixture
def review(browser: "Browser", server: Server, job: JSON) -> "Iterator[Page]":
    with opened(browser, url_of(server), f"#/jobs/{job['id']}") as page:
        page.wait_for_selector(".cue[aria-current]")
        yield page


def downloaded(page: "Page", format: str) -> str:
    page.click("summary:has-text('Download')")
    with page.expect_download() as waiting:
        page.click(f"[data-format={format}]")
    assert waiting.value.suggested_filename == f"demo.{format}"
    return Path(waiting.value.path()).read_text()


def texts(page: "Page") -> list[str]:
    lines = "text => [...text.children].map(line => line.textContent).join('\\n')"
    shown: list[str] = page.evaluate(f"[...document.querySelectorAll('.cue p.text')].map({lines})")
    return shown


def holds(page: "Page", script: str) -> None:
    """Wait until it does; the policy keeps Playwright from waiting by itself."""
    until(lambda: page.evaluate(script) or None)


def saved(page: "Page") -> None:
    page.wait_for_selector(".saved:text-is('All is saved')")


def stored(server: Server, job: JSON) -> list[JSON]:
    cues: list[JSON] = server.get(f"/v1/jobs/{job['id']}/cues")["cues"]
    return cues


def simple(cues: list[Cue]) -> list[tuple[int, int, str]]:
    return [(cue.start_us, cue.end_us, cue.text) for cue in cues]


def test_from_a_film_to_the_track_that_a_person_mended(page: "Page", server: Server) -> None:
    page.set_input_files("#film", DEMO)
    page.wait_for_selector(".region")
    holds(page, "document.querySelector('.setup .stage img').naturalWidth > 0")
    page.locator(".region").focus()
    page.keyboard.press("ArrowUp")
    page.get_by_label("Engine").select_option("rapid")
    page.click("button:has-text('Read it')")
    page.wait_for_selector(".cue")
    job = server.get("/v1/jobs")["jobs"][0]
    assert job["options"]["engine"] == "rapid" and len(job["options"]["regions"]) == 1
    before = simple(tracks.parse(downloaded(page, "srt"), "srt"))
    assert len(before) == 7
    page.get_by_label("Order").select_option("time")

    page.click(".cue:nth-child(1) p.text")  # correct one
    page.fill(".cue textarea", "The train leaves\nat eight.")
    page.keyboard.press("Enter")
    page.click(".cue:nth-child(2)")  # change a time: it goes to the nearest frame
    page.get_by_label("Start", exact=True).fill("0:02.570")
    page.keyboard.press("Enter")
    page.click(".cue:nth-child(4) .when")  # split, with the player on its frame
    for key in ("Shift+ArrowRight", "ArrowRight", "ArrowRight"):
        page.keyboard.press(key)
    page.click(".cue[aria-current] [data-act=split]")
    assert len(texts(page)) == 8
    page.click(".cue:nth-child(6) .when")  # join two
    page.click(".cue[aria-current] [data-act=join]")
    page.click(".cue:nth-child(7) .when")  # delete one, and think again
    page.click(".cue[aria-current] [data-act=remove]")
    assert len(texts(page)) == 6
    page.click("button:has-text('Undo')")

    cut = before[3][0] + 1_000_000 + 2 * FRAME_US
    first, second = before[3][2].split("\n")
    expected = [
        (before[0][0], before[0][1], "The train leaves\nat eight."),
        (2_560_000, before[1][1], before[1][2]),
        before[2],
        (before[3][0], cut, first),
        (cut, before[3][1], second),
        (before[4][0], before[5][1], f"{before[4][2]}\n{before[5][2]}"),
        before[6],
    ]
    assert simple(tracks.parse(downloaded(page, "srt"), "srt")) == expected
    page.reload()
    page.wait_for_selector(".cue")
    assert len(texts(page)) == 7
    assert simple(tracks.parse(downloaded(page, "vtt"), "vtt")) == expected


def test_the_keyboard_is_enough(review: "Page", server: Server, job: JSON) -> None:
    press, type_ = review.keyboard.press, review.keyboard.type
    assert texts(review)[0] == "We have never seen the mountains before."  # the worst
    press("1")
    assert texts(review)[0] == "We have never seen the fountains before."
    press("o")
    press("Home")
    press("Enter")
    press("Control+a")
    type_("A train,")
    press("Shift+Enter")
    type_("at seven")
    for _ in range(5):
        press("ArrowLeft")
    press("Control+Enter")  # before "seven"
    assert texts(review)[:2] == ["A train,\nat", "seven"]
    press("Control+z")
    assert texts(review)[0] == "The train leaves at seven in the morning."
    press("Control+y")
    press("j")
    press(".")
    press(">")
    press("ArrowDown")
    press("ArrowRight")
    press("[")
    press("a")
    press("Delete")
    press("Home")
    press("ArrowRight")
    press("n")
    type_("New")
    press("Enter")
    press("Control+s")
    saved(review)
    told = [(cue["start_us"], cue["end_us"], cue["lines"]) for cue in stored(server, job)]
    assert told[:3] == [
        (480_000 + FRAME_US, 2_480_000 + FRAME_US, ["A train,", "at", "seven"]),
        (480_000 + 2 * FRAME_US, 2_040_000, ["New"]),
        (2_640_000 + FRAME_US, 4_480_000, ["We have never seen the fountains before."]),
    ]
    assert [cue["accepted"] for cue in stored(server, job)] == [False] * 2 + [True] + [False] * 4
    press("/")
    type_("evening")
    assert len(texts(review)) == 1
    press("Escape")
    press("?")
    review.wait_for_selector("dialog:has-text('Split at the caret')")
    press("Escape")
    press("d")
    assert len(texts(review)) < 7


def test_a_key_that_types_commands_nothing(review: "Page") -> None:
    before = texts(review)
    review.keyboard.press("/")
    review.keyboard.type("sjadn")
    review.keyboard.press("Escape")
    review.get_by_label("Start", exact=True).fill("never")
    review.keyboard.press("Enter")
    assert "is no time" in review.inner_text(".note")
    assert review.get_by_label("Start", exact=True).get_attribute("aria-invalid") == "true"
    review.get_by_label("Start", exact=True).fill("9:00")
    review.keyboard.press("Enter")
    assert "before the end" in review.inner_text(".note")
    review.keyboard.press("Escape")
    assert texts(review) == before
    assert review.get_by_label("Start", exact=True).input_value() == "0:02.640"


def test_the_player_shows_the_track_as_it_is_edited(review: "Page") -> None:
    shown = "[...document.querySelector('video').textTracks[0].cues].map(cue => cue.text)"
    assert len(review.evaluate(shown)) == 7
    review.keyboard.press("Enter")
    review.keyboard.press("Control+a")
    review.keyboard.type("<b>1 & 2</b>")
    review.keyboard.press("Enter")
    assert "&lt;b&gt;1 &amp; 2&lt;/b&gt;" in review.evaluate(shown)
    assert texts(review)[0] == "<b>1 & 2</b>"
    review.keyboard.press("p")
    holds(review, "!document.querySelector('video').paused")
    holds(review, "document.querySelector('video').paused")  # the cue is over
    assert review.evaluate("document.querySelector('video').currentTime") >= 4.4
    review.keyboard.press("Control+z")
    saved(review)


def test_the_list_can_be_sifted(review: "Page") -> None:
    review.click("[value=doubtful]")
    assert len(texts(review)) == 2
    assert review.locator(".doubts").text_content() == HOSTILE  # drawn or not
    review.keyboard.press("a")  # what is done does not jump away
    assert len(texts(review)) == 2 and "Doubtful 1" in review.inner_text(".chips")
    review.click("[value=open]")
    assert len(texts(review)) == 6
    review.click("[value=all]")
    review.get_by_label("Search in texts").fill("LOVELY")
    assert [text.split("\n")[-1] for text in texts(review)][-1] == "The weather is lovely today."
    pictures = review.locator(".cue .pictures img")
    pictures.last.scroll_into_view_if_needed()
    size = "image => image.decode().then(() => image.naturalWidth)"
    assert pictures.last.evaluate(size) > 50


@pytest.fixture
def complaining(browser: "Browser", server: Server) -> "Iterator[Page]":
    """A page whose requests fail, which the browser tells in its console."""
    with browser.new_context() as context:
        context.set_default_timeout(PATIENCE_MS)
        yield context.new_page()


def test_an_edit_of_another_is_not_lost(complaining: "Page", server: Server, job: JSON) -> None:
    def another(text: str) -> None:
        now = server.get(f"/v1/jobs/{job['id']}/cues")
        cues = [{"start_us": 0, "end_us": 10**6, "lines": [text]}]
        answer = server.client.put(
            f"/v1/jobs/{job['id']}/cues", json={"revision": now["revision"], "cues": cues}
        )
        assert answer.status_code == 200

    complaining.goto(f"{url_of(server)}/#/jobs/{job['id']}")
    complaining.wait_for_selector(".cue[aria-current]")
    another("Theirs")
    complaining.keyboard.press("a")
    complaining.wait_for_selector(".conflict:has-text('Someone else')")
    assert [cue["lines"] for cue in stored(server, job)] == [["Theirs"]]
    complaining.click("text=Keep mine instead")
    saved(complaining)
    assert len(stored(server, job)) == 7
    another("Theirs again")
    complaining.keyboard.press("a")
    complaining.click("text=Take theirs")
    complaining.wait_for_selector(".line:text-is('Theirs again')")
    assert complaining.locator(".saved").inner_text() == "All is saved"


def test_what_could_not_be_saved_is_saved_later(
    complaining: "Page", server: Server, job: JSON
) -> None:
    complaining.goto(f"{url_of(server)}/#/jobs/{job['id']}")
    complaining.wait_for_selector(".cue[aria-current]")
    complaining.route("**/cues", lambda route: route.abort())
    complaining.keyboard.press("a")
    complaining.wait_for_selector(".saved[data-state=failed]:has-text('reached')")
    complaining.unroute("**/cues")
    saved(complaining)
    assert [cue["accepted"] for cue in stored(server, job)].count(True) == 1


def test_a_film_that_browsers_cannot_play_is_stepped_through(
    complaining: "Page", server: Server, tmp_path: Path
) -> None:
    film = tmp_path / "old.mp4"
    text = Text(5, 15, "The lake was calm.", Style(size=0.12))
    kind = Encoding(codec="mpeg4", options={})
    render(Clip((320, 180), 2, DARK, (text,), fps=Fraction(10), encoding=kind), film)
    job = server.ended(server.job(film))
    complaining.goto(f"{url_of(server)}/#/jobs/{job['id']}")
    complaining.wait_for_selector(".unplayed")
    complaining.wait_for_selector(".caption:has-text('by')")
    complaining.keyboard.press("ArrowRight")
    complaining.wait_for_selector(".screen img[src*='time_us=600000']")
    assert complaining.inner_text(".clock") == "0:00.600"
    loaded = "image => image.decode().then(() => image.naturalWidth)"
    assert complaining.locator(".screen img").evaluate(loaded) == 320


def test_hostile_names_do_nothing(page: "Page", server: Server, tmp_path: Path) -> None:
    content = make_film(tmp_path / "a.mp4").read_bytes()
    name = f"{HOSTILE}.svg.mp4"
    page.set_input_files("#film", {"name": name, "mimeType": "video/mp4", "buffer": content})
    page.wait_for_selector(".setup")
    assert page.inner_text("h1") == name
    page.click("header a:text-is('Films')")
    page.get_by_role("link", name=name, exact=True).wait_for()
    holds(page, "[...document.images].every(image => image.complete)")  # else they look for it
    assert page.locator("[onerror]").count() == 0
    page.click(f"[aria-label='Delete {name}']")
    page.click("dialog button.main")
    page.get_by_role("link", name=name, exact=True).wait_for(state="detached")
    assert name not in [job["name"] for job in server.get("/v1/jobs")["jobs"]]


def test_a_film_on_the_server_is_picked_and_its_region_dragged(
    page: "Page", server: Server
) -> None:
    page.click("text=On the server…")
    page.get_by_role("button", name="box.mkv").click()
    region = page.locator(".region")
    region.wait_for()
    holds(page, "document.querySelector('.setup .stage img').naturalWidth > 0")
    page.click("text=Mark a region")
    region.last.scroll_into_view_if_needed()
    assert region.count() == 2
    box = region.last.bounding_box()
    assert box
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] - 900)
    page.mouse.up()
    assert "10 %, 0 %" in str(region.last.get_attribute("aria-label"))
    box = region.last.bounding_box()
    assert box
    touch(page, (box["x"] + 5, box["y"] + 5), (box["width"] / 8, 0))  # a corner, by a finger
    assert "20 %, 0 %, 70 % wide" in str(region.last.get_attribute("aria-label"))
    page.keyboard.press("Shift+ArrowDown")
    assert "18 % high" in str(region.last.get_attribute("aria-label"))
    page.keyboard.press("Delete")
    assert region.count() == 1
    job = server.get("/v1/jobs?state=held")["jobs"][0]
    page.click("button:text-is('Delete')")
    page.click("dialog button.main")
    page.wait_for_selector(".drop")
    assert server.client.get(f"/v1/jobs/{job['id']}").status_code == 404


def touch(page: "Page", at: tuple[float, float], by: tuple[float, float]) -> None:
    """A finger that goes down somewhere and is drawn along."""
    session = page.context.new_cdp_session(page)
    there = {"x": at[0] + by[0], "y": at[1] + by[1]}
    for kind, points in (
        ("touchStart", [{"x": at[0], "y": at[1]}]),
        ("touchMove", [there]),
        ("touchEnd", []),
    ):
        session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})


def test_options_that_are_wrong_are_told(complaining: "Page", server: Server) -> None:
    job = server.job(DEMO, hold="true")
    complaining.goto(f"{url_of(server)}/#/jobs/{job['id']}")
    complaining.get_by_label("From").fill("never")
    complaining.click("button:has-text('Read it')")
    complaining.wait_for_selector(".problem:has-text('options.start')")
    assert server.client.delete(f"/v1/jobs/{job['id']}").status_code == 204


def picture() -> "FilePayload":
    to = io.BytesIO()
    Pictures.new("RGB", (120, 40)).save(to, "PNG")
    return {"name": f"{HOSTILE}.png", "mimeType": "image/png", "buffer": to.getvalue()}


def test_a_picture_is_read(browser: "Browser", server: Server) -> None:
    allowed = ["clipboard-read", "clipboard-write"]
    with opened(browser, url_of(server), "#/picture", permissions=allowed) as page:
        for task in ("fields", "table", "translate", "prompt"):
            assert page.locator(f"[value={task}]").is_disabled()
        assert "need a model, and fake reads here" in page.inner_text("#cannot")
        page.set_input_files("#picture", picture())
        assert f"{HOSTILE}.png" in page.inner_text(".canvas")
        page.check("[value=spot]")
        page.click("text=Read the picture")
        page.wait_for_selector(".answer pre:text-is('120 by 40')")
        assert page.locator(".boxes rect").count() == 1
        assert page.locator(".boxes rect").get_attribute("y") == "10"
        page.click("button:text-is('Copy')")
        page.wait_for_selector("text=Copied")
        assert page.evaluate("navigator.clipboard.readText()") == "120 by 40"


def test_a_model_is_asked_in_words(browser: "Browser", server: Server) -> None:
    """What is sent where a model reads; the answers are made up."""
    asked: list[str] = []

    def answered(route: "Route") -> None:
        asked.append((route.request.post_data_buffer or b"").decode("utf-8", "replace"))
        told = {"text": '```json\n{"name": "Ada"}\n```', "lines": [], "confidence": 1}
        more = {"cut_off": False, "width": 120, "height": 40, "engine": "m", "task": None}
        route.fulfill(json=told | more)

    def able(route: "Route") -> None:
        told = server.get("/v1/engines")
        tasks = ["text", "fields", "translate"]
        route.fulfill(json=told | {"tasks": tasks, "prompts": True, "reads": "m"})

    with browser.new_context() as context:
        context.set_default_timeout(PATIENCE_MS)
        context.route("**/v1/engines", able)
        context.route("**/v1/ocr", answered)
        page = context.new_page()
        page.goto(f"{url_of(server)}/#/picture")
        page.set_input_files("#picture", picture())
        page.check("[value=fields]")
        page.get_by_label("Fields, with commas").fill("name, date")
        page.click("text=Read the picture")
        page.wait_for_selector('.answer pre:text-is(\'{ "name": "Ada" }\')')
        page.check("[value=prompt]")
        page.get_by_label("Prompt", exact=True).fill("Who is it?")
        page.click("text=Read the picture")
        until(lambda: len(asked) == 2)
    assert 'name="keys"\r\n\r\nname, date' in asked[0] and "fields" in asked[0]
    assert 'name="prompt"\r\n\r\nWho is it?' in asked[1] and 'name="task"' not in asked[1]


class _Key:
    """One token opens all."""

    def identify(self, request: Request) -> Identity:
        if request.headers.get("Authorization") != "Bearer right":
            raise Refusal(401, "unauthenticated", "that token is not known here")
        return LOCAL


@contextmanager
def guarded(data: Path) -> Iterator[str]:
    """The service with a token, in this process; its address."""
    settings = Settings(data=data, roots=(DEMO.parent,), options=Options(engine="fake"))
    app, policy = make_app(settings, _Key()), ("Content-Security-Policy", POLICY)
    server = uvicorn.Server(uvicorn.Config(app, log_config=None, lifespan="on", headers=[policy]))
    with socket.create_server(("127.0.0.1", 0)) as at:
        thread = Thread(target=server.run, kwargs={"sockets": [at]})
        thread.start()
        try:
            until(lambda: server.started)
            yield f"http://127.0.0.1:{at.getsockname()[1]}"
        finally:
            server.should_exit = True
            thread.join()


def test_a_token_is_asked_for_and_lent_to_pictures(browser: "Browser", tmp_path: Path) -> None:
    film = make_film(tmp_path / "lake.mp4")
    with guarded(tmp_path / "data") as url, browser.new_context() as context:
        context.set_default_timeout(PATIENCE_MS)
        page = context.new_page()
        page.goto(url)
        page.get_by_label("Token").fill("wrong")
        page.keyboard.press("Enter")
        page.wait_for_selector("dialog:has-text('not known')")
        page.get_by_label("Token").fill("right")
        page.keyboard.press("Enter")
        page.set_input_files("#film", film)
        page.click("button:has-text('Read it')")
        page.wait_for_selector(".cue[aria-current]")
        holds(page, "document.querySelector('video').readyState > 1")
        picture = page.locator(".cue .pictures img").first
        assert picture.evaluate("image => image.decode().then(() => image.naturalWidth)") > 20
        page.reload()  # the tab knows the token
        page.wait_for_selector(".cue[aria-current]")
        page.click("text=Sign out")
        page.get_by_label("Token").wait_for()


COUNTED = """
const [create, revoke] = [URL.createObjectURL, URL.revokeObjectURL];
window.held = new Set();
window.made = 0;
URL.createObjectURL = (blob) => {
  const href = create.call(URL, blob);
  window.made += 1;
  window.held.add(href);
  return href;
};
URL.revokeObjectURL = (href) => {
  window.held.delete(href);
  revoke.call(URL, href);
};
"""


def test_a_page_from_afar_gets_pictures_with_its_token(browser: "Browser", tmp_path: Path) -> None:
    """By plain HTTP, where browsers run no workers that could put the token on them."""
    film = make_film(tmp_path / "lake.mp4", 12)
    with guarded(tmp_path / "data") as url, browser.new_context() as context:
        afar = url.replace("127.0.0.1", "afar.example")
        context.set_default_timeout(PATIENCE_MS)
        context.add_init_script(COUNTED)
        page = context.new_page()
        watch = Watch()
        page.goto(afar)
        assert page.evaluate("[isSecureContext, 'serviceWorker' in navigator]") == [False, False]
        page.get_by_label("Token").fill("right")
        page.keyboard.press("Enter")
        page.wait_for_selector(".drop")
        watch.over(page)  # from here on: that a token is wanted, the browser tells, too
        page.set_input_files("#film", film)
        holds(page, "document.querySelector('.setup .stage img')?.naturalWidth > 0")
        for us in (5_000_000, 11_000_000):  # the last one shows
            page.get_by_role("slider").fill(str(us))
        holds(page, "window.made > 1")
        page.click("button:has-text('Read it')")
        page.wait_for_selector(".cue[aria-current]")
        page.wait_for_selector(".unplayed:has-text('over HTTPS')")
        size = "image => image.decode().then(() => image.naturalWidth)"
        holds(page, "document.querySelector('.screen img').naturalWidth > 0")
        pictures = page.locator(".cue .pictures img")
        holds(page, "document.querySelector('.cue .pictures img').naturalWidth > 20")
        pictures.last.scroll_into_view_if_needed()
        until(lambda: pictures.last.evaluate(size) > 20)
        page.keyboard.press("ArrowRight")
        holds(page, "document.querySelector('.screen img').alt.includes('0:00.6')")
        page.click("header a:text-is('Films')")
        holds(page, "document.querySelector('.thumb img')?.naturalWidth > 0")
        holds(page, "window.held.size === 0")
        assert watch.complaints == []


VIEWS = ("", "setup", "review", "editing", "help", "#/picture")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 360])
def test_everybody_can_use_it(
    browser: "Browser", server: Server, job: JSON, scheme: Any, width: int
) -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="needs axe").Axe()
    held = server.job(DEMO, hold="true")
    faults = []
    more = {"viewport": {"width": width, "height": 800}, "color_scheme": scheme}
    with opened(browser, url_of(server), reduced_motion="reduce", **more) as page:
        for view in VIEWS:
            show(page, view, job, held)
            assert page.evaluate("document.documentElement.scrollWidth") <= width, view
            for fault in axe.run(page).response["violations"]:
                if fault["impact"] in ("serious", "critical"):
                    faults.append((view, fault["id"], fault["nodes"][0]["html"]))
    server.client.delete(f"/v1/jobs/{held['id']}")
    assert faults == []


def show(page: "Page", view: str, job: JSON, held: JSON) -> None:
    """One of the views, with what it shows at its fullest."""
    route = {"setup": f"#/jobs/{held['id']}", "": "#/", "#/picture": view}
    page.evaluate("hash => location.hash = hash", route.get(view, f"#/jobs/{job['id']}"))
    if view == "":
        page.wait_for_selector(".job")
    elif view == "setup":
        page.wait_for_selector(".region")
        page.click("summary:has-text('More options')")
    elif view == "#/picture":
        page.set_input_files("#picture", picture())
        page.click("text=Read the picture")
        page.wait_for_selector(".answer pre")
    else:
        page.wait_for_selector(".cue[aria-current]")
    if view == "review":
        assert page.evaluate("scrollY") == 0  # the player stays in sight
    elif view == "editing":
        page.keyboard.press("Enter")
        page.click("summary:has-text('Download')")
        page.keyboard.press("Enter")
    elif view == "help":
        page.click("button:text-is('Keys')")
