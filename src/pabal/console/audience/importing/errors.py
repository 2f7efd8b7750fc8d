"""Why a customer file is not imported at all; a bad row is a note in the report instead.

InputError
  FileRefused            the file cannot be read as a table
    FileMissing
    EmptyFile
    NotWhatItSays        named as one format, written in another
    FormatUnknown        neither CSV nor XLSX
    EncodingUnknown
    NulByte
    TableBroken          quotes that are never closed, cells without end
    WorkbookBroken
    WorkbookTooLarge     a zip bomb, or more than XLSX is good for
    SheetUnknown
  ColumnsRefused         the first row cannot be understood
    NoEmailColumn
    ColumnTwice
    ColumnUnnamed
    ColumnsAmbiguous
    OverrideRefused
  BasisRefused             it cannot be why advertising is sent
    NoTransactionEnd
    GoodsUnsaid
    GoodsDiffer
  ImportBrokenOff          its process ended again and again
  FileGone                 it was uploaded, and is not there any more
  ReportUnwritable         the report of the rows cannot be put where it was asked for
"""

from pabal.domain.errors import InputError


class FileRefused(InputError):
    """The file cannot be read as a table. Nothing of it was imported."""


class FileMissing(FileRefused):
    code = "file-missing"
    message = "“{file}” cannot be opened: {reason}"
    remedy = "Check the path and that Pabal may read the file."


class EmptyFile(FileRefused):
    code = "file-empty"
    message = "“{file}” holds no customers."
    remedy = "The first row names the columns; every further row is one customer."


class NotWhatItSays(FileRefused):
    code = "file-not-what-it-says"
    message = "“{file}” is named as {named}, but its content is {actual}."
    remedy = "Open it in a spreadsheet program and save it as CSV (UTF-8) or XLSX."


class FormatUnknown(FileRefused):
    code = "file-format-unknown"
    message = "“{file}” is {actual}, which cannot be imported."
    remedy = "Open it in a spreadsheet program and save it as CSV (UTF-8) or XLSX."


class EncodingUnknown(FileRefused):
    code = "file-encoding-unknown"
    message = (
        "“{file}” is neither UTF-8 nor CP949 text: read as {encoding}, "
        "line {line} has a wrong byte ({byte}, at offset {offset})."
    )
    remedy = "Save the file as CSV (UTF-8), or correct that line."


class NulByte(FileRefused):
    code = "file-nul-byte"
    message = "“{file}” has a NUL byte in line {line} (at offset {offset}): it is no text."
    remedy = "Export the file again; this copy is damaged or is not a CSV file."


class TableBroken(FileRefused):
    code = "file-table-broken"
    message = "“{file}” cannot be read beyond line {line}: {reason}"
    remedy = "Look for a quotation mark that is opened in or before this line and never closed."


class WorkbookBroken(FileRefused):
    code = "workbook-broken"
    message = "The workbook “{file}” cannot be read: {reason}"
    remedy = "Open it in a spreadsheet program and save it again, without a password."


class WorkbookTooLarge(FileRefused):
    code = "workbook-too-large"
    message = "The workbook “{file}” unpacks to more than {limit} {unit}."
    remedy = "Save the sheet as CSV (UTF-8): CSV files may have any size."


class SheetUnknown(FileRefused):
    code = "sheet-unknown"
    message = "The workbook “{file}” has no sheet “{sheet}”."
    remedy = "It has these: {sheets}."


class ColumnsRefused(InputError):
    """The first row cannot be understood. Nothing was imported."""


class NoEmailColumn(ColumnsRefused):
    code = "no-email-column"
    message = "No column looks like the e-mail address. The first row has: {columns}."
    remedy = "The first row must name the columns. Say which one it is: email=NAME OF THE COLUMN."


class ColumnTwice(ColumnsRefused):
    code = "column-twice"
    message = "The column “{column}” occurs twice (columns {first} and {second})."
    remedy = "Rename or remove one of them in the file."


class ColumnUnnamed(ColumnsRefused):
    code = "column-unnamed"
    message = "Column {number} has no name in the first row."
    remedy = "Name the column in the file, or remove it."


class ColumnsAmbiguous(ColumnsRefused):
    code = "columns-ambiguous"
    message = "Both “{first}” and “{second}” could be {target}."
    remedy = "Say which one it is: {target}={first}."


class OverrideRefused(ColumnsRefused):
    code = "override-refused"
    message = "The mapping “{override}” cannot be used: {reason}"
    remedy = "Write FIELD=COLUMN, or COLUMN=- to leave a column out. Columns: {columns}."


class BasisRefused(InputError):
    """No transaction that lets us advertise (정보통신망법 50(1)1). Nothing was imported."""


class NoTransactionEnd(BasisRefused):
    code = "no-transaction-end"
    message = "Nothing says when the transactions with these customers ended."
    remedy = "Name the column: transaction_ended_at=COLUMN, or say the date with --basis-date."


class GoodsUnsaid(BasisRefused):
    code = "goods-unsaid"
    message = (
        "A transaction lets you advertise the same kind of goods alone, and it is not known what "
        "was bought or what the list's mails advertise."
    )
    remedy = (
        "Say what was bought with --goods, and what the list is about with `pabal list goods`; "
        "or leave the column of transactions out: --map COLUMN=-"
    )


class GoodsDiffer(BasisRefused):
    code = "goods-differ"
    message = "These customers bought “{bought}”, and the list advertises “{advertised}”."
    remedy = "A transaction covers the same kind of goods alone. Ask these people for consent."


class ImportBrokenOff(InputError):
    code = "import-broken-off"
    message = "The import was begun {starts} times and broke off each time. Nothing was kept."
    remedy = "Look into the worker's log. A smaller file may go through."


class FileGone(InputError):
    code = "file-gone"
    message = "The file “{file}” is not there any more."
    remedy = "Upload it again. Pages and worker must have the same PABAL_HOME."


class ReportUnwritable(InputError):
    code = "report-unwritable"
    message = "The report of the rows cannot be written to “{file}”: {reason}"
    remedy = "Name a file in a directory that exists and that Pabal may write to."
