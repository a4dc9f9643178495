"""Velocity templates, as API Gateway's mapping templates are written."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lambent.languages.velocity import Host, TemplateFailed, render, template

ORDER: dict[str, Any] = {
    "id": 7,
    "price": 1.5,
    "paid": True,
    "lines": [{"sku": "a", "count": 2}, {"sku": "b", "count": 1}],
    "customer": {"name": "Ann", "tags": []},
    "note": None,
}


def made(text: str, **variables: Any) -> str:
    return render(template(text), {"order": json.loads(json.dumps(ORDER)), **variables})


@pytest.mark.parametrize(
    ("text", "output"),
    [
        ("Nothing here: 5$ #1 #fff a\\b", "Nothing here: 5$ #1 #fff a\\b"),
        ("$order.id ${order.id}x $order.customer.name.", "7 7x Ann."),
        ("$order.lines[1].sku $order.lines.get(0).sku $order['id']", "b a 7"),
        ("$order.nothing|$!order.nothing|$unknown|$!unknown", "||$unknown|"),
        ("$order.price $order.paid $order.note", "1.5 true "),
        ("$order.customer $order.lines.size()", "{name=Ann, tags=[]} 2"),
        ("\\$order.id \\#if", "$order.id #if"),
        ("a## a comment\nb#* another *#c#[[ $raw #if ]]#d", "abc $raw #if d"),
    ],
)
def test_references_and_text(text: str, output: str) -> None:
    assert made(text) == output


@pytest.mark.parametrize(
    ("text", "output"),
    [
        ("#set($x = 1 + 2 * 3)$x", "7"),
        ("#set($x = (1 + 2) * 3)$x", "9"),
        ("#set($x = 7 / 2)$x #set($y = -7 / 2)$y #set($z = 7 % 4)$z", "3 -3 3"),
        ("#set($x = 7 / 2.0)$x", "3.5"),
        ("#set($x = 'a' + 1)$x", "a1"),
        ("#set($x = \"$order.id!\")$x #set($y = '$order.id')$y", "7! $order.id"),
        ('#set($x = "say ""hi""")$x', 'say "hi"'),
        ("#set($x = [1, 'b', $order.id])$x", "[1, b, 7]"),
        ("#set($x = [1..3])$x #set($y = [3..1])$y", "[1, 2, 3] [3, 2, 1]"),
        ("#set($x = {'a': 1, 'b': [2]})$x.a $x.b[0] $x.keySet()", "1 2 [a, b]"),
        ("#set($order.id = 8)#set($order.lines[0] = 'c')$order.id $order.lines[0]", "8 c"),
        ("#set($x = 1)#set($x = $order.nothing)$x", "1"),
        ("#set($m = {})$m.put('a', 1)#set($m.b = 2)$m", "{a=1, b=2}"),
        ("#set($l = [])#set($d = $l.add('a'))$l $d", "[a] true"),
    ],
)
def test_set(text: str, output: str) -> None:
    assert made(text) == output


@pytest.mark.parametrize(
    ("condition", "holds"),
    [
        ("$order.paid", True),
        ("!$order.paid", False),
        ("$order.nothing", False),
        ('""', True),
        ("0", True),
        ("$order.id == 7", True),
        ("$order.id == '7'", True),
        ("$order.id != 7 || $order.price >= 1", True),
        ("$order.id > 6 && $order.id lt 8", True),
        ("$order.customer.name == 'Ann' and not $order.note", True),
        ("$order.nothing == $order.nothing", True),
        ("$order.customer.name.equals('ann')", False),
        ("$order.customer.tags.isEmpty()", True),
        ("$order.containsKey('id')", True),
        ("$order.customer.name.matches('A.n')", True),
    ],
)
def test_conditions(condition: str, holds: bool) -> None:
    assert made(f"#if({condition})yes#{{else}}no#end") == ("yes" if holds else "no")


def test_branches_are_asked_in_turn() -> None:
    text = "#if($n == 1)one#elseif($n == 2)two#else many#end"

    assert [made(text, n=n) for n in (1, 2, 3)] == ["one", "two", " many"]


def test_a_loop_knows_where_it_is() -> None:
    text = (
        "#foreach($line in $order.lines)"
        "$foreach.index/$velocityCount:$line.sku#if($foreach.hasNext),#end#end|$line"
    )

    assert made(text) == "0/1:a,1/2:b|$line"


def test_a_loop_goes_over_the_values_of_a_map_and_can_be_left() -> None:
    assert made("#foreach($v in {'a': 1, 'b': 2})$v#end") == "12"
    assert made("#foreach($n in [1..9])$n#if($n == 3)#break#end#end!") == "123!"
    assert made("#foreach($e in $order.customer.entrySet())$e.key=$e.value;#end") == (
        "name=Ann;tags=[];"
    )
    assert made("a#stop b") == "a"


def test_a_directive_takes_the_end_of_its_line() -> None:
    text = "{\n  #set($x = 1)\n#if($x == 1)\n  yes\n#else\n  no\n#end\n}"

    assert made(text) == "{\n  yes\n}"


def test_a_brace_after_a_directive_is_text_unless_one_is_before_its_name() -> None:
    assert made("{#if(1)a#else}b#end}") == "{a}"
    assert made("{#foreach($i in [1, 2])$i#end}#{if}(1)c#{else}d#{end}e") == "{12}ce"


