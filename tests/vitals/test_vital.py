"""The limits, the ratings, and what the 75th percentile is."""

from __future__ import annotations

from math import ceil

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dropmon.model import Status
from dropmon.vitals.figure import Figure, Page, Passing, figure, of_page
from dropmon.vitals.vital import CORE, VITALS, Rating, nearest_rank, rating

LIMITS = {name: vital.limits for name, vital in VITALS.items()}


@pytest.mark.parametrize(
    ("name", "good", "poor"),
    [
        ("lcp", 2.5, 4.0), ("inp", 0.2, 0.5), ("cls", 0.1, 0.25), ("ttfb", 0.8, 1.8), ("fcp", 1.8, 3.0),
        ("load", 3.0, 3.0),
    ],
)  # fmt: skip
def test_a_number_on_the_boundary_is_of_the_better_side(name: str, good: float, poor: float) -> None:
    limits = VITALS[name].limits
    assert rating(good, limits) is Rating.GOOD
    assert rating(good + 0.0001, limits) is (Rating.POOR if good == poor else Rating.NEEDS_IMPROVEMENT)
    assert rating(poor, limits) is (Rating.GOOD if good == poor else Rating.NEEDS_IMPROVEMENT)
    assert rating(poor + 0.0001, limits) is Rating.POOR


@given(st.lists(st.floats(0, 1e6), min_size=1, max_size=200))
def test_at_least_three_quarters_of_all_visits_are_not_above_their_p75(values: list[float]) -> None:
    p75 = nearest_rank(values)
    assert p75 in values
    assert sum(value <= p75 for value in values) >= ceil(0.75 * len(values))
    assert sum(value < p75 for value in values) < 0.75 * len(values)


def told(**values: float) -> list[Figure]:
    return [Figure(name, value, "crux", "phone") for name, value in values.items()]


@pytest.mark.parametrize(
    ("figures", "passing", "status"),
    [
        (told(lcp=2.5, inp=0.2, cls=0.1), Passing.PASSES, Status.OK),
        (told(lcp=2.5, inp=0.2, cls=0.1, load=9.0), Passing.PASSES, Status.CRITICAL),
        (told(lcp=2.6, inp=0.2, cls=0.1), Passing.FAILS, Status.WARNING),
        (told(lcp=2.5, inp=0.6, cls=0.1), Passing.FAILS, Status.CRITICAL),
        (told(lcp=2.5, cls=0.1), Passing.UNKNOWN, Status.UNKNOWN),
        (told(lcp=4.1), Passing.FAILS, Status.CRITICAL),
        (told(ttfb=0.1), Passing.UNKNOWN, Status.UNKNOWN),
        ([], Passing.UNKNOWN, Status.UNKNOWN),
    ],
    ids=lambda value: ",".join(each.vital for each in value) if isinstance(value, list) else str(value),
)
def test_a_page_passes_when_lcp_inp_and_cls_are_all_good(
    figures: list[Figure], passing: Passing, status: Status
) -> None:
    page = Page("shop", LIMITS, figures)
    assert (page.passing, page.status(lab=False)) == (passing, status)


def of(source: str, device: str, **values: float) -> list[Figure]:
    return [Figure(name, value, source, device) for name, value in values.items()]


