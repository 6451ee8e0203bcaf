"""The web as a source: which addresses may be fetched, fetching them, and what a site lists."""
