#!/usr/bin/env python3
"""Microsoft Teams, Telegram and mail as they are really sent, by a running monitorai.

usage: chats_and_mail.py MONITORAI      exit 77: there is no aiosmtpd (Debian: python3-aiosmtpd) or no openssl

Local HTTP servers stand for Teams and Telegram and check what arrives against the published formats (MessageCard; a message with an Adaptive Card;
the Bot API's sendMessage). Mail goes to an SMTP server that takes it after STARTTLS and AUTH alone: with the right password, a wrong one, a certificate
that nobody vouches for, and no STARTTLS at all. Exits 1 when something is not as it should be.
"""
import email
import email.policy
import json
import pathlib
import re
import shutil
import ssl
import subprocess
import sys
import tempfile

try:
    from aiosmtpd.controller import Controller
    from aiosmtpd.smtp import SMTP, AuthResult
except ImportError:
    print("there is no aiosmtpd")
    sys.exit(77)

import logging
import warnings

import receivers
from receivers import Program, Receiver, check, eventually

PASSWORD = "pa55: word"
TOKEN = "110201543:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw"
RULES = """
groups:
- name: g
  interval: 1s
  rules:
  - alert: Always
    expr: vector(1) %s
    labels: {severity: critical, shape: '<b>"x"&amp;', unit: '°C'}
    annotations: {summary: 'memory of <gpu0> is full: {{ $value }}', description: 'größer', runbook: 'look'}
"""
CONFIG = """
global: {{smtp_from: 'MonitorAI <alerts@example.org>', smtp_hello: here.example.org}}
route:
  receiver: chats
  group_wait: 0s
  group_interval: 1s
  repeat_interval: 1h
  routes:
  - {{receiver: mail, continue: true}}
  - {{receiver: mail wrong password, continue: true}}
  - {{receiver: mail unknown certificate, continue: true}}
  - {{receiver: mail without tls, continue: true}}
  - {{receiver: chats}}
receivers:
- name: chats
  msteams_configs: [{{webhook_url: 'http://127.0.0.1:{teams}/webhookb2/a@b/IncomingWebhook/c/d'}}]
  msteamsv2_configs: [{{webhook_url: 'http://127.0.0.1:{flow}/workflows/x/triggers/manual/paths/invoke?api-version=2016-06-01&sig=s'}}]
  telegram_configs: [{{api_url: 'http://127.0.0.1:{telegram}', bot_token: '{token}', chat_id: -1001234567890, parse_mode: HTML}}]
- name: mail
  email_configs: [{{to: 'a@example.org, B <b@example.org>', smarthost: 'localhost:{smtp}', auth_username: us, auth_password_file: {folder}/password, send_resolved: true, headers: {{Subject: '{{{{ .Status }}}} {{{{ .CommonLabels.unit }}}}'}},
    text: '{{{{ range .Alerts }}}}{{{{ .Status }}}} {{{{ .Annotations.summary }}}}{{{{ end }}}}', tls_config: {{ca_file: {folder}/cert.pem}}}}]
- name: mail wrong password
  email_configs: [{{to: wrong@example.org, smarthost: 'localhost:{smtp}', auth_username: us, auth_password: no, tls_config: {{ca_file: {folder}/cert.pem}}}}]
- name: mail unknown certificate
  email_configs: [{{to: unknown@example.org, smarthost: 'localhost:{smtp}', auth_username: us, auth_password_file: {folder}/password}}]
- name: mail without tls
  email_configs: [{{to: plain@example.org, smarthost: 'localhost:{plain}', auth_username: us, auth_password_file: {folder}/password}}]
"""


class Mailbox:
    """What an SMTP server takes; who logged in with what, and whether the connection was encrypted then."""

    def __init__(self):
        self.mails, self.logins = [], []

    def authenticate(self, server, session, envelope, mechanism, data):
        login, password = data.login.decode(), data.password.decode()
        self.logins.append((mechanism, login, password, session.ssl is not None))
        return AuthResult(success=(login, password) == ("us", PASSWORD), handled=False)

    async def handle_DATA(self, server, session, envelope):
        self.mails.append((session.ssl is not None, session.authenticated, session.host_name, envelope.mail_from, envelope.rcpt_tos, envelope.content))
        return "250 taken"


