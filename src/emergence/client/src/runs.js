/* Work of a live part that goes on over time, one run at a time. */
/* One run at a time: to begin a run ends the one before it, and nothing of an ended run resumes. A run is a generator that yields
   a promise wherever it waits: so every resumption passes through here, and no script can forget to ask whether it still counts. */
export class Runs {
  constructor(part) {
    this.part = part;
    this.run = null;
  }
  /* `work` starts at once. Gives a promise of what it returns, or of nothing when it is ended before. */
  begin(work) {
    const run = work();
    this.run = run;
    return this.part.guard(() => this.drive(run))();
  }
  end() {
    this.run = null;
  }
  async drive(run) {
    let step = run.next();
    while (!step.done) {
      const resume = await Promise.resolve(step.value).then(
        (value) => () => run.next(value),
        (error) => () => run.throw(error),
      );
      if (this.run !== run || this.part.over) return undefined;
      step = resume();
    }
    return step.value;
  }
}
