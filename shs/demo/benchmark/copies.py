"""Copies a small demo network inside the database, so that a million visits take minutes and not hours.

Each copy has its own patients with their visits, records, prescriptions, reads and histories. `ROUNDS` consecutive
copies share their doctors, and each is one period earlier than the one before; then new doctors follow.
"""

from typing import NamedTuple

from django.apps import apps
from django.core.management.color import no_style
from django.db import connection, models, transaction
from django.db.models import Max, Min

from shs.prescription.models import Prescription
from shs.prescription.models.content import digest_of
from shs.users.models import Role, User
from shs.users.seeding import numbered

ROUNDS = 10
"""How many copies share their doctors."""


class Table(NamedTuple):
    """A table to copy with its history. If it also contains rows of other roles, `only` is the column with the owner's
    id."""

    label: str
    only: str = ""
    moves: bool = True
    """Whether its times are moved to an earlier period."""


OF_DOCTORS = (
    Table("users.User", "id"),
    Table("users.UserProfile", "user_id"),
    Table("users.ContactPoint", "person_id"),
    Table("doctors.DoctorInformation"),
    Table("doctors.DoctorInformation_specializations"),
    Table("doctors.DoctorInformation_clinics"),
    Table("doctors.DoctorAvailability"),
    Table("doctors.TimeOff"),
)
OF_PATIENTS = (
    Table("users.User", "id"),
    Table("users.UserProfile", "user_id"),
    Table("users.ContactPoint", "person_id"),
    Table("doctors.DoctorReview"),
    Table("appointment.AppointmentSlot"),
    Table("appointment.Appointment"),
    Table("medical_record.MedicalRecord"),
    Table("prescription.Prescription"),
    Table("prescription.PrescriptionLine"),
    Table("prescription.OrderedTest"),
    Table("prescription.PrescriptionWarning"),
    Table("notices.Notice", moves=False),  # pending ones must not become due
    Table("core.ReadLog"),
)
# SQL of values that must be unique; {id} is the id of the new row, {own} what is added to ids of people. Numbers and
# codes of the originals contain no 0 or 1.
UNIQUE = {
    "email": "'copy' || {id} || '.' || email",
    "demo_name": "'copy' || {id}",
    "value": "CASE WHEN system = 'email' THEN 'copy' || (person_id + {own}) || '.' || value ELSE value END",
    "license_number": "'COPY-' || {id}",
    "key": "key || ':' || {id}",
    "number": "substr(number, 1, 13) || substr(CAST(10000000 + {id} % 10000000 AS varchar(20)), 2)",
    "code": "substr(code, 1, 12) || substr(CAST(100000000 + {id} % 100000000 AS varchar(20)), 2)",
}
HOLDS_UNIQUE = (
    "users.user",
    "users.contactpoint",
    "doctors.doctorinformation",
    "notices.notice",
    "appointment.appointment",
)


class Copy(NamedTuple):
    """The offsets of one copy: added to ids of patients and doctors, and the days by which its times are earlier."""

    patients: int
    doctors: int
    days: int
    with_doctors: bool


def copies_of(count: int, *, stride: int, period: int) -> list[Copy]:
    """`count` copies; their ids differ by `stride`, their times by `period` days."""
    return [
        Copy(at * stride, (at - at % ROUNDS) * stride, at % ROUNDS * period, at % ROUNDS == 0)
        for at in range(1, count + 1)
    ]


