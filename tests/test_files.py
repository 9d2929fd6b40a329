"""Which addresses give a file, or show one."""

import pytest

from crawler.readers.page.files import file_of, is_file_name, is_file_type

SITE = "https://huyen.example"


@pytest.mark.parametrize(
    ("url", "file"),
    [
        (f"{SITE}/tep/KH-5.pdf", f"{SITE}/tep/KH-5.pdf"),
        (f"{SITE}/tep/KH-5.PDF?v=2", f"{SITE}/tep/KH-5.PDF?v=2"),
        (f"{SITE}/tep/KH-5.docx;jsessionid=7", f"{SITE}/tep/KH-5.docx;jsessionid=7"),
        (
            f"{SITE}/documents/1/KH.pdf/0f0a3c1e-1234-4abc-8def-0123456789ab",
            f"{SITE}/documents/1/KH.pdf/0f0a3c1e-1234-4abc-8def-0123456789ab",
        ),
        (f"{SITE}/ghi/loa.mp3", f"{SITE}/ghi/loa.mp3"),
        # viewers
        (f"{SITE}/pdfjs/web/viewer.html?file=/tep/KH-5.pdf", f"{SITE}/tep/KH-5.pdf"),
        (f"{SITE}/pdfjs/web/viewer.html?file=%2Ftep%2FKH-5.pdf", f"{SITE}/tep/KH-5.pdf"),
        (f"{SITE}/pdfjs/web/viewer.html?file=../../KH-5.pdf#page=2", f"{SITE}/KH-5.pdf"),
        (f"{SITE}/pdfjs/web/viewer.html?file=KH-5.pdf", f"{SITE}/pdfjs/web/KH-5.pdf"),
        (f"https://docs.google.com/gview?url={SITE}/KH-5.pdf&embedded=true", f"{SITE}/KH-5.pdf"),
        (
            "https://docs.google.com/viewer?url=https%3A%2F%2Fhuyen.example%2FKH-5.docx",
            f"{SITE}/KH-5.docx",
        ),
        (
            "https://view.officeapps.live.com/op/view.aspx?src=https%3a%2f%2fhuyen.example%2fa.xlsx",
            f"{SITE}/a.xlsx",
        ),
        (
            "https://docs.google.com/gview?url=https%253A%252F%252Fhuyen.example%252FKH-5.pdf",
            f"{SITE}/KH-5.pdf",
        ),
        (f"{SITE}/xem.aspx?tep=/tep/KH-5.pdf", f"{SITE}/tep/KH-5.pdf"),
        # handlers
        (f"{SITE}/download.ashx?file=KH-5.pdf", f"{SITE}/download.ashx?file=KH-5.pdf"),
        (f"{SITE}/ViewFile.ashx?f=/tep/KH-5.pdf", f"{SITE}/ViewFile.ashx?f=/tep/KH-5.pdf"),
        (f"{SITE}/tai-ve.php?id=3&ten=KH-5.doc", f"{SITE}/tai-ve.php?id=3&ten=KH-5.doc"),
        (f"{SITE}/index.php?filename=KH-5.doc", f"{SITE}/index.php?filename=KH-5.doc"),
        # neither
        (f"{SITE}/?tep=KH-5.pdf", None),
        (f"{SITE}/tin/huong-dan-pdf.html", None),
        (f"{SITE}/tim?q=pdf", None),
        (f"{SITE}/tin/mp3-la-gi/", None),
        ("http://[huyen.example/KH-5.pdf", None),
    ],
)
def test_the_file_that_an_address_gives_or_shows(url: str, file: str | None) -> None:
    assert file_of(url) == file


def test_the_words_of_a_link_may_be_the_name_of_a_file() -> None:
    assert is_file_name(" Phụ lục 1.xlsx ")
    assert not is_file_name("Xem tệp a.pdf: biểu giá")
    assert not is_file_name("Tải về")


def test_types_of_files() -> None:
    assert is_file_type("application/pdf")
    assert is_file_type("video/mp4")
    assert not is_file_type("text/html")
    assert not is_file_type("")
