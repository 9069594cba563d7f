#!/usr/bin/env python3
"""Writes the demonstration data: short job-advertisement titles, with the spans that name the
advertised job.

    python3 examples/generate.py [--out DIR] [--seed N]

The same seed gives the same bytes on every machine: randomness comes only from
random.Random(seed).random(), whose sequence Python guarantees. What is marked and what is not is
stated in README.md.
"""

import argparse
import json
import pathlib
import random
import re
import unicodedata

import vocabulary as words

LABEL = "job_title"
GOLD_ROWS = 600
RAW_ROWS = 1500
SEED = 20240229

# A text under construction is a list of pieces (string, is_title); the strings contain their own
# spacing.


class Chooser:
    """Random choices built on random() alone."""

    def __init__(self, seed):
        self._random = random.Random(seed).random

    def chance(self, probability):
        return self._random() < probability

    def below(self, n):
        return int(self._random() * n)

    def one(self, items):
        return items[self.below(len(items))]

    def frequent_first(self, items):
        """Long-tailed: the density falls with the rank, and the last item is still drawn now and
        then."""
        return items[int(len(items) * self._random() ** 3.2)]

    def weighted(self, weighted_items):
        at = self._random() * sum(weight for weight, _ in weighted_items)
        for weight, item in weighted_items:
            at -= weight
            if at < 0:
                return item
        return weighted_items[-1][1]


# ---- one title ----


def plain_title(choose, trade):
    """[seniority] [modifier]* head"""
    parts = [choose.frequent_first(trade["heads"])]
    for _ in range(choose.weighted([(60, 0), (36, 1), (4, 2)])):
        modifier = choose.frequent_first(trade["modifiers"])
        if modifier not in parts and modifier.split()[-1] not in parts[0].split():
            parts.insert(0, modifier)
    seniority = choose.frequent_first(words.SENIORITY)
    if choose.chance(0.22) and seniority not in " ".join(parts).split():
        parts.insert(0, seniority)
    return " ".join(parts)


def led_title(choose, trade):
    """Director of Nursing"""
    return f"{choose.frequent_first(words.LEADERS)} of {choose.frequent_first(trade['subjects'])}"


def two_fields_title(choose, trade):
    """Sales and Marketing Manager: one title, its modifiers coordinated."""
    first, second = distinct(choose, lambda: choose.frequent_first(words.MANAGER_FIELDS), 2)
    joint = choose.one([" and ", " & ", " / ", "/", " and "])
    return f"{first}{joint}{second} {choose.frequent_first(words.MANAGER_HEADS)}"


def two_grades_title(choose, trade):
    """Junior / Senior Tester: one title, its grades coordinated."""
    first, second = distinct(choose, lambda: choose.frequent_first(words.SENIORITY[:8]), 2)
    joint = choose.one([" / ", "/", " or "])
    return f"{first}{joint}{second} {choose.frequent_first(trade['heads'])}"


def title(choose, trade):
    make = choose.weighted([(84, plain_title), (7, led_title), (6, two_fields_title),
                            (3, two_grades_title)])
    return make(choose, trade)


def distinct(choose, draw, n):
    drawn = []
    while len(drawn) < n:
        item = draw()
        if item not in drawn:
            drawn.append(item)
    return drawn


def plural(text):
    if text.endswith("ss") or text.endswith("sh"):
        return text + "es"
    if text.endswith("man"):
        return text[:-3] + "men"
    if text.endswith("y") and text[-2] not in "aeiou":
        return text[:-1] + "ies"
    if " " not in text and text.isupper() or text[-1] in "s'" or " de " in text:
        return text
    return text + "s"


# ---- what stands around the title ----


def pay(choose):
    thousands = 16 + choose.below(60)
    hourly = f"{9 + choose.below(16)}.{choose.one(['00', '50', '25', '44', '75'])}"
    return choose.one([
        f"£{thousands}k", f"£{thousands},000", f"£{hourly}ph", f"up to £{thousands}k",
        f"£{hourly} per hour", f"{thousands}K + bonus", f"£{thousands}k - £{thousands + 5}k",
        f"c£{thousands}k + car", f"OTE £{thousands + 20}k", f"${hourly}/hr", f"€{thousands}.000",
        f"to {thousands}000 pa"
    ])


def reference(choose):
    number = 1000 + choose.below(90000)
    return choose.one([f"Ref {number}", f"(ref: {number})", f"#{number}", f"JOB-{number}",
                       f"Ref. {choose.one('ABKMT')}{number}"])


# What an ad says after the title, with how often.
AFTER_SHARES = [(36, "place"), (15, "sector"), (12, "pay"), (11, "contract"), (7, "shift"),
                (6, "company"), (9, "afterthought"), (4, "reference")]


