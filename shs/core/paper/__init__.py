"""Papers: the fonts, text of any script, and the sheet that letterhead, columns, footer and QR code stand on."""
