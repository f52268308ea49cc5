/** Runs a program until its standard error matches, sends it a signal, and prints JSON: its exit code and what it said. */
import { spawn } from "node:child_process";
import process from "node:process";

const [signal, begun, program, ...words] = process.argv.slice(2);
const child = spawn(program, words, { stdio: ["ignore", "ignore", "pipe"] });
let said = "", sent = false;
child.stderr.setEncoding("utf8").on("data", (text) => {
  said += text;
  if (sent || !new RegExp(begun).test(said)) return;
  sent = true;
  child.kill(signal);
});
child.on("close", (code) => console.log(JSON.stringify({ code, stderr: said.trim().split("\n") })));
