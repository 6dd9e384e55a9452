"""Tables of numbers in text (CSV), read as what they mean or refused.

Such a file does not say what it is: a first line can be names or numbers, a first column an input
or the row's number, an empty line a missing example. What is certain is read; what is not is
refused, with the option that settles it. A line left out silently would pair the inputs of one
example with the outputs of another.
"""
import csv
import re

from .messages import ToolError, need

numpy = need("numpy")

NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?|[+-]?(nan|inf|infinity)",
                    re.ASCII | re.IGNORECASE)
ANSWERS = ("guess", "yes", "no")
INDEX_NAMES = ("", "Unnamed: 0")  # as pandas writes it, and reads and writes it once more


def is_number(text):
    return NUMBER.fullmatch(text) is not None


def unquoted(line):
    return re.sub(r'"[^"]*"', "", line)


def separator_of(line):
    """What separates the fields of a line: comma, semicolon, tab or blanks; "" for one field."""
    for candidate in (",", ";", "\t"):
        if candidate in unquoted(line):
            return candidate
    return " " if len(line.split()) > 1 else ""


def fields_of(line, separator):
    if separator == " ":
        return line.split()
    row = next(csv.reader([line], delimiter=separator or ","), [])
    return [field.strip() for field in row]


def numbered_lines(path):
    """(line number, text) of the lines from the first to the last example or name."""
    with open(path, newline=None, encoding="utf-8-sig") as file:
        lines = [(number, line.rstrip("\n")) for number, line in enumerate(file, start=1)]
    used = [i for i, (_, line) in enumerate(lines)
            if line.strip() and not line.lstrip().startswith("#")]
    return lines[used[0]:used[-1] + 1] if used else []


def rows_of(path):
    """[(line number, fields)], every row as wide as the first."""
    lines = numbered_lines(path)
    if not lines:
        return []
    separator = separator_of(lines[-1][1])  # of an example, not of names
    if any(";" in line and "," in line for line in (unquoted(line) for _, line in lines)):
        raise ToolError(f"{path}: semicolons separate and commas stand in the numbers; write it "
                        "with decimal points (in pandas: to_csv(..., sep=',', decimal='.'))")
    rows = []
    for number, line in lines:
        fields = fields_of(line, separator)
        if not any(fields):
            raise ToolError(f"{path}:{number}: no values: a missing example? Leaving the line out "
                            "would pair inputs with the outputs of another example; fill it, or "
                            "remove that example from both files")
        if fields[0].startswith("#"):
            raise ToolError(f"{path}:{number}: a comment between examples: one that is left out? "
                            "Remove that example from both files, and the comment")
        if rows and len(fields) != len(rows[0][1]):
            raise ToolError(f"{path}:{number}: {len(fields)} columns where the lines before have "
                            f"{len(rows[0][1])}; every example needs the same")
        rows.append((number, fields))
    return rows


def counts_up(fields, starts=(0,)):
    """Whether the fields are whole numbers that count up by one from one of `starts`."""
    if not all(re.fullmatch(r"\d+", field, re.ASCII) for field in fields):
        return False
    numbers = [int(field) for field in fields]
    return numbers[0] in starts and all(b == a + 1 for a, b in zip(numbers, numbers[1:]))


def has_fraction(rows):
    return any(re.search(r"[.eE]", field) for _, fields in rows for field in fields)


def is_header(path, rows, header):
    """Whether the first row is names; refuses what could be either."""
    number, first = rows[0]
    if header != "guess":
        return header == "yes"
    if not any(map(is_number, first)):
        return True
    if first[0] == "" and len(first) > 1 and counts_up(first[1:]):
        return True
    suspicious = counts_up(first) and (len(first) > 2 or has_fraction(rows[1:]))
    if suspicious and len(rows) > 1:
        raise ToolError(f"{path}:{number}: the first line, {','.join(first[:4])}"
                        f"{',...' if len(first) > 4 else ''}, looks like column numbers (as pandas "
                        "writes them), but could be an example; say which with --header yes or "
                        "--header no")
    return False


def without_index(path, names, rows, index):
    """(rows, note): a column of row numbers is left out where it is certain, and said."""
    column = [fields[0] for _, fields in rows]
    numbers_rows = len(rows) > 1 and counts_up(column, (0, 1))
    unnamed = names is not None and names[0] in INDEX_NAMES
    if index == "yes" or (index == "guess" and unnamed and numbers_rows):
        rest = [(number, fields[1:]) for number, fields in rows]
        return rest, f"{path}: the first column is the rows' index and is left out"
    if index == "guess" and unnamed:
        raise ToolError(f"{path}: the first column has no name, as an index that pandas writes; is "
                        "it an input? Say which with --index yes (leave it out) or --index no")
    if index == "guess" and numbers_rows and len(rows) > 2 and len(rows[0][1]) > 1:
        raise ToolError(f"{path}: the first column{f' ({names[0]})' if names else ''} counts the "
                        "rows; is it an index or a value? Say which with --index yes (leave it "
                        "out) or --index no")
    return rows, None


def read_table(path, header="guess", index="guess"):
    """(matrix, notes) of a text table, one example a line.

    `header`: whether the first line is names; `index`: whether the first column numbers the rows.
    Both "yes", "no", or "guess", which refuses what is uncertain."""
    try:
        rows = rows_of(path)
    except (UnicodeDecodeError, csv.Error) as error:
        raise ToolError(f"{path}: not a text file of comma-separated numbers") from error
    if not rows:
        raise ToolError(f"{path}: is empty: no line with values")
    names = rows[0][1] if is_header(path, rows, header) else None
    rows, note = without_index(path, names, rows[1:] if names else rows, index)
    for number, fields in rows:
        for column, field in enumerate(fields, start=1):
            if not is_number(field):
                what = f"is not a number: `{field[:40]}`" if field else "has no value: missing?"
                raise ToolError(f"{path}:{number}: column {column} {what}")
    width = len(rows[0][1]) if rows else 0
    matrix = numpy.array([[float(field) for field in fields] for _, fields in rows],
                         dtype=float).reshape(len(rows), width)
    return matrix, [note] if note else []
