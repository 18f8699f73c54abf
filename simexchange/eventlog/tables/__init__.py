"""Tables of named columns, folded from an event log, and the formats they are written in."""
