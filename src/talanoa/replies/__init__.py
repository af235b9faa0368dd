"""The Consolidated Reply to a query: drafted, edited with every source kept, issued as mail, page, PDF and DOCX, followed up."""
