"""What the command line has: each command's module, loaded when the command is used, and its sentence.

The help needs no more, and all the modules take twice as long to load as everything else in it.
"""

LISTED = {
    "account": ("cli_accounts", "Make, list and change the accounts that may sign in."),
    "add": (
        "cli_library",
        "Add files, folders, web pages, sitemaps, feeds and standard input (-), and publish.",
    ),
    "adopt": (
        "cli_adopt",
        "Bring the library of the data directory, its accounts and vectors, into PostgreSQL.",
    ),
    "ask": (
        "cli_ask",
        "Answer a question with quotes and their citations, or say that it isn't in the library.",
    ),
    "audit": ("cli_accounts", "Tell who did what, when, to what: newest first."),
    "backup": (
        "cli_keeping",
        "Add a snapshot of the library to a folder, while it is used; files there are not copied again.",
    ),
    "cite": ("cli_cite", "Print a citation for a reference manager: BibTeX, RIS or CSL-JSON."),
    "collect": (
        "cli_keeping",
        "Keep the newest generations; remove older ones and the texts that nothing else needs.",
    ),
    "difference": (
        "cli_questions",
        "Tell what publishing would change: documents, and the answers to saved questions.",
    ),
    "doctor": (
        "cli_library",
        "Hold library, vectors, originals and index against each other, and say what to do.",
    ),
    "evaluate": (
        "cli_evaluate",
        "Measure search and answers on judged questions, through the code that people's take.",
    ),
    "forget": (
        "cli_questions",
        "Delete all that was kept of what people asked, so that it cannot be read from the disk.",
    ),
    "generations": (
        "cli_generations",
        "List the generations that can be served, newest first, with who published them.",
    ),
    "hide": (
        "cli_generations",
        "Leave documents out of search and answers, though they stay stored and kept up to date.",
    ),
    "index": ("cli_library", "Look again at all known sources and publish what changed."),
    "lint": (
        "cli_library",
        "Check a library's articles and references against the editor's guide.",
    ),
    "list": ("cli_library", "List the documents that are searched now."),
    "mcp": (
        "cli_mcp",
        "Serve search, ask and open_source to programs that speak MCP, until they hang up.",
    ),
    "publish": (
        "cli_generations",
        "Publish what is stored: what waits for review, or was held back by a rollback.",
    ),
    "questions": (
        "cli_questions",
        "List saved questions; with --check ask them of the served generation and of the one before.",
    ),
    "receipts": ("cli_receipts", "List shared answers, or take them back."),
    "remove": (
        "cli_library",
        "Take documents (by id), files, or whole folders out of the library.",
    ),
    "report": (
        "cli_report",
        "Show what the last run did with each file; the last hundred runs are kept.",
    ),
    "restore": (
        "cli_keeping",
        "Make a library of a backup, in a data directory without one, and check it.",
    ),
    "rollback": (
        "cli_generations",
        "Serve an earlier generation again; a running server takes it up by itself.",
    ),
    "search": ("cli_ask", "Find passages, best first."),
    "serve": ("cli_library", "Serve the search page and the API."),
    "show": (
        "cli_library",
        "Show one document: what it says of itself, its passages, or its text.",
    ),
    "status": (
        "cli_library",
        "Tell what is served, from which sources, and what could not be read.",
    ),
    "token": ("cli_accounts", "Make, list and revoke the tokens that programs send."),
    "unhide": ("cli_generations", "Take patella hide back."),
    "watch": (
        "cli_library",
        "Keep the library up to date until Ctrl-C: changed files at once, web sources now and then.",
    ),
    "withdraw": (
        "cli_withdraw",
        "Take documents out of every generation, shared answer, index and copy, at once and for good.",
    ),
}
"""The sentence is the first of what the command says of itself; a test holds them together."""
