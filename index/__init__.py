"""Finding: passages become vectors and postings, published as generations that are searched."""
