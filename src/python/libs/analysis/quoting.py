"""Lexemes as PostgreSQL writes them in a tsvector and a tsquery."""


def quoted(lexeme: str) -> str:
    """Return the lexeme between quotation marks, with those inside doubled."""
    if lexeme.isalnum():  # nearly all are
        return f"'{lexeme}'"
    doubled = lexeme.replace("\\", "\\\\").replace("'", "''")
    return f"'{doubled}'"
