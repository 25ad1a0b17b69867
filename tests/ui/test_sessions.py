"""Console sessions end by themselves, and a token opens only its own."""

from ui.sessions import IDLE_SECONDS, LONGEST_SECONDS, MOST_SESSIONS, Sessions


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def test_a_token_opens_its_session_until_log_out() -> None:
    sessions = Sessions(Clock())
    token = sessions.start("technician")
    assert sessions.technician(token) == "technician"
    assert sessions.technician(token + "x") is None
    assert sessions.technician("") is None
    assert sessions.technician(None) is None
    sessions.end(token)
    assert sessions.technician(token) is None


def test_an_idle_session_ends() -> None:
    clock = Clock()
    sessions = Sessions(clock)
    token = sessions.start("technician")
    clock.now += IDLE_SECONDS - 1
    assert sessions.technician(token) == "technician"
    clock.now += IDLE_SECONDS - 1
    assert sessions.technician(token, touch=False) == "technician"
    clock.now += 2
    assert sessions.technician(token) is None


def test_a_page_that_refreshes_itself_does_not_keep_a_session_alive() -> None:
    clock = Clock()
    sessions = Sessions(clock)
    token = sessions.start("technician")
    for _ in range(100):
        clock.now += IDLE_SECONDS / 90
        sessions.technician(token, touch=False)
    assert sessions.technician(token) is None


def test_no_session_outlives_a_working_day() -> None:
    clock = Clock()
    sessions = Sessions(clock)
    token = sessions.start("technician")
    while clock.now < 100 + LONGEST_SECONDS - 60:
        clock.now += 60
        assert sessions.technician(token) == "technician"
    clock.now += 120
    assert sessions.technician(token) is None


def test_strangers_cannot_fill_the_table() -> None:
    clock = Clock()
    sessions = Sessions(clock)
    tokens = []
    for _ in range(MOST_SESSIONS + 5):
        clock.now += 1
        tokens.append(sessions.start("technician"))
    alive = [t for t in tokens if sessions.technician(t)]
    assert alive == tokens[-MOST_SESSIONS:]


def test_a_new_password_ends_the_other_sessions() -> None:
    sessions = Sessions(Clock())
    here, there, other = sessions.start("a"), sessions.start("a"), sessions.start("b")
    sessions.end_others("a", here)
    assert [bool(sessions.technician(t)) for t in (here, there, other)] == [True, False, True]
