from streamlit.runtime import stats


def test_streamlit_counts_its_sessions_under_the_name_on_the_boards() -> None:
    assert stats.ACTIVE_SESSIONS_FAMILY == "active_sessions"
