#!/ usr / bin / env python3
"""Plots the CSV of teach_bench to SVG: answers against the gain of test F1, mean over the seeds,
one panel per set.

Usage: teach_plot.py teach.csv > teach.svg
"""
import collections
import csv
import html
import sys

WIDTH, HEIGHT, MARGIN = 360, 260, 45
COLOURS = ["#1b6ca8", "#d1495b", "#3a7d44", "#8f5db7", "#c98b1b", "#4b4b4b", "#18a3a3", "#a0522d"]


def read_curves(path):
    """{set: {arm: {answers: [gain of each seed]}}}"""
    curves = collections.defaultdict(
        lambda: collections.defaultdict(lambda: collections.defaultdict(list)))
    with open(path, newline="", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            gain = float(row["test"]) - float(row["base_test"])
            curves[row["set"]][row["arm"]][int(row["answers"])].append(gain)
    return curves


def panel(name, arms, left, colours):
    means = {
        arm: [(0, 0.0)] + sorted((n, sum(g) / len(g))
                                 for n, g in points.items())
        for arm, points in arms.items()
    }
    flat = [point for points in means.values() for point in points]
    right = max(n for n, _ in flat)
    low, high = min(g for _, g in flat), max(g for _, g in flat)
    high = max(high, low + 1e-9)
    x = lambda n: left + MARGIN + n / right * (WIDTH - 2 * MARGIN)
    y = lambda g: HEIGHT - MARGIN - (g - low) / (high - low) * (HEIGHT - 2 * MARGIN)
    parts = [f'<text x="{left + WIDTH / 2}" y="20" text-anchor="middle">{html.escape(name)}</text>']
    for gain in sorted({low, 0.0, high}):
        parts.append(f'<line x1="{x(0):.1f}" x2="{x(right):.1f}" y1="{y(gain):.1f}" '
                     f'y2="{y(gain):.1f}" stroke="#ccc"/>')
        parts.append(
            f'<text x="{x(0) - 4:.1f}" y="{y(gain) + 4:.1f}" text-anchor="end">{gain:+.1f}</text>')
    for n in sorted({n for n, _ in flat}):
        parts.append(f'<text x="{x(n):.1f}" y="{HEIGHT - MARGIN + 16}" text-anchor="middle" '
                     f'font-size="8">{n}</text>')
    for arm, points in means.items():
        line = " ".join(f"{x(n):.1f},{y(g):.1f}" for n, g in points)
        parts.append(
            f'<polyline points="{line}" fill="none" stroke="{colours[arm]}" stroke-width="1.5"/>')
    return parts


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    curves = read_curves(sys.argv[1])
    if not curves:
        sys.exit(f"{sys.argv[1]}: no rows")
    arms = list(dict.fromkeys(arm for by_arm in curves.values() for arm in by_arm))
    colours = {arm: COLOURS[i % len(COLOURS)] for i, arm in enumerate(arms)}
    parts = []
    for i, (name, by_arm) in enumerate(curves.items()):
        parts += panel(name, by_arm, i * WIDTH, colours)
    for i, arm in enumerate(arms):
        left = 20 + i * 130
        parts.append(f'<rect x="{left}" y="{HEIGHT}" width="12" height="3" fill="{colours[arm]}"/>')
        parts.append(f'<text x="{left + 16}" y="{HEIGHT + 5}">{html.escape(arm)}</text>')
    width = max(len(curves) * WIDTH, 40 + 130 * len(arms))
    print(f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{HEIGHT + 20}" '
          'font-family="sans-serif" font-size="11">'
          '<rect width="100%" height="100%" fill="#fff"/>')
    print("\n".join(parts))
    print("</svg>")


if __name__ == "__main__":
    main()
