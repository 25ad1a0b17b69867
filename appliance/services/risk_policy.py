"""Which policy decisions follow: the operator's own file, or the one that comes with the box."""

from pathlib import Path

from appliance.config import Settings
from appliance.domain.risk_policy import REMEDY, Policy, decode
from appliance.errors import ConfigInvalid

SHIPPED = Path(__file__).with_name("risk_policy.toml")
OWN = "risk-policy.toml"
"""Name of the operator's file in the data folder."""


def load(settings: Settings) -> Policy:
    """Read the policy: `risk.policy` of the settings, else OWN in the data folder, else the shipped one.

    Raises:
        ConfigInvalid: a file that is named cannot be read, or is wrong; naming file, line and key.
    """
    own = settings.data_folder / OWN
    named = Path(settings.risk.policy).expanduser() if settings.risk.policy else None
    path = named or (own if own.exists() else SHIPPED)
    try:
        content = path.read_bytes()
    except OSError as error:
        reason = f"cannot read the risk policy {path}: {error.strerror}"
        raise ConfigInvalid(reason, remedy=REMEDY) from None
    return decode(content, str(path))
