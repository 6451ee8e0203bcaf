"""The editor's desk: adding, publishing and looking after one library in the browser."""
