"""The HTML handout: a page as a browser saves it, with all that stands round an article."""

from __future__ import annotations

import json
from html import escape

from handout_source import AUTHOR, NOT_REVIEWED, Section, Text, cells, runs

ADDRESS = "https://knees.example.org/guides/back-to-stairs"
SITE = "The Knee Pages"

_HEAD = """<!DOCTYPE html>
<!-- saved from url=({length:04d}){address} -->
<html lang="en-GB">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title} | {site}</title>
<meta name="description" content="{summary}">
<meta name="author" content="{author}">
<link rel="canonical" href="{address}">
<meta property="og:type" content="article">
<meta property="og:site_name" content="{site}">
<meta property="og:title" content="{title}">
<meta property="og:description" content="{summary}">
<meta property="og:url" content="{address}">
<meta property="og:locale" content="en_GB">
<meta property="article:published_time" content="{published}T12:00:00Z">
<meta property="article:modified_time" content="{published}T12:00:00Z">
<script type="application/ld+json">
{data}
</script>
<style>
body {{ font-family: system-ui, sans-serif; margin: 0; color: #1d2b2f; line-height: 1.6; }}
.bar, footer {{ background: #0b5563; color: #fff; padding: 1rem 2rem; }}
.bar a, footer a {{ color: #fff; margin-right: 1rem; }}
.cookies {{ background: #fbeae5; padding: 1rem 2rem; }}
.columns {{ display: flex; gap: 3rem; padding: 2rem; max-width: 70rem; margin: auto; }}
article {{ flex: 3; }} aside {{ flex: 1; font-size: .9rem; }}
table {{ border-collapse: collapse; }} td, th {{ border: 1px solid #b5c9cc; padding: .5rem; }}
</style>
<script>window.dataLayer = window.dataLayer || []; dataLayer.push({{"page": "guide"}});</script>
</head>
"""

_BEFORE = """<body>
<a class="skip" href="#content">Skip to content</a>
<div class="cookies" role="dialog" aria-label="Cookies">
<p>We use cookies to count visits. You can change your mind at any time.</p>
<button type="button">Accept all</button> <button type="button">Only what is needed</button>
</div>
<header class="bar">
<a href="/">{site}</a>
<nav aria-label="Main">
<ul><li><a href="/guides">Guides</a></li><li><a href="/exercises">Exercises</a></li>
<li><a href="/clinics">Find a clinic</a></li><li><a href="/shop">Shop</a></li>
<li><a href="/login">Log in</a></li></ul>
</nav>
<form role="search" action="/search"><input name="q" placeholder="Search the site">
<button>Search</button></form>
</header>
<nav class="crumbs" aria-label="Breadcrumb"><a href="/">Home</a> › <a href="/guides">Guides</a> ›
Stairs</nav>
<div class="columns">
<main id="content">
<article>
"""

_AFTER = """</article>
<div class="share">Share this page: <a href="#">Email</a> <a href="#">Print</a>
<a href="#">Copy link</a></div>
<section class="newsletter"><h2>Never miss a guide</h2>
<p>Sign up for our monthly letter.</p>
<form><input type="email" placeholder="Your email"><button>Sign me up</button></form></section>
</main>
<aside aria-label="More">
<h2>Most read this week</h2>
<ul><li><a href="/guides/ten-stretches">Ten stretches for busy people</a></li>
<li><a href="/guides/best-insoles">Our favourite insoles</a></li>
<li><a href="/guides/marathon">Your first marathon</a></li></ul>
<div class="advert">Advertisement<br><a href="/shop/sleeve">Knee sleeves, now half price</a></div>
</aside>
</div>
<footer>
<ul><li><a href="/about">About us</a></li><li><a href="/contact">Contact</a></li>
<li><a href="/privacy">Privacy</a></li><li><a href="/terms">Terms of use</a></li></ul>
<p>© 2026 {site}. All trademarks belong to their owners.</p>
</footer>
<noscript><img src="/pixel.gif" alt="" width="1" height="1"></noscript>
<script>document.querySelectorAll(".cookies button").forEach(b => b.onclick = () =>
b.parentElement.remove());</script>
</body>
</html>
"""


def make_html(text: Text) -> bytes:
    """Return the page in UTF-8."""
    published = text.published.isoformat()
    values = {
        "title": escape(text.title),
        "summary": escape(text.summary),
        "author": AUTHOR,
        "site": SITE,
        "address": ADDRESS,
        "length": len(ADDRESS),
        "published": published,
        "data": json.dumps(_data(text), indent=1),
    }
    body = "".join(_section(section) for section in text.sections)
    byline = (
        f'<p class="byline">By the {AUTHOR}, <time datetime="{published}">'
        f"{text.published:%d %B %Y}</time>. {NOT_REVIEWED}</p>\n"
    )
    references = "".join(f"<li>{escape(line)}</li>\n" for line in text.references)
    return "".join(
        (
            _HEAD.format(**values),
            _BEFORE.format(**values),
            f"<h1>{values['title']}</h1>\n{byline}{body}",
            f"<h2>References</h2>\n<ol>\n{references}</ol>\n",
            _AFTER.format(**values),
        )
    ).encode()


def _data(text: Text) -> dict[str, object]:
    return {
        "@context": "https://schema.org",
        "@type": "Article",
        "headline": text.title,
        "description": text.summary,
        "author": {"@type": "Organization", "name": AUTHOR},
        "publisher": {"@type": "Organization", "name": "Patella"},
        "datePublished": text.published.isoformat(),
        "dateModified": text.published.isoformat(),
        "inLanguage": "en-GB",
        "license": "https://creativecommons.org/licenses/by/4.0/",
        "mainEntityOfPage": ADDRESS,
    }


def _section(section: Section) -> str:
    return heading(section) + blocks(section)


def heading(section: Section) -> str:
    if not section.heading:
        return ""
    return f'<h{section.level} id="{section.slug}">{escape(section.heading)}</h{section.level}>\n'


def blocks(section: Section) -> str:
    """Return a section's paragraphs, lists and tables; valid as HTML and as XHTML."""
    out = []
    for kind, parts in runs(section.parts):
        if kind == "table_row":
            head, *rest = (cells(part) for part in parts)
            body = "".join(f"<tr>{_row(row, 'td')}</tr>\n" for row in rest)
            out.append(f"<table>\n<thead><tr>{_row(head, 'th')}</tr></thead>\n")
            out.append(f"<tbody>\n{body}</tbody>\n</table>\n")
        elif kind == "list_item":
            items = "".join(f"<li>{escape(part.text)}</li>\n" for part in parts)
            out.append(f"<ul>\n{items}</ul>\n")
        else:
            out += [f"<p>{escape(part.text)}</p>\n" for part in parts]
    return "".join(out)


def _row(row: list[str], tag: str) -> str:
    return "".join(f"<{tag}>{escape(cell)}</{tag}>" for cell in row)
