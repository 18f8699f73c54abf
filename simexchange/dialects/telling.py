"""What a message of a stream tells, in words that every venue shares."""

from enum import Enum


class Telling(Enum):
    """What a message of a stream tells, as far as somebody who mixes messages up must know."""

    BOOK = "books"
    """Changes of a book, each of which builds on the one before."""
    ACK = "acks"
    """That an order was taken in."""
    FILL = "fills"
    """That an order traded."""
    END = "ends"
    """That an order is over without having been filled."""
    OTHER = ""
