"""Which language a text is in, told by its script and its small words.

Good enough to choose a stemmer and to know which words carry no meaning; a
text of three words may be taken for a neighbour's language, and nothing worse
happens than a stem that is a little too long.
"""

# ruff: noqa: E501 - a table of words reads best with a line for each language
from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from functools import lru_cache

# Words that join others and mean little alone, by language.
SMALL_WORDS = {
    "en": "a about above after again against all also am an and any are as at be because been before being below between both but by can could did do does doing don't down during each few for from further had has have having he her here hers him his how however i i'd i'll i'm i've if in into is isn't it it's its itself just let like may me might more most must my no nor not now of off on once one only or other our out over own per quite rather really said same say she should since so some such than that that's the their them then there there's these they this those through to too under until up upon us very was we well were what when where whether which while who whom why will with within without would yes yet you you're your doesn't didn't can't won't",
    "fr": "à afin ai ainsi alors après au aucun aussi autre autres aux avait avant avec avez avoir avons bien c'est ce cela ces cet cette ceux chez comme comment d dans de depuis des deux donc dont du elle elles en encore entre est et été être eu fait faire font il ils j je l la le les leur leurs lors mais même mes mon ne ni nos notre nous on ont ou où par pas pendant peu peut plus pour quand que quel quelle qui sa sans se sera ses si son sont sous sur ta te tous tout toute toutes très tu un une vos votre vous y",
    "es": "a al algo algunos ante antes así aunque bien cada como con contra cual cuando de del desde donde dos durante e el él ella ellas ellos en entre era es esa ese eso esta está están estas este esto estos fue ha hace han hasta hay la las le les lo los más me mi mientras mis mucho muchos muy nada ni no nos nosotros nuestra nuestro o os otra otro otros para pero poco por porque pues que qué quien se sea según ser si sí sido sin sino sobre son su sus también tan tanto te tiene tienen toda todas todo todos tras tu un una uno unos usted y ya yo",
    "pt": "a ainda ao aos aquela aquele aqui as assim até cada com como da das de dela dele depois do dos e é ela elas ele eles em entre era essa esse esta está estão este eu foi foram há isso isto já lhe mais mas me mesmo meu minha muito muitos na não nas nem no nos nós nossa nosso num numa o onde os ou outra outro para pela pelas pelo pelos pode por porque quando que quem são se seja sem ser seu seus só sobre sua suas também tem têm temos toda todo todos um uma você",
    "it": "a ad ai al alla alle allo anche che chi ci come con cosa così da dal dalla dei del della delle dello di dove due e è ed essere fra gli ha hanno ho i il in io la le lei li lo loro lui ma mi mia mio molto ne nei nel nella no noi non nostra nostro o per perché più può quale quando quella quello questa questo qui se sei si sia sono su sua sul sulla suo tra tu tutti un una uno voi",
    "de": "aber alle allem allen aller alles als also am an andere anderen auch auf aus bei beim bin bis bist da damit dann das dass dein dem den denn der des dessen dich die dies diese diesem diesen dieser dieses dir doch dort du durch ein eine einem einen einer eines er es etwas euch für gegen haben hat hatte hatten hier hin ich ihm ihn ihr ihre ihrem ihren im in ist ja jede jeden jeder kann kein keine können man mehr mein meine mich mir mit muss nach nicht noch nun nur ob oder ohne sehr sein seine sich sie sind so über um und uns unser unsere unter vom von vor war waren was weil wenn werden wie wir wird wo zu zum zur",
    "nl": "aan al alle als andere bij daar dan dat de der deze die dit doch door een en er geen had heb hebben heeft het hier hij hoe hun ik in is ja je kan kunnen maar me meer men met mij mijn na naar niet nog nu of om omdat onder ons ook op over te tegen toch tot u uit uw van veel voor want waren was wat we wel werd wie wij worden wordt zal ze zich zij zijn zo zonder zou",
    "id": "ada adalah agar akan aku anda antara apa apakah atas atau bagi bagaimana bahwa banyak beberapa belum berbagai bisa boleh dalam dan dapat dari dengan di dia hal hanya harus hingga ini itu jadi jika juga kami kamu karena ke kepada ketika kita lagi lain lebih maka mana masih melalui mereka namun oleh pada para pernah saat saja salah sangat satu saya sebagai sebuah secara sedang semua seperti serta setelah setiap sudah suatu tapi telah tentang tersebut tetapi tidak untuk yaitu yang",
    "tl": "ako alin amin ang ano at ating ay ayon bago bakit bawat dahil dapat din dito hindi ito iyon kami kanila kanilang kanya kapag kasi kay ko kung lahat lamang mag maging may mayroon mga mo na naman namin natin nga ng ngunit ni nila nito niya noong o pa paano pag para pero po rin sa saan sila sino siya tayo tulad upang wala",
    "vi": "anh bạn bằng bị các cách cái cần chỉ cho chúng chưa có còn cũng của cùng đã đang đây để đến đó được gì hay họ hơn khác khi không là lại lên mà mình mỗi một này nên nếu người nhiều như nhưng những nơi ở phải qua ra rất rằng sau sẽ sự tại theo thì tôi trên trong trước từ và vào vẫn vì về việc với",
    "sw": "au baada bado bila hadi hapa hata hivyo hiyo huo huu ila ili ipo jinsi juu kabla kama katika kila kisha ku kupitia kutoka kuwa kwa kwamba kwenye la lakini moja mwa na nao ndani ni ninyi pamoja pia sana sasa si sisi tu vya wa wako wakati wao watu wengi ya yake yangu yao yetu yote za zaidi",
    "ro": "a acest această aceste acestea acestor acestui aceea acel acela acele acum ai aici al ale alt alte altă am ar are asta astfel atunci au avea că care ce cea cei cel cele celor când cât către ci cine cu cum dacă dar de deci deja din dintre după ea ei el ele era este eu face fi fie fiecare fost fără i iar îi îl îmi în încă între își îți la le li lor lui mai mea mei meu mi mult multe nici noastre nostru noi nu o ori orice pe pentru peste prin sa sale sau să se sunt spre sub și șî și-a te toate tot toți tu un una unde unei unele unor unui va voi vor vostru",
    "sv": "alla allt att av blev bli blir då de dem den denna dess detta det dig din du där efter ej eller en ett från för ha hade han har henne hennes hon hur här i icke inte jag kan kunde man med mellan men mig min mot mycket ni nu när något några och om oss på sedan sig sin sina ska skulle som så till under upp ut vad var vara varit vi vid vilka vilken är över",
    "el": "αλλά αν αντί από αυτά αυτές αυτή αυτό αυτοί αυτός αυτού αυτών για γιατί δε δεν εγώ είναι είτε εκεί εμείς ένα έναν ένας επειδή επί εσείς έχει έχουμε έχουν ή η ήταν θα και κάθε κάποια κάποιο κάποιος κατά κι μα μας με μεταξύ μετά μέχρι μη μην μια μία μου να ο οι όμως όπου όπως όταν ότι όχι παρά πιο ποια ποιες ποιο ποιοι ποιος ποιους πολύ πόσα πόσο πότε που πού προς πρέπει πριν πώς σας σε στα στη στην στις στο στον στους σύμφωνα τα της τη την τι τις το τον του τους τότε των ως ώστε",
    "ru": "а без более бы был была были было быть в вам вас ваш весь во вот все всего всех вы где да даже для до его ее её если есть еще ещё же за здесь и из или им их к как ко когда который которые кто ли либо мне может можно мой мы на над надо нам нас наш не него нет ни них но ну о об один он она они оно от по под при про с сам свой себя со так также такой там тебя тем то того тоже только том ты у уже хотя чего чем что чтобы эта эти это этого этой этом этот я",
    "ar": "إذا إلا إلى الا التي الذي الذين الى ان أن أنا أنه أو أي أيضا أيضاً بعد بعض بل بين تكون تم ثم حتى حول حيث خلال ذلك سوف على عن عند عندما غير فقط في فيها قبل قد كان كانت كل كما كيف لا لكن لم لماذا له لها ليس ما مثل مع من منذ نحن هذا هذه هل هم هنا هناك هو هي و وقد ولا ولكن وهو وهي يكون",
    "fa": "آن آنها از است اگر اما این با باید بر برای بود به بین پس تا تر چه خود را شد شده شود كه کرد کردن کند که ما من می نیز نیست هر هم همه های یا یک",
    "hi": "अगर अपना अपनी अपने अब आप इन इस इसके उन उनके उस उसके एक और कई कर करते करना करने का कि किया की कुछ के को कोई क्या गया जब जा जैसे जो तक तथा तो था थी थे दिया द्वारा ने नहीं पर फिर बहुत बाद भी में मैं यदि यह यहाँ या ये रहा रहे लिए लेकिन वह वे सभी से हम हमारे ही हुआ हुई हुए हूं है हैं हो होता होने",
    "ne": "अनि आफ्नो उनी एक एउटा कि का को गरी गरेको गर्न गर्ने छ छन् तथा तर त्यो थियो थिए नै पनि पर्छ भएको भने मा मात्र यस यो र रहेको लाई ले हामी हाम्रो हुन हुने",
    "ur": "آپ اس ان اور ایک بھی پر تک تھا تھی تھے تو جو سے کا کر کرنے کو کہ کی کیا کے گیا لیکن لیے میں نہیں نے وہ ہم ہو ہے ہیں یہ",
    "bn": "আমরা আমাদের আমার আমি আর আরও এই এক একটি এবং করা করে করেছে কিছু কিন্তু জন্য তা তার তারা তিনি থেকে দিয়ে না নিয়ে পর বা বলে মধ্যে যা যে সঙ্গে সব হয় হয়ে হবে",
    "ta": "அது அந்த இது இந்த இல்லை உள்ள என என்ற என்று ஒரு நாங்கள் நான் மற்றும் மிகவும் வேண்டும்",
    "tr": "ama ancak bana bazı belki ben bile bir biri biz bu bunu bunun çok çünkü da daha de değil diye en gibi göre hem her hiç için ile ise kadar ki mi mu ne neden nasıl o olan olarak oldu olduğu olduğunu onlar onun sonra siz şu tüm var ve veya ya yani yok",
}  # fmt: skip
WORDS = {language: frozenset(words.split()) for language, words in SMALL_WORDS.items()}
# Scripts that tell the language, or whose languages its letters or words tell apart.
SCRIPTS = (
    ("ja", re.compile("[\u3040-\u30ff]")),
    ("ko", re.compile("[\uac00-\ud7af]")),
    ("zh", re.compile("[\u3400-\u9fff]")),
    ("th", re.compile("[\u0e00-\u0e7f]")),
    ("lo", re.compile("[\u0e80-\u0eff]")),
    ("km", re.compile("[\u1780-\u17ff]")),
    ("my", re.compile("[\u1000-\u109f]")),
    ("ta", re.compile("[\u0b80-\u0bff]")),
    ("bn", re.compile("[\u0980-\u09ff]")),
    ("hi", re.compile("[\u0900-\u097f]")),
    ("ru", re.compile("[\u0400-\u04ff]")),
    ("ar", re.compile("[\u0600-\u06ff]")),
    ("el", re.compile("[\u0370-\u03ff]")),
    ("hy", re.compile("[\u0530-\u058f]")),
)
# Languages that share a script; the first is taken in doubt.
SHARING = {"hi": ("hi", "ne"), "ar": ("ar", "fa", "ur")}
LATIN = tuple(language for language in WORDS if language not in {"el", "ru", "ar", "fa", "hi", "ne", "ur", "bn", "ta"})
# So much of a text tells its language: characters, words.
SAMPLE = 4_000
SAMPLE_WORDS = 150
# Letters that one of the languages in Latin letters has, for texts without small words.
_LETTERS = {
    **dict.fromkeys("ığşİ", "tr"), **dict.fromkeys("ășțţ", "ro"), **dict.fromkeys("ñ¿", "es"), **dict.fromkeys("ãõ", "pt"), "ß": "de",
    **dict.fromkeys("œêû", "fr"), "å": "sv", **dict.fromkeys("đơưạảấầẩẫậắằẳẵặẹẻẽếềểễệỉịọỏốồổỗộớờởỡợụủứừửữựỳỵỷỹ", "vi"),
}  # fmt: skip
_SCRIPT_OF = tuple((ord(script.pattern[1]), ord(script.pattern[-2]), language) for language, script in SCRIPTS)
_IN_LATIN: dict[str, tuple[str, ...]] = {}
for _language in LATIN:
    for _word in WORDS[_language]:
        _IN_LATIN[_word] = (*_IN_LATIN.get(_word, ()), _language)


