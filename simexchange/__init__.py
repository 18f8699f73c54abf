"""A crypto exchange on your own machine. Commands go in, events come out, everything else is a fold or a translation."""

__version__ = "0.1.0"