class Server(Controller):
    def __init__(self, box, certificate):
        self.certificate = certificate
        super().__init__(box, hostname="127.0.0.1", port=receivers.free_port())

    def factory(self):
        if self.certificate is None:
            return SMTP(self.handler, hostname="localhost")
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(*self.certificate)
        return SMTP(self.handler, hostname="localhost", require_starttls=True, tls_context=context, auth_required=True, authenticator=self.handler.authenticate)


def main():
    logging.getLogger("mail.log").setLevel(logging.CRITICAL)  # handshakes that fail are meant to
    warnings.simplefilter("ignore")
    if not shutil.which("openssl"):
        print("there is no openssl")
        sys.exit(77)
    with tempfile.TemporaryDirectory() as temporary:
        folder = pathlib.Path(temporary)
        program, servers = Program(str(pathlib.Path(sys.argv[1]).resolve()), folder), []
        try:
            story(program, folder, servers)
        finally:
            if getattr(program, "process", None):
                program.process.terminate()
                program.process.wait()
            for server in servers:
                server.stop()
    print(f"{len(receivers.problems)} problems")
    sys.exit(1 if receivers.problems else 0)


def story(program, folder, servers):
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2", "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost",
                    "-keyout", folder / "key.pem", "-out", folder / "cert.pem"], check=True, capture_output=True)
    box, open_box = Mailbox(), Mailbox()
    servers += [Server(box, (folder / "cert.pem", folder / "key.pem")), Server(open_box, None)]
    for server in servers:
        server.start()
    teams, flow, telegram = Receiver([200]), Receiver([202]), Receiver([429, 200], headers=[("Retry-After", "1")])
    (folder / "password").write_text(PASSWORD + "\n")
    (folder / "rules.yml").write_text(RULES % "")
    (folder / "notify.yml").write_text(CONFIG.format(teams=teams.port, flow=flow.port, telegram=telegram.port, token=TOKEN, smtp=servers[0].port, plain=servers[1].port, folder=folder))
    (folder / "monitorai.yml").write_text(f"rules: {{files: [{folder}/rules.yml]}}\nalerting: {{config: {folder}/notify.yml}}\n")
    code, text = program.run("check", "alerting", str(folder / "notify.yml"))
    check("check alerting takes the file", code == 0, text)
    program.start()

    check("Teams' connector takes it", eventually(lambda: teams.taken))
    check("Teams' workflow takes it", eventually(lambda: flow.taken))
    check("Telegram takes it after a 429", eventually(lambda: telegram.taken))
    check("mail arrives", eventually(lambda: box.mails))
    chats(teams.taken[0], flow.taken[0], telegram.taken[0], "firing")
    mail(box, "firing")

    refused = lambda receiver, said: eventually(lambda: any(said in d["error"] for d in program.deliveries(receiver=receiver.replace(" ", "%20"))))
    shown = lambda receiver: program.deliveries(receiver=receiver.replace(" ", "%20"))
    check("a wrong password is refused, and said", refused("mail wrong password", "Login denied"), shown("mail wrong password")[:2])
    check("a certificate that nobody vouches for is refused, and said", refused("mail unknown certificate", "certificate"), shown("mail unknown certificate"))
    check("without STARTTLS nothing is sent", refused("mail without tls", "STARTTLS") or refused("mail without tls", "TLS"), shown("mail without tls"))
    check("no password went over an open line", all(encrypted for _, _, _, encrypted in box.logins) and not open_box.logins and not open_box.mails, (box.logins, open_box.logins))
    check("nothing arrived of those", {to for *_, tos, _ in box.mails for to in tos} == {"a@example.org", "b@example.org"}, [m[4] for m in box.mails])

    (folder / "rules.yml").write_text(RULES % "> 1")
    program.post("/-/reload", b"")
    check("all hear the end", eventually(lambda: all(len(r.taken) == 2 for r in (teams, flow, telegram)) and len(box.mails) == 2), [len(r.taken) for r in (teams, flow, telegram)])
    chats(teams.taken[1], flow.taken[1], telegram.taken[1], "resolved")
    mail(box, "resolved")
    text = program.get("/api/v1/deliveries") + program.get("/api/v2/status") + program.get("/api/v1/status/config") + (folder / "log").read_text()
    check("no secret is shown", PASSWORD not in text and TOKEN not in text and "IncomingWebhook" not in text, [text[max(0, text.find(s) - 80):text.find(s) + 40] for s in (PASSWORD, TOKEN, "IncomingWebhook")])


