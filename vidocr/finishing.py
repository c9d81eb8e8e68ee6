"""From what was read in a film to the tracks that go out: by language, translated, cleaned."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from vidocr import tracks
from vidocr.delivery import Rules, cleaned, read_replacements
from vidocr.errors import TranslationError
from vidocr.model import Cue
from vidocr.options import Options
from vidocr.report import Report
from vidocr.tracks.about import About

if TYPE_CHECKING:
    from vidocr.film_translation import FilmTranslation
    from vidocr.translation import TranslationReport, Translator

_TELL_LANGUAGES = frozenset({"json"})
UNKNOWN = "und"
"""The code of BCP 47 for a language that is not known."""


@dataclass(frozen=True, slots=True)
class Product:
    """A track; ``tag`` is the language in its name, empty for the one that was asked for.

    ``title`` tells it from another one in the same language.
    """

    tag: str
    language: str | None
    cues: tuple[Cue, ...]
    title: str = ""


@dataclass(frozen=True, slots=True)
class Finished:
    """All tracks, the one that was asked for first.

    Where translation stopped for good, ``error`` says why, and only what was read is there.
    """

    products: tuple[Product, ...]
    translation: TranslationReport | None = None
    error: TranslationError | None = None

    @property
    def main(self) -> tuple[Cue, ...]:
        """The cues of the track that was asked for, or of all where each language has its own."""
        asked = [each for each in self.products if not each.tag] or self.products
        return tuple(cue for product in asked for cue in product.cues)


class Finishing:
    """Makes tracks of cues, as the options say; what it needs is looked for at once.

    Args:
        options: what is to come out.
        translation: translates, if anything is to be.
        tell_languages: of the cues, though no option asks for that.

    Raises:
        UsageError: the list of replacements can't be read, or what is to be kept is no language.
    """

    def __init__(
        self,
        options: Options,
        translation: FilmTranslation | None = None,
        *,
        tell_languages: bool = False,
    ) -> None:
        self._options = options
        self._translation = translation
        self._kept = _kept(options.keep)
        self._tells = tell_languages or bool(options.split_languages or options.keep)
        replacements = read_replacements(Path(options.replace)) if options.replace else ()
        self._mending = Rules(replacements=tuple(replacements))
        self._breaking = Rules(line_chars=options.line_chars, max_lines=options.max_lines)
        self._shaping = replace(
            self._breaking,
            min_display_ms=options.min_display_ms,
            min_gap_ms=options.min_gap_ms,
            max_cps=options.max_cps,
        )

    @property
    def wants_pictures(self) -> bool:
        """Whether cues need the pictures of their lines."""
        return bool(self._translation) and self._options.translator == "hunyuan-image"

    def finished(self, cues: Sequence[Cue], starts_us: Sequence[int] = ()) -> Finished:
        """The tracks of a film.

        Args:
            cues: of the whole film, in order.
            starts_us: when each of its frames begins; empty where that isn't known.
        """
        read = cleaned(cues, self._mending, starts_us)
        if self._kept:
            from vidocr.language import keep

            read = keep(read, self._kept)
        elif self._tells or self._translation:
            from vidocr.language import identified

            read = identified(read)
        if self._translation:
            return self._translated(read, self._translation, starts_us)
        if self._options.split_languages:
            parts = _parted(read) or {UNKNOWN: ()}  # of no language either, but a track
            return Finished(tuple(self._products(parts, starts_us)))
        return Finished((self._shaped("", read, starts_us),))

    def _translated(
        self, read: Sequence[Cue], translation: FilmTranslation, starts_us: Sequence[int]
    ) -> Finished:
        """The translation, or both languages, bears the name that was asked for."""
        parts = _parted(read)
        done = translation.done(parts)
        said = parts if self._options.split_languages else {done.language or UNKNOWN: done.said}
        beside = {tag: part for tag, part in said.items() if part and not translation.is_to(tag)}
        if done.error:
            return Finished(tuple(self._products(beside, starts_us)), done.report, done.error)
        main = self._shaped("", done.cues, starts_us)
        if self._options.bilingual != "none":
            title = f"{done.language or UNKNOWN} + {translation.target}"
            main = replace(self._bilingual(main), title=title)
            beside[translation.target] = done.cues
        return Finished((main, *self._products(beside, starts_us)), done.report)

    def _products(
        self, parts: dict[str, Sequence[Cue]], starts_us: Sequence[int]
    ) -> Iterable[Product]:
        return (self._shaped(tag, part, starts_us) for tag, part in parts.items())

    def _shaped(self, tag: str, cues: Sequence[Cue], starts_us: Sequence[int]) -> Product:
        shaped = tuple(cleaned(cues, self._shaping, starts_us))
        languages = {cue.language for cue in shaped}
        return Product(tag, languages.pop() if len(languages) == 1 else None, shaped)

    def _bilingual(self, product: Product) -> Product:
        """Both languages in each cue, each broken by itself."""
        from vidocr.translation import bilingual

        broken = [self._source_broken(cue) for cue in product.cues]
        both = bilingual(broken, "above" if self._options.bilingual == "above" else "below")
        return replace(product, cues=tuple(both))

    def _source_broken(self, cue: Cue) -> Cue:
        if cue.source is None:
            return cue
        said = replace(cue, lines=cue.source.lines, language=cue.source.language)
        (broken,) = cleaned([said], self._breaking, ())
        return replace(cue, source=replace(cue.source, lines=broken.lines))


@contextmanager
def finishing(
    options: Options, *, tell_languages: bool = False, translator: Translator | None = None
) -> Iterator[Finishing]:
    """What makes tracks, with what translates for it, ready for the time of the block.

    Args:
        options: what is to come out.
        tell_languages: of the cues, though no option asks for that.
        translator: translates, if anything is to be; the one that the options name if not given.

    Raises:
        UsageError: a list can't be read, or there is no such language or translator.
        DependencyError: what translates is missing.
        TranslationError: it can't be reached.
    """
    if not options.translate:
        yield Finishing(options, tell_languages=tell_languages)
        return
    from vidocr.film_translation import FilmTranslation

    with FilmTranslation(options, translator) as translation:
        yield Finishing(options, translation)


def _kept(code: str) -> str:
    """The language to keep as tracks tell it: ``en`` for ``eng``; empty for all."""
    if code in ("", UNKNOWN):
        return code
    from vidocr.translation.languages import checked

    return checked(code, "--keep")


def _parted(cues: Sequence[Cue]) -> dict[str, Sequence[Cue]]:
    from vidocr.language import parted

    return dict(parted(cues))


def rendered(finished: Finished, formats: Sequence[str], report: Report) -> dict[str, str]:
    """The texts of all tracks by the endings of their names, as ``zh.srt``."""
    return {
        f"{product.tag}.{each}" if product.tag else each: tracks.render(
            product.cues, each, about_film(report, product.language)
        )
        for product in finished.products
        for each in formats
    }


def tells_languages(formats: Iterable[str]) -> bool:
    """Whether one of the formats tells the language of each cue."""
    return not _TELL_LANGUAGES.isdisjoint(formats)


def about_film(report: Report, language: str | None) -> About:
    """What a track may tell of its film."""
    video = report.video
    if video is None:
        return About(language=language, engine=report.engine)
    return About(
        film=video.path.name,
        width=video.width,
        height=video.height,
        duration_us=video.duration_us,
        frame_rate=video.frame_rate,
        language=language,
        engine=report.engine,
    )