def after_title(choose, trade, kind):
    if kind == "place":
        return choose.frequent_first(words.PLACES)
    if kind == "sector":
        return choose.one(trade["sectors"])
    if kind == "pay":
        return pay(choose)
    if kind == "contract":
        return choose.frequent_first(words.CONTRACT_AFTER)
    if kind == "shift":
        return choose.one(words.SHIFTS)
    if kind == "company":
        return choose.one(words.COMPANIES)
    if kind == "afterthought":
        return choose.one(words.AFTERTHOUGHTS)
    return reference(choose)


def tail(choose, trade):
    pieces = []
    how_many = choose.weighted([(30, 0), (46, 1), (19, 2), (5, 3)])
    for kind in distinct(choose, lambda: choose.weighted(AFTER_SHARES), how_many):
        text = after_title(choose, trade, kind)
        opening, closing = choose.weighted([(36, (" - ", "")), (22, (", ", "")), (14, (" (", ")")),
                                            (10, (" ", "")), (5, ("  ", "")), (4, (" | ", "")),
                                            (4, (" – ", "")), (1, (" / ", ""))])
        pieces.append((opening + text + closing, False))
    return pieces


def before_title(choose):
    pieces = []
    if choose.chance(0.07):
        pieces.append((choose.one(words.URGENT) + choose.one([" ", " - ", " "]), False))
    if choose.chance(0.06):
        pieces.append((choose.frequent_first(words.CONTRACT) + " ", False))
    if choose.chance(0.05):
        pieces.append((choose.frequent_first(words.APPLICANT) + " ", False))
    return pieces


# ---- whole advertisements ----


def simple_ad(choose, trade):
    return before_title(choose) + [(title(choose, trade), True)] + tail(choose, trade)


def place_first_ad(choose, trade):
    lead = choose.one([
        choose.frequent_first(words.PLACES),
        choose.one(trade["sectors"]),
        reference(choose),
        pay(choose),
        choose.one(words.SHIFTS)
    ])
    lead += choose.one([" - ", ": ", " ", ", ", "  ", " "])
    return [(lead, False), (title(choose, trade), True)] + tail(choose, trade)


def company_ad(choose, trade):
    company = choose.one(words.COMPANIES)
    name = title(choose, trade)
    if choose.chance(0.5):
        joint = choose.one(
            [": ", " - ", " seeks ", " is looking for a ", " require ", " needs you! ", " | ", " "])
        return [(company + joint, False), (name, True)] + tail(choose, trade)[:1]
    joint = choose.one([" at ", " for ", " - ", ", ", " @ ", " with ", " "])
    return before_title(choose) + [(name, True), (joint + company, False)] + tail(choose, trade)[:1]


def several_titles_ad(choose, trade):
    """Chefs, Waiters and Baristas: each its own span."""
    names = distinct(choose, lambda: choose.frequent_first(trade["heads"]),
                     choose.weighted([(75, 2), (25, 3)]))
    if choose.chance(0.4):
        names = [plural(name) for name in names]
    if choose.chance(0.3):
        names[0] = f"{choose.frequent_first(trade['modifiers'])} {names[0]}"
    joint = choose.one([" and ", " or ", " / ", " & ", "/", " + "])
    pieces = before_title(choose)
    for i, name in enumerate(names):
        if i > 0:
            pieces.append((joint if i == len(names) - 1 else ", ", False))
        pieces.append((name, True))
    return pieces + tail(choose, trade)[:1]


def reporting_ad(choose, trade):
    """PA to the Finance Director: only the job on offer is marked."""
    if choose.chance(0.5):
        name = choose.frequent_first(
            ["PA", "Personal Assistant", "Executive Assistant", "Secretary", "Assistant", "EA"])
        joint = choose.one([" to ", " to the ", " for our ", " supporting the "])
    else:
        name = title(choose, trade)
        joint = choose.one(
            [" reporting to ", " reporting to the ", " - reports to ", " assisting our "])
    return [(name, True), (joint + choose.one(words.SUPERIORS), False)] + tail(choose, trade)[:1]


def sentence_ad(choose, trade):
    name, place = title(choose, trade), choose.frequent_first(words.PLACES)
    before, after = choose.one([
        ("Come and work as a ", f" in {place}"),
        ("Fancy being our next ", "?"),
        ("Do you want to be a ", f"? {place}"),
        ("We are recruiting for a ", f" in {place}"),
        ("Can you cook, clean and smile? ", f" wanted in {place}"),
        ("I'm looking for a ", " to cover holidays"),
        ("An opportunity for a ", f" has arisen, {place}"),
        ("Several ", f" vacancies {place}"),
        (f"{place} based ", " needed"),
        ("Can you manage people? ", " wanted"),
        ("Work alongside our chefs and managers as ", ""),
        ("Ever thought of driving? ", f" jobs {place}"),
    ])
    if before == "Several " and name.split()[-1] in ("Manager", "Director"):
        before = "Two "
    return [(before, False), (name, True), (after, False)]


