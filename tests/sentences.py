"""What people say in films, the same in sixteen languages, for the tests of languages."""

_TEXTS = {
    "cs": """
        Kde jsi byl?|Nevím.|Musíme už jít.|Moc děkuju.|Zase prší.|Co říkal?|Zavři dveře, prosím.
        Můj bratr čeká venku.|To nebyl můj nápad.|Dobrou noc.|Ano.|OK!|Ne.
        Nikdy předtím jsem ji neviděl.|Vlak odjíždí v osm.|Dávej pozor!|Slyšíš mě?
        Nemůžeme nic dělat.|Zítra bude všechno jinak.|Dej mi ten klíč.|Anna?|Je mi to líto.""",
    "da": """
        Hvor har du været?|Det ved jeg ikke.|Vi er nødt til at gå nu.|Mange tak.|Det regner igen.
        Hvad sagde han?|Luk døren, er du sød.|Min bror venter udenfor.|Det var ikke min idé.
        Godnat.|Ja.|OK!|Nej.|Jeg har aldrig set hende før.|Toget kører klokken otte.|Pas på!
        Kan du høre mig?|Der er ikke noget, vi kan gøre.|I morgen bliver alt anderledes.
        Giv mig nøglen.|Anna?|Undskyld.""",
    "de": """
        Wo bist du gewesen?|Ich weiß es nicht.|Wir müssen jetzt gehen.|Vielen Dank.
        Es regnet schon wieder.|Was hat er gesagt?|Mach bitte die Tür zu.
        Mein Bruder wartet draußen.|Das war nicht meine Idee.|Gute Nacht.|Ja.|OK!|Nein.
        Ich habe sie noch nie gesehen.|Der Zug fährt um acht.|Sei vorsichtig!|Hörst du mich?
        Wir können nichts tun.|Morgen wird alles anders.|Gib mir den Schlüssel.|Anna?
        Es tut mir leid.""",
    "en": """
        Where have you been?|I don't know.|We have to go now.|Thank you very much.
        It's raining again.|What did he say?|Close the door, please.
        My brother is waiting outside.|That was not my idea.|Good night.|Yes.|OK!|No.
        I have never seen her before.|The train leaves at eight.|Be careful!|Can you hear me?
        There is nothing we can do.|Tomorrow everything will be different.|Give me the key.
        Anna?|I'm sorry.""",
    "es": """
        ¿Dónde has estado?|No lo sé.|Tenemos que irnos ya.|Muchas gracias.
        Está lloviendo otra vez.|¿Qué ha dicho?|Cierra la puerta, por favor.
        Mi hermano espera fuera.|No fue idea mía.|Buenas noches.|Sí.|OK!|No.
        Nunca la había visto.|El tren sale a las ocho.|¡Ten cuidado!|¿Me oyes?
        No podemos hacer nada.|Mañana todo será distinto.|Dame la llave.|¿Anna?|Lo siento.""",
    "fi": """
        Missä olet ollut?|En tiedä.|Meidän täytyy lähteä nyt.|Kiitos paljon.|Taas sataa.
        Mitä hän sanoi?|Sulje ovi, ole hyvä.|Veljeni odottaa ulkona.|Se ei ollut minun ideani.
        Hyvää yötä.|Kyllä.|OK!|Ei.|En ole koskaan nähnyt häntä.|Juna lähtee kahdeksalta.
        Ole varovainen!|Kuuletko minua?|Emme voi tehdä mitään.|Huomenna kaikki on toisin.
        Anna minulle avain.|Anna?|Olen pahoillani.""",
    "fr": """
        Où étais-tu ?|Je ne sais pas.|Il faut qu'on y aille.|Merci beaucoup.|Il pleut encore.
        Qu'est-ce qu'il a dit ?|Ferme la porte, s'il te plaît.|Mon frère attend dehors.
        Ce n'était pas mon idée.|Bonne nuit.|Oui.|OK!|Non.|Je ne l'avais jamais vue.
        Le train part à huit heures.|Fais attention !|Tu m'entends ?|On ne peut rien faire.
        Demain, tout sera différent.|Donne-moi la clé.|Anna ?|Je suis désolé.""",
    "hu": """
        Hol voltál?|Nem tudom.|Most mennünk kell.|Nagyon köszönöm.|Megint esik az eső.
        Mit mondott?|Csukd be az ajtót, kérlek.|A bátyám kint vár.|Nem az én ötletem volt.
        Jó éjszakát.|Igen.|OK!|Nem.|Még sosem láttam őt.|A vonat nyolckor indul.|Vigyázz!
        Hallasz engem?|Semmit sem tehetünk.|Holnap minden más lesz.|Add ide a kulcsot.|Anna?
        Sajnálom.""",
    "it": """
        Dove sei stato?|Non lo so.|Adesso dobbiamo andare.|Grazie mille.|Sta piovendo di nuovo.
        Che cosa ha detto?|Chiudi la porta, per favore.|Mio fratello aspetta fuori.
        Non è stata una mia idea.|Buona notte.|Sì.|OK!|No.|Non l'avevo mai vista prima.
        Il treno parte alle otto.|Fai attenzione!|Mi senti?|Non possiamo farci niente.
        Domani sarà tutto diverso.|Dammi la chiave.|Anna?|Mi dispiace.""",
    "nl": """
        Waar ben je geweest?|Ik weet het niet.|We moeten nu gaan.|Heel erg bedankt.
        Het regent weer.|Wat zei hij?|Doe de deur dicht, alsjeblieft.
        Mijn broer staat buiten te wachten.|Dat was niet mijn idee.|Goedenacht.|Ja.|OK!|Nee.
        Ik heb haar nog nooit gezien.|De trein vertrekt om acht uur.|Wees voorzichtig!
        Kun je me horen?|We kunnen niets doen.|Morgen is alles anders.|Geef me de sleutel.
        Anna?|Het spijt me.""",
    "no": """
        Hvor har du vært?|Jeg vet ikke.|Vi må gå nå.|Tusen takk.|Det regner igjen.
        Hva sa han?|Lukk døra, er du snill.|Broren min venter utenfor.|Det var ikke min idé.
        God natt.|Ja.|OK!|Nei.|Jeg har aldri sett henne før.|Toget går klokka åtte.
        Vær forsiktig!|Kan du høre meg?|Det er ingenting vi kan gjøre.
        I morgen blir alt annerledes.|Gi meg nøkkelen.|Anna?|Jeg er lei meg.""",
    "pl": """
        Gdzie byłeś?|Nie wiem.|Musimy już iść.|Bardzo dziękuję.|Znowu pada.|Co on powiedział?
        Zamknij drzwi, proszę.|Mój brat czeka na zewnątrz.|To nie był mój pomysł.|Dobranoc.
        Tak.|OK!|Nie.|Nigdy wcześniej jej nie widziałem.|Pociąg odjeżdża o ósmej.|Uważaj!
        Słyszysz mnie?|Nic nie możemy zrobić.|Jutro wszystko będzie inaczej.|Daj mi klucz.
        Anna?|Przykro mi.""",
    "pt": """
        Onde você esteve?|Não sei.|Temos que ir agora.|Muito obrigado.|Está chovendo de novo.
        O que ele disse?|Feche a porta, por favor.|Meu irmão está esperando lá fora.
        Não foi ideia minha.|Boa noite.|Sim.|OK!|Não.|Nunca a vi antes.
        O trem sai às oito.|Tenha cuidado!|Você está me ouvindo?|Não podemos fazer nada.
        Amanhã tudo será diferente.|Me dê a chave.|Anna?|Sinto muito.""",
    "ro": """
        Unde ai fost?|Nu știu.|Trebuie să plecăm acum.|Mulțumesc mult.|Iar plouă.|Ce a spus?
        Închide ușa, te rog.|Fratele meu așteaptă afară.|Nu a fost ideea mea.|Noapte bună.
        Da.|OK!|Nu.|N-am mai văzut-o niciodată.|Trenul pleacă la opt.|Ai grijă!|Mă auzi?
        Nu putem face nimic.|Mâine totul va fi altfel.|Dă-mi cheia.|Anna?|Îmi pare rău.""",
    "sv": """
        Var har du varit?|Jag vet inte.|Vi måste gå nu.|Tack så mycket.|Det regnar igen.
        Vad sa han?|Stäng dörren, är du snäll.|Min bror väntar utanför.|Det var inte min idé.
        God natt.|Ja.|OK!|Nej.|Jag har aldrig sett henne förut.|Tåget går klockan åtta.
        Var försiktig!|Hör du mig?|Det finns inget vi kan göra.|I morgon blir allt annorlunda.
        Ge mig nyckeln.|Anna?|Förlåt.""",
    "tr": """
        Neredeydin?|Bilmiyorum.|Artık gitmemiz lazım.|Çok teşekkür ederim.|Yine yağmur yağıyor.
        Ne dedi?|Kapıyı kapat lütfen.|Kardeşim dışarıda bekliyor.|Bu benim fikrim değildi.
        İyi geceler.|Evet.|OK!|Hayır.|Onu daha önce hiç görmedim.|Tren sekizde kalkıyor.
        Dikkat et!|Beni duyuyor musun?|Yapabileceğimiz bir şey yok.|Yarın her şey farklı olacak.
        Anahtarı ver.|Anna?|Üzgünüm.""",
}

SENTENCES = {
    language: [line.strip() for line in text.replace("\n", "|").split("|") if line.strip()]
    for language, text in _TEXTS.items()
}
"""Language -> 22 short lines; the nth ones say the same."""
