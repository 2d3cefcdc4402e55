"""The formats of an uploaded file that import-export knows: read no further than the limit."""

from import_export.formats import base_formats

from shs.core.tabular import Table, csv_table, xlsx_table


class CSV(base_formats.CSV):
    """Comma-separated text in UTF-8."""

    delimiter = ","

    def create_dataset(self, in_stream: str | bytes) -> Table:
        """The table of a file. Raises Refused."""
        return csv_table(in_stream, self.delimiter)


class TSV(base_formats.TSV):
    """Text in UTF-8 with tabs between the columns."""

    delimiter = "\t"
    create_dataset = CSV.create_dataset


class XLSX(base_formats.XLSX):
    """The active sheet of a workbook."""

    def create_dataset(self, in_stream: bytes) -> Table:
        """The table of a file. Raises Refused."""
        return xlsx_table(in_stream)
