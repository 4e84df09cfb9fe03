// node push_and_tail.mjs http://127.0.0.1:PORT: winston-loki pushes in both of its encodings, ws tails; prints what ws received as JSON.
import LokiTransport from "winston-loki";
import WebSocket from "ws";
import winston from "winston";

const host = process.argv[2];
const linesEach = 20;
const encodings = ["json", "protobuf"];
const patienceMs = 20_000;

const fail = (why) => {
  console.error(why);
  process.exit(1);
};
setTimeout(() => fail(`after ${patienceMs} ms: ${JSON.stringify(received)}`), patienceMs).unref();

const received = [];
const query = encodeURIComponent('{job="winston"}');
const socket = new WebSocket(`${host.replace("http", "ws")}/loki/api/v1/tail?query=${query}&limit=10`);
socket.on("error", (error) => fail(`tail: ${error}`));
socket.on("message", (data) => {
  for (const { stream, values } of JSON.parse(data).streams)
    for (const [time, line] of values) received.push({ encoding: stream.encoding, level: stream.level, time, line });
  if (received.length === linesEach * encodings.length) socket.close();
});
socket.on("close", (code) => {
  if (received.length !== linesEach * encodings.length) fail(`tail: closed with ${code} after ${received.length} lines`);
  console.log(JSON.stringify(received));
  process.exit(0);
});
socket.on("open", () => {
  for (const encoding of encodings) {
    const transport = new LokiTransport({
      host,
      json: encoding === "json",
      labels: { job: "winston", encoding },
      batching: encoding === "protobuf",
      interval: 0.1,
      gracefulShutdown: false,
      format: winston.format.simple(),
      onConnectionError: (error) => fail(`${encoding}: ${error}`),
    });
    const logger = winston.createLogger({ transports: [transport] });
    for (let i = 0; i < linesEach; ++i) logger.log(i % 2 === 0 ? "info" : "error", `line ${i} of ${encoding} "ä\u{1F600}"`);
  }
});
