"""Alphabets, accents and signs."""

from __future__ import annotations

from tests.backdrops import Backdrop, footage, grain, landscape
from tests.benchmarks.clips.case import Case, spoken
from tests.clips import Style
from tests.kinds import CHINESE
from tests.scripts import SENTENCES

LATIN = {
    "German": ("de", ("Größe ist für Jäger überflüssig.", "Äpfel, Öl und Übermut – schön!",
                      "Die Straße heißt Weißgasse.", "Fünf Füße müssen genügen.")),
    "French": ("fr", ("Où étiez-vous, cher garçon ?", "L’été fut très doux, n’est-ce pas ?",
                      "Ça a coûté cher à ma sœur.", "Noël approche, voilà le bœuf.")),
    "Spanish": ("es", ("¿Dónde está mi hermano?", "¡Qué niño más alegre!",
                       "El pingüino llegó mañana.", "No sé. ¿Y tú?")),
    "Portuguese": ("pt", ("O coração não está à espera.", "Você também não vê solução?",
                          "Amanhã às três, então.", "Minha avó põe pão na mesa.")),
    "Polish": ("pl", ("Źle śpię, bo łóżko jest wąskie.", "Dziękuję, już pójdę do domu.",
                      "Część książek została w łodzi.", "Cóż, żona śmieje się głośno.")),
    "Czech": ("cs", ("Příště přijď dřív, prosím.", "Žádný kůň tu ještě nebyl.",
                     "Večeře je už dávno studená.", "Ať jde ven, loď už čeká.")),
    "Hungarian": ("hu", ("Őrült hűség, szőke fiú.", "Hová tűnt a nővérem könyve?",
                         "Így jó, köszönöm szépen.", "Később főzünk együtt.")),
    "Romanian": ("ro", ("Știu că țara e frumoasă.", "Mâine plecăm împreună acasă.",
                        "Îți place viața la țară?", "Așa și este, fără îndoială.")),
    "Turkish": ("tr", ("Işık söndü, şimdi ne olacak?", "Küçük çocuk ağacın altında.",
                       "İyi geceler, yarın görüşürüz.", "Çok güzel bir gün değil mi?")),
    "Vietnamese": ("vi", ("Tôi không biết đường về nhà.", "Cảm ơn bạn rất nhiều.",
                          "Mẹ đã nấu cơm tối rồi.", "Chúng ta đi xem phim nhé.")),
    "Nordic": ("sv", ("Blåbär växer på fjället.", "Ørnen fløj over søen i går.",
                      "Þetta er ekki rétti vegurinn.", "Hyvää yötä, nähdään pian.")),
    "Baltic": ("lt", ("Kur tu eini šį vėlų vakarą?", "Žuvys plaukia į jūrą.",
                      "Kāpēc tu raudi, māsiņ?", "Öösel sõitsime külla.")),
}  # fmt: skip
"""By the name of the language: its code, and what is said."""

SIGNS = {
    "ellipses and dashes": ("Wait… what did you say?", "I thought... never mind.",
                            "He was – how shall I put it – late.", "- Are you in?\n- Yes, I am."),
    "quotes": ("“It’s late,” she said.", "\"It's early,\" he said.",
               "„Gute Nacht“, sagte sie.", "«Bonne nuit», dit-il."),
    "music": ("♪ Row the boat to shore ♪", "♪ The night is long ♪",
              "♪ And the road is wide ♪", "(door slams)"),
    "numbers": ("It rose by 12.5% in 1998.", "Call 555-0142 at 10:45.",
                "That is $3,499.99 or €80.", "Flat 3/B, No. 17 & 18 (rear)."),
    "marks": ("What?! You too?", "Names: Al, Bo; and Cy.", "[sighs] All right...",
              "Mr. O'Neil, M.D., #1 @ home!"),
}  # fmt: skip
"""By kind: sentences with signs that are easily misread."""

SIMPLIFIED = (
    "“你去哪里了？”他问。",
    "对不起，我忘记了！",
    "三点二十分，快走吧……",
    "《红海》很好看。",
)
TRADITIONAL = (
    "你昨天晚上去哪裡了？",
    "我在圖書館看書。",
    "為什麼沒有給我打電話",
    "這個問題很難說……",
)
JAPANESE = (
    "昨日の夜はどこにいたの？",
    "コーヒーをもう一杯ください",
    "「雨が降るから傘を持って行こう」",
    "ごめんなさい、忘れていました。",
)
TC = Style(font="NotoSansCJKtc-subset.otf")
JP = Style(font="NotoSansCJKjp-subset.otf")
OTHER = {
    "ru": ("Russian", Style(font="DejaVuSans-cyrillic.ttf")),
    "ko": ("Korean", Style(font="NotoSansCJKkr-subset.otf")),
    "ar": ("Arabic", Style(font="DejaVuSans-arabic.ttf", joined=True)),
}


def _backdrop(number: int) -> Backdrop:
    return footage(90 + number) if number % 2 else landscape(number)


CASES = (
    *(
        Case("script", "Latin", spoken(said, _backdrop(number)), name, lang=lang)
        for number, (name, (lang, said)) in enumerate(LATIN.items())
    ),
    *(
        Case("script", "typography", spoken(said, _backdrop(number + 20)), name)
        for number, (name, said) in enumerate(SIGNS.items())
    ),
    Case("script", "Chinese", spoken(CHINESE, footage(90)), "simplified", lang="zh"),
    Case("script", "Chinese", spoken(SIMPLIFIED, grain(landscape(3))), "punctuation", lang="zh"),
    Case("script", "Chinese", spoken(TRADITIONAL, footage(91), TC), "traditional", lang="zh"),
    Case("script", "Japanese", spoken(JAPANESE, landscape(4), JP), lang="ja"),
    *(
        Case("script", OTHER[lang][0], spoken(said, footage(92), OTHER[lang][1]), lang=lang)
        for lang, said in SENTENCES.items()
    ),
)  # fmt: skip