@pytest.mark.parametrize(
    ("figures", "passing", "lacking"),
    [
        ([*of("crux", "phone", lcp=1, cls=0), *of("crux", "desktop", inp=0.1)], Passing.UNKNOWN,
         {"phone": ["inp"], "desktop": ["lcp", "cls"]}),
        ([*of("crux", "phone", lcp=1, cls=0), *of("beacons", "phone", inp=0.1)], Passing.UNKNOWN, {"phone": ["inp"]}),
        ([*of("crux", "phone", lcp=1, cls=0), *of("beacons", "phone", lcp=1, cls=0, inp=0.1)], Passing.PASSES, {}),
        ([*of("crux", "phone", lcp=1, cls=0, inp=0.1), *of("crux", "desktop", lcp=1, cls=0)], Passing.UNKNOWN,
         {"desktop": ["inp"]}),
        ([*of("crux", "phone", lcp=1, cls=0, inp=0.1), *of("lab", "desktop", lcp=1, cls=0)], Passing.PASSES, {}),
        ([*of("crux", "phone", lcp=1, cls=0, inp=0.1), *of("lab", "desktop", lcp=3)], Passing.FAILS, {}),
        (of("lab", "desktop", lcp=1, cls=0, inp=0.1), Passing.UNKNOWN, {}),
        (of("vercel", "", lcp=1, cls=0, inp=0.1), Passing.PASSES, {}),
    ],
)  # fmt: skip
def test_numbers_of_several_devices_or_sources_never_make_a_page_pass(
    figures: list[Figure], passing: Passing, lacking: dict[str, list[str]]
) -> None:
    page = Page("shop", LIMITS, figures)
    assert (page.passing, page.lacking) == (passing, lacking)
    rows = {(each.form_factor, each.vital) for each in page.all() if each.error}
    assert rows == {(device, name) for device, names in lacking.items() for name in names}
    if passing is not Passing.FAILS:
        assert (page.status(lab=False) is Status.OK) == (passing is Passing.PASSES)


def test_a_page_that_comes_back_at_once_does_not_pass_by_that() -> None:
    quick = [each._replace(navigation="back-forward-cache") for each in told(lcp=0.01, inp=0.01, cls=0.0)]
    assert Page("shop", LIMITS, quick).passing is Passing.UNKNOWN


def test_what_nobody_tells_is_a_row_of_its_own() -> None:
    rows = Page("shop", LIMITS, told(lcp=1.0)).all()
    assert [(each.vital, each.error) for each in rows if each.value is None] == [("inp", "no data"), ("cls", "no data")]
    failed = Figure("", None, "lab", error="net::ERR")
    assert Page("shop", LIMITS, [failed]).all() == [failed]
    assert {each.vital for each in Page("shop", LIMITS, []).all()} == set(CORE)


def test_a_page_that_painted_nothing_is_not_sent_to_the_command_that_measured_it() -> None:
    measured = Figure("cls", 0.0, "lab", check="shop")
    hints = {each.vital: each.hint for each in Page("shop", LIMITS, [measured]).all()}
    assert hints["lcp"].startswith("the page painted nothing that counts")
    assert "no user who clicks" in hints["inp"]


@pytest.mark.parametrize(
    ("own", "is_of"),
    [
        ({"page": "https://shop.example"}, True), ({"page": "https://shop.example/"}, True), ({}, False),
        ({"page": "https://other.example"}, False), ({"page": "https://shop.example/cart"}, False),
        ({"check": "shop", "page": "http://else"}, True), ({"check": "cart"}, False),
    ],
)  # fmt: skip
def test_a_number_belongs_to_the_check_of_its_page(own: dict[str, str], is_of: bool) -> None:
    found = Figure("lcp", 1.0, "crux", **own)  # type: ignore[arg-type]
    assert of_page(found, "shop", "https://shop.example/") is is_of


@pytest.mark.parametrize(
    ("page", "url", "is_of"),
    [
        ("/product/:id", "/product/123456", True), ("/product/:id", "/product/:id", True),
        ("/product/:id", "/product/12", False), ("/product/:id", "/cart/123456", False),
        ("/product/123456", "/product/123456", True),
    ],
)  # fmt: skip
def test_beacons_of_all_products_are_of_the_check_of_one(page: str, url: str, is_of: bool) -> None:
    found = Figure("lcp", 1.0, "beacons", page=f"https://shop.example{page}")
    assert of_page(found, "shop", f"https://shop.example{url}") is is_of


def test_only_a_p75_of_a_vital_is_one() -> None:
    assert figure((("name", "lcp"), ("quantile", "0.95")), 1.0, 0.0, None) is None
    assert figure((("name", "fid"), ("quantile", "0.75")), 1.0, 0.0, None) is None
