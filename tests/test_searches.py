"""A search as its address names it, and the addresses of what is near it."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive.search.found import FACETS, Filters
from crawler.vocabulary import Order
from reading_room.search.addresses import FILTERS, Mistake, days_of, search_of


def test_an_address_is_read_as_words_filters_order_and_page() -> None:
    search = search_of([
        ("q", " chợ đồn "),
        ("site", "chodon"),
        ("site", "babe"),
        ("site", "chodon"),
        ("from", "6/2020"),
        ("to", "2021"),
        ("category", ""),
        ("year", "2020"),
        ("place", "commune:02071"),
        ("spelling", "exact"),
        ("sort", "new"),
        ("page", "3"),
        ("unknown", "x"),
    ])  # fmt: skip
    assert search.asked.text == "chợ đồn"
    assert search.filters == Filters(
        sites=("chodon", "babe"),
        years=("2020",),
        places=("commune:02071",),
        since="2020-06-01",
        until="2021-12-31",
        spelling="exact",
    )
    assert (search.order, search.page, search.offset) == (Order.NEWEST, 3, 40)
    assert search.mistakes == ()
    assert search.is_filtered
    assert not search_of([("q", "bão"), ("sort", "old"), ("page", "2")]).is_filtered


def test_former_names_are_known() -> None:
    search = search_of([("q", "bão"), ("from_year", "2019"), ("to_year", "2020")])
    assert (search.filters.since, search.filters.until) == ("2019-01-01", "2020-12-31")
    assert search.link() == "?q=b%C3%A3o&from=2019&to=2020"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("from", "năm nay"),
        ("to", "32/1/2020"),
        ("year", "20"),
        ("place", "chodon"),
        ("sort", "x"),
        ("spelling", "x"),
    ],
)
def test_what_cannot_be_read_is_told(name: str, value: str) -> None:
    assert search_of([("q", "bão"), (name, value)]).mistakes == (Mistake(name, value),)


@pytest.mark.parametrize(
    ("typed", "days"),
    [
        ("2021", ("2021-01-01", "2021-12-31")),
        ("2021-06", ("2021-06-01", "2021-06-30")),
        ("6/2021", ("2021-06-01", "2021-06-30")),
        ("02/2020", ("2020-02-01", "2020-02-29")),
        ("2021-06-14", ("2021-06-14", "2021-06-14")),
        ("14/6/2021", ("2021-06-14", "2021-06-14")),
        ("14-06-2021", ("2021-06-14", "2021-06-14")),
        (" 14.6.2021 ", ("2021-06-14", "2021-06-14")),
        ("29/2/2021", None),
        ("0000", None),
        ("13/2021", None),
        ("21", None),
        ("14/6", None),
        ("hôm qua", None),
        ("", None),
    ],
)
def test_days_months_and_years_are_read_as_they_are_typed(
    typed: str, days: tuple[str, str] | None
) -> None:
    assert days_of(typed) == (days and tuple(map(date.fromisoformat, days)))


def test_links_lead_to_the_same_search_but_for_one_thing() -> None:
    search = search_of([("q", "a & b"), ("year", "2020"), ("year", "2021"), ("page", "4")])
    assert search.link() == "?q=a+%26+b&year=2020&year=2021"
    assert search.link(5) == "?q=a+%26+b&year=2020&year=2021&page=5"
    assert search.adding("year", "2022") == "?q=a+%26+b&year=2020&year=2021&year=2022"
    assert search.adding("year", "2021") == search.link()
    assert search.without("year", "2020") == "?q=a+%26+b&year=2021"
    assert search.setting("sort", "new") == search.link() + "&sort=new"
    assert search.setting("q", "b") == "?q=b&year=2020&year=2021"
    assert search.setting("year") == search.unfiltered == "?q=a+%26+b"


def test_every_facet_has_its_filter() -> None:
    assert tuple(FILTERS) == FACETS
    assert {*FILTERS.values()} <= {*Filters._fields}


@given(
    st.lists(st.tuples(st.sampled_from([*FILTERS, "q", "from", "to", "sort", "page"]), st.text()))
)
def test_no_address_is_an_error_and_links_lead_back_to_it(arguments: list[tuple[str, str]]) -> None:
    search = search_of(arguments)
    again = search_of([*search.arguments, ("page", str(search.page))])
    assert again == search
