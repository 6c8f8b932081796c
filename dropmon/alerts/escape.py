"""Text from outside, made harmless for whoever shows it: short, on one line, without controls, secrets or markup."""

from __future__ import annotations

import re
import unicodedata

from dropmon.output.harmless import clean
from dropmon.secrets import mask

CUT = "…"
INVISIBLE = re.compile(
    "[\u00ad\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200d\u2060-\u2065\ufe00-\ufe0f\U000e0000-\U000e0fff]"
)
ACCENT = "[\u0300-\u036f\u0483-\u0489\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f]"
PILED = re.compile(f"({ACCENT}){ACCENT}{{2,}}")
SLACK = {"&": "&amp;", "<": "&lt;", ">": "&gt;"}
MARKS = re.compile(r"([\\`*_\[\]()#|>~<@])")
GSM = frozenset(
    "@£$¥èéùìòÇØøÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿"
    "abcdefghijklmnopqrstuvwxyzäöñüà\n"
)
GSM_TWICE = frozenset("^{}\\[~]|€")  # take two places (3GPP TS 23.038 §6.2.1.1)
PLAINER = str.maketrans({
    "’": "'", "‘": "'", "“": '"', "”": '"', "«": '"', "»": '"', "–": "-", "—": "-", "…": "...", "→": "->", "•": "*",
    "œ": "oe", "Œ": "OE", "ç": "c", "\u00a0": " ", "\u202f": " ",
})  # fmt: skip


def plain(text: str, limit: int) -> str:
    r"""One line of at most `limit` characters; controls are shown as what they are, never obeyed.

    >>> plain("a\x00b\r\nBcc: x\u202e", 100)
    'a\\x00b Bcc: x\\u202e'
    >>> plain("abcdef", 4)
    'abc…'
    """
    text = mask(text)  # before it is cut: half a secret is one still
    text = INVISIBLE.sub("", text[: 8 * limit + 64])
    return cut(" ".join(clean(PILED.sub(r"\1", text)).split()), limit)


def cut(text: str, limit: int) -> str:
    """The beginning of a text that is too long, and a sign that it is one."""
    return text if len(text) <= limit else text[: max(0, limit - 1)] + CUT


def cut_bytes(text: str, limit: int) -> str:
    """The same in bytes of UTF-8.

    >>> cut_bytes("ééé", 6), cut_bytes("éééé", 6)
    ('ééé', 'é…')
    """
    whole = text.encode()
    return text if len(whole) <= limit else whole[: limit - 3].decode(errors="ignore") + CUT


def slack(text: str) -> str:
    """Neither a mention nor a link (https://docs.slack.dev/messaging/formatting-message-text).

    >>> slack("<!channel> & co")
    '&lt;!channel&gt; &amp; co'
    """
    return "".join(SLACK.get(character, character) for character in text)


def markdown(text: str) -> str:
    r"""Every mark of Markdown as itself, and no address that would be made a link.

    >>> print(markdown("[x](y) *b* @all"))
    \[x\]\(y\) \*b\* \@all
    """
    return MARKS.sub(r"\\\1", text).replace("://", ":\u2060//")


def unmentioned(text: str) -> str:
    """Nobody is called by what is only quoted: an invisible joint stands behind every @.

    >>> len(unmentioned("@all"))
    5
    """
    return text.replace("@", "@\u2060").replace("://", ":\u2060//")


def gsm(text: str) -> str:
    """A text in the alphabet of SMS where it can be said in it: another would halve what fits.

    >>> gsm("Taux d’erreur élevé – forêt")
    "Taux d'erreur élevé - foret"
    >>> gsm("Ошибка")
    'Ошибка'
    """
    known = "".join(map(_gsm, text.translate(PLAINER)))
    return known if known.count("?") - text.count("?") <= len(text) // 10 else text


def _gsm(character: str) -> str:
    if character in GSM or character in GSM_TWICE:
        return character
    bare = unicodedata.normalize("NFKD", character)[:1]
    return bare if bare in GSM else "?"


def cut_sms(text: str, segments: int = 2) -> str:
    """As much as fits into so many parts: of 153 places in the alphabet of SMS, else of 67 (3GPP TS 23.040).

    >>> len(cut_sms("a" * 500)), len(cut_sms("Ж" * 500)), len(cut_sms("[" * 500))
    (306, 134, 154)
    """
    if any(character not in GSM and character not in GSM_TWICE for character in text):
        whole = text.encode("utf-16-be")  # it counts in 16-bit units
        most = segments * 134
        return text if len(whole) <= most else whole[: most - 2].decode("utf-16-be", errors="ignore") + CUT
    left = segments * 153
    if places(text) <= left:
        return text
    kept = ""
    for character in text:
        left -= places(character)
        if left < 2:
            break
        kept += character
    return kept + ".."


def places(text: str) -> int:
    """Places of a text in the alphabet of SMS.

    >>> places("[a]")
    5
    """
    return len(text) + sum(character in GSM_TWICE for character in text)
