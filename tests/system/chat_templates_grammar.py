# SPDX-License-Identifier: Apache-2.0
"""Templates and conversations from a seed: a grammar of Jinja that keeps an eye on types, so that most templates get
somewhere, and forgets about them now and then, so that errors are met too.

Three things it leaves out, as what Python makes of them is none of Jinja's meaning: two targets of one name in one `set` (CPython 3.11 assigns
`n, n = 0, x` in the wrong order), `sameas` of numbers and texts (which are one object by chance), `autoescape` of what is no constant (Jinja then
escapes constants by what it knew when it compiled)."""
from __future__ import annotations

import random

WORDS = ["user", "assistant", "system", "tool", "Hello, World!", "a", "", " ", "  two  blanks ", "line one\nline two\n", "x-y--z",
         "<b>&amp;'\"</b>", "42", "-7", "3.5", "0x1F", "1_000", "true", "naïve café", "Straße ﬁne", "ΑΣΑΣ ΟΔΟΣ.", "İstanbul ıI", "ǆ Ǆ ǅ",
         "中文字符", "\u4e00\u4e8c", "😀👩\u200d💻", "e\u0301", "\u00a0nbsp\u2003", "tab\there", "a\r\nb\rc", "\u2028sep\x1c\x85", "²½٣४", "{}", "{0} %s",
         "100%", "a,b,,c", "  ", "\n", "The quick brown fox jumps over the lazy dog", "well-known state-of-the-art -- really",
         "supercalifragilisticexpialidocious", "hello world foo bar", "UPPER lower Title", "it's o'clock", "ünï", "\\n \\", "[INST] x [/INST]",
         "<|im_start|>", "</s>", "$%^", "q" * 30, "\x00nul", "\x7f\x1b", "ß", "ŉ", "Ω", "κόσμε", "مرحبا", "שלום", "நி", "ﷺ", "Ⅷ ⓐ"]
KEYS = ["role", "content", "name", "a", "b", "key with blank", "items", "x", "0", "Ünï", "type", "text", "arguments", "id"]
ROLES = ["system", "user", "assistant", "tool", "function", "developer"]
NAMES = ["x", "y", "z", "s", "n", "msg", "out", "item", "acc", "v"]


def number(r: random.Random) -> int:
    return r.choice([0, 1, 2, 3, 5, 10, 100, 255, -1, -2, -7, 12345, 1000000, r.randint(-20, 20)])


def real(r: random.Random) -> float:
    return r.choice([0.0, 0.5, 1.0, 1.5, 2.5, -0.5, -3.75, 1e-7, 1e16, 1e22, 123456.789, 0.1, 1 / 3, 2.675, 1e300, 5e-324, round(r.uniform(-100, 100), 3)])


def value(r: random.Random, depth: int = 2):
    """Any JSON value."""
    kind = r.randrange(9 if depth else 6)
    if kind == 0:
        return number(r)
    if kind == 1:
        return real(r)
    if kind == 2:
        return r.choice([True, False, None])
    if kind <= 5:
        return r.choice(WORDS)
    if kind == 6:
        return [value(r, depth - 1) for _ in range(r.randrange(4))]
    return {r.choice(KEYS): value(r, depth - 1) for _ in range(r.randrange(5))}


def message(r: random.Random) -> dict:
    made = {"role": r.choice(ROLES), "content": r.choice(WORDS)}
    if r.random() < 0.15:
        made["content"] = [{"type": r.choice(["text", "image"]), "text": r.choice(WORDS)} for _ in range(r.randrange(3))]
    if r.random() < 0.1:
        made["content"] = None
    if r.random() < 0.2:
        made["tool_calls"] = [{"id": f"call_{i}", "type": "function", "function": {"name": r.choice(["f", "get_weather"]), "arguments": value(r)}}
                              for i in range(r.randrange(1, 3))]
    if r.random() < 0.15:
        made["reasoning_content"] = r.choice(WORDS)
    if r.random() < 0.1:
        made[r.choice(KEYS)] = value(r)
    return made


def conversation(r: random.Random) -> dict:
    tool = {"type": "function", "function": {"name": "get_weather", "description": r.choice(WORDS),
            "parameters": {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}}}
    return {
        "messages": [message(r) for _ in range(r.choice([0, 1, 2, 3, 3, 4, 6]))],
        "tools": r.choice([None, None, [], [tool], [tool, tool]]),
        "documents": r.choice([None, [{"title": r.choice(WORDS), "text": r.choice(WORDS)}]]),
        "add_generation_prompt": r.random() < 0.5,
        "bos_token": "<s>", "eos_token": "</s>",
        "s": r.choice(WORDS), "t": r.choice(WORDS), "n": number(r), "m": number(r), "f": real(r), "b": r.random() < 0.5, "nothing": None,
        "numbers": [number(r) for _ in range(r.randrange(6))], "words": [r.choice(WORDS) for _ in range(r.randrange(6))],
        "d": {r.choice(KEYS): value(r, 1) for _ in range(r.randrange(6))},
        "rows": [{"k": r.choice(["a", "b", "B", "A"]), "v": number(r), "w": r.choice(WORDS)} for _ in range(r.randrange(6))],
        "nested": [[number(r) for _ in range(r.randrange(3))] for _ in range(r.randrange(4))],
        "pairs": [[r.choice(WORDS), number(r)] for _ in range(r.randrange(4))],
        "any": value(r),
    }


