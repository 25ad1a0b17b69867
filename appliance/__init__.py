"""kycbox: the daemon of an on-premise eKYC appliance."""

__version__ = "0.1.0"
