"""A generation's index kept in Milvus: vectors and BM25 of many machines behind the same protocol."""
