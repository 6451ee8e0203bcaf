"""Saying: a question and its hits become quotes with citations, or a plain "not in these sources"."""
