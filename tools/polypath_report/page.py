"""The page: plain HTML with its style and its pictures inside."""
import html
import json

from polypath_lib.statistics import quantity, unlearned

CSS = """
:root { color-scheme: light; }
body { font: 15px/1.5 system-ui, sans-serif; color: #1c1c1c; background: #fff; margin: 0 auto;
       max-width: 72rem; padding: 1.5rem 1.25rem 4rem; }
h1 { font-size: 1.6rem; margin: 0 0 .2rem; } h2 { font-size: 1.2rem; margin: 2.2rem 0 .6rem; }
h3 { font-size: 1rem; margin: 1.4rem 0 .4rem; }
.quiet { color: #5a5a5a; } code { font-family: ui-monospace, monospace; font-size: .92em; }
.missing { border-left: 4px solid #D55E00; background: #fdf3ec; padding: .6rem 1rem; }
.whole { border-left: 4px solid #009E73; background: #eef8f4; padding: .6rem 1rem; }
.missing ul { margin: .3rem 0 0; padding-left: 1.2rem; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; font-size: .86rem; font-variant-numeric: tabular-nums; }
th, td { padding: .22rem .7rem; text-align: right; border-bottom: 1px solid #e3e3e3;
         white-space: nowrap; }
th { font-weight: 600; border-bottom: 1px solid #8a8a8a; }
td.text, th.text { text-align: left; white-space: normal; }
td.wide { white-space: normal; overflow-wrap: anywhere; }
figure { margin: 1.2rem 0 2rem; } figure img { max-width: 100%; height: auto; display: block; }
figcaption { color: #444; font-size: .9rem; margin-top: .4rem; max-width: 56rem; }
pre { background: #f6f6f6; padding: .8rem 1rem; overflow-x: auto; font-size: .8rem;
      line-height: 1.4; }
details { margin-top: .6rem; } summary { cursor: pointer; }
"""


def escape(value):
    return html.escape(str(value))


def number(value, digits=3):
    return "–" if value is None else f"{value:.{digits}g}"


def with_interval(value, interval):
    if value is None:
        return "–"
    low, high = interval
    return number(value) if low is None else f"{number(value)} [{number(low)}, {number(high)}]"


def table(head, rows, text_columns=()):
    """HTML of a table; cells are escaped here."""
    def row(cells, tag):
        return "<tr>" + "".join(
            f'<{tag}{" class=text" if i in text_columns else ""}>{escape(cell)}</{tag}>'
            for i, cell in enumerate(cells)) + "</tr>"
    body = "\n".join(row(cells, "td") for cells in rows)
    return (f'<div class="scroll"><table><thead>{row(head, "th")}</thead>\n<tbody>{body}</tbody>'
            "</table></div>")


def swept_text(swept):
    return ", ".join(f"{k} = {v if isinstance(v, str) else json.dumps(v)}"
                     for k, v in swept.items())


def missing_part(contents):
    if not contents.missing:
        return '<p class="whole">Complete: every cell and member finished.</p>'
    items = "".join(f"<li>{escape(sentence)}</li>" for sentence in contents.missing)
    return f'<div class="missing"><strong>What is missing</strong><ul>{items}</ul></div>'


def warnings_part(contents):
    items = "".join(f"<li>{escape(sentence)}</li>" for sentence in contents.warnings)
    return f'<div class="missing"><strong>Mind</strong><ul>{items}</ul></div>' if items else ""


def cells_part(contents):
    if not contents.cells:
        return ""
    rows = []
    for cell in contents.cells:
        counts = cell["counts"]
        rows.append([cell["cell"], swept_text(cell["swept"]) or "–", cell["members"],
                     counts["finished"], counts["diverged"], counts["not finished"],
                     "–" if cell["epoch"] is None else cell["epoch"], number(cell["loss"]),
                     number((cell["end"] or {}).get("largest")),
                     (cell["end"] or {}).get("not settled", "–")])
    head = ["cell", "swept settings", "members", "finished", "diverged", "unfinished",
            "last epoch", "final loss", "largest learning rate / edge of stability",
            "not settled"]
    return "<h2>Cells</h2>" + table(head, rows, text_columns=(1,))


