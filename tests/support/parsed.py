"""Pages read by a strict parser, as a browser without scripts would."""

import html5lib


def parsed(answer):
    """The document, without namespaces; fails where it is not valid."""
    found = html5lib.HTMLParser(strict=True, namespaceHTMLElements=False).parse(answer.text)
    for element in found.iter():
        if isinstance(element.tag, str):
            element.tag = element.tag.rpartition("}")[2]
    return found


def text(element):
    return " ".join("".join(element.itertext()).split())


def by_id(document, name):
    (found,) = document.findall(f".//*[@id='{name}']")
    return found


def rows(document):
    """The cells of the one table, by the first of each row."""
    (table,) = document.iter("table")
    found = [[text(cell) for cell in row] for row in table.iter("tr")]
    return found[0], {row[0].split()[0]: row[1:] for row in found[1:]}
