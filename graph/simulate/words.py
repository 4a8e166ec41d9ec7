"""Names, titles and texts of a town, made from row numbers: nothing of them is kept in memory."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


FIRST = _words(
    "Ada Aiko Amara Ana Anders Anya Arjun Aya Ben Bianca Carla Chen Clara Dalia Daniel David Elena Elif Emil Emma "
    "Farid Fatima Felix Finn Grace Hana Hugo Ines Ingrid Iris Ivan Jack Jana Jonas Julia Kaito Karim Kofi Lara "
    "Leila Leo Lin Lina Luca Luis Maja Marco Maria Mateo Maya Mei Mina Nadia Nina Noah Nora Olga Omar Oscar Paula "
    "Pedro Priya Rafael Ravi Rosa Ruth Sam Sara Sofia Tara Theo Tom Uma Vera Viktor Wei Yara Yusuf Zara Zoe"
)
LAST = _words(
    "Abe Adler Almeida Amin Andersson Baker Bauer Bianchi Brandt Castro Chen Costa Dahl Diallo Dubois Eriksson "
    "Fischer Fontana Garcia Gupta Haddad Hansen Hoffmann Ito Ivanova Jansen Kaya Keller Khan Kim Kowalski Lee "
    "Lindgren Lopez Martin Mendes Meyer Moreau Mori Nakamura Novak Okafor Olsen Park Patel Petrov Ricci Rossi "
    "Santos Sato Schmidt Silva Singh Sokolov Suzuki Tanaka Torres Vogel Wagner Walker Wang Weber Wolf Yilmaz "
    "Zhang Ziegler"
)
CITIES = _words(
    "Alderbrook Birkendal Brightwater Castellina Dunmore Eastmere Fairhaven Glenwick Harrowgate Isola Juniper "
    "Kestrel Larkfield Montclair Northport Oakridge Pinewood Quarrytown Rosedale Silverton Thornbury Umberfield "
    "Valmont Westhaven"
)
COUNTRIES = ("DE", "FR", "IT", "ES", "NL", "SE")
LANGUAGES = ("de", "fr", "it", "es", "nl", "sv")
OCCUPATIONS = _words("student teacher nurse engineer designer clerk cook driver scientist artist manager retired")
GENDERS = ("female", "male", "female", "male", "non-binary")
TAGS = ("vegan", "handmade", "limited", "gift", "classic", "recycled", "compact", "premium", "seasonal", "new")
ADJECTIVES = _words(
    "Amber Bold Bright Calm Classic Coastal Crisp Deep Everyday Fine Gentle Golden Grand Light Little Lunar "
    "Mellow Modern Northern Pure Quiet Rapid Royal Rustic Silver Simple Smart Soft Solar Sturdy Sunny Swift Urban "
    "Velvet Vivid Wild"
)
BRAND_NAMES = tuple(
    a + b
    for a, b in product(
        _words("Alto Brio Cala Doma Elva Fjor Gala Hedo Ilva Juno Kora Lumo Mira Nova Orla Pano Quil Riva Sola Tava"),
        _words("ra lis mont nia vik dale ro tex sa lund via kin"),
    )
)
POSTS = (
    "Found my new favourite: {}!",
    "Three weeks with the {}, and I would buy it again.",
    "Everyone keeps asking about my {}.",
    "Today I show you the {}.",
    "My honest opinion of the {} is in the comments.",
)
REVIEWS = (
    ("Broke after two days.", "Nothing like the picture. I sent it back.", "A waste of money."),
    ("Not what I hoped for.", "The quality is poor for the price.", "It works, barely."),
    ("It is all right.", "Does what it should, no more.", "Good idea, average quality."),
    ("Very good, I would buy it again.", "Looks great and arrived quickly.", "Well made, a little expensive."),
    ("Excellent! Better than expected.", "I love it and use it every day.", "Perfect, my friends want one too."),
)
"""By stars, 1 to 5."""
ANSWERS = ("Love it!", "Where did you get it?", "I need this too.", "Looks great on you.", "How long does it last?")


def ids(prefix: str, rows: NDArray[np.integer], count: int) -> pa.Array:
    """External ids of rows: the prefix and the number, padded so that text order is row order; null for -1."""
    numbers = pc.utf8_lpad(pa.array(rows).cast(pa.string()), len(str(max(count - 1, 0))), "0")
    made = pc.binary_join_element_wise(prefix, numbers, "")
    return pc.if_else(pa.array(rows >= 0), made, None)


def chosen(words: Sequence[str], numbers: NDArray[np.integer]) -> pa.Array:
    """The word of each number, counted round."""
    return pa.array(words).take(pa.array(numbers % len(words)))


def scattered(rows: NDArray[np.integer], salt: int) -> NDArray[np.int64]:
    """A number for each row that looks random and is always the same; below 2 ** 31."""
    value = (rows.astype(np.uint64) + np.uint64(salt)) * np.uint64(0x9E3779B97F4A7C15)
    value ^= value >> np.uint64(29)
    value *= np.uint64(0xBF58476D1CE4E5B9)
    return (value >> np.uint64(33)).astype(np.int64)


def joined(*parts: pa.Array | str, by: str = " ") -> pa.Array:
    """Texts of each row, joined."""
    return pc.binary_join_element_wise(*parts, by)


def brand_name(brand: int) -> str:
    """The name of a brand; there are 240, as many as the largest catalogue has."""
    return BRAND_NAMES[brand * 7 % len(BRAND_NAMES)]
