"""The settings of what is scarce: requests in an hour, open visits, passwords that are hashed at once."""

import os

from shs.environment import TESTING, pair, whole_number

# The most requests in an hour by one account and from one internet address (0: not counted), and what is counted. A
# clinic or a mobile network may share an address. LIMIT_BOOK=60/600 in the environment changes the one named "book".
LIMITS = {
    "register": pair("LIMIT_REGISTER", 0, 10, "new accounts"),
    "login": pair("LIMIT_LOGIN", 0, 300, "logins, right and wrong, and passwords set by a link"),
    "refresh": pair("LIMIT_REFRESH", 120, 3000, "new pairs of tokens"),
    "mail": pair("LIMIT_MAIL", 10, 20, "requests that send a mail with a link"),
    "code": pair("LIMIT_CODE", 0, 60, "codes that are asked for to be sent to a phone"),
    "code_phone": pair("LIMIT_CODE_PHONE", 0, 5, "codes that are sent to one phone, counted by it"),
    "code_unknown": pair("LIMIT_CODE_UNKNOWN", 0, 200, "codes for phones of nobody here, all counted together"),
    "link": pair("LIMIT_LINK", 0, 100, "links from mails that are opened or used"),
    "book": pair("LIMIT_BOOK", 30, 300, "visits that are booked or moved"),
    "chart": pair("LIMIT_CHART", 120, 1200, "entries in charts, and prescriptions"),
    "own_chart": pair("LIMIT_OWN_CHART", 20, 200, "entries by patients in their own charts"),
    "upload": pair("LIMIT_UPLOAD", 30, 300, "uploaded files"),
    "post": pair("LIMIT_POST", 20, 200, "comments, reviews, articles and reports"),
    "render": pair("LIMIT_RENDER", 120, 1200, "PDFs, exports, calendar files and opened documents"),
    "feed": pair("LIMIT_FEED", 60, 6000, "private links that calendars read"),
    "chat": pair(
        "LIMIT_CHAT", whole_number("CHAT_PER_HOUR", 30, least=1, most=10_000), 0, "questions to the assistant"
    ),
    "predict": pair(
        "LIMIT_PREDICT",
        whole_number("PREDICT_PER_HOUR", 60, least=1, most=10_000),
        0,
        "questions to the symptom checker",
    ),
    "card": pair("LIMIT_CARD", 10, 0, "codes of one patient's card, right and wrong"),
    "verify": pair("LIMIT_VERIFY", 0, 600, "prescriptions that are looked up by their code"),
    "dispense": pair(
        "LIMIT_DISPENSE",
        0,
        10,
        "codes that pharmacies type for one prescription, right and wrong, and what registered ones note on it",
    ),
    "sms_report": pair("LIMIT_SMS_REPORT", 0, 20_000, "delivery reports of the SMS gateway"),
    "write": pair("LIMIT_WRITE", 300, 3000, "all other changes by the API"),
    "office": pair("LIMIT_OFFICE", 1200, 6000, "changes in the back office"),
}
if TESTING:
    # Tests send more in an hour than a person does; those of the limits set their own.
    LIMITS = {name: (account * 1000, address * 1000, what) for name, (account, address, what) in LIMITS.items()}
# How many visits of one patient may be open at once, how many missed ones or late cancellations in so many days lower
# that to one (0: none do), and how many hours before the visit a cancellation is late.
MAX_OPEN_VISITS = whole_number("MAX_OPEN_VISITS", 5, least=1, most=1000)
MISSED_VISITS_LIMIT = whole_number("MISSED_VISITS_LIMIT", 3, least=0, most=1000)
MISSED_VISITS_DAYS = whole_number("MISSED_VISITS_DAYS", 90, least=1, most=3650)
# After so many missed visits in a row a visit is not confirmed by itself, but by the desk or the doctor (0: never).
MISSED_IN_A_ROW = whole_number("MISSED_IN_A_ROW", 2, least=0, most=100)
# Who is called and is not there goes behind the next so many who wait.
NOT_HERE_GOES_BEHIND = whole_number("NOT_HERE_GOES_BEHIND", 3, least=1, most=100)
LATE_CANCELLATION_HOURS = whole_number("LATE_CANCELLATION_HOURS", 4, least=0, most=7 * 24)
# How many passwords are hashed at once on this machine: a hash takes a core and 19 MiB for a while.
HASHING_AT_ONCE = whole_number("HASHING_AT_ONCE", max(1, (os.cpu_count() or 1) // 2), least=1, most=64)
