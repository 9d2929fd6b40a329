"""What a line says of when an article appeared, tried where no page is needed for it."""

from crawler.text.datelines import read_dateline


def test_a_line_without_end_tells_no_date() -> None:
    """A text of megabytes in one element took ten seconds."""
    assert read_dateline("Ngày đăng: 05/08/2019" + " " * 9_000)
    assert read_dateline("Ngày đăng: 05/08/2019 " + "một lần nữa " * 1_000) is None
