// nodemailer's pool with nunjucks: node send.mjs PORT CONNECTIONS < campaign.json
// Prints what it took from the first mail to the last, in seconds.

import { readFileSync } from "node:fs";
import nodemailer from "nodemailer";
import nunjucks from "nunjucks";

const [port, connections] = process.argv.slice(2).map(Number);
const { template, people } = JSON.parse(readFileSync(0, "utf8"));

const environment = new nunjucks.Environment(null, { autoescape: true, throwOnUndefined: true });
const [html, text, subject] = [template.html, template.text, template.subject].map(
  (source) => new nunjucks.Template(source, environment, null, true),
);
const transport = nodemailer.createTransport({
  host: "127.0.0.1",
  port,
  secure: false,
  ignoreTLS: true,
  pool: true,
  maxConnections: connections,
  maxMessages: Infinity,
});

const waiting = people[Symbol.iterator]();

// As many at once as keep the pool busy: its queue would otherwise hold every mail.
async function work() {
  for (const { to, values } of waiting) {
    await transport.sendMail({
      from: "news@hanbit.example",
      to,
      subject: subject.render(values),
      text: text.render(values),
      html: html.render(values),
      list: { unsubscribe: values.unsubscribe_url },
    });
  }
}

const started = performance.now();
const before = process.cpuUsage();
await Promise.all(Array.from({ length: 2 * connections }, work));
const used = process.cpuUsage(before);
const wall = (performance.now() - started) / 1000;
console.log(JSON.stringify({ wall, cpu: (used.user + used.system) / 1e6 }));
transport.close();
