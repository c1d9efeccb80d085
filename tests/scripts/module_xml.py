"""pyexpat: what is reported, where, and the errors."""
from xml.parsers import expat


def parse(data, namespaces=None, **settings):
    parser, found = expat.ParserCreate(None, namespaces), []
    for name, value in settings.items():
        setattr(parser, name, value)
    for name in dir(parser):
        if name.endswith("Handler") and not name.startswith(("Default", "NotStandalone")):
            short = name.removesuffix("Handler")
            setattr(parser, name, lambda *args, short=short: (found.append((short, *args)), 1)[1])
    try:
        parser.Parse(data, True)
    except expat.ExpatError as error:
        found.append((error.code, str(error)))
    for event in found:
        print(*event)


parse(b"<?xml version='1.0' standalone='yes'?><!--c--><?p d?><a x='1&lt;\n2'>t&#65;<![CDATA[<]]><b/></a>")
# expect: XmlDecl 1.0 None 1
# expect: Comment c
# expect: ProcessingInstruction p d
# expect: StartElement a {'x': '1< 2'}
# expect: CharacterData t
# expect: CharacterData A
# expect: StartCdataSection
# expect: CharacterData <
# expect: EndCdataSection
# expect: StartElement b {}
# expect: EndElement b
# expect: EndElement a
parse(b"""<!DOCTYPE a SYSTEM "s" [<!ELEMENT a (b,(c|d)*)+><!ATTLIST a x CDATA "d" y (p | q) #REQUIRED>
<!ENTITY e "v&lt;&#65;"><!NOTATION n PUBLIC "pp">]><a y=" p ">&e;</a>""", buffer_text=True)
# expect: StartDoctypeDecl a s None 1
# expect: ElementDecl a (6, 3, None, ((4, 0, 'b', ()), (5, 2, None, ((4, 0, 'c', ()), (4, 0, 'd', ())))))
# expect: AttlistDecl a x CDATA d 0
# expect: AttlistDecl a y (p|q) None 1
# expect: EntityDecl e 0 v&lt;A None None None None
# expect: NotationDecl n None None pp
# expect: EndDoctypeDecl
# expect: StartElement a {'y': 'p', 'x': 'd'}
# expect: CharacterData v<A
# expect: EndElement a
parse("<a xmlns='u' xmlns:p='v' p:x='é'/>".encode("utf-16"), " ", namespace_prefixes=True)
# expect: StartNamespaceDecl None u
# expect: StartNamespaceDecl p v
# expect: StartElement u a {'v x p': 'é'}
# expect: EndElement u a
# expect: EndNamespaceDecl p
# expect: EndNamespaceDecl None
for wrong in (b"<a>\n</b>", b"<a b='1' b='2'/>", b"<a>&u;</a>", b"<a", b"", b"<a/><b/>", b"<a>\xff</a>", b"<a x='<'/>"):
    parse(wrong)
# expect: StartElement a {}
# expect: CharacterData 
# expect: 
# expect: 7 mismatched tag: line 2, column 2
# expect: 8 duplicate attribute: line 1, column 9
# expect: StartElement a {}
# expect: 11 undefined entity: line 1, column 3
# expect: 5 unclosed token: line 1, column 0
# expect: 3 no element found: line 1, column 0
# expect: StartElement a {}
# expect: EndElement a
# expect: 9 junk after document element: line 1, column 4
# expect: StartElement a {}
# expect: 4 not well-formed (invalid token): line 1, column 3
# expect: 4 not well-formed (invalid token): line 1, column 6

# Entities that multiply are stopped.
bomb = "<!DOCTYPE a [<!ENTITY e0 'lol'>"
bomb += "".join(f"<!ENTITY e{i} '{f'&e{i - 1};' * 10}'>" for i in range(1, 10)) + "]><a>&e9;</a>"
try:
    expat.ParserCreate().Parse(bomb, True)
except expat.ExpatError as error:
    print(expat.errors.messages[error.code])  # expect: limit on input amplification factor (from DTD and entities) breached

# Pieces; a handler that raises.
parser = expat.ParserCreate()
parser.StartElementHandler = lambda name, attributes: 1 / (name != "b")
for piece in (b"<a", b"><", b"b/>"):
    try:
        parser.Parse(piece)
    except ZeroDivisionError:
        print("raised at", parser.CurrentByteIndex)
# expect: raised at 7
