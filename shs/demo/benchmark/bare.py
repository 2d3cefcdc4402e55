"""The baseline of the benchmark: the same responses made without the project, by handwritten SQL through the database
driver and the json module. It does not change with the project."""

import json
import sqlite3
from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from typing import Protocol, TypeAlias, cast

import psycopg
from django.db import connection

Value: TypeAlias = object
Row: TypeAlias = dict[str, Value]


class Driver(Protocol):
    """The used part of a DB-API connection."""

    def execute(self, sql: str, values: tuple[Value, ...], /) -> object: ...
    def close(self) -> None: ...


class Bare:
    """An open connection of the driver, and the queries of the cases."""

    def __init__(self) -> None:
        self.is_sqlite = connection.vendor == "sqlite"
        if self.is_sqlite:
            self.driver = cast(Driver, sqlite3.connect(connection.settings_dict["NAME"], isolation_level=None))
        else:
            given = connection.settings_dict
            self.driver = cast(
                Driver,
                psycopg.connect(
                    dbname=given["NAME"],
                    user=given["USER"] or None,
                    password=given["PASSWORD"] or None,
                    host=given["HOST"] or None,
                    port=given["PORT"] or None,
                    autocommit=True,
                ),
            )

    def close(self) -> None:
        self.driver.close()

    def rows(self, sql: str, *values: Value) -> list[Row]:
        """The rows of a query as mappings."""
        cursor = cast(sqlite3.Cursor, self.driver.execute(sql.replace("%s", "?") if self.is_sqlite else sql, values))
        names = [column[0] for column in cursor.description]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]

    def account(self, user: int) -> None:
        """The user of a token."""
        self.rows("SELECT id, role, is_active, token_version FROM users_user WHERE id = %s", user)

    def search(self) -> bytes:
        rows = self.rows(f"SELECT {DOCTOR} FROM {LISTED} ORDER BY d.rating DESC, d.rating_count DESC, d.id LIMIT 21")
        return _json({"items": rows[:20], "count": self._count(LISTED)})

    def doctor(self, pk: int) -> bytes:
        (row,) = self.rows(f"SELECT {DOCTOR} FROM {LISTED} AND d.id = %s", pk)
        return _json({**row, "availability": self._hours(pk)})

    def slots(self, pk: int, first: date) -> bytes:
        self.rows(f"SELECT d.id FROM {LISTED} AND d.id = %s", pk)
        hours, day = self._hours(pk), timedelta(days=1)
        start, end = datetime.combine(first, time.min), datetime.combine(first + 7 * day, time.min)
        visits = self.rows(
            "SELECT starts_at, ends_at FROM appointment_appointment WHERE doctor_id = %s AND starts_at >= %s"
            " AND starts_at < %s AND status IN ('pending', 'confirmed', 'completed')",
            pk,
            self._instant(start),
            self._instant(end),
        )
        taken = {str(row["starts_at"])[:16] for row in visits}
        found = []
        for on in (first + at * day for at in range(7)):
            for block in hours:
                if block["weekday"] != on.weekday():
                    continue
                at, until = (datetime.combine(on, _clock(block[name])) for name in ("start", "end"))
                length = timedelta(minutes=cast(int, block["slot_minutes"]))
                while at + length <= until:
                    text = str(at)
                    found.append(
                        {"date": text[:10], "time": text[11:16], "starts_at": text, "available": text[:16] not in taken}
                    )
                    at += length
        return _json(found)

    def visits_of_patient(self, user: int) -> bytes:
        self.account(user)
        rows = self.rows(f"SELECT {VISIT} WHERE v.patient_id = %s ORDER BY v.starts_at DESC, v.id DESC LIMIT 31", user)
        return _json({"items": rows[:30], "count": len(rows)})

    def visits_of_day(self, user: int, day: date) -> bytes:
        self.account(user)
        start = datetime.combine(day, time.min)
        rows = self.rows(
            f"SELECT {VISIT} WHERE d.user_id = %s AND v.starts_at >= %s AND v.starts_at < %s"
            " ORDER BY v.starts_at, v.id LIMIT 21",
            user,
            self._instant(start),
            self._instant(start + timedelta(days=1)),
        )
        return _json({"items": rows[:20], "count": len(rows)})

    def prescriptions(self, user: int, patient: int) -> bytes:
        self.account(user)
        rows = self.rows(
            "SELECT p.*, v.number FROM prescription_prescription p"
            " JOIN appointment_appointment v ON v.id = p.appointment_id WHERE p.patient_id = %s"
            " AND p.digest <> '' AND p.status <> 'amended' ORDER BY p.issued_at DESC, p.id DESC LIMIT 16",
            patient,
        )[:15]
        for table in ("prescriptionline", "orderedtest", "prescriptionwarning"):
            marks = ", ".join(["%s"] * len(rows))
            parts = self.rows(
                f"SELECT * FROM prescription_{table} WHERE prescription_id IN ({marks}) ORDER BY id",
                *(row["id"] for row in rows),
            )
            for row in rows:
                row[table] = [part for part in parts if part["prescription_id"] == row["id"]]
        return _json({"items": rows, "count": len(rows)})

    def chart(self, user: int, patient: int) -> bytes:
        self.account(user)
        rows = self.rows(
            "SELECT r.*, u.name FROM medical_record_medicalrecord r JOIN users_user u ON u.id = r.recorded_by_id"
            " WHERE r.patient_id = %s AND r.status <> 'entered_in_error' ORDER BY r.recorded_at DESC, r.id DESC"
            " LIMIT 21",
            patient,
        )
        return _json({"items": rows[:20], "count": len(rows)})

    def articles(self) -> bytes:
        public = (
            "blog_blogpost p JOIN doctors_doctorinformation d ON d.id = p.author_id LEFT JOIN blog_category c"
            " ON c.id = p.category_id LEFT JOIN users_user u ON u.id = p.reviewed_by_id"
            " WHERE p.published_at IS NOT NULL AND p.status <> 'withdrawn'"
        )
        rows = self.rows(
            "SELECT p.id, p.title, p.slug, p.published_at, d.name AS author, d.specialty_cards, c.name AS category,"
            f" u.name AS reviewer FROM {public} ORDER BY p.published_at DESC, p.id DESC LIMIT 21"
        )[:20]
        marks = ", ".join(["%s"] * len(rows))
        tags = self.rows(
            "SELECT t.name, t.slug, l.blogpost_id FROM blog_tag t JOIN blog_blogpost_tags l ON l.tag_id = t.id"
            f" WHERE l.blogpost_id IN ({marks})",
            *(row["id"] for row in rows),
        )
        for row in rows:
            row["tags"] = [tag["name"] for tag in tags if tag["blogpost_id"] == row["id"]]
        return _json({"items": rows, "count": self._count(public)})

    def _hours(self, pk: int) -> list[Row]:
        return self.rows(
            'SELECT weekday, start, "end", slot_minutes, clinic_id FROM doctors_doctoravailability'
            " WHERE doctor_id = %s ORDER BY weekday, start",
            pk,
        )

    def _count(self, source: str) -> Value:
        return self.rows(f"SELECT COUNT(*) AS n FROM (SELECT 1 AS one FROM {source} LIMIT 1001) AS counted")[0]["n"]

    def _instant(self, value: datetime) -> Value:
        """SQLite stores datetimes as texts."""
        return str(value) if self.is_sqlite else value


DOCTOR = (
    "d.id, d.name, d.specialty_cards, d.experience, d.education, d.location, d.fees, d.languages, d.bio, d.rating,"
    " d.rating_count"
)
LISTED = (
    "doctors_doctorinformation d JOIN users_user u ON u.id = d.user_id"
    " WHERE d.verification_status = 'approved' AND u.is_active AND u.role = 'doctor'"
)
VISIT = (
    "v.id, v.number, v.serial, v.doctor_id, d.name, d.specialty_cards, d.location, v.patient_id, u.name, v.starts_at,"
    " v.ends_at, v.status, v.reason, v.notes, v.created_at FROM appointment_appointment v"
    " JOIN doctors_doctorinformation d ON d.id = v.doctor_id JOIN users_user u ON u.id = v.patient_id"
)

Question: TypeAlias = Callable[[], bytes]


def _clock(value: Value) -> time:
    return value if isinstance(value, time) else time.fromisoformat(str(value))


def _json(data: object) -> bytes:
    return json.dumps(data, default=str).encode()
