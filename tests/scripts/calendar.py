# The calendar behind `datetime`: ordinals and ISO weeks of days over all years come back.
from datetime import MAXYEAR, MINYEAR, date

last = date.max.toordinal()
print(last)  # expect: 3652059
wrong = 0
for ordinal in [*range(1, last + 1, 97), 1, 59, 60, 365, 366, 146_097, 146_098, last]:
    day = date.fromordinal(ordinal)
    year, week, weekday = day.isocalendar()
    wrong += day.toordinal() != ordinal
    if MINYEAR <= year <= MAXYEAR:
        wrong += date.fromisocalendar(year, week, weekday) != day
print(wrong)  # expect: 0
