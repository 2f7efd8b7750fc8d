"""Images of mails: uploaded by marketers, fetched by whoever reads the mail."""
