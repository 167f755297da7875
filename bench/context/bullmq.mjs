// A contestant of `bench.assignment`: BullMQ on the product's Valkey, with jobs that do nothing.
// A line with a number in, a line of JSON out, as bench/dispatcher.py has it.

import { readFileSync, readdirSync } from "node:fs";
import { createInterface } from "node:readline";

import { Queue, Worker } from "bullmq";
import { Redis } from "ioredis";

const connect = () => new Redis(process.env.REDIS_URL, { maxRetriesPerRequest: null });

const serverCpu = (pid) =>
  readdirSync(`/proc/${pid}/task`).reduce(
    (sum, task) => sum + Number(readFileSync(`/proc/${pid}/task/${task}/schedstat`, "utf8").split(" ")[0]),
    0,
  ) / 1000;

const connection = connect();
const server = /process_id:(\d+)/.exec(await connection.info("server"))[1];
const queue = new Queue("bench", { connection });
let left = 0;
let ended = () => {};
const worker = new Worker("bench", async () => {}, { connection: connect(), concurrency: 1 });
worker.on("completed", () => {
  left -= 1;
  if (left === 0) {
    ended();
  }
});

for await (const line of createInterface({ input: process.stdin })) {
  const number = Number(line);
  left = number;
  const done = new Promise((resolve) => {
    ended = resolve;
  });
  await queue.pause();
  const job = { name: "nothing", data: {}, opts: { removeOnComplete: true } };
  await queue.addBulk(Array.from({ length: number }, () => job));
  const [cpu, served, began] = [process.cpuUsage(), serverCpu(server), process.hrtime.bigint()];
  await queue.resume();
  await done;
  const wall = Number(process.hrtime.bigint() - began) / 1000;
  const { user, system } = process.cpuUsage(cpu);
  const answer = {
    wall: wall / number,
    cpu: (user + system) / number,
    server_cpu: (serverCpu(server) - served) / number,
    done: number,
  };
  process.stdout.write(`${JSON.stringify(answer)}\n`);
}
// Nothing is left to do: it needs no farewell to the server.
process.exit(0);
