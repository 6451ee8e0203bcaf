"""The library: what a document, a passage and an answer are, and where the truth about them is kept."""
