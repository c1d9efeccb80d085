# The CJK codecs: characters, what is no character, state between pieces, streams.
import codecs
import io


def show(function, *args, **kwargs):
    try:
        print(ascii(function(*args, **kwargs)))
    except Exception as error:
        print(type(error).__name__, ascii(str(error)))


text = "\u65e5\u672c\u8a9e \uff76\uff85 abc"
for name in "shift_jis cp932 euc_jp shift_jis_2004 euc_jis_2004 euc_jisx0213 iso2022_jp_ext gb18030 gbk".split():
    data = text.encode(name, "replace")
    print(name, data, ascii(data.decode(name)) == ascii(text))
# expect: shift_jis b'\x93\xfa\x96{\x8c\xea \xb6\xc5 abc' True
# expect: cp932 b'\x93\xfa\x96{\x8c\xea \xb6\xc5 abc' True
# expect: euc_jp b'\xc6\xfc\xcb\xdc\xb8\xec \x8e\xb6\x8e\xc5 abc' True
# expect: shift_jis_2004 b'\x93\xfa\x96{\x8c\xea \xb6\xc5 abc' True
# expect: euc_jis_2004 b'\xc6\xfc\xcb\xdc\xb8\xec \x8e\xb6\x8e\xc5 abc' True
# expect: euc_jisx0213 b'\xc6\xfc\xcb\xdc\xb8\xec \x8e\xb6\x8e\xc5 abc' True
# expect: iso2022_jp_ext b'\x1b$BF|K\\8l\x1b(B \x1b(I6E\x1b(B abc' True
# expect: gb18030 b'\xc8\xd5\xb1\xbe\xd5Z \x841\x978\x841\x993 abc' True
# expect: gbk b'\xc8\xd5\xb1\xbe\xd5Z ?? abc' False
for name in "gb2312 gbk gb18030 hz big5 cp950 big5hkscs".split():
    print(name, "\u4e2d\u6587~".encode(name), ascii("\u4e2d\u6587~".encode(name).decode(name)))
# expect: gb2312 b'\xd6\xd0\xce\xc4~' '\u4e2d\u6587~'
# expect: gbk b'\xd6\xd0\xce\xc4~' '\u4e2d\u6587~'
# expect: gb18030 b'\xd6\xd0\xce\xc4~' '\u4e2d\u6587~'
# expect: hz b'~{VPND~}~~' '\u4e2d\u6587~'
# expect: big5 b'\xa4\xa4\xa4\xe5~' '\u4e2d\u6587~'
# expect: cp950 b'\xa4\xa4\xa4\xe5~' '\u4e2d\u6587~'
# expect: big5hkscs b'\xa4\xa4\xa4\xe5~' '\u4e2d\u6587~'
for name in "euc_kr cp949 johab iso2022_kr".split():
    print(name, "\ud55c\uae00\uac02".encode(name, "replace"))
# expect: euc_kr b'\xc7\xd1\xb1\xdb\xa4\xd4\xa4\xa1\xa4\xbf\xa4\xa2'
# expect: cp949 b'\xc7\xd1\xb1\xdb\x81A'
# expect: johab b'\xd0e\x8bi\x88c'
# expect: iso2022_kr b'\x1b$)C\x0eGQ1[\x0f?'
for name in "iso2022_jp iso2022_jp_1 iso2022_jp_2 iso2022_jp_2004 iso2022_jp_3".split():
    print(name, "\u3042\xa5\u4e11\u304b\u309aA".encode(name, "xmlcharrefreplace"))
# expect: iso2022_jp b'\x1b$B$"\x1b(J\\\x1b$B1/$+\x1b(B&#12442;A'
# expect: iso2022_jp_1 b'\x1b$B$"\x1b(J\\\x1b$B1/$+\x1b(B&#12442;A'
# expect: iso2022_jp_2 b'\x1b$B$"\x1b(J\\\x1b$B1/$+\x1b(B&#12442;A'
# expect: iso2022_jp_2004 b'\x1b$B$"\x1b(B&#165;\x1b$B1/\x1b$(Q$w\x1b(BA'
# expect: iso2022_jp_3 b'\x1b$B$"\x1b(B&#165;\x1b$B1/\x1b$(O$w\x1b(BA'

# The same character has several codes, and some are only written.
print("\u2252\u222a\u2116\xa2\u2225".encode("cp932"), "\u5341\u2550\xa5".encode("cp950"), "\u2550".encode("big5hkscs"))
# expect: b'\x81\xe0\x81\xbe\x87\x82\x81\x91\x81a' b'\xa4Q\xa2\xa4\xa2D' b'\xf9\xf9'
print("\\~\xa5\u203e".encode("shift_jis"), "\\~\xa5\u203e".encode("shift_jis_2004"))
# expect: b'\\~\\~' b'\x81_\x81\xb0\\~'
# Two code points, one character.
print("\u304b\u309a".encode("euc_jis_2004"), "\xca\u0304\xca".encode("big5hkscs"), ascii(b"\x88\x62".decode("big5hkscs")))
# expect: b'\xa4\xf7' b'\x88b\x88f' '\xca\u0304'
# Four bytes, and eight.
print("\u20ac\x80\U0010ffff".encode("gb18030"), ascii(b"\xe3\x32\x9a\x35".decode("gb18030")))
# expect: b'\xa2\xe3\x810\x810\xe32\x9a5' '\U0010ffff'
print(ascii(b"\xa4\xd4\xa4\xa1\xa4\xbf\xa4\xa2".decode("euc_kr")))
# expect: '\uac02'