def wins_text(cell, mode):
    won = [w for w in cell["winners"] if w["mode"] == mode]
    shown = won[:1] if cell["pathways"] == 2 else won
    return "; ".join(with_interval(w["probability"], w["interval"]) for w in shown)


def statistic(cell, name, mode):
    entry = quantity(cell, name, mode)
    return with_interval(entry["mean"], entry["mean_interval"]) if entry else "–"


def mean_only(cell, name, mode):
    entry = quantity(cell, name, mode)
    return number(entry["mean"]) if entry else "–"


def mode_table(cell):
    rows = []
    for mode, target in enumerate(cell["target"], start=1):
        rows.append([mode, cell["mode_group"][mode - 1], number(target),
                     mean_only(cell, "learned", mode), cell["learned_members"][mode - 1],
                     statistic(cell, "dominance", mode),
                     wins_text(cell, mode), statistic(cell, "escape_epoch", mode),
                     mean_only(cell, "participation_ratio", mode)])
    wins = "P(pathway 0 wins)" if cell["pathways"] == 2 else "P(pathway wins), each"
    head = ["mode", "group", "target", "learned", "learned \u2265 99 %", "dominance", wins, "escape epoch",
            "pathways taking part"]
    return table(head, rows)


def learning_part(cell):
    """Whom the means are over, where members did not learn."""
    missing = unlearned(cell)
    if not missing:
        return ""
    told = ", ".join(f"{members} in mode {mode}" for mode, members in missing)
    return (f"<p class=quiet>Of {cell['finished']} finished members, less than 99 % was learned by "
            f"{told}. They are in the means, not in who wins; <code>polypath analyse --learned"
            "</code> leaves them out.</p>")


def same_winner_table(cell):
    """P(one pathway wins both modes) of every pair that some members have learned."""
    pairs = {tuple(p["modes"]): p for p in cell.get("winner_correlations", []) if p["members"]}
    if not pairs:
        return ""
    rank = len(cell["target"])
    rows = [[a, *(with_interval(pairs[a, b]["same_probability"], pairs[a, b]["same_interval"])
                  if (a, b) in pairs else "" for b in range(2, rank + 1))]
            for a in range(1, rank)]
    members = sorted({p["members"] for p in pairs.values()})
    count = f"{members[0]}" if len(members) == 1 else f"{members[0]} to {members[-1]}"
    groups = cell["mode_group"]
    basis = ("; within a group winners depend on the basis chosen in it"
             if len(set(groups)) < len(groups) else "")
    return (f"<p class=quiet>P(one pathway wins both modes), of {count} members that learned "
            f"both{basis}:</p>" + table(["modes", *range(2, rank + 1)], rows))


def group_table(cell):
    """Groups of two or more modes, by quantities that do not depend on the basis."""
    groups = cell["mode_group"]
    rows = []
    for group in sorted({g for g in groups if groups.count(g) > 1}):
        entries = [quantity(cell, name, group=group)
                   for name in ("group_dominance", "group_split", "group_escape_epoch")]
        modes = ", ".join(str(i + 1) for i, g in enumerate(groups) if g == group)
        shares = [with_interval(q["mean"], q["mean_interval"]) for q in cell["quantities"]
                  if (q["quantity"], q["group"], q["pathway"])
                  == ("group_direction_share", group, 0) and q["members"]]
        rows.append([group, modes, *(with_interval(e["mean"], e["mean_interval"]) if e else "–"
                                     for e in entries), "; ".join(shares) or "–"])
    if not rows:
        return ""
    head = ["group", "modes", "dominance of the traces", "dominance of directions (split)",
            "escape epoch", "shares of the first pathway by direction"]
    return "<p class=quiet>Modes of equal singular value, by quantities that do not depend on the " \
           "basis chosen among them:</p>" + table(head, rows, text_columns=(1, 5))