def test_macros_and_definitions() -> None:
    assert made("#macro(greet $who $how)$how, $who!#end#greet('Ann' 'Hi') #greet('Bob', 'Ho')") == (
        "Hi, Ann! Ho, Bob!"
    )
    assert made("#define($block)<$order.id>#end$block$block") == "<7><7>"


def test_a_definition_is_run_where_its_name_stands() -> None:
    text = (
        "#define($loop)#foreach($k in $map.keySet())$k=$map.get($k);#end#end"
        "#set($map = {'a': 1})[$loop]#set($map = {'b': 2})[$loop]"
    )

    assert made(text) == "[a=1;][b=2;]"
    assert made("#define($b)<$who>#end#set($who = 'me')#set($x = $b)$x.length() $b") == "4 <me>"


@pytest.mark.parametrize(
    ("text", "output"),
    [
        ("$s.substring(1) $s.substring(1, 3) $s.indexOf('c')", "bc,d bc 2"),
        ("$s.split(',') $s.split(',').size()", "[abc, d] 2"),
        ("$s.replace('a', 'x') $s.replaceAll('[abc]', '.') $s.replaceAll('(a)(b)', '$2$1')", ""),
        ("$s.toUpperCase() $s.length() $s.contains('bc') $s.concat('!')", "ABC,D 5 true abc,d!"),
        ("$s.trim().isEmpty() $s.charAt(0) $s.startsWith('ab')", "false a true"),
        ("|$s.nothing()|$s.substring(99)|$s.length(1)|", "||||"),
    ],
)
def test_methods_of_text(text: str, output: str) -> None:
    if not output:
        output = "xbc,d ...,d bac,d"
    # A `$` in a call's text would be a reference in double quotes; these are single.
    assert made(text, s="abc,d") == output


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (1.0, "1.0"),
        (1e21, "1.0E21"),
        (0.0001, "1.0E-4"),
        (12345678.5, "1.23456785E7"),
        (10**20, "1" + "0" * 20),
    ],
)
def test_numbers_look_as_in_java(value: Any, text: str) -> None:
    assert made("$v", v=value) == text


def test_a_number_that_is_too_long_stays_as_it_was() -> None:
    text = "#set($n = 1)#foreach($i in [1..20000])#set($n = $n + $n)#end$n"

    assert 3_990 < len(made(text)) <= 4_000


def test_the_host_says_what_can_be_called() -> None:
    host = Host({"twice": lambda text: text * 2}, {"id": "r"})

    assert made("$h.twice('ab') $h.id $h.get('id')|$h.methods|$h.__class__|", h=host) == (
        "abab r r|||"
    )


@pytest.mark.parametrize(
    "text",
    [
        "#if($x)",
        "#set($x = )",
        "#set(x = 1)",
        "#foreach($x in )#end",
        "#end",
        "#else",
        "$order.lines[",
        "$order.get(",
        "#set($x = 'a)",
        "#* no end",
        "#parse('x')",
        "#if(1)#else #else #end",
    ],
)
def test_what_cannot_be_read_is_refused(text: str) -> None:
    with pytest.raises(TemplateFailed):
        template(text)


@pytest.mark.parametrize(
    "text",
    [
        "#macro(m)#m()#end#m()",
        "#define($d)$d#end$d",
        "#foreach($a in [1..1000])#foreach($b in [1..1000])#end#end",
        "#set($x = 'aaaaaaaaaa')#foreach($a in [1..40])#set($x = $x.concat($x))#end",
        "#set($x = [1..999999999])",
        "#define($a)$a$a#end$a",
        "#set($l = [1])#foreach($i in [1..60])#set($x = $l.addAll($l))#end",
        "#set($l = [1])#foreach($i in [1..60])#set($l = [$l, $l])#end$l",
        "#set($l = [1])#set($m = [1])#foreach($i in [1..60])#set($l = [$l, $l])"
        "#set($m = [$m, $m])#end#if($l == $m)#end",
        "#set($l = [])#set($x = $l.add($l))$l",
        "#set($x = 'aaaaaaaaaa')#foreach($a in [1..40])#set($x = $x + $x)#end",
        "#set($s = 'a'.repeat(9000000))#set($x = $s.replace('a', $s))",
        "#set($s = 'a'.repeat(9000000))#set($x = $s.replaceAll('a', $s))",
        "#set($x = 'aaaaaaaaaa'.repeat(9000000))",
        "#set($s = 'a'.repeat(9000000))#foreach($i in [1..2000])#set($x = $s.concat('b'))#end",
        "#set($s = 'a'.repeat(9000000))#set($x = ','.join([$s, $s, $s]))",
        "#foreach($i in [1..2000])#set($l = [1..100000])#end",
        "#set($l = [1..90000])#set($x = $l.containsAll([2..90001]))",
    ],
)
def test_a_template_does_not_run_forever(text: str) -> None:
    with pytest.raises(TemplateFailed):
        made(text)


@given(st.text(alphabet="$#{}()[]!.a1'\"\\ \nset=ifend,", max_size=60))
def test_any_text_is_a_template_or_refused(text: str) -> None:
    try:
        made(text)
    except TemplateFailed:
        pass