GIVEN = {
    "str": ["s", "t", "bos_token", "eos_token"], "int": ["n", "m"], "float": ["f"], "bool": ["b", "add_generation_prompt"],
    "list": ["messages", "numbers", "words", "rows", "nested", "pairs"], "dict": ["d"],
    "any": ["any", "nothing", "tools", "documents", "missing", "undefined_name"],
}


class Grammar:
    def __init__(self, r: random.Random):
        self.r = r
        self.scopes: list[dict[str, list[str]]] = [{}]
        self.macros: list[tuple[str, int]] = []
        self.loops = 0
        self.in_loop = False
        self.budget = r.choice([3, 5, 8, 16])
        self.block = 0
        self.wild = r.choice([0.0, 0.03, 0.1])  # how often types are forgotten

    # ---- small things ----

    def pick(self, *options):
        return self.r.choice(options)

    def maybe(self, chance: float) -> bool:
        return self.r.random() < chance

    def quoted(self, text: str) -> str:
        quote = self.pick("'", '"')
        out = []
        for c in text:
            if c in (quote, "\\"):
                out.append("\\" + c)
            elif c == "\n":
                out.append(self.pick("\\n", "\n"))
            elif c == "\r":
                out.append("\\r")
            elif ord(c) < 32 or c == "\x7f" or (ord(c) > 127 and self.maybe(0.1)):
                out.append(f"\\x{ord(c):02x}" if ord(c) < 256 else f"\\u{ord(c):04x}" if ord(c) < 65536 else f"\\U{ord(c):08x}")
            else:
                out.append(c)
        return quote + "".join(out) + quote

    def names(self, kind: str) -> list[str]:
        found = list(GIVEN.get(kind, ()))
        for scope in self.scopes:
            found += scope.get(kind, ())
        return found

    def declare(self, name: str, kind: str) -> None:
        self.scopes[-1].setdefault(kind, []).append(name)

    def variable(self, kind: str) -> str:
        found = self.names(kind)
        return self.r.choice(found) if found else self.literal(kind)

    # ---- expressions ----

    def literal(self, kind: str) -> str:
        r = self.r
        if kind == "int":
            return self.pick(str(abs(number(r))), str(r.randrange(5)), str(r.randrange(5)), "0x1f", "1_000", "0b11", "0o17")
        if kind == "float":
            return self.pick("0.5", "1.0", "2.5", "1e3", "1.5e-3", "3.14159", "10.0")
        if kind == "bool":
            return self.pick("true", "false", "True", "False")
        if kind == "str":
            return self.quoted(r.choice(WORDS))
        if kind == "list":
            inner = self.pick("int", "str", "int", "any")
            items = ", ".join(self.expression(inner, 0) for _ in range(r.randrange(4)))
            return self.pick(f"[{items}]", f"[{items}]", f"({items},)" if items else "()")
        if kind == "dict":
            return "{" + ", ".join(f"{self.quoted(r.choice(KEYS)) if self.maybe(0.8) else self.expression('int', 0)}: {self.expression('any', 0)}"
                                   for _ in range(r.randrange(4))) + "}"
        return self.pick("none", "None", "0", "''", "[]", "{}", "true", "1.5", "'x'", "(1, 2)")

    def expression(self, kind: str, depth: int = 2) -> str:
        if self.maybe(self.wild):
            kind = self.pick("int", "float", "bool", "str", "list", "dict", "any")
        if depth <= 0:
            return self.variable(kind) if self.maybe(0.5) else self.literal(kind)
        made = getattr(self, "make_" + kind)(depth - 1)
        return f"({made})" if self.maybe(0.25) else made

    e = expression

    def operand(self, kind: str, depth: int) -> str:
        """An expression that may stand before a dot, a bracket or a filter."""
        if depth <= 0 or self.maybe(0.5):
            return self.variable(kind)
        return f"({self.e(kind, depth)})"

    def make_any(self, depth: int) -> str:
        e, o = self.e, self.operand
        return self.r.choice([
            lambda: self.e(self.pick("int", "float", "bool", "str", "list", "dict"), depth),
            lambda: self.variable("any"),
            lambda: f"{o('dict', depth)}.{self.pick('a', 'b', 'role', 'content', 'x', 'nope', '__class__', '_private')}",
            lambda: f"{o('dict', depth)}[{e('str', 0)}]",
            lambda: f"{o('list', depth)}[{e('int', 0)}]",
            lambda: f"{o('list', depth)}.{self.r.randrange(3)}",
            lambda: f"{o('dict', depth)}.get({e('str', 0)}{self.pick('', ', ' + e('any', 0))})",
            lambda: f"{e('any', depth)} if {e('bool', depth)}{self.pick('', ' else ' + e('any', depth))}",
            lambda: f"{o('list', depth)}|{self.pick('first', 'last', 'max', 'min', 'sum', 'random' if self.maybe(0.01) else 'first')}",
            lambda: f"{o('any', depth)}|{self.pick('default', 'd')}({e('any', 0)}{self.pick('', ', true', ', boolean=true', ', false')})",
            lambda: f"{e('any', depth)} {self.pick('and', 'or')} {e('any', depth)}",
            lambda: f"messages[{e('int', 0)}].{self.pick('role', 'content', 'tool_calls', 'reasoning_content')}",
            lambda: f"messages[{e('int', 0)}]['{self.pick('role', 'content', 'name')}']",
            lambda: f"{o('any', depth)}|attr({self.pick(self.quoted('role'), self.quoted('items'), self.quoted('real'), self.quoted('upper'))})",
            lambda: f"{o('list', depth)}|sum(start={e('int', 0)})",
            lambda: f"rows|{self.pick('max', 'min')}(attribute={self.pick(chr(39) + 'v' + chr(39), chr(39) + 'w' + chr(39))})",
            lambda: self.loop_value(depth),
            lambda: f"{o('int', depth)}.{self.pick('real', 'imag', 'numerator', 'bit_length()', 'nope')}",
            lambda: f"namespace({self.pick('', 'a=1', 'x=' + e('any', 0))}).{self.pick('a', 'x', 'nope')}",
        ])()

    def loop_value(self, depth: int) -> str:
        if not self.loops and not self.maybe(0.05):
            return self.variable("any")
        e = self.e
        return self.r.choice([
            lambda: "loop." + self.pick("index", "index0", "first", "last", "length", "revindex", "revindex0", "depth", "depth0", "previtem", "nextitem", "nope"),
            lambda: f"loop.cycle({e('any', 0)}, {e('any', 0)})",
            lambda: f"loop.changed({e('any', depth)})",
            lambda: f"{self.pick('loop.previtem', 'loop.nextitem')} is {self.pick('defined', 'undefined')}",
        ])()

    def make_int(self, depth: int) -> str:
        e, o = self.e, self.operand
        return self.r.choice([
            lambda: self.variable("int"), lambda: self.literal("int"),
            lambda: f"{e('int', depth)} {self.pick('+', '-', '*', '+', '-')} {e('int', depth)}",
            lambda: f"{e('int', depth)} {self.pick('//', '%')} {self.pick('2', '3', '7', e('int', 0))}",
            lambda: f"{self.pick('-', '+')}{o('int', depth)}",
            lambda: f"{e('int', 0)} ** {self.pick('2', '3', '0', e('int', 0))}",
            lambda: f"{o(self.pick('str', 'list', 'dict'), depth)}|{self.pick('length', 'count')}",
            lambda: f"{o(self.pick('str', 'float', 'int', 'any'), depth)}|int{self.pick('', '()', '(5)', '(default=' + e('int', 0) + ')', '(0, 16)', '(base=2)', '(0, 0)')}",
            lambda: f"{o('int', depth)}|abs",
            lambda: f"{o('list', depth)}|sum",
            lambda: f"{o('str', depth)}|wordcount",
            lambda: f"{o('str', depth)}.{self.pick('find', 'count', 'rfind', 'index')}({e('str', 0)}{self.pick('', '', ', 1', ', 1, -1', ', none, 3')})",
            lambda: f"{o('list', depth)}.{self.pick('count', 'index')}({e('any', 0)})",
            lambda: f"numbers|{self.pick('max', 'min', 'first', 'last')}",
            lambda: f"{o('int', depth)}|round({self.pick('', '0', '-1', '1', '-2')})",
        ])()

    def make_float(self, depth: int) -> str:
        e, o = self.e, self.operand
        return self.r.choice([
            lambda: self.variable("float"), lambda: self.literal("float"),
            lambda: f"{e('float', depth)} {self.pick('+', '-', '*')} {e(self.pick('float', 'int'), depth)}",
            lambda: f"{e(self.pick('float', 'int'), depth)} / {self.pick('2', '3', '0.7', e('int', 0))}",
            lambda: f"{e('float', depth)} {self.pick('//', '%')} {self.pick('2', '0.3', '-1.5', e('float', 0))}",
            lambda: f"{o(self.pick('float', 'int'), depth)}|round{self.pick('', '(1)', '(2)', '(0)', '(-1)', '(2, ' + self.quoted('ceil') + ')', '(1, ' + self.quoted('floor') + ')', '(method=' + self.quoted('ceil') + ')', '(none)')}",
            lambda: f"{o(self.pick('str', 'int', 'any'), depth)}|float{self.pick('', '(1.5)', '(default=none)')}",
            lambda: f"-{o('float', depth)}",
        ])()

    def comparison(self, depth: int) -> str:
        e = self.e
        kind = self.pick("int", "str", "float", "any", "list")
        signs = ["==", "!="] + ([] if kind == "any" else ["<", ">", "<=", ">="])
        chain = f"{e(kind, depth)} {self.r.choice(signs)} {e(kind, depth)}"
        if self.maybe(0.2):
            chain += f" {self.r.choice(signs)} {e(kind, 0)}"
        return chain

    def make_bool(self, depth: int) -> str:
        e, o = self.e, self.operand
        test = self.pick("defined", "undefined", "none", "string", "number", "integer", "float", "boolean", "mapping", "sequence", "iterable", "true",
                         "false", "callable", "lower", "upper", "escaped")
        return self.r.choice([
            lambda: self.variable("bool"), lambda: self.comparison(depth), lambda: self.comparison(depth),
            lambda: f"{e('any', depth)} is {self.pick('', 'not ')}{test}",
            lambda: f"not {e('bool', depth)}",
            lambda: f"{e('bool', depth)} {self.pick('and', 'or')} {e('bool', depth)}",
            lambda: f"{e('str', depth)} {self.pick('in', 'not in')} {e('str', depth)}",
            lambda: f"{e('any', 0)} {self.pick('in', 'not in')} {e(self.pick('list', 'dict'), depth)}",
            lambda: f"{e('int', depth)} is {self.pick('odd', 'even', 'divisibleby 3', 'divisibleby(2)', 'eq 2', 'ne(1)', 'gt 0', 'lt 5', 'ge(2)', 'le 1', 'sameas true')}",
            lambda: f"{e('any', 0)} is {self.pick('in', 'not in')} {o('list', 0)}",
            lambda: f"{self.quoted(self.pick('upper', 'nope', 'tojson', 'map'))} is {self.pick('filter', 'test', 'not filter')}",
            lambda: f"{o('str', depth)}.{self.pick('startswith', 'endswith')}({self.pick(e('str', 0), '(' + e('str', 0) + ', ' + e('str', 0) + ')')}{self.pick('', '', ', 1')})",
            lambda: f"{o('str', depth)}.{self.pick('isdigit', 'isalpha', 'isalnum', 'isspace', 'isupper', 'islower', 'istitle', 'isnumeric', 'isdecimal', 'isascii', 'isidentifier', 'isprintable')}()",
            lambda: f"{e('any', depth)} == {e('any', depth)}",
        ])()

    def make_dict(self, depth: int) -> str:
        e = self.e
        return self.r.choice([
            lambda: self.variable("dict"), lambda: self.literal("dict"), lambda: self.literal("dict"),
            lambda: f"dict({self.pick('', 'a=' + e('any', 0), e('dict', 0) + ', b=' + e('any', 0), 'pairs')})",
            lambda: f"dict(**{e('dict', depth)})" if self.maybe(0.3) else self.variable("dict"),
            lambda: f"messages[{e('int', 0)}]", lambda: f"rows|{self.pick('first', 'last')}",
        ])()

    def make_list(self, depth: int) -> str:
        e, o, pick = self.e, self.operand, self.pick
        test = pick("", "('defined')", "('odd')", "('gt', 1)", "('string')", "('equalto', 2)", "('in', [1, 2, 'a'])", "('none')")
        lazy = self.r.choice([
            lambda: f"{o('list', depth)}|map({pick('attribute=' + self.quoted('role'), self.quoted('upper'), self.quoted('string'), self.quoted('length'), self.quoted('int') + ', 3', self.quoted('default') + ', 1', 'attribute=' + self.quoted('0'), 'attribute=' + self.quoted('a.b') + ', default=1', self.quoted('trim'), self.quoted('tojson'))})",
            lambda: f"{o('list', depth)}|{pick('select', 'reject')}{test}",
            lambda: f"{pick('rows', 'messages', 'rows')}|{pick('selectattr', 'rejectattr')}({pick(self.quoted('v'), self.quoted('k'), self.quoted('role'), self.quoted('w'))}{pick('', ', ' + self.quoted('defined'), ', ' + self.quoted('equalto') + ', ' + e('any', 0), ', ' + self.quoted('gt') + ', 1')})",
            lambda: f"{o('list', depth)}|unique{pick('', '(true)', '(case_sensitive=true)')}",
            lambda: f"{o('list', depth)}|batch({pick('2', '3', e('int', 0))}{pick('', ', 0', ', fill_with=' + e('any', 0))})",
            lambda: f"{o('list', depth)}|slice({pick('2', '3', e('int', 0) + ' % 7')}{pick('', ', 0')})",
            lambda: f"{o(pick('list', 'str'), depth)}|reverse",
            lambda: f"{o('dict', depth)}|items",
            lambda: f"{o('dict', depth)}.{pick('items', 'keys', 'values')}()",
            lambda: f"rows|unique(attribute={self.quoted(pick('k', 'w', 'v'))})",
        ])
        return self.r.choice([
            lambda: self.variable("list"), lambda: self.variable("list"), lambda: self.literal("list"),
            lambda: f"range({pick('3', '0, 5, 2', '5, 0, -1', e('int', 0) + ' % 5', 'messages|length')})",
            lambda: f"{o('list', depth)}[{pick('1:', ':2', '::2', '::-1', '-2:', e('int', 0) + ':' + e('int', 0), ':', '1:-1', ':' + e('int', 0) + ':' + e('int', 0))}]",
            lambda: f"{o('list', depth)} + {o('list', depth)}", lambda: f"{o('list', depth)} * {pick('2', '0', 'n % 3')}",
            lambda: f"{o('str', depth)}.{pick('split', 'rsplit')}({pick('', e('str', 0), e('str', 0) + ', 1', 'none, 1', 'maxsplit=1', self.quoted(','))})",
            lambda: f"{o('str', depth)}.{pick('splitlines()', 'splitlines(true)', 'partition(' + e('str', 0) + ')', 'rpartition(' + e('str', 0) + ')')}",
            lambda: f"{o(pick('list', 'str', 'dict'), depth)}|list", lambda: f"({lazy()})|list", lambda: f"({lazy()})|list", lazy,
            lambda: f"{o('list', depth)}|sort{pick('', '(true)', '(reverse=true)', '(case_sensitive=true)')}",
            lambda: f"rows|sort(attribute={self.quoted(pick('v', 'k', 'w', 'k,v', 'v,w'))}{pick('', ', reverse=true', ', case_sensitive=true')})",
            lambda: f"{o('dict', depth)}|dictsort{pick('', '(true)', '(false, ' + self.quoted('value') + ')', '(reverse=true)', '(by=' + self.quoted('value') + ')')}",
            lambda: f"rows|groupby({self.quoted(pick('k', 'v', 'w', 'nope'))}{pick('', ', default=' + e('any', 0), ', case_sensitive=true')})",
            lambda: f"messages[{e('int', 0)}].tool_calls or []",
            lambda: f"{e('list', depth)} if {e('bool', 0)} else {e('list', depth)}",
        ])()

    def make_str(self, depth: int) -> str:
        e, o, pick = self.e, self.operand, self.pick
        method = pick("upper", "lower", "title", "capitalize", "swapcase", "casefold", "strip", "lstrip", "rstrip")
        return self.r.choice([
            lambda: self.variable("str"), lambda: self.literal("str"), lambda: self.variable("str"),
            lambda: f"{e(pick('str', 'any', 'int'), depth)} ~ {e(pick('str', 'any', 'float'), depth)}",
            lambda: f"{o('str', depth)} + {o('str', depth)}", lambda: f"{o('str', depth)} * {pick('2', '0', '3', 'n % 4')}",
            lambda: f"{o('str', depth)}.{method}()",
            lambda: f"{o('str', depth)}.{pick('strip', 'lstrip', 'rstrip')}({e('str', 0)})",
            lambda: f"{o('str', depth)}.replace({e('str', 0)}, {e('str', 0)}{pick('', ', 1', ', 0')})",
            lambda: f"{o('str', depth)}.{pick('removeprefix', 'removesuffix')}({e('str', 0)})",
            lambda: f"{o('str', depth)}.{pick('center', 'ljust', 'rjust')}({self.r.randrange(12)}{pick('', ', ' + self.quoted('*'))})",
            lambda: f"{o('str', depth)}.{pick('zfill(6)', 'expandtabs()', 'expandtabs(3)', 'expandtabs(tabsize=0)')}",
            lambda: f"{e('str', 0)}.join({o('list', depth)}{pick('', '|map(' + self.quoted('string') + ')')})",
            lambda: f"{o('str', depth)}[{pick('0', '-1', '1:', ':3', '::-1', '::2', e('int', 0), e('int', 0) + ':')}]",
            lambda: f"{o(pick('str', 'any'), depth)}|{pick('upper', 'lower', 'title', 'capitalize', 'trim', 'string', 'e', 'escape', 'safe', 'forceescape', 'striptags', 'urlencode', 'wordwrap', 'pprint')}",
            lambda: f"{o('str', depth)}|trim({e('str', 0)})",
            lambda: f"{o('str', depth)}|replace({e('str', 0)}, {e('str', 0)}{pick('', ', 1')})",
            lambda: f"{o('list', depth)}|join{pick('', '(' + self.quoted(', ') + ')', '(' + e('str', 0) + ')', '(d=' + self.quoted('-') + ')')}",
            lambda: f"rows|join({self.quoted(', ')}, attribute={self.quoted(pick('k', 'v', 'w'))})",
            lambda: f"{o(pick('any', 'dict', 'list', 'str', 'float'), depth)}|tojson{pick('', '()', '(indent=2)', '(ensure_ascii=true)', '(sort_keys=true)', '(indent=4, sort_keys=true)', '(separators=(' + self.quoted(',') + ', ' + self.quoted(':') + '))', '(indent=0)', '(false, ' + self.quoted('-') + ')')}",
            lambda: f"{o('str', depth)}|indent{pick('', '(2)', '(2, true)', '(4, blank=true)', '(width=' + self.quoted('> ') + ')', '(first=true)')}",
            lambda: f"{o('str', depth)}|truncate({pick('5', '10, true', '8, false, ' + self.quoted('!'), '3, true, ' + self.quoted('') + ', 0', '10, leeway=0')})",
            lambda: f"{o('str', depth)}|center({self.r.randrange(15)})",
            lambda: f"{o('str', depth)}|wordwrap({pick('5', '10', '12, false', '7, true, ' + self.quoted('|'), '9, break_on_hyphens=false')})",
            lambda: self.format_call(depth),
            lambda: f"{pick(e('int', depth), e('float', 0), '123456')}|filesizeformat{pick('', '(true)')}",
            lambda: f"{o('dict', depth)}|xmlattr{pick('', '(false)')}",
            lambda: f"{pick('words', 'pairs', 'd')}|urlencode",
            lambda: f"strftime_now({self.quoted(pick('%Y-%m-%d', '%d %b %Y', '%H:%M:%S', '%A, %B %-d, %Y', '%y%%%j %p %I %f %z|%Z', '%e %U %c'))})",
            lambda: self.macro_call(depth),
            lambda: f"{e('str', depth)} if {e('bool', depth)} else {e('str', depth)}",
            lambda: f"{self.literal('str')} {self.literal('str')}",
            lambda: f"messages[{e('int', 0)}].content", lambda: f"messages[{e('int', 0)}]['role']",
            lambda: f"({o('str', depth)}|{pick('safe', 'e')}) {pick('+', '~')} {o('str', 0)}",
        ])()

    def format_call(self, depth: int) -> str:
        e, pick = self.e, self.pick
        spec = pick("", ":>8", ":<6", ":^7", ":*^9", ":.2", ":s", ":08", ":x=5")
        number_spec = pick("", ":d", ":5d", ":05d", ":+d", ":x", ":#x", ":b", ":,", ":_", ":.2f", ":8.3f", ":e", ":g", ":%", ":<6", ":c" if self.maybe(0.2) else ":o",
                           ":010,", ":+.1e", ":.3", ":n", ": d", ":^+9.2f", ":X", ":#o", ":G", ":=+6d")
        return self.r.choice([
            lambda: f"'{{{pick('', '0', '!r', '!s', '0!a')}{spec}}}'.format({e(pick('str', 'any'), depth)})",
            lambda: f"'<{{{number_spec}}}>'.format({e(pick('int', 'float'), depth)})",
            lambda: f"'{{}} {{}} {{{{x}}}}'.format({e('any', 0)}, {e('any', 0)})",
            lambda: f"'{{1}}-{{0}}-{{a}}'.format({e('any', 0)}, {e('any', 0)}, a={e('any', 0)})",
            lambda: f"'{{0[{pick('0', 'a', 'role')}]}} {{0.{pick('real', 'role', 'nope')}}}'.format({e(pick('dict', 'list', 'any'), 0)})",
            lambda: f"'{{:{{}}}}'.format({e('str', 0)}, {self.r.randrange(9)})",
            lambda: f"'{{role}}'.format_map({e('dict', 0)})",
            lambda: f"'{pick('%s', '%5s', '%-5s|', '%.2s', '%r', '%a', '%c')}' % {pick(e('str', 0), e('any', 0), '(' + e('any', 0) + ',)')}",
            lambda: f"'{pick('%d', '%5d', '%05d', '%+d', '% d', '%x', '%#X', '%o', '%i', '%-6d|', '%.3d', '%f', '%.2f', '%8.2f', '%08.2f', '%e', '%G', '%g', '%+.1f', '%#.3g', '%%')}' % {e(pick('int', 'float', 'int'), 0)}",
            lambda: f"'%(a)s %(b){pick('s', 'd', 'r')}' % {{'a': {e('any', 0)}, 'b': {e(pick('int', 'any'), 0)}}}",
            lambda: f"'%s-%s' % ({e('any', 0)}, {e('any', 0)})",
            lambda: f"'%s and %d'|format({e('any', 0)}, {e('int', 0)})",
            lambda: f"'%(x)s'|format(x={e('any', 0)})",
            lambda: f"'%*d %.*f' % ({self.r.randrange(6)}, {e('int', 0)}, {self.r.randrange(4)}, {e('float', 0)})",
        ])()

    def macro_call(self, depth: int) -> str:
        if not self.macros:
            return self.variable("str")
        name, count = self.r.choice(self.macros)
        args = [self.e("any", 0) for _ in range(self.r.randrange(count + 1))]
        if self.maybe(0.25):
            args.append(f"{self.pick('p0', 'p1', 'extra')}={self.e('any', 0)}")
        if self.maybe(0.08):
            args.append(self.pick("*numbers", "**d", "*[1, 2]", "**{'p1': 3}"))
        return f"{name}({', '.join(args)})"

    # ---- statements ----

    def tag(self, text: str) -> str:
        left, right = self.pick("", "", "", "-", "+"), self.pick("", "", "", "-", "+")
        return f"{{%{left} {text} {right}%}}"

    def data(self) -> str:
        return self.r.choice(["", " ", "\n", "text", "\n\n", "  \n  ", " x ", "<|im_start|>", "\t", "a\n", "\n  b", "}} %} #}", "é\n", "{ x }", "\r\n", "line\n    "])

    def body(self, scope: dict | None = None) -> str:
        self.scopes.append(scope or {})
        macros = len(self.macros)
        parts = []
        for _ in range(self.r.choice([0, 1, 1, 2, 2, 3])):
            parts.append(self.statement())
        self.scopes.pop()
        del self.macros[macros:]
        return self.data() + "".join(parts) + self.data()

    def statement(self) -> str:
        self.budget -= 1
        if self.budget <= 0:
            return self.printed()
        make = self.r.choices(
            [self.printed, self.data, self.if_, self.for_, self.set_, self.set_block, self.macro, self.call, self.filter_, self.with_, self.namespace,
             self.comment, self.raw, self.generation, self.odd, self.block_, self.autoescape, self.print_],
            [16, 6, 8, 9, 8, 3, 4, 2, 2, 2, 3, 2, 1, 2, 3, 1, 0.6, 0.5])[0]
        return make()

    def printed(self) -> str:
        kind = self.pick("str", "str", "any", "int", "float", "bool", "list", "dict")
        left, right = self.pick("", "", "", "-"), self.pick("", "", "", "-")
        made = self.e(kind, self.pick(1, 2, 2, 3))
        if self.maybe(0.03):
            made += ", " + self.e("any", 0)
        return f"{{{{{left} {made} {right}}}}}"

    def if_(self) -> str:
        out = self.tag(f"if {self.e('bool' if self.maybe(0.7) else 'any', 2)}") + self.body()
        for _ in range(self.r.choice([0, 0, 0, 1, 2])):
            out += self.tag(f"elif {self.e('bool', 1)}") + self.body()
        if self.maybe(0.4):
            out += self.tag("else") + self.body()
        return out + self.tag("endif")

    def target(self) -> str:
        return self.r.choice(NAMES)

    def for_(self) -> str:
        name, kind, over = self.r.choice([
            ("message", "dict", "messages"), ("message", "dict", "messages[1:]"), ("k, v", "any", "d.items()"), ("k, v", "any", "d|dictsort"),
            ("i", "int", "range(3)"), ("i", "int", "numbers"), ("w", "str", "words"), ("row", "dict", "rows"), ("c", "str", "s"),
            ("a, b", "any", "pairs"), ("g, rest", "any", "rows|groupby('k')"), ("tool", "any", "tools or []"), ("part", "any", "(any, s, n)")])
        if self.maybe(0.3):
            name, kind, over = self.target(), "any", self.e("list", 1)
        scope: dict = {}
        for one in name.split(", "):
            scope.setdefault(kind, []).append(one)
        recursive = self.maybe(0.06)
        condition = f" if {self.condition_for(name.split(', ')[0])}" if self.maybe(0.2) else ""
        self.loops += 1
        inside, self.in_loop = self.in_loop, True
        body = self.body(scope)
        if self.maybe(0.15):
            body += self.tag("if " + self.e("bool", 1)) + self.tag(self.pick("break", "continue")) + self.tag("endif") + self.data()
        if recursive and self.maybe(0.7):
            body += "{% if loop.depth < 3 %}{{ loop(" + self.pick("[1, 2]", "numbers[:2]", "messages[:1]", "[]") + ") }}{% endif %}"
        self.loops -= 1
        self.in_loop = inside
        out = self.tag(f"for {name} in {over}{condition}{' recursive' if recursive else ''}") + body
        if self.maybe(0.15):
            out += self.tag("else") + self.body()
        return out + self.tag("endfor")

    def condition_for(self, name: str) -> str:
        return self.r.choice([f"{name}", f"{name} is defined", f"{name} != 1", f"not {name}", f"{name} is string", f"{name}.role == 'user'", self.e("bool", 1)])

    def set_(self) -> str:
        kind = self.pick("int", "str", "list", "dict", "bool", "any", "str")
        name = self.target()
        made = self.tag(f"set {name} = {self.e(kind, 2)}")
        if self.maybe(0.06):
            made = self.tag(f"set {name}, {self.pick('q0', 'q1')} = {self.pick('1, 2', 'pairs', self.e('any', 0) + ', ' + self.e('any', 0), '(1, 2)', 's')}")
            kind = "any"
        self.declare(name, kind)
        return made

    def set_block(self) -> str:
        name = self.target()
        filters = self.pick("", "", "|trim", "|upper", "|length", "|replace('a', 'b')", "|default('x')|indent(1)")
        made = self.tag(f"set {name}{filters}") + self.body() + self.tag("endset")
        self.declare(name, "str")
        return made

    def namespace(self) -> str:
        name = self.pick("ns", "state")
        made = self.tag(f"set {name} = namespace({self.pick('', 'a=0', 'found=false, a=' + self.e('any', 0), 'd')})")
        assign = self.tag(f"set {name}.{self.pick('a', 'found', 'z')} = {self.e('any', 1)}")
        update = self.tag(f"set {name}.a = {self.pick(name + '.a + 1', name + '.a ~ ' + self.e('str', 0), 'loop.index', self.e('int', 1))}")
        loop = self.tag("for q in range(3)") + self.pick(update, assign) + self.tag("endfor")
        return made + self.pick(assign, update, loop, assign + loop) + self.pick("", f"{{{{ {name}.a }}}}", f"{{{{ {name}.{self.pick('z', 'found', 'nope')} }}}}", f"{{{{ {name} }}}}")

    def parameters(self) -> tuple[str, int]:
        count = self.r.choice([0, 1, 1, 2, 3])
        defaults = self.r.randrange(count + 1)
        return ", ".join(f"p{i}" + (f"={self.e('any', 0)}" if i >= count - defaults else "") for i in range(count)), count

    def macro(self) -> str:
        name = f"m{len(self.macros)}"
        made, count = self.parameters()
        scope = {"any": [f"p{i}" for i in range(count)]}
        if self.maybe(0.15):
            scope["any"] += ["varargs"]
        if self.maybe(0.15):
            scope["any"] += ["kwargs"]
        loops, self.loops = self.loops, 0
        inside, self.in_loop = self.in_loop, False
        body = self.body(scope)
        if self.maybe(0.3):
            body += self.pick("{{ varargs }}", "{{ kwargs }}", "{{ caller() }}", "{{ caller is defined }}", "{{ varargs|length }}{{ kwargs.extra }}", "{{ caller(1) if caller }}")
        self.loops, self.in_loop = loops, inside
        self.macros.append((name, count))
        return self.tag(f"macro {name}({made})") + body + self.tag("endmacro") + self.pick("", "", "{{ " + self.macro_call(1) + " }}", f"{{{{ {name}.{self.pick('name', 'arguments', 'catch_varargs', 'caller')} }}}}")

    def call(self) -> str:
        if not self.macros:
            return self.macro()
        made, count = self.parameters() if self.maybe(0.3) else ("", 0)
        loops, self.loops = self.loops, 0
        inside, self.in_loop = self.in_loop, False
        body = self.body({"any": [f"p{i}" for i in range(count)]})
        self.loops, self.in_loop = loops, inside
        return self.tag(f"call{'(' + made + ')' if made else ''} {self.macro_call(1) if self.maybe(0.95) else self.e('any', 1)}") + body + self.tag("endcall")

    def filter_(self) -> str:
        name = self.pick("upper", "trim", "replace('e', 'E')", "indent(2)", "lower|title", "length|string", "wordcount", "escape", "default('z')", "truncate(9)", "list|join('.')")
        return self.tag(f"filter {name}") + self.body() + self.tag("endfilter")

    def with_(self) -> str:
        names = self.r.sample(NAMES, self.r.choice([0, 1, 1, 2]))
        made = ", ".join(f"{name} = {self.e('any', 1)}" for name in names)
        return self.tag(f"with {made}") + self.body({"any": names}) + self.tag("endwith")

    def comment(self) -> str:
        return self.pick("{# note #}", "{#- x -#}", "{# {{ not }} {% run %} #}\n", "  {#+ y +#}  \n", "{#\nlines\n#}\n")

    def raw(self) -> str:
        return self.pick("{% raw %}{{ x }} {% if %}{% endraw %}", "{%- raw -%}  {{ y }}  {%- endraw -%}", "{% raw %}\n {# #}\n{%+ endraw %}\n", "{% raw +%}{% endraw %}" if self.maybe(0.1) else "{% raw %}{% endraw %}")

    def generation(self) -> str:
        inside, self.in_loop = self.in_loop, False
        loops, self.loops = self.loops, self.loops if self.maybe(0.5) else 0
        made = self.tag("generation") + self.body() + self.tag("endgeneration")
        self.in_loop, self.loops = inside, loops
        return made

    def block_(self) -> str:
        self.block += 1
        loops, self.loops = self.loops, 0
        made = self.tag(f"block b{self.block}{self.pick('', ' scoped')}") + self.body() + self.tag(self.pick("endblock", f"endblock b{self.block}"))
        self.loops = loops
        return made + (f"{{{{ self.b{self.block}() }}}}" if self.maybe(0.3) and not self.loops else "")

    def autoescape(self) -> str:
        return self.tag(f"autoescape {self.pick('true', 'true', 'false')}") + self.body() + self.tag("endautoescape")

    def print_(self) -> str:
        return self.tag(f"print {self.e('any', 1)}{self.pick('', ', ' + self.e('str', 1))}")

    def odd(self) -> str:
        """What goes wrong, and what is rarely met."""
        return self.r.choice([
            lambda: "{{ raise_exception(" + self.e("str", 0) + ") }}" if self.maybe(0.3) else "",
            lambda: self.pick("{{ messages.append(1) }}", "{{ d.update({}) }}", "{{ d.pop('a') }}", "{{ s.nope() }}", "{{ s.__class__ }}", "{{ ''.__class__.__mro__ }}") if self.maybe(0.3) else "",
            lambda: self.pick("{% include 'x' %}", "{% import 'x' as y %}", "{% if false %}{% include 'x' %}{% endif %}", "{% from 'x' import y with context %}") if self.maybe(0.2) else "",
            lambda: self.pick("{% set j = joiner(', ') %}{{ j() }}a{{ j() }}b{{ j() }}", "{% set c = cycler(1, 'b') %}{{ c.next() }}{{ c.current }}{{ c.next() }}{{ c.next() }}{% set _ = c.reset() %}{{ c.next() }}"),
            lambda: self.pick("{% if x is defined %}{% set x = 1 %}{% endif %}{{ x }}", "{% if b %}{% set y = 1 %}{% endif %}{{ y }}", "{% for y in [1] %}{% set y = 2 %}{{ y }}{% endfor %}{{ y }}"),
            lambda: self.pick("{{ x|nofilter }}", "{% if false %}{{ x|nofilter }}{% endif %}", "{{ 1 is notest }}", "{% break %}", "{{ a b }}", "{% for %}", "{% endif %}", "{{ (1 }}",
                              "{{ x. }}", "{% set 1 = 2 %}", "{{ 'a }}", "{% if %}{% endif %}", "{{ f(a=1, a=2) }}", "{% macro q(a, a) %}{% endmacro %}", "{{ 1 | }}", "{% unknown %}") if self.maybe(0.25) else "",
            lambda: self.pick("{{ d.items is callable }}{{ s.upper is callable }}", "{{ caller }}", "{{ loop }}", "{{ self }}", "{{ varargs }}", "{{ namespace }}", "{{ dict }}", "{{ super }}", "{{ kwargs }}"),
            lambda: self.pick("{% set g = numbers|map('string') %}{{ g|list }}{{ g|list }}", "{% if numbers|select('gt', 100) %}yes{% endif %}", "{% set it = words|map('upper') %}{% for w in it %}{{ w }}{% break %}{% endfor %}{{ it|join }}",
                              "{{ numbers|map('nope')|first }}", "{{ []|map('nope')|list }}", "{% for x in numbers|map('abs') %}{{ loop.last }}{{ loop.length }}{% endfor %}"),
            lambda: self.pick("{{ 1 if false }}", "{{ (1 if false) is defined }}", "{{ not }}", "{{ and }}", "{{ x if y else z if w }}", "{{ 1 < 2 < 3 }}", "{{ 1 < 2 > 3 }}", "{{ -2 ** 2 }}", "{{ (-2) ** n }}" if self.maybe(0.3) else "{{ 2 ** -1 }}", "{{ 1.5.real }}", "{{ [1, 2].0 }}"),
        ])()

    def template(self) -> str:
        parts = []
        for _ in range(self.r.choice([1, 2, 3, 4, 5])):
            parts.append(self.data())
            parts.append(self.statement())
        return "".join(parts) + self.pick("", "", "\n", "\n\n")


def template(seed: int) -> str:
    return Grammar(random.Random(seed)).template()


def conversations(seed: int, count: int) -> list[dict]:
    r = random.Random(~seed)
    return [conversation(r) for _ in range(count)]
