"""A finished run, comparison or sweep as one page, as pictures and as a workbook."""
