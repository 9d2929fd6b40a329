"""What stands behind a password: a page that asks for one, where others show their text::

    <h1>Bảo vệ: Kế hoạch nội bộ</h1>
    <form class="post-password-form" action="…/wp-login.php?action=postpass" method="post">
      <p>Nội dung này được bảo mật. Hãy nhập mật khẩu để xem tiếp:</p>
      <label>Mật khẩu: <input type="password" name="post_password"></label> …

A form that asks for a name, too, is a login, which themes have beside everything.
"""

from dataclasses import dataclass, replace

from selectolax.lexbor import LexborNode

from crawler.page import Page
from crawler.readers.page.document import Document, letters_of, text_of
from crawler.vocabulary import PageKind

_FIELD = 'input[type="password"]'
_MORE_FIELDS = (
    "textarea, select, input:not([type]), input[type=text], input[type=email], input[type=tel]"
)
_OF_CORE = ('form.post-password-form, form[action*="action=postpass"]', "WordPress's form")
_BESIDE = frozenset(["aside", "nav", "footer", "header"])
_FEW, _MANY = 250, 1_200
"""Letters beside a form that are no article: beside any, and beside the one of WordPress, which
stands where the text would and nowhere else."""
_MOST_FORMS = 20


@dataclass(frozen=True, slots=True)
class PasswordForm:
    """A form of a page that asks for a password and nothing else."""

    says: str
    """Its letters."""
    most: int
    """How many letters may stand beside it where it is all that an article shows."""
    by: str


def password_form(document: Document) -> PasswordForm | None:
    """Return the form by which a page asks for the password to its text, if there is one.

    To be asked before the page is read: readers clear forms away.
    """
    if document.tree.css_first(_FIELD) is None:
        return None
    selector, by = _OF_CORE
    if (form := document.css_first(selector)) is not None:
        return PasswordForm(letters_of(text_of(form)), _MANY, by)
    for form in document.css("form")[:_MOST_FORMS]:
        if len(form.css(_FIELD)) == 1 and not form.css(_MORE_FIELDS) and not _is_beside(form):
            return PasswordForm(letters_of(text_of(form)), _FEW, "form for a password alone")
    return None


def behind_password(page: Page, form: PasswordForm | None) -> Page:
    """Return what was read as an article as one behind a password, if a *form* is all it shows."""
    if form is None or page.kind != PageKind.ARTICLE:
        return page
    shown = letters_of(page.article.body) if page.article else ""
    if len(shown.replace(form.says, "")) > form.most:
        return page
    seen = page.evidence | {"kind": form.by}
    return replace(page, kind=PageKind.PROTECTED, article=None, parts=(), evidence=seen)


def _is_beside(form: LexborNode) -> bool:
    """Whether a form stands in what is beside the text of any page."""
    above = form.parent
    while above is not None and above.tag not in _BESIDE:
        above = above.parent
    return above is not None
