"""The words that a model was taught."""

from tokenizers import Tokenizer


def knows_word(tokenizer: Tokenizer, word: str) -> bool:
    """Return whether the model reads a word as one piece, in small letters or with a capital.

    Pieces are what its makers saw often: a common word is one, and a slip of it is taken apart.
    """
    unknown = getattr(tokenizer.model, "unk_token", None)
    for written in (word, word.capitalize()):
        pieces = tokenizer.encode(written, add_special_tokens=False).tokens
        if len(pieces) == 1 and pieces != [unknown]:
            return True
    return False