def inverted_ad(choose, trade):
    """Manager - Sales: what follows a dash, comma or bracket is not in the span."""
    head = choose.frequent_first(words.MANAGER_HEADS)
    field = choose.frequent_first(words.MANAGER_FIELDS)
    opening, closing = choose.one([(" - ", ""), (", ", ""), (" (", ")")])
    return (before_title(choose) + [(head, True), (opening + field + closing, False)] +
            tail(choose, trade)[:1])


def course_ad(choose, trade):
    """Driver Training Course: a title's word that names something else is not marked."""
    name = choose.frequent_first(trade["heads"])
    field, course = choose.one(words.FIELDS_OF_WORK), choose.one(words.COURSES)
    text = choose.one([
        f"{name} {course}", f"{choose.one(words.COMPANIES)} {course}", f"Apprenticeship in {field}",
        f"{field} vacancies", f"Start your career in {field}", f"{field} jobs",
        f"Your own {name} franchise", f"{field} opportunities"
    ])
    return [(text, False)] + tail(choose, trade)


def no_title_ad(choose, trade):
    lead = choose.one(words.URGENT[:6]) + " " if choose.chance(0.2) else ""
    return [(lead + choose.one(words.NO_TITLE), False)] + tail(choose, trade)


# How often each trade and each shape of advertisement comes.
TRADE_SHARES = [(22, "sales"), (18, "office"), (14, "it"), (12, "factory"), (10, "health"),
                (8, "finance"), (5, "trades"), (4, "food"), (3, "transport"), (2, "education"),
                (2, "public")]
AD_SHARES = [(67, simple_ad), (6, place_first_ad), (6, company_ad), (6, several_titles_ad),
             (2, reporting_ad), (4, sentence_ad), (2, inverted_ad), (4, course_ad),
             (4, no_title_ad)]


# ---- spelling and case ----


def misspell(choose, text):
    """Swaps, drops or doubles one letter inside a word of five or more."""
    starts = [match.start() for match in re.finditer(r"[A-Za-z]{5,}", text)]
    if not starts:
        return text
    at = choose.one(starts) + 1 + choose.below(3)
    return choose.one([
        text[:at] + text[at + 1] + text[at] + text[at + 2:], text[:at] + text[at + 1:],
        text[:at] + text[at] + text[at:]
    ])


def dress(choose, pieces):
    """Typing habits of the people who write advertisements."""
    if choose.chance(0.07):
        at = choose.below(len(pieces))
        pieces[at] = (misspell(choose, pieces[at][0]), pieces[at][1])
    habit = choose.weighted([(82, None), (6, "upper"), (6, "lower"), (3, "upper title"),
                             (3, "sentence")])
    if habit == "upper":
        return [(text.upper(), is_title) for text, is_title in pieces]
    if habit == "lower":
        return [(text.lower(), is_title) for text, is_title in pieces]
    if habit == "upper title":
        return [(text.upper() if is_title else text, is_title) for text, is_title in pieces]
    if habit == "sentence":
        first, is_title = pieces[0]
        rest = [(text.lower(), is_title) for text, is_title in pieces[1:]]
        return [(first.capitalize(), is_title)] + rest
    return pieces


def render(pieces):
    """(text, spans): spans are [start, end) in code points."""
    text, spans = "", []
    for piece, is_title in pieces:
        if is_title:
            spans.append({"start": len(text), "end": len(text) + len(piece), "label": LABEL})
        text += piece
    return text.rstrip(), spans


# ---- files ----


def split_key(text):
    """Two texts with the same key are the same text to Winnow: NFKC, case folding, no white
    space."""
    return "".join(unicodedata.normalize("NFKC", text).casefold().split())


def draw_rows(seed, n):
    choose, seen, rows = Chooser(seed), set(), []
    while len(rows) < n:
        trade = words.TRADES[choose.weighted(TRADE_SHARES)]
        text, spans = render(dress(choose, choose.weighted(AD_SHARES)(choose, trade)))
        if split_key(text) not in seen:
            seen.add(split_key(text))
            rows.append((text, spans))
    return rows


def write(path, rows):
    with open(path, "w", encoding="utf-8", newline="\n") as out:
        for row in rows:
            out.write(json.dumps(row, ensure_ascii=False) + "\n")


def annotated(text, spans):
    return {"text": text, "spans": spans, "answer": "accept", "_view_id": "ner_manual"}


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out",
                        type=pathlib.Path,
                        default=pathlib.Path(__file__).parent,
                        metavar="DIR")
    parser.add_argument("--seed", type=int, default=SEED, metavar="N")
    options = parser.parse_args()

    rows = draw_rows(options.seed, GOLD_ROWS + RAW_ROWS)
    gold, raw = rows[:GOLD_ROWS], rows[GOLD_ROWS:]
    write(options.out / "job_titles_gold.jsonl", [annotated(*row) for row in gold])
    write(options.out / "job_titles_raw.jsonl", [{"text": text} for text, _ in raw])
    write(options.out / "job_titles_raw_gold.jsonl", [annotated(*row) for row in raw])


if __name__ == "__main__":
    main()
