/* Work of a live part in a Web Worker. */
import { bodies } from "./registry.js";

/* The worker's side of `Work`. It is written out as text into the worker and may use nothing of this file. There is one timer,
   so there is one run; between two turns messages come in. */
const serve = (scope, work) => {
  let going = null,
    timer;
  const turn = () => {
    if (!going.next().done) timer = setTimeout(turn, 0);
  };
  scope.onmessage = ({ data: [act, run, settings] }) => {
    clearTimeout(timer);
    if (act === "begin") going = work(settings, (message) => scope.postMessage([run, message]));
    if (act === "end") going = null;
    if (going && act !== "pause") timer = setTimeout(turn, 0);
  };
};
/* The script's `worker` in a Web Worker, one run at a time. Every message carries the number of its run, and what an ended run
   still had to say is heard by nobody. */
export class Work {
  constructor(part) {
    this.run = 0;
    this.worker = blobWorker(part.page.script);
    this.worker.addEventListener("error", (e) => {
      e.preventDefault();
      part.fail(new Error(e.message || "the worker could not be started"));
    });
    this.worker.addEventListener(
      "message",
      part.guard(({ data: [run, message] }) => (run === this.run ? this.hear(message) : undefined)),
    );
  }
  begin(settings, hear) {
    this.run++;
    this.hear = hear;
    this.send("begin", settings);
  }
  pause() {
    this.send("pause");
  }
  resume() {
    this.send("resume");
  }
  end() {
    this.run++;
    this.send("end");
  }
  send(act, settings) {
    this.worker.postMessage([act, this.run, settings]);
  }
  close() {
    this.worker.terminate();
  }
}
/* A worker is made of the script's own text: from a disk a browser starts none from a file, a notebook has no file, and elsewhere
   no request can be lost. */
export const blobWorker = (name) => {
  const prelude = `globalThis.emergence = { live: { define: (name, client) => (${serve})(globalThis, client.worker) } };\n`;
  const url = URL.createObjectURL(new Blob([`${prelude}(${bodies[name]})();`], { type: "text/javascript" }));
  const worker = new Worker(url);
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
  return worker;
};
