"""Tools for authors: formatter, explanations, evaluation, tests of files, language server."""
