"""Made-up identity documents: drawn from nothing, then photographed in software.

No picture and no real person is in here: names, numbers and layouts are invented, each call is fixed by its
seed. The demo, the tests and the benches take their documents from this package.
"""
