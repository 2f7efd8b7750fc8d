"""The words of each grammar, honest and not: pieces of what a parser may be given."""

from builders.returned import DELIVERY, SECRET
from pabal.domain.identity import verp_local_part

MIME = (
    b"Content-Type: multipart/mixed; boundary=b\n", b"Content-Type: message/rfc822\n",
    b"Content-Type: message/delivery-status\n", b"Content-Type: message/feedback-report\n",
    b"Content-Type: text/rfc822-headers\n", b"Content-Type: text/plain; charset=euc-kr\n",
    b'Content-Type: text/html; charset*0="utf"; charset*1="-8"\n', b"--b\n", b"--b--\n", b"\n",
    b"Content-Transfer-Encoding: base64\n", b"Content-Transfer-Encoding: x-uuencode\n",
    b"Content-Transfer-Encoding: quoted-printable\n", b"begin 644 a\n", b"QUJD\n", b"=\n", b"=3D",
    b"Action: failed\n", b"Status: 5.1.1\n", b"Final-Recipient: rfc822; a@example.com\n",
    b"Diagnostic-Code: smtp; 550 5.1.1 no such user\n", b"Feedback-Type: abuse\n",
    b"From: MAILER-DAEMON@example.com\n", b"Subject: Undelivered Mail\n", b"Return-Path: <>\n",
    b"Subject: =?utf-8?b?7Jew?= =?x?q?_?=\n", b"Auto-Submitted: auto-replied\n",
    b"Date: Tue, 99 Nov 0000 25:61:61 +9999\n", b"X-A: b\n" * 300, b"--b\n\n" * 120,
    b"To: b+u-gw20ad25-1z-0123456789ab@x\n", b"<550 5.1.1> a@b.example: Host unknown\n",
)  # fmt: skip
EVENT = {
    "eventType": ("Bounce", "Complaint", "Delivery", "Open", "Subscription", "Send"),
    "notificationType": ("Bounce", "Complaint"),
    "Message": ("{}", '{"eventType":"Bounce","mail":{}}'),
    "detail": ({"eventType": "Bounce"},),
    "mail": (
        {"messageId": "m", "destination": ["a@example.com"], "tags": {"delivery": [DELIVERY]}},
        {"headers": [{"name": "Message-ID", "value": f"<{DELIVERY}@x>"}], "timestamp": "x"},
    ),
    "bounce": (
        {"bounceType": "Permanent", "bouncedRecipients": [{"emailAddress": "a@example.com"}]},
        {"bouncedRecipients": [None, 7, {"diagnosticCode": 550}], "timestamp": "2026-11-25T99:00Z"},
    ),
    "complaint": ({"complainedRecipients": [{"emailAddress": []}], "feedbackId": 1},),
    "delivery": ({"recipients": ["a@example.com", None], "smtpResponse": "250 ok"},),
    "subscription": ({"newTopicPreferences": {"unsubscribeAll": True}},),
}
SNS = {
    "Type": ("Notification", "SubscriptionConfirmation"),
    "TopicArn": ("arn:aws:sns:eu-west-1:1:t",),
    "Message": ("{}",),
    "MessageId": ("1",),
    "Timestamp": ("2026-11-25T12:00:00Z",),
    "Token": ("t",),
    "SubscribeURL": ("https://sns.eu-west-1.amazonaws.com/?a",),
    "Signature": ("QUJD", "QUJ"),
    "SignatureVersion": ("1", "2", "3"),
    "SigningCertURL": (
        "https://sns.eu-west-1.amazonaws.com/a.pem",
        "https://sns.eu-west-1.amazonaws.com@evil.example/",
        "https://[::1",
    ),
}
HOOK = {
    "id": ("1",),
    "event": ("bounced", "complained", "unsubscribed"),
    "at": ("2026-11-25T12:00:00Z", "9999-12-31T23:59:59-14:00", "0001-01-01T00:00:00+14:00"),
    "delivery": (DELIVERY,),
    "bounce_address": (f"{verp_local_part(DELIVERY, SECRET)}@x",),
    "address": ("a@example.com",),
    "code": (550, 10**400),
    "enhanced": ("5.1.1",),
    "text": ("no such user",),
}
DNS = (
    "v=spf1 ", "v=DKIM1; ", "v=DMARC1; ", "include:", "a:", "mx/24//64 ", "ip4:192.0.2.0/33 ",
    "ip6:2001:db8::/129 ", "exists:%{ir}.%{d2}.example.com ", "redirect=", "exp=", "-all ", "~all ",
    "shop.example ", "p=", "k=rsa; ", "h=sha256:sha1; ", "sp=none; ", "adkim=s; ", "rua=mailto:",
    "t=y:s; ", "np=reject; ", "psd=y; ", "MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8A", "=", ";", " ", "%",
)  # fmt: skip
SMTP = (
    b"250", b"-", b" ", b"\r\n", b"\n", b"220 ", b"250-SIZE 99999999999999999999", b"550 5.1.1 ",
    b"250-LIMITS MAILMAX=0", b"250-AUTH=LOGIN", b"\xff\xfe", b"999 ", b"4.7.1", b"\x1b[31m",
    b"250-a\r\n" * 130, b"a" * 4_100,
)  # fmt: skip
CSV = (
    b"email,name,consent_at\n", b"a@example.com", b",", b";", b"\t", b'"', b'""', b"\n", b"\r\n",
    b"\r", "이메일,이름\n".encode(), "이름".encode("cp949"), b"\xff\xfe", b"\xef\xbb\xbf", b"\0",
    b"2026-01-01T10:00:00+09:00", b"99999999999", b"2026-02-30", b"=cmd|x", b"," * 3_000,
    b"\x1a", "ａ＠ｅｘａｍｐｌｅ．ｃｏｍ".encode(), b"a@xn--.com", b"@", b"name", b"email",
)  # fmt: skip
JINJA = (
    "{{ name }}", "{{ coupon }}", "{% if name %}", "{% else %}", "{% endif %}", "{% endfor %}",
    "{% for i in range(999) %}", "{% for c in name %}", "{% set x = x ~ x %}", "{% set x = 'ab' %}",
    "{{ x * 9999999 }}", "{{ 9 ** 9 ** 9 }}", "{{ '%9999999d' % 1 }}", "{{ name.__class__ }}",
    "{{ name | attr('__class__') }}", "{{ name | replace('a', x) }}", "{% raw %}", "{% endraw %}",
    "{% macro f() %}", "{{ f() }}", "{% endmacro %}", "{% include 'x' %}", "{% extends x %}",
    "{# ", " #}", "{{", "}}", "{%", "%}", "{{ name | e | upper | default('x') }}", "{{ sender }}",
    "{{ unsubscribe_url }}", "{% block a %}", "{% call f() %}", "{{ (" * 40, "{{ [" * 300,
)  # fmt: skip
MARKUP = (
    "<mjml><mj-body><mj-section><mj-column><mj-text>",
    "</mj-text></mj-column></mj-section></mj-body></mjml>",
    "<mjml>", "<mj-raw>", "</mj-raw>", "<mj-style>", "</mj-style>", "<mj-include path='/etc/x' />",
    "<p>", "</p>", "<table>", "<tr>", "<td style='", "'>", '">', "<a href='", "<img src=", "<!--",
    "-->", "<style>", "a{color:red}", "@import url(x);", "</style>", "<!DOCTYPE html>", "<html>",
    "&amp;", "&#0;", "&#xD800;", "<script>", "<br/>", "안녕하세요", "<div " + "a=b " * 200,
    "<div>" * 300, "</div>",
)  # fmt: skip