def chats(teams, flow, telegram, status):
    firing = status == "firing"
    # learn.microsoft.com/outlook/actionable-messages/message-card-reference
    path, card, _ = teams
    check(f"{status}: a MessageCard", path.startswith("/webhookb2/") and card["@type"] == "MessageCard" and card["@context"] in ("http://schema.org/extensions", "https://schema.org/extensions"), card)
    check(f"{status}: its title and colour", card["title"].startswith("[FIRING:1]" if firing else "[RESOLVED]") and re.fullmatch("[0-9A-F]{6}", card["themeColor"]) and card["themeColor"] == ("8C1A1A" if firing else "2DC72D"), card)
    check(f"{status}: a summary, which Teams refuses to be without, and a text", card["summary"] and "Always" in card["text"] and "größer" in card["text"], card)
    # adaptivecards.io/explorer; learn.microsoft.com/microsoftteams/platform/webhooks-and-connectors: a message with one attachment
    path, message, _ = flow
    attachment = message["attachments"][0]
    content = attachment["content"]
    check(f"{status}: a message with an Adaptive Card", "sig=s" in path and message["type"] == "message" and len(message["attachments"]) == 1 and attachment["contentType"] == "application/vnd.microsoft.card.adaptive"
          and content["type"] == "AdaptiveCard" and re.fullmatch(r"1\.\d", content["version"]) and content["$schema"] == "http://adaptivecards.io/schemas/adaptive-card.json", message)
    check(f"{status}: text blocks that wrap", all(b["type"] == "TextBlock" and b["wrap"] is True and b["text"] for b in content["body"]) and content["body"][0]["color"] == ("Attention" if firing else "Good"), content)
    # core.telegram.org/bots/api#sendmessage
    path, sent, _ = telegram
    check(f"{status}: sendMessage of the bot", path == f"/bot{TOKEN}/sendMessage" and sent["chat_id"] == -1001234567890 and sent["parse_mode"] == "HTML" and sent["disable_notification"] is False, (path, sent))
    check(f"{status}: 1 to 4096 characters whose markup is Telegram's alone", 1 <= len(sent["text"]) <= 4096 and "<gpu0>" not in sent["text"] and "&lt;gpu0&gt;" in sent["text"]
          and not re.search(r"<(?!/?(b|i|u|s|a|code|pre|strong|em)\b)", sent["text"]) and ("Firing" if firing else "Resolved") in sent["text"], sent)


def mail(box, status):
    encrypted, authenticated, hello, sender, to, content = box.mails[0 if status == "firing" else 1]
    check(f"{status}: encrypted, logged in, from us to both", encrypted and authenticated and hello == "here.example.org" and sender == "alerts@example.org" and to == ["a@example.org", "b@example.org"], (encrypted, authenticated, hello, sender, to))
    message = email.message_from_bytes(content, policy=email.policy.default)
    check(f"{status}: its headers", message["Subject"] == f"{status} °C" and message["From"] == "MonitorAI <alerts@example.org>" and "b@example.org" in message["To"] and message["Date"].datetime is not None and not message.defects, message.items())
    parts = {part.get_content_type(): part.get_content() for part in message.walk() if not part.is_multipart()}
    check(f"{status}: text and HTML", sorted(parts) == ["text/html", "text/plain"] and parts["text/plain"].strip() == f"{status} memory of <gpu0> is full: 1", parts.get("text/plain"))
    check(f"{status}: what is escaped in HTML", "<gpu0>" not in parts["text/html"] and "&lt;gpu0&gt;" in parts["text/html"], parts.get("text/html", "")[:300])


if __name__ == "__main__":
    main()
