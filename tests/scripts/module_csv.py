"""Comma-separated values, both ways."""
import csv
import io

rows = list(csv.reader(['a,"b ""c""",d\r\n', '"x\n', 'y",,\n', "\n"]))
print(rows)
print(list(csv.reader(["1,'two',3.5"], quotechar="'", quoting=csv.QUOTE_NONNUMERIC)))
for line, options in (('"a"b', {"strict": True}), ("a\rb", {}), ("a", {"delimiter": "ab"})):
    try:
        print(list(csv.reader([line], **options)))
    except (csv.Error, TypeError) as e:
        print(type(e).__name__, e)
out = io.StringIO()
for quoting in range(6):
    try:
        csv.writer(out, quoting=quoting, escapechar="\\").writerows([[1, "a,b", None, 'q"', ""], [""]])
    except csv.Error as e:
        out.write(f"{e}\r\n")
print(out.getvalue().replace("\r\n", "|"))

# expect: [['a', 'b "c"', 'd'], ['x\ny', '', ''], []]
# expect: [[1.0, 'two', 3.5]]
# expect: Error ',' expected after '"'
# expect: Error new-line character seen in unquoted field - do you need to open the file with newline=''?
# expect: TypeError "delimiter" must be a unicode character, not a string of length 2
# expect: 1,"a,b",,"q""",|""|"1","a,b","","q""",""|""|1,"a,b","","q""",""|""|1,a\,b,,q\",|single empty field record must be quoted|1,"a,b",,"q""",""|""|"1","a,b",,"q""",""|""|
