"""Starting: settings, the engine that wires the rooms together, and the command line."""

__version__ = "0.1.0"
