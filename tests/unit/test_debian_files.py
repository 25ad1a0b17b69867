"""Files of Debian packages are found on the machine first, then where set-up unpacks them."""

import pytest

from appliance.config import PROJECT, debian_file
from appliance.errors import NotInstalled

FONT = "usr/share/font.otf"


def test_the_machine_comes_before_the_unpacked_copy(tmp_path):
    roots = [tmp_path / "machine", tmp_path / "unpacked"]
    for root in roots:
        (root / "usr/share").mkdir(parents=True)
    (roots[1] / FONT).touch()
    assert debian_file(FONT, roots) == roots[1] / FONT
    (roots[0] / FONT).touch()
    assert debian_file(FONT, roots) == roots[0] / FONT


def test_a_file_that_is_nowhere_names_the_remedy(tmp_path):
    with pytest.raises(NotInstalled, match=r"/usr/share/font\.otf") as caught:
        debian_file(FONT, [tmp_path])
    assert "make setup" in caught.value.remedy


def test_set_up_has_brought_every_file_it_names():
    lines = (PROJECT / "packaging/debian.txt").read_text().splitlines()
    proofs = [line.split()[1] for line in lines if not line.startswith("#")]
    assert proofs
    for proof in proofs:
        assert debian_file(proof).is_file()
