import pytest

from connector_core.mapping.select import FUNCTIONS, MAX_CHARACTERS, MAX_NODES, ExpressionError, compile_expression


def test_an_expression_selects() -> None:
    select = compile_expression("meta[?key=='lang'].value | [0]")
    assert select({"meta": [{"key": "a", "value": "x"}, {"key": "lang", "value": "de"}]}) == "de"
    assert select({"meta": []}) is None
    assert select({}) is None


def test_200_characters_are_the_limit() -> None:
    assert compile_expression("a" * MAX_CHARACTERS)({"a" * MAX_CHARACTERS: 1}) == 1
    with pytest.raises(ExpressionError, match="at most 200 characters, this one 201"):
        compile_expression("a" * (MAX_CHARACTERS + 1))


def test_60_nodes_are_the_limit() -> None:
    fits = f"[{','.join('a' * (MAX_NODES - 1))}]"
    assert compile_expression(fits)({"a": 1}) == [1] * (MAX_NODES - 1)
    with pytest.raises(ExpressionError, match="at most 60 parts, this one 61"):
        compile_expression(f"[{','.join('a' * MAX_NODES)}]")


@pytest.mark.parametrize("name", ["sum", "avg", "abs", "ceil", "floor", "to_number"])
def test_arithmetic_is_not_available_because_it_counts_in_floats(name: str) -> None:
    with pytest.raises(ExpressionError, match=f"'{name}' is not available"):
        compile_expression(f"{name}(a)")


def test_a_function_deep_inside_is_found_too() -> None:
    with pytest.raises(ExpressionError, match="'sum' is not available"):
        compile_expression("a[?contains(b, 'x')].{c: sort_by(d, &sum(e))}")


def test_a_misspelt_function_is_answered_with_the_near_one() -> None:
    with pytest.raises(ExpressionError, match="Did you mean 'contains'"):
        compile_expression("contain(a, 'b')")


@pytest.mark.parametrize("text", ["", " ", "a..b", "a[", "a ? b", "'open", "(" * 150, "a]", "&&", "\x00"])
def test_an_unreadable_expression_is_refused(text: str) -> None:
    with pytest.raises(ExpressionError):
        compile_expression(text)


def test_a_wrong_type_is_told_without_the_value() -> None:
    with pytest.raises(ExpressionError) as caught:
        compile_expression("starts_with(phone, '0')")({"phone": 15123456789})
    assert "15123456789" not in str(caught.value)
    assert "starts_with(phone, '0')" in str(caught.value)


def test_every_allowed_function_exists() -> None:
    for name in FUNCTIONS:
        with pytest.raises(ExpressionError, match="does not fit the record"):
            compile_expression(f"{name}()")({})
