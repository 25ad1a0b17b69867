"""Networks: what they are, where they come from, and running them. The only package that imports openvino.

`import openvino` would send a usage event to its maker: it looks up a host and writes an identifier into the
home folder (seen with 2026.4). The box talks to nobody, so that module is made unavailable before openvino
is first imported; openvino then takes the empty stand-in that it carries for installations without it.
"""

import sys

if "openvino" in sys.modules:
    raise ImportError("openvino was imported before appliance.engine, which keeps it from sending usage data")
sys.modules["openvino_telemetry"] = None  # type: ignore[assignment]  # how Python marks a module as absent