@lru_cache(maxsize=1024)
def guess(text: str) -> str:
    """The language of a text as a code of ISO 639-1; "en" when nothing tells."""
    sample = text[:SAMPLE]
    seen = Counter({language: len(script.findall(sample)) for language, script in SCRIPTS})
    letters = sum(char.isalpha() for char in sample)
    script, found = max(seen.items(), key=lambda item: item[1])
    if seen["ja"] and seen["ja"] * 10 >= seen["zh"]:
        script, found = "ja", seen["ja"] + seen["zh"]
    if found * 3 < letters or not found:
        return _by_small_words(sample, LATIN)
    return _by_small_words(sample, SHARING[script]) if script in SHARING else script


def _by_small_words(sample: str, among: tuple[str, ...]) -> str:
    words = Counter(sample.lower().replace("’", "'").split())
    seen = {language: sum(count for word, count in words.items() if word.strip(".,;:!?()") in WORDS[language]) for language in among}
    return max(seen, key=lambda language: seen[language])


def of_words(words: Sequence[str]) -> str:
    """The language of a text by its words in small letters, as `guess`, and a hundred times as fast; "en" when nothing tells."""
    sample = words[:SAMPLE_WORDS]
    counted = Counter(sample)
    latin: dict[str, int] = {}
    for word in counted.keys() & _IN_LATIN.keys():
        for language in _IN_LATIN[word]:
            latin[language] = latin.get(language, 0) + counted[word]
    scripts: dict[str, int] = {}
    for word in counted if max(counted, default="") > "\u0370" else ():
        if word > "\u0370" and word not in _IN_LATIN:
            script = _script_of(word)
            scripts[script] = scripts.get(script, 0) + counted[word] * len(word)
    scripts.pop("", None)
    if scripts:
        script = max(scripts, key=lambda one: scripts[one])
        if scripts.get("ja", 0) * 10 >= scripts.get("zh", 0) > 0:
            script = "ja"
        if scripts[script] * 3 >= sum(map(len, sample)):
            return _among(sample, SHARING[script]) if script in SHARING else script
    return max(LATIN, key=lambda language: latin.get(language, 0)) if latin else _by_letters(sample)


def _by_letters(words: Sequence[str]) -> str:
    told = Counter(_LETTERS[letter] for word in words if not word.isascii() for letter in word if letter in _LETTERS)
    return max(LATIN, key=lambda language: told[language])


def sharing_script(word: str) -> tuple[str, ...]:
    """The languages whose script a word is in, where the script tells them; () for Latin letters and for numbers."""
    script = _script_of(word) if word > "\u0370" else ""
    return SHARING.get(script, (script,)) if script else ()


@lru_cache(maxsize=4096)
def _script(letter: str) -> str:
    return next((language for first, last, language in _SCRIPT_OF if first <= ord(letter) <= last), "")


def _script_of(word: str) -> str:
    """The script of a word, by the language that stands for it; a run with kana is Japanese."""
    first = _script(word[0])
    return "ja" if first == "zh" and any("\u3040" <= letter <= "\u30ff" for letter in word) else first


def _among(words: Sequence[str], those: tuple[str, ...]) -> str:
    return max(those, key=lambda language: sum(word in WORDS[language] for word in words))


def small(language: str) -> frozenset[str]:
    """The words of a language that mean little alone; none where we know none."""
    return WORDS.get(language, frozenset())