def statistics_part(contents):
    if not contents.analysis:
        return ""
    parts = ["<h2>Statistics</h2><p class=quiet>Means over finished members; in brackets 95 % "
             "intervals (Student's t, on a scale that keeps them within what is possible; of "
             "probabilities: Wilson). Dominance: 0 shared evenly, 1 in "
             "one pathway alone. Seeds are shared between the cells of a sweep: at small depth, "
             "results at different widths are not independent.</p>"]
    shown = [c for c in contents.analysis["cells"] if c["finished"]]
    for cell in shown:
        name = swept_text(cell["swept"])
        parts.append(f"<details{' open' if len(shown) <= 4 else ''}><summary><strong>Cell "
                     f"{cell['cell']}</strong> {escape(name)} "
                     f"<span class=quiet>({cell['finished']} of {cell['members']} members)"
                     f"</span></summary>{mode_table(cell)}{learning_part(cell)}{group_table(cell)}"
                     f"{same_winner_table(cell)}</details>")
    return "".join(parts) if shown else ""


def fit_cells(fit):
    """The cells of a fit, and those it would have were their dominance known."""
    absent = [f"{entry['cell']} ({entry['why']})" for entry in fit.get("absent", [])]
    there = ", ".join(map(str, fit["cells"]))
    return f"{there}; without {', '.join(absent)}" if absent else there


def fit_seeds(fit):
    """How many seeds are behind each mean: 100, or 46 to 100."""
    members = fit.get("members") or []
    low, high = min(members, default=0), max(members, default=0)
    return f"{low} to {high}" if low < high else str(high or "\u2013")


def fits_part(contents):
    fits = (contents.analysis or {}).get("fits") or []
    if not fits:
        return ""
    rows = []
    for fit in fits:
        slope = "exponent of N" if fit["against"] == "width" else "change per layer"
        rows.append([fit["against"], fit["held"], fit["mode"], slope,
                     with_interval(fit["slope"], fit["interval"]), fit_seeds(fit), fit_cells(fit)])
    head = ["against", "held", "mode", "", "value", "seeds", "cells"]
    return ("<h2>Dominance over cells</h2><p class=quiet>Exponent: slope of log mean dominance "
            "against log N; large-width theory has -1/2 at fixed sigma sqrt(N). Intervals: "
            "Student's t, its error by leaving each seed out of all cells (jackknife).</p>"
            + table(head, rows, text_columns=(0, 1, 3, 6)))


def figures_part(contents):
    if not contents.figures and not contents.remarks:
        return ""
    parts = ["<h2>Figures</h2>"]
    for name, caption, data in contents.figures:
        parts.append(f'<figure id="figure-{escape(name)}"><img alt="{escape(caption)}" '
                     f'src="data:image/png;base64,{data}"><figcaption>{escape(caption)}'
                     "</figcaption></figure>")
    remarks = "".join(f"<li>{escape(r)}</li>" for r in contents.remarks)
    parts.append(f'<ul class="quiet">{remarks}</ul>' if remarks else "")
    return "".join(parts)


def settings_part(contents):
    parts = []
    if contents.settings:
        parts.append(f"<h2>Settings</h2><pre>{escape(contents.settings)}</pre>")
    if contents.provenance:
        rows = "".join(f'<tr><td class=text>{escape(k)}</td><td class="text wide">{escape(v)}'
                       "</td></tr>" for k, v in contents.provenance.items())
        parts.append(f"<h2>Provenance</h2><table><tbody>{rows}</tbody></table>")
    return "".join(parts)


def state_text(contents):
    state = contents.state
    if not state:
        return ""
    return f" · {escape(state['state'])}, {100 * state['fraction']:.0f} %"


def render(contents):
    """The whole page."""
    name = escape(contents.directory.rstrip("/").rsplit("/", 1)[-1] or contents.directory)
    body = "\n".join([
        f"<h1>{name}</h1>",
        f'<p class="quiet"><code>{escape(contents.directory)}</code>{state_text(contents)} · '
        f"report of {escape(contents.made)}</p>",
        missing_part(contents), warnings_part(contents), figures_part(contents), cells_part(contents),
        statistics_part(contents), fits_part(contents), settings_part(contents)])
    return (f'<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8">\n'
            f'<meta name="viewport" content="width=device-width, initial-scale=1">\n'
            f"<title>{name}: polypath</title>\n<style>{CSS}</style></head>\n<body>\n{body}\n"
            "</body></html>\n")
