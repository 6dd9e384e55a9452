"""Swept settings in a few words, for the titles of panels."""
import json
import textwrap

# Settings that say how a cell was computed, not what it is; they often move along with another.
BOOKKEEPING = ("record.", "train.", "init.tolerance", "init.seed")
# In the order of telling.
SYMBOLS = {"network.depth": "$D = {}$", "network.width": "$N = {}$", "init.sigma": r"$\sigma = {}$",
           "network.activation": "{}", "network.pathways": "{} pathways",
           "init.method": "{}", "init.scheme": "{}"}
VALUE_LENGTH = 24


def identifying(swepts):
    """Which keys to show of a run's cells, from the {key: value} of each.

    A bookkeeping key goes where the other keys tell all cells apart that it tells apart: the epochs
    that move along with the depth, but not a learning rate swept by itself.
    """
    keys = list(dict.fromkeys(key for swept in swepts for key in swept))

    def kinds(chosen):
        return len({json.dumps([swept.get(key) for key in chosen]) for swept in swepts})

    for key in [key for key in keys if key.startswith(BOOKKEEPING)]:
        without = [other for other in keys if other != key]
        if kinds(without) == kinds(keys):
            keys = without
    return keys


def short_value(value):
    if isinstance(value, float):
        return f"{value:.4g}"
    text = value if isinstance(value, str) else json.dumps(value)
    return textwrap.shorten(text, VALUE_LENGTH, placeholder="...") if " " in text else text


def part_of(key, value):
    """"$N = 1000$", "tanh", "learning rate = 0.01"; mathematics for numbers only."""
    text = short_value(value).replace("$", r"\$")
    symbol = SYMBOLS.get(key, "")
    if symbol and (isinstance(value, (int, float)) or "$" not in symbol):
        return symbol.format(text)
    return f"{key.split('.')[-1].replace('_', ' ')} = {text}"


def parts_of(swept, without=()):
    """The parts of {key: value}: depth, width and what else has a symbol first."""
    known = list(SYMBOLS)
    keys = sorted((key for key in swept if key not in without),
                  key=lambda key: known.index(key) if key in SYMBOLS else len(known))
    return [part_of(key, swept[key]) for key in keys]


def drawn_length(text):
    """About how many characters wide mathematical text is drawn."""
    return len(text.replace(r"\sigma", "s").replace(r"\sqrt", "v").replace("$", ""))


def wrap(parts, width):
    """The parts joined by commas, in lines of at most `width` characters where they can be cut."""
    lines = []
    for part in filter(None, parts):
        if lines and drawn_length(f"{lines[-1]}, {part}") <= width:
            lines[-1] += f", {part}"
        else:
            lines.append(part)
    return ",\n".join(lines)
