/* Live parts: pieces of a page that compute in the browser (see emergence/live.py). Needs figure.js.

   A client script calls emergence.live.define(name, { *worker(settings, post)?, mount(part) }). What `part` offers:
     host, stage            the whole part, and the element to build in
     name, title, options   from the definition; words: the script's own words; say: the words every part shares
     charts                 names of the compiled charts
     tag, fill, number      the helpers of figure.js: elements, "{placeholders}", numbers for readers
     controls(...), actions(...)   rows of inputs, rows of buttons; append them to part.stage yourself
     slider, choice, check, text, combobox   labeled inputs: { label (element), input, value (get and set) }; oninput / onchange get the value
     button(label, onclick)        an element
     chart(element, name, {title, actions}) → { draw(rows, description, {chart, texts, signals}), rows, chart }
     status(text)           said to screen readers and shown below the stage
     asset(name)            promise of an ArrayBuffer; loaded once, when first asked for
     runs()                 { begin(work), end() }: work that waits, as a generator that yields promises; a run ends when the next one begins,
                            and nothing of an ended run resumes
     work()                 { begin(settings, hear), pause(), resume(), end() }: the same in a Web Worker, which runs the script's `worker`, a
                            generator that yields to let messages in; `hear` gets what its own run posts
     read(allowed)          parameters of the address (#fig-name?a=b) that are allowed; write(params) puts them there
     copy(params)           a button that copies a link, where there are links; else nothing (an empty fragment)
     save(file, content, type)     gives the reader a file
     onclose                set it to a function to be told when the part goes away
     onlink                 set it to a function to be told when the reader follows another link to this part
     guard(function)        the same function, whose errors end the part with a sentence; inputs and buttons have it already */
import { Part } from "./part.js";
import { hosts, open, openAll, parts, start } from "./parts.js";
import { asset, clients, define, part, script } from "./registry.js";
import { blobWorker } from "./work.js";

// A notebook may hold several views of one client.
if (!globalThis.emergence.live) {
  globalThis.emergence.live = {
    define,
    script,
    part,
    asset,
    open,
    openAll,
    parts,
    blobWorker,
    Part,
    clients,
  };
  if (hosts().length) start();
  else if (document.readyState === "loading") addEventListener("DOMContentLoaded", start);
}
