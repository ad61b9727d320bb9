"""Which collation of MySQL's compares texts as one of MariaDB's does, and the other way. No connection.

Most are on both servers under one name. Of the others each gets the one that is nearest in what it tells apart: letters in case, accents,
blanks at the end.
"""

import re
from dataclasses import dataclass

# MySQL's word, then MariaDB's
_LANGUAGES = {
    "cs": "czech", "da": "danish", "de_pb": "german2", "eo": "esperanto", "es": "spanish", "es_trad": "spanish2", "et": "estonian",
    "hr": "croatian", "hu": "hungarian", "is": "icelandic", "la": "roman", "lt": "lithuanian", "lv": "latvian", "pl": "polish",
    "ro": "romanian", "sk": "slovak", "sl": "slovenian", "sv": "swedish", "tr": "turkish", "vi": "vietnamese",
}  # fmt: skip
_CODES = {language: code for code, language in _LANGUAGES.items()}
_OF_MYSQL = re.compile(r"utf8mb4_(?:(\w+?)_)?0900_(?:(a[is]_c[is])(_ks)?|bin)")
_OF_MARIADB = re.compile(r"(?:(\w+?)_)?uca1400_(?:(?!nopad_|a[is]_)(\w+?)_)?(nopad_)?(a[is]_c[is])")
_UNICODE = ("utf8mb4", "utf8mb3", "ucs2", "utf16", "utf32")
_BINARY = {"MySQL": "utf8mb4_0900_bin", "MariaDB": "utf8mb4_nopad_bin"}
_OTHERS = {
    "MySQL": {"croatian_mysql561_ci": "croatian_ci", "myanmar_ci": "unicode_520_ci", "thai_520_w2": "unicode_520_ci"},
    "MariaDB": {"croatian_ci": "croatian_mysql561_ci", "tolower_ci": "general_ci"},
}
"""By the server that has the second ones: what stands behind the character set."""


@dataclass(frozen=True)
class Counterpart:
    """A collation of the other server. `is_finer`: there may be texts that it tells apart, and the one that it stands for does not."""

    name: str
    is_finer: bool = False


def there(name: str, product: str) -> Counterpart:
    """What stands for a collation on the other server, whose `product` says which."""
    found = _to_mysql(name) if product == "MySQL" else _to_mariadb(name)
    return Counterpart(found.name, found.is_finer or (is_padded(name) and not is_padded(found.name)))


def is_padded(name: str) -> bool:
    """Whether a text is the same with blanks behind it."""
    return "nopad_" not in name and "_0900_" not in name


def charset_of(name: str) -> str:
    """The character set that a collation is for."""
    return name.partition("_")[0]


def _to_mariadb(name: str) -> Counterpart:
    charset, _, rest = name.partition("_")
    if found := _OF_MYSQL.fullmatch(name):
        language, sensitivity, kana = found.groups()
        if sensitivity is None:
            return Counterpart(_BINARY["MariaDB"])
        named = f"{_LANGUAGES[language]}_" if language in _LANGUAGES else ""
        return Counterpart(f"utf8mb4_uca1400_{named}nopad_{sensitivity}", is_finer=bool(language or kana))
    if charset == "gb18030":
        return Counterpart("utf8mb4_bin" if rest == "bin" else "utf8mb4_unicode_520_ci", is_finer=rest != "bin")
    return _renamed(charset, rest, "MariaDB")


def _to_mysql(name: str) -> Counterpart:
    charset, _, rest = name.partition("_")
    if found := _OF_MARIADB.fullmatch(name):
        language, nopad, sensitivity = found.groups()[1:]
        if not nopad and sensitivity == "ai_ci":
            return Counterpart(f"{found[1] or 'utf8mb4'}_{language or 'unicode_520'}_ci", is_finer=True)
        # only these know no padding, or tell accents apart
        wanted = "as_cs" if sensitivity == "ai_cs" else sensitivity
        code = _CODES.get(language) if wanted != "as_ci" else None
        return Counterpart(f"utf8mb4_{f'{code}_' if code else ''}0900_{wanted}", is_finer=wanted != sensitivity or language is not None)
    if name == _BINARY["MariaDB"]:
        return Counterpart(_BINARY["MySQL"])
    if "nopad_" in rest:
        return Counterpart(f"{charset}_{rest.replace('nopad_', '')}")
    return _renamed(charset, rest, "MySQL")


def _renamed(charset: str, rest: str, product: str) -> Counterpart:
    other = _OTHERS[product].get(rest) if charset in _UNICODE else None
    if other is None:
        return Counterpart(f"{charset}_{rest}" if rest else charset)
    return Counterpart(f"{charset}_{other}", is_finer="croatian" not in other)
