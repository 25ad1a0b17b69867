"""Pure rules and value types: no I/O, only the standard library, numpy and msgspec."""
