"""Numbers of identity documents: how they are built, what checks them, how they are printed."""
