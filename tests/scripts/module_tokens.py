"""Tokens of programs that come line by line, and the errors between them."""
import io
import tokenize


def tokens(source):
    try:
        for t in tokenize.generate_tokens(io.StringIO(source).readline):
            print(tokenize.tok_name[t.exact_type], repr(t.string), t.start, t.end, end="; ")
        print()
    except (tokenize.TokenError, SyntaxError) as e:
        print(type(e).__name__, e)


tokens("if x:\n\ty = f'{a!r:>{w}} {{'  # c\n\nz")
tokens("t'{x}' + '''a\nb''' \\\n ; €\n")
tokens("(a,\n")
tokens("x = 0777 + 1_000\n'abc\n")
tokens("if 1:\n  x\n y\n")
tokens("f'{a:{b:{c:{d}}}}'\n")
reads = []


def readline():
    reads.append(1)
    return "a + b\n"


lazy = tokenize.generate_tokens(readline)
print([next(lazy).string for _ in range(5)], len(reads))

# expect: NAME 'if' (1, 0) (1, 2); NAME 'x' (1, 3) (1, 4); COLON ':' (1, 4) (1, 5); NEWLINE '\n' (1, 5) (1, 6); INDENT '\t' (2, 0) (2, 1); NAME 'y' (2, 1) (2, 2); EQUAL '=' (2, 3) (2, 4); FSTRING_START "f'" (2, 5) (2, 7); LBRACE '{' (2, 7) (2, 8); NAME 'a' (2, 8) (2, 9); EXCLAMATION '!' (2, 9) (2, 10); NAME 'r' (2, 10) (2, 11); COLON ':' (2, 11) (2, 12); FSTRING_MIDDLE '>' (2, 12) (2, 13); LBRACE '{' (2, 13) (2, 14); NAME 'w' (2, 14) (2, 15); RBRACE '}' (2, 15) (2, 16); FSTRING_MIDDLE '' (2, 16) (2, 16); RBRACE '}' (2, 16) (2, 17); FSTRING_MIDDLE ' {' (2, 17) (2, 19); FSTRING_END "'" (2, 20) (2, 21); COMMENT '# c' (2, 23) (2, 26); NEWLINE '\n' (2, 26) (2, 27); NL '\n' (3, 0) (3, 1); DEDENT '' (4, 0) (4, 0); NAME 'z' (4, 0) (4, 1); NEWLINE '' (4, 1) (4, 2); ENDMARKER '' (5, 0) (5, 0); 
# expect: TSTRING_START "t'" (1, 0) (1, 2); LBRACE '{' (1, 2) (1, 3); NAME 'x' (1, 3) (1, 4); RBRACE '}' (1, 4) (1, 5); TSTRING_END "'" (1, 5) (1, 6); PLUS '+' (1, 7) (1, 8); STRING "'''a\nb'''" (1, 9) (2, 4); SEMI ';' (3, 1) (3, 2); NAME '€' (3, 3) (3, 4); NEWLINE '\n' (3, 4) (3, 5); ENDMARKER '' (4, 0) (4, 0); 
# expect: LPAR '(' (1, 0) (1, 1); NAME 'a' (1, 1) (1, 2); COMMA ',' (1, 2) (1, 3); NL '\n' (1, 3) (1, 4); TokenError ('unexpected EOF in multi-line statement', (1, 0))
# expect: NAME 'x' (1, 0) (1, 1); EQUAL '=' (1, 2) (1, 3); NUMBER '0777' (1, 4) (1, 8); PLUS '+' (1, 9) (1, 10); NUMBER '1_000' (1, 11) (1, 16); NEWLINE '\n' (1, 16) (1, 17); TokenError ('unterminated string literal (detected at line 2)', (2, 1))
# expect: NAME 'if' (1, 0) (1, 2); NUMBER '1' (1, 3) (1, 4); COLON ':' (1, 4) (1, 5); NEWLINE '\n' (1, 5) (1, 6); INDENT '  ' (2, 0) (2, 2); NAME 'x' (2, 2) (2, 3); NEWLINE '\n' (2, 3) (2, 4); IndentationError unindent does not match any outer indentation level (<string>, line 3)
# expect: FSTRING_START "f'" (1, 0) (1, 2); LBRACE '{' (1, 2) (1, 3); NAME 'a' (1, 3) (1, 4); COLON ':' (1, 4) (1, 5); LBRACE '{' (1, 5) (1, 6); NAME 'b' (1, 6) (1, 7); COLON ':' (1, 7) (1, 8); LBRACE '{' (1, 8) (1, 9); NAME 'c' (1, 9) (1, 10); COLON ':' (1, 10) (1, 11); TokenError ('f-string: expressions nested too deeply', (1, 11))
# expect: ['a', '+', 'b', '\n', 'a'] 2
