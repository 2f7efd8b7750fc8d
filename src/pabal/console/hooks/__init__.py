"""What services tell us over HTTP about mails: no session, no page, a signature instead."""
