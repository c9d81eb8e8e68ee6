"""The page of evidence in a browser: from disk, by mouse and keyboard, for everybody."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.test_evidence import CUES, FILM, HOSTILE, REPORT, cue
from vidocr.evidence import page

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page


@dataclass
class Watch:
    """What a page complained of, and what it asked for."""

    complaints: list[str] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)

    def over(self, opened: "Page") -> None:
        opened.on("console", lambda message: self.complaints.append(message.text))
        opened.on("pageerror", lambda error: self.complaints.append(str(error)))
        opened.on("dialog", lambda dialog: self.complaints.append(dialog.message))
        opened.on("request", lambda request: self.asked.append(request.url))


@pytest.fixture
def watch() -> Watch:
    return Watch()


@pytest.fixture
def opened(browser: "Browser", watch: Watch, tmp_path: Path) -> Iterator["Page"]:
    """The page of the cues, from disk. It must complain of nothing, and ask for nothing."""
    place = tmp_path / "page.html"
    place.write_text(page(CUES, REPORT, FILM))
    with browser.new_context(viewport={"width": 1280, "height": 900}) as context:
        opened = context.new_page()
        watch.over(opened)
        opened.goto(place.as_uri())
        yield opened
        assert watch.complaints == []
        assert [url for url in watch.asked if not url.startswith("data:")] == [place.as_uri()]


def numbers(opened: "Page") -> list[int]:
    """Of the cues that are shown, in their order."""
    shown = opened.locator("#list .number").all_text_contents()
    return [int(text) for text in shown]


def current(opened: "Page") -> str:
    return str(opened.locator("[aria-current]").get_attribute("id"))


def test_the_worst_come_first_and_time_is_another_order(opened: "Page") -> None:
    assert set(numbers(opened)[:4]) == {37, 38, 40, 21}
    opened.select_option("#order", "time")
    assert numbers(opened) == list(range(1, 41))


def test_filters_show_a_part(opened: "Page") -> None:
    expected = {"doubtful": {21, 37, 38, 40}, "flagged": {38}, "short": {40}, "changed": {39}}
    for name, cues in expected.items():
        opened.click(f"#filters [value={name}]")
        assert set(numbers(opened)) == cues
        assert opened.locator("[aria-pressed=true]").get_attribute("value") == name
    assert opened.inner_text("#status") == "1 of 40 cues"


def test_the_search_looks_at_all_readings(opened: "Page") -> None:
    for query, cues in (("STORMY", [37]), ("good night", [38]), ("nothing at all", [])):
        opened.fill("#query", query)
        assert numbers(opened) == cues
    assert opened.inner_text("#none") == "No cue is like that."


def test_a_card_shows_what_bears_the_cue_out(opened: "Page") -> None:
    card = opened.locator("#cue-38")
    card.scroll_into_view_if_needed()
    text = card.inner_text()
    for part in ("3:05.000", "3:07.000", "2.00 s", "frames 4625–4674", "99 %", "rapid · en",
                 "Gute Nacht.", "Good night.", "translated by server", "not sure"):  # fmt: skip
        assert part in text
    picture = card.locator("img")
    assert picture.evaluate("image => image.decode().then(() => image.naturalWidth)") == 200


def test_pictures_far_away_wait(opened: "Page") -> None:
    assert 0 < opened.locator("#list img").count() < 30
    opened.locator("#list li").last.scroll_into_view_if_needed()
    opened.wait_for_selector("#list li:last-child img")


def test_the_keyboard_is_enough(opened: "Page") -> None:
    press = opened.keyboard.press
    press("o")
    press("j")
    press("j")
    assert current(opened) == "cue-2"
    assert opened.evaluate("document.activeElement.id") == "cue-2"
    press("k")
    press("k")
    assert current(opened) == "cue-1"
    press("d")
    assert numbers(opened) == [21, 37, 38, 40]
    press("/")
    opened.keyboard.type("dj")
    assert opened.input_value("#query") == "dj" and numbers(opened) == []
    press("Escape")
    assert len(numbers(opened)) == 40
    press("/")
    opened.keyboard.type("stormy")
    press("Enter")
    assert current(opened) == "cue-37"


def test_the_timeline_leads_to_the_cue_and_to_what_is_none(opened: "Page") -> None:
    def click(lane: str, share: float) -> None:
        box = opened.locator(f".lane.{lane}").bounding_box()
        assert box
        opened.mouse.click(box["x"] + share * box["width"], box["y"] + box["height"] / 2)

    click("cues", 186 / 400)
    assert current(opened) == "cue-38"
    opened.evaluate("scrollTo(0, 0)")
    click("out", 300 / 400)
    sight = opened.locator("#reasons details[open] li:focus")
    assert sight.get_by_role("button").first.inner_text() == "5:00.000"


def test_the_timeline_can_be_spread(opened: "Page") -> None:
    assert opened.locator("#zoom-out").is_disabled()
    opened.click("#zoom-in")
    wide = "[track.offsetWidth, scroll.clientWidth]".replace("scroll", "document.all.scroll")
    track, seen = opened.evaluate(wide)
    assert track == pytest.approx(2 * seen, abs=2)
    opened.click("#zoom-all")
    assert opened.evaluate("track.offsetWidth") == seen


def test_a_cue_has_an_address(opened: "Page") -> None:
    opened.evaluate("location.hash = 'cue-12'")
    opened.wait_for_selector("#cue-12[aria-current]")


def test_all_pictures_are_printed(opened: "Page") -> None:
    opened.evaluate("dispatchEvent(new Event('beforeprint'))")
    assert opened.locator("#list img").count() == 40


def test_hostile_texts_do_nothing(browser: "Browser", watch: Watch, tmp_path: Path) -> None:
    bad = cue(0, HOSTILE.replace("\ud800", "").replace("\0", ""), flags=(HOSTILE,))
    place = tmp_path / "page.html"
    place.write_text(page([bad], REPORT, replace(FILM, path=Path(HOSTILE.replace("/", "")))))
    with browser.new_context() as context:
        opened = context.new_page()
        watch.over(opened)
        opened.goto(place.as_uri())
        opened.wait_for_selector("#cue-1 img")
        assert opened.locator("[onerror]").count() == 0
        assert opened.locator("#list .line").text_content() == bad.text
    assert watch.complaints == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 360])
def test_everybody_can_use_it(browser: "Browser", scheme: Any, width: int, tmp_path: Path) -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="needs axe").Axe()
    place = tmp_path / "page.html"
    place.write_text(page(CUES[33:], REPORT, FILM))
    size: Any = {"width": width, "height": 800}
    with browser.new_context(viewport=size, color_scheme=scheme) as context:
        opened = context.new_page()
        opened.goto(place.as_uri())
        opened.keyboard.press("j")
        opened.evaluate("document.querySelectorAll('details').forEach(each => each.open = true)")
        assert opened.evaluate("document.documentElement.scrollWidth") <= width
        found = axe.run(opened).response["violations"]
        serious = [each for each in found if each["impact"] in ("serious", "critical")]
        assert [(each["id"], each["nodes"][0]["html"]) for each in serious] == []