for name, data in [
    ("cp932", b"a\x81"), ("cp932", b"a\x81\x20b"), ("shift_jis", b"\xfc\xfc"), ("euc_jp", b"\x8f\xa1"), ("gb18030", b"\x81\x30\x81"),
    ("gb18030", b"\xff\x30\x81\x30"), ("hz", b"~x"), ("iso2022_jp", b"\x1b$B\x81"), ("iso2022_kr", b"\x1b$)C\x0e!\x21"),
    ("euc_jisx0213", b"\xae\xa1"),
]:
    show(data.decode, name)
    show(data.decode, name, "replace")
    show(data.decode, name, "backslashreplace")
# expect: UnicodeDecodeError "'cp932' codec can't decode byte 0x81 in position 1: incomplete multibyte sequence"
# expect: 'a\ufffd'
# expect: 'a\\x81'
# expect: UnicodeDecodeError "'cp932' codec can't decode byte 0x81 in position 1: illegal multibyte sequence"
# expect: 'a\ufffd b'
# expect: 'a\\x81 b'
# expect: UnicodeDecodeError "'shift_jis' codec can't decode byte 0xfc in position 0: illegal multibyte sequence"
# expect: '\ufffd\ufffd'
# expect: '\\xfc\\xfc'
# expect: UnicodeDecodeError "'euc_jp' codec can't decode bytes in position 0-1: incomplete multibyte sequence"
# expect: '\ufffd'
# expect: '\\x8f\\xa1'
# expect: UnicodeDecodeError "'gb18030' codec can't decode bytes in position 0-2: incomplete multibyte sequence"
# expect: '\ufffd'
# expect: '\\x81\\x30\\x81'
# expect: UnicodeDecodeError "'gb18030' codec can't decode byte 0xff in position 0: illegal multibyte sequence"
# expect: '\ufffd0\ufffd'
# expect: '\\xff0\\x81\\x30'
# expect: UnicodeDecodeError "'hz' codec can't decode byte 0x7e in position 0: illegal multibyte sequence"
# expect: '\ufffdx'
# expect: '\\x7ex'
# expect: UnicodeDecodeError "'iso2022_jp' codec can't decode byte 0x81 in position 3: illegal multibyte sequence"
# expect: '\ufffd'
# expect: '\\x81'
# expect: '\u3000'
# expect: '\u3000'
# expect: '\u3000'
# expect: UnicodeDecodeError "'euc_jisx0213' codec can't decode bytes in position 0-1: illegal multibyte sequence"
# expect: '\ufffd'
# expect: '\\xae\\xa1'
for name in "cp932", "gb2312", "iso2022_jp", "johab":
    show("a\U0001f600b".encode, name)
    show("a\U0001f600b".encode, name, "namereplace")
# expect: UnicodeEncodeError "'cp932' codec can't encode character '\\U0001f600' in position 1: illegal multibyte sequence"
# expect: b'a\\N{GRINNING FACE}b'
# expect: UnicodeEncodeError "'gb2312' codec can't encode character '\\U0001f600' in position 1: illegal multibyte sequence"
# expect: b'a\\N{GRINNING FACE}b'
# expect: UnicodeEncodeError "'iso2022_jp' codec can't encode character '\\U0001f600' in position 1: illegal multibyte sequence"
# expect: b'a\\N{GRINNING FACE}b'
# expect: UnicodeEncodeError "'johab' codec can't encode character '\\U0001f600' in position 1: illegal multibyte sequence"
# expect: b'a\\N{GRINNING FACE}b'

encoder = codecs.getincrementalencoder("euc_jis_2004")()
print(encoder.encode("\u304b"), encoder.getstate(), encoder.encode("\u309a\u304b"), encoder.encode("", True))
# expect: b'' 2340545283 b'\xa4\xf7' b'\xa4\xab'
encoder = codecs.getincrementalencoder("iso2022_jp")()
print(encoder.encode("\u3042"), encoder.getstate(), encoder.encode("a"), encoder.encode("\u3042", True))
# expect: b'\x1b$B$"' 4375040 b'\x1b(Ba' b'\x1b$B$"\x1b(B'
show(encoder.setstate, 9)
# expect: UnicodeError 'pending buffer too large'
decoder = codecs.getincrementaldecoder("euc_jp")()
print([decoder.decode(bytes([b])) == "" for b in b"\x8f\xb0\xa1"], decoder.getstate())
# expect: [True, True, False] (b'', 0)
show(decoder.decode, b"\xa4", True)
# expect: UnicodeDecodeError "'euc_jp' codec can't decode byte 0xa4 in position 0: incomplete multibyte sequence"
show(decoder.setstate, (b"123456789", 0))
# expect: UnicodeDecodeError "'euc_jp' codec can't decode bytes in position 0-8: pending buffer too large"
reader = codecs.getreader("cp932")(io.BytesIO(b"\x82\xa0\x82\xa2\n\x82\xa4x\nend\x82"))
show(reader.read, 1)
# expect: '\u3042'
show(reader.readline)
# expect: '\u3044\n'
show(reader.readlines)
# expect: UnicodeDecodeError "'cp932' codec can't decode byte 0x82 in position 7: incomplete multibyte sequence"
out = io.BytesIO()
writer = codecs.getwriter("iso2022_jp")(out)
writer.writelines(["\u3042", "b", "\u3044"])
writer.reset()
print(out.getvalue())
# expect: b'\x1b$B$"\x1b(Bb\x1b$B$$'
codecs.register_error("test.bytes", lambda error: (b"<" + str(error.start).encode() + b">", error.end))
show("a\U0001f600b\ud800".encode, "cp949", "test.bytes")
# expect: b'a<1>b<3>'