class Copier:
    """Copies the network in the database; rows that are added later must have higher ids than all copies."""

    def __init__(self) -> None:
        self.people = {role: _ids_of(role) for role in (Role.PATIENT, Role.DOCTOR)}
        self.stride = 1 + max(_highest(model) for model in (*_models(OF_DOCTORS), *_models(OF_PATIENTS)))
        self.of_doctors = {apps.get_model(table.label) for table in OF_DOCTORS[3:]}
        self.of_patients = {apps.get_model(table.label) for table in OF_PATIENTS[3:]}

    def add(self, copy: Copy) -> None:
        """Insert one copy."""
        with transaction.atomic(), connection.cursor() as cursor:
            for tables, role in ((OF_DOCTORS, Role.DOCTOR), (OF_PATIENTS, Role.PATIENT)):
                if role == Role.DOCTOR and not copy.with_doctors:
                    continue
                for table in tables:
                    for model in _with_history(table):
                        cursor.execute(self._insert(model, table, role, copy))
            self._seal(copy)

    def _insert(self, model: type[models.Model], table: Table, role: Role, copy: Copy) -> str:
        quoted = connection.ops.quote_name
        own = copy.doctors if role == Role.DOCTOR else copy.patients
        columns = [str(field.column) for field in model._meta.concrete_fields]
        values = [self._value(model, field, own, copy, moves=table.moves) for field in model._meta.concrete_fields]
        first, last = self.people[role]
        where = f"{table.only} BETWEEN {first} AND {last}" if table.only else f"{columns[0]} < {self.stride}"
        if table.only:
            where = f"{where} AND {model._meta.pk.column} < {self.stride}"
        name = quoted(model._meta.db_table)
        return (
            f"INSERT INTO {name} ({', '.join(map(quoted, columns))}) SELECT {', '.join(values)} "
            f"FROM {name} WHERE {where}"
        )

    def _value(
        self, model: type[models.Model], field: "models.Field[object, object]", own: int, copy: Copy, *, moves: bool
    ) -> str:
        """The SQL of one column of the copy."""
        column = connection.ops.quote_name(str(field.column))
        if isinstance(field, models.ForeignKey):
            return self._key(column, field.related_model, own, copy)
        if field.primary_key or field.name == "id":
            return f"{column} + {own}"
        if field.name in UNIQUE and _holds_unique(model):
            return UNIQUE[field.name].format(id=f"({connection.ops.quote_name('id')} + {own})", own=own)
        if isinstance(field, models.DateTimeField) and moves and copy.days and own == copy.patients:
            return _earlier(column, copy.days)
        return column

    def _key(self, column: str, to: object, own: int, copy: Copy) -> str:
        if to is User:
            (first, last), (first_doctor, last_doctor) = self.people[Role.PATIENT], self.people[Role.DOCTOR]
            return (
                f"CASE WHEN {column} BETWEEN {first} AND {last} THEN {column} + {copy.patients} "
                f"WHEN {column} BETWEEN {first_doctor} AND {last_doctor} THEN {column} + {copy.doctors} "
                f"ELSE {column} END"
            )
        if to in self.of_doctors:
            return f"{column} + {copy.doctors}"
        return f"{column} + {copy.patients}" if to in self.of_patients else column

    def _seal(self, copy: Copy) -> None:
        """Seal the copied prescriptions, because their numbers, codes and times are new."""
        rows = Prescription.objects.released().filter(pk__gt=copy.patients, pk__lt=copy.patients + self.stride)
        found = rows.select_related("appointment").prefetch_related("lines", "tests", "stopped")
        seals = [(digest_of(row.content()), row.pk) for row in found]
        with connection.cursor() as cursor:
            table = connection.ops.quote_name(Prescription._meta.db_table)
            cursor.executemany(f"UPDATE {table} SET digest = %s WHERE id = %s", seals)


def finish() -> None:
    """Set the sequences after the copied ids, and update the planner's statistics."""
    made = {*_models(OF_DOCTORS), *_models(OF_PATIENTS)}
    with connection.cursor() as cursor:
        for statement in connection.ops.sequence_reset_sql(no_style(), list(made)):
            cursor.execute(statement)
    update_statistics()


def update_statistics() -> None:
    """Update the planner's statistics of this project's tables. A plain ANALYZE would also wait for PostgreSQL's own
    tables, which all databases of a server share."""
    with connection.cursor() as cursor:
        for name in connection.introspection.table_names(cursor):
            cursor.execute(f"ANALYZE {connection.ops.quote_name(name)}")


def _models(tables: tuple[Table, ...]) -> list[type[models.Model]]:
    return [model for table in tables for model in _with_history(table)]


def _with_history(table: Table) -> list[type[models.Model]]:
    model = apps.get_model(table.label)
    history = getattr(model, "history", None)
    return [model, history.model] if history is not None else [model]


def _holds_unique(model: type[models.Model]) -> bool:
    return model._meta.label_lower.replace(".historical", ".") in (*HOLDS_UNIQUE, "prescription.prescription")


def _earlier(column: str, days: int) -> str:
    if connection.vendor == "postgresql":
        return f"{column} - interval '{days} days'"
    return f"strftime('%Y-%m-%d %H:%M:%S', {column}, '-{days} days') || substr({column}, 20)"


def _ids_of(role: Role) -> tuple[int, int]:
    found = numbered(role).aggregate(first=Min("pk"), last=Max("pk"))
    if User.objects.filter(pk__range=(found["first"], found["last"])).exclude(role=role).exists():
        raise ValueError(f"Other accounts lie between those of {role}.")
    return found["first"], found["last"]


def _highest(model: type[models.Model]) -> int:
    return model._base_manager.aggregate(last=Max("pk"))["last"] or 0
